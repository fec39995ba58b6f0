"""Somebody in front of the page about Hugging Face."""

from fakes.hub_catalog import Listed
from fakes.hub_server import HubServer
from helpers.fit_parts import FitParts
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.hub_download import HubDownload
from lollma_gui.tabs.hub_page import HubPage

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key
#: Only a hang takes this long.
PATIENCE_MS = 60_000


class HubReader:
    """The page, the parts behind it, and what it asked for."""

    def __init__(self, qtbot: QtBot, page: HubPage, parts: FitParts, hub: HubServer) -> None:
        self.qtbot = qtbot
        self.page = page
        self.parts = parts
        self.hub = hub
        self.downloads: list[HubDownload] = []
        page.download_wanted.connect(self.downloads.append)

    @property
    def names(self) -> list[str]:
        """Repositories that are listed, from the top."""
        results = self.page.search.results
        return [results.hit(row).result.repository for row in range(results.rowCount())]

    @property
    def questions(self) -> list[str]:
        """Searches that the Hub was asked."""
        return [seen.path for seen in self.hub.seen if seen.path.startswith("/api/models?")]

    def type(self, text: str) -> None:
        self.page.focus_line()
        self.qtbot.keyClicks(self.page.line, text)

    def press(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        self.qtbot.keyClick(widget or self.page.line, key)

    def click(self, widget: QWidget) -> None:
        self.qtbot.mouseClick(widget, LEFT)

    def click_row(self, row: int) -> None:
        rows = self.page.search.rows
        at = rows.visualRect(self.page.search.results.index(row)).center()
        self.qtbot.mouseClick(rows.viewport(), LEFT, pos=QPoint(at))

    def click_action(self, row: int) -> None:
        """Click what can be done with a file, in the last column of its row."""
        table = self.page.repository.adviser.table
        rows = self.page.repository.adviser.rows
        at = table.visualRect(rows.index(row, len(rows.columns) - 1)).center()
        self.qtbot.mouseClick(table.viewport(), LEFT, pos=QPoint(at))

    def actions(self) -> list[str]:
        rows = self.page.repository.adviser.rows
        return [rows.index(row, len(rows.columns) - 1).data() for row in range(rows.rowCount())]

    def notice_button(self, words: str) -> QPushButton:
        buttons = self.page.notices.findChildren(QPushButton)
        return next(button for button in buttons if button.text() == words)

    def until(self, condition: object) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def show_trending(self) -> None:
        self.click(self.page.search.start.buttons["trending"])
        self.until_found()

    def until_found(self) -> None:
        finder = self.parts.hub.finder
        self.until(lambda: finder.query is not None and not finder.is_working)

    def until_complete(self) -> None:
        self.until(lambda: self.parts.hub_check.is_complete)


def some_repositories() -> list[Listed]:
    """From what fits any PC to what fits none."""
    return [
        Listed("a/Small-1B-GGUF", trending=9, parameters=1_000_000_000),
        Listed("b/Huge-900B-GGUF", trending=8, parameters=900_000_000_000, gated="manual"),
        Listed("b/Other-2B-GGUF", trending=7, parameters=2_000_000_000, files=("o-Q8_0.gguf",)),
        Listed("c/Unsaid-GGUF", trending=6, parameters=None, licence="mit"),
    ]
