"""About LoLLMa: what it is, what is new in it, and the licences of what it is built of."""

from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.widgets.about_page import AboutPage
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.licences_page import LicencesPage
from lollma_gui.widgets.markdown_view import MarkdownView
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.theme import Theme

#: Room for licences as they are written, in lines of 80 letters.
_WIDTH, _HEIGHT = 900, 620
_LEAST_WIDTH, _LEAST_HEIGHT = 560, 400
#: Keys and titles of the pages, in their order.
PAGES = (("about", "About"), ("new", "What's new"), ("licences", "Licences"))


class AboutDialog(QDialog):
    """Three pages; ``show`` it. It hinders nobody in using the window.

    Args:
        theme: The colours.
        logo: The drawing, an SVG file.
        parent: The window it belongs to.

    Signals:
        page_wanted: A web address that is to be opened in the browser.
    """

    page_wanted = Signal(str)

    def __init__(self, theme: Theme, logo: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About LoLLMa")
        self.setMinimumSize(_LEAST_WIDTH, _LEAST_HEIGHT)
        self.resize(_WIDTH, _HEIGHT)
        self.pages = SegmentedControl(PAGES, "Pages of About")
        self.about = AboutPage(theme, logo)
        self.news = MarkdownView(theme, "What is new in LoLLMa")
        self.licences = LicencesPage()
        self.close_button = button("Close", tooltip="Close this window (Esc)")
        self._stack = QStackedWidget()
        self._build()
        self._connect()

    def _build(self) -> None:
        news, text = QWidget(), QWidget()
        inner = QVBoxLayout(text)
        inner.setContentsMargins(0, 0, 12, 0)
        inner.addWidget(self.news)
        inner.addStretch(1)
        fill_with_scrolled(news, text)
        for page in (self.about, news, self.licences):
            self._stack.addWidget(page)
        row = QHBoxLayout()
        row.addWidget(self.pages)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(14)
        column.addLayout(row)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.pages.chosen.connect(self.show_page)
        self.close_button.clicked.connect(self.reject)
        self.news.link_clicked.connect(self.page_wanted)
        self.licences.page_wanted.connect(self.page_wanted)
        self.about.updates.page_wanted.connect(self.page_wanted)

    def show_page(self, key: str) -> None:
        """Show one of ``PAGES``."""
        self.pages.choose(key)
        self._stack.setCurrentIndex([page for page, _ in PAGES].index(key))

    def geometry_text(self) -> str:
        """Size and place as text, to be remembered."""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def restore_geometry_text(self, text: str) -> None:
        """Take a remembered size and place; nonsense is ignored by Qt."""
        if text:
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(text.encode("ascii"))))

    def open_page(self, key: str) -> None:
        """Show the window with this page in front of the others, the keyboard on its choice."""
        self.show_page(key)
        self.show()
        self.raise_()
        self.activateWindow()
        chosen = next(b for b in self.pages.findChildren(QPushButton) if b.isChecked())
        chosen.setFocus(Qt.FocusReason.OtherFocusReason)
