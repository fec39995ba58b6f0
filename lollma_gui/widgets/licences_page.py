"""The licences of all that LoLLMa is built of: a list that can be narrowed, the text beside it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core.plain_tip import plain_tip
from lollma_gui.core.third_party import ThirdParty
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.tables import dress_list
from lollma_gui.widgets.text import ElidedLabel, TextRole, label

_LIST_WIDTH = 240


class LicencesPage(QWidget):
    """Works of others, and ours.

    Signals:
        page_wanted: Address of the page of a work.
    """

    page_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.works: tuple[ThirdParty, ...] = ()
        self._problem = ""
        self._shown: ThirdParty | None = None
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Name or licence…")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Search licences")
        self.list = QListWidget()
        dress_list(self.list, "Works and their licences")
        self.count = label("Reading the licences…", TextRole.CAPTION, wrap=True)
        self.title = ElidedLabel("", TextRole.STRONG)
        self.licence = ElidedLabel("", TextRole.MUTED)
        self.page_button = button("Website ↗")
        self.page_button.setAccessibleName("Open its page in the browser")
        self.page_button.hide()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setProperty("role", "mono")
        self.text.setAccessibleName("Text of the licence")
        self.text.setTabChangesFocus(True)
        self._build()
        self._connect()

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.filter)
        left.addWidget(self.list, 1)
        left.addWidget(self.count)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.title)
        texts.addWidget(self.licence)
        head = QHBoxLayout()
        head.addLayout(texts, 1)
        head.addWidget(self.page_button)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addLayout(head)
        right.addWidget(self.text, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        self.filter.setFixedWidth(_LIST_WIDTH)
        self.list.setFixedWidth(_LIST_WIDTH)
        row.addLayout(left)
        row.addLayout(right, 1)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._narrow)
        self.list.currentRowChanged.connect(self._show_row)
        self.page_button.clicked.connect(self._ask_for_page)

    # ---- what is shown ---------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """Names of the works that are listed now."""
        rows = range(self.list.count())
        return [self.works[row].name for row in rows if not self.list.item(row).isHidden()]

    def show_works(self, works: Sequence[ThirdParty], problem: str = "") -> None:
        """List these, in this order.

        Args:
            works: What there is.
            problem: Why it is not all of it; may be empty.
        """
        self.works, self._problem = tuple(works), problem
        self.list.clear()
        for work in works:
            item = QListWidgetItem(f"{work.name} {work.version}".strip())
            item.setToolTip(plain_tip(work.licence))
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, work.licence)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._narrow(self.filter.text())

    def _narrow(self, words: str) -> None:
        wanted = words.casefold().split()
        for row, work in enumerate(self.works):
            text = f"{work.name} {work.licence}".casefold()
            self.list.item(row).setHidden(not all(word in text for word in wanted))
        shown = [row for row in range(self.list.count()) if not self.list.item(row).isHidden()]
        words = _count_words(len(shown), len(self.works))
        self.count.setText(f"{words}. {self._problem}" if self._problem else words)
        if shown and self.list.currentRow() not in shown:
            self.list.setCurrentRow(shown[0])

    def _show_row(self, row: int) -> None:
        if not 0 <= row < len(self.works):
            return
        work = self._shown = self.works[row]
        self.title.setText(f"{work.name} {work.version}".strip())
        self.licence.setText(work.licence)
        self.text.setPlainText(work.text or "No text of its licence came with it.")
        self.text.setAccessibleDescription(f"{work.name}: {work.licence}")
        self.page_button.setVisible(bool(work.url))
        self.page_button.setToolTip(plain_tip(work.url))

    def _ask_for_page(self) -> None:
        if self._shown is not None:
            self.page_wanted.emit(self._shown.url)


def _count_words(shown: int, of: int) -> str:
    if not shown:
        return "No work of that name or licence."
    return f"{of} works" if shown == of else f"{shown} of {of} works"
