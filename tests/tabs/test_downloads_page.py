"""The downloads by clicking and by keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hub_server import HubFile, HubServer
from helpers.downloads_desk import DownloadsDesk
from helpers.hub_downloads import FILE, content, offer, upload_anew
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from lollma_gui.core.download_state import DownloadState
from lollma_gui.core.hub_download import HubDownload, HubPart
from lollma_gui.qt.downloads_table import STATE_ROLE
from lollma_gui.tabs.downloads_page import DownloadsPage
from lollma_gui.widgets.theme import Theme

LEFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
KEY = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot, hub: HubServer, tmp_path: Path) -> Iterator[DownloadsDesk]:
    made = DownloadsDesk(qtbot, tmp_path / "home", hub, at_once=1)
    yield made
    hub.release()
    made.close()


@pytest.fixture
def page(qtbot: QtBot, desk: DownloadsDesk, theme: Theme) -> DownloadsPage:
    made = DownloadsPage(desk.downloads, desk.newer, theme)
    qtbot.addWidget(made)
    made.resize(824, 560)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def begin(desk: DownloadsDesk, hub: HubServer, number: int = 1) -> str:
    """A download whose bytes stop coming after 100,000 of 300,000."""
    file = HubFile(content(number), hold_after=100_000)
    return desk.downloads.add(offer(hub, file, names=(f"M{number}.gguf",), title=f"M{number}"))


def cell(page: DownloadsPage, row: int, column: int) -> str:
    return str(page.table.model().index(row, column).data())


def titles(page: DownloadsPage) -> list[str]:
    return [cell(page, row, 0) for row in range(page.table.model().rowCount())]


def click_row(qtbot: QtBot, page: DownloadsPage, row: int) -> None:
    at = page.table.visualRect(page.table.model().index(row, 0)).center()
    qtbot.mouseClick(page.table.viewport(), LEFT, pos=QPoint(at))


def press(qtbot: QtBot, page: DownloadsPage, words: str) -> None:
    found = [b for b in page.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    assert len(found) == 1, words
    qtbot.mouseClick(found[0], LEFT)


def test_an_empty_page_leads_to_the_hub(qtbot, page, hub) -> None:
    assert page.empty.isVisible()
    assert not page.table.isVisible()
    with qtbot.waitSignal(page.hub_wanted):
        press(qtbot, page, "Look on Hugging Face")
    assert hub.seen == []


def test_a_download_shows_how_far_it_is(page, desk, hub) -> None:
    key = begin(desk, hub)
    desk.wait(lambda: desk.downloads.entry(key).done_bytes == 100_000)
    assert not page.empty.isVisible()
    assert [cell(page, 0, column) for column in (0, 1, 2)] == ["M1", "33 %", "100.0 kB of 300.0 kB"]
    assert cell(page, 0, 5) == "Downloading"
    desk.wait(lambda: cell(page, 0, 3).endswith("/s"))


def test_pause_and_resume_by_button_and_by_space(qtbot, page, desk, hub) -> None:
    key = begin(desk, hub)
    press(qtbot, page, "Pause")
    assert desk.state(key) is DownloadState.PAUSED
    assert cell(page, 0, 5) == "Paused"
    page.table.setFocus()
    qtbot.keyClick(page.table, KEY.Key_Space)
    desk.wait(lambda: desk.state(key) is DownloadState.DOWNLOADING)
    qtbot.keyClick(page.table, KEY.Key_Space)
    assert desk.state(key) is DownloadState.PAUSED
    press(qtbot, page, "Resume")
    hub.release()
    desk.until(key, DownloadState.DONE)


def test_a_cancel_can_be_undone(qtbot, page, desk, hub) -> None:
    key = begin(desk, hub)
    page.table.setFocus()
    qtbot.keyClick(page.table, KEY.Key_Delete)
    assert desk.state(key) is DownloadState.CANCELLED
    assert page.empty.isVisible()
    assert page.notices.titles == ["M1 is cancelled."]
    press(qtbot, page, "Undo")
    assert titles(page) == ["M1"]
    hub.release()
    desk.until(key, DownloadState.DONE)


def test_the_order_is_changed_by_buttons_and_keys_and_the_selection_goes_along(
    qtbot, page, desk, hub
) -> None:
    for number in (1, 2, 3):
        begin(desk, hub, number)
    click_row(qtbot, page, 2)
    press(qtbot, page, "Up")
    assert titles(page) == ["M1", "M3", "M2"]
    page.table.setFocus()
    qtbot.keyClick(page.table, KEY.Key_Up, ALT)
    assert titles(page) == ["M3", "M1", "M2"]
    qtbot.keyClick(page.table, KEY.Key_Down, ALT)
    press(qtbot, page, "Down")
    assert titles(page) == ["M1", "M2", "M3"]
    press(qtbot, page, "First")
    assert titles(page) == ["M3", "M1", "M2"]
    assert page.table.currentIndex().row() == 0


def test_all_pause_and_go_on_by_two_buttons(qtbot, page, desk, hub) -> None:
    keys = [begin(desk, hub, number) for number in (1, 2)]
    press(qtbot, page, "Pause all")
    assert [desk.state(key) for key in keys] == [DownloadState.PAUSED] * 2
    assert not page.pause_all.isEnabled()
    press(qtbot, page, "Resume all")
    hub.release()
    for key in keys:
        desk.until(key, DownloadState.DONE)


def test_what_is_done_is_loaded_by_enter_or_by_the_button(qtbot, page, desk, hub) -> None:
    hub.release()
    key = begin(desk, hub)
    desk.until(key, DownloadState.DONE)
    assert cell(page, 0, 5) == "Done"
    page.table.setFocus()
    with qtbot.waitSignal(page.load_wanted) as wanted:
        qtbot.keyClick(page.table, KEY.Key_Return)
    assert wanted.args == [str(desk.finished[0])]
    with qtbot.waitSignal(page.load_wanted):
        press(qtbot, page, "Load")
    press(qtbot, page, "Clear finished")
    assert page.empty.isVisible()
    assert desk.finished[0].exists()


def test_the_folder_is_opened(qtbot, page, desk, hub, monkeypatch) -> None:
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    hub.release()
    desk.until(begin(desk, hub), DownloadState.DONE)
    press(qtbot, page, "Open folder")
    assert opened == [str(desk.finished[0].parent)]


def test_a_failure_is_explained_and_can_be_tried_again(qtbot, page, desk, hub) -> None:
    file = HubFile(content(1), error=(403, "GatedRepo", ""))
    key = desk.downloads.add(offer(hub, file))
    desk.until(key, DownloadState.FAILED)
    assert "accept the terms" in page.problem.text()
    assert "access token" in page.problem.text()
    assert page.problem.isVisible()
    file.error = None
    press(qtbot, page, "Try again")
    desk.until(key, DownloadState.DONE)
    assert not page.problem.isVisible()


@pytest.mark.parametrize(
    ("words", "seed"), [("Fetch the new version", 2), ("Keep the listed one", 1)]
)
def test_a_change_on_the_hub_is_a_choice(qtbot, page, desk, hub, words, seed) -> None:
    what = offer(hub, HubFile(content(1)))
    upload_anew(hub, FILE, HubFile(content(2)))
    key = desk.downloads.add(what)
    desk.until(key, DownloadState.CHANGED)
    assert cell(page, 0, 5) == "Changed on the Hub"
    assert "was changed on the Hub" in page.problem.text()
    press(qtbot, page, words)
    desk.until(key, DownloadState.DONE)
    assert desk.finished[0].read_bytes() == content(seed)


def test_limits_are_set_here_and_told_on(qtbot, page, desk) -> None:
    page.at_once.setFocus()
    with qtbot.waitSignal(desk.downloads.limits_chosen) as told:
        qtbot.keyClick(page.at_once, KEY.Key_Up)
    assert told.args == [2, 0]
    assert page.speed.text() == "no limit"
    page.speed.setFocus()
    page.speed.selectAll()
    qtbot.keyClicks(page.speed, "1500")
    with qtbot.waitSignal(desk.downloads.limits_chosen) as told:
        qtbot.keyClick(page.speed, KEY.Key_Return)
    assert told.args == [2, 1500]
    assert page.speed.text() == "1,500 kB/s"


def test_newer_uploads_are_looked_for_and_fetched_only_on_request(qtbot, page, desk, hub) -> None:
    hub.release()
    desk.until(desk.downloads.add(offer(hub, HubFile(content(1)))), DownloadState.DONE)
    new = HubFile(content(2))
    upload_anew(hub, FILE, new)
    assert not page.newer_card.isVisible()
    press(qtbot, page, "Check for newer uploads")
    desk.wait(lambda: page.newer_card.isVisible())
    assert page.check.isEnabled()
    press(qtbot, page, "Update")
    desk.wait(lambda: len(desk.finished) == 2)
    assert desk.finished[1] == desk.finished[0]
    assert desk.finished[1].read_bytes() == new.content


def test_without_models_of_the_hub_that_is_said(qtbot, page, desk, hub) -> None:
    press(qtbot, page, "Check for newer uploads")
    desk.wait(lambda: page.newer_card.isVisible())
    assert hub.seen == []


def test_two_hundred_rows_are_shown_and_followed(qtbot, page, desk, hub) -> None:
    for number in range(200):
        part = HubPart(f"M{number}.gguf", 10**9, "0" * 64)
        what = HubDownload("some/one", "main", "c", f"M{number}", (part,))
        desk.downloads.add(what)
        if number == 0:
            desk.downloads.pause_all()
    desk.downloads.pause_all()
    assert len(titles(page)) == 200
    page.table.selectRow(199)
    press(qtbot, page, "First")
    assert titles(page)[:2] == ["M199", "M0"]


def test_every_control_and_state_has_words(page, desk, hub) -> None:
    begin(desk, hub)
    for control in page.findChildren(QAbstractButton):
        if control.isVisible():
            assert control.accessibleName(), control.text()
    for box in page.findChildren(QSpinBox):
        assert box.accessibleName()
    assert page.table.accessibleName() == "Downloads"
    state = page.table.model().index(0, 5).data(STATE_ROLE)
    assert state.words
