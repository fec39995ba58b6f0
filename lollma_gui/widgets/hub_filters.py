"""The filters of a search on the Hub, in one row."""

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from lollma_gui.core.hub_query import (
    LICENCES,
    PARAMETERS,
    QUANTISATIONS,
    TASKS,
    HubQuery,
    HubSort,
)

#: Letters of an author's name follow each other within this time.
_PAUSE_MS = 400
_SORTS = (
    (HubSort.TRENDING, "Trending"),
    (HubSort.DOWNLOADS, "Downloads"),
    (HubSort.LIKES, "Likes"),
    (HubSort.NEWEST, "Newest"),
)


class HubFilters(QWidget):
    """What narrows a search.

    Signals:
        changed: A filter is another now.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.fitting = QCheckBox("Fits this PC")
        self.fitting.setToolTip("Leave out what likely is too big, or of a size nobody said")
        self.parameters = _choice(
            "Parameters", [(n, each.words) for n, each in enumerate(PARAMETERS)]
        )
        self.quantisation = _choice("Quantisation", _any("Any quant", QUANTISATIONS))
        self.licence = _choice("Licence", _any("Any licence", LICENCES))
        self.task = _choice("Task", [("", "Any task"), *TASKS])
        self.sort = _choice("Sort by", _SORTS)
        self.author = QLineEdit()
        self.author.setPlaceholderText("Any author")
        self.author.setAccessibleName("Author")
        self.author.setToolTip("Only repositories of this owner, for example bartowski")
        self.author.setClearButtonEnabled(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        self._build()

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        boxes = (self.parameters, self.quantisation, self.licence, self.task)
        for part in (self.fitting, *boxes, self.author, self.sort):
            row.addWidget(part, 0 if part is self.fitting else 1)
        for box in (*boxes, self.sort):
            box.activated.connect(self.changed)
        self.fitting.clicked.connect(self.changed)
        self.author.textEdited.connect(self._pause.start)
        self.author.returnPressed.connect(self.changed)

    def query(self, text: str) -> HubQuery:
        """A search for these words, with these filters."""
        self._pause.stop()
        return HubQuery(
            text,
            self.author.text().strip(),
            PARAMETERS[self.parameters.currentIndex()],
            self.quantisation.currentData(),
            self.licence.currentData(),
            self.task.currentData(),
            HubSort(self.sort.currentData()),
            self.fitting.isChecked(),
        )

    def clear(self) -> None:
        """Narrow nothing; emits nothing. The order stays."""
        self.fitting.setChecked(False)
        self.author.clear()
        for box in (self.parameters, self.quantisation, self.licence, self.task):
            box.setCurrentIndex(0)


def _any(words: str, names: Sequence[str]) -> list[tuple[object, str]]:
    return [("", words), *((name, name) for name in names)]


def _choice(name: str, options: Sequence[tuple[object, str]]) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    made.setMinimumWidth(86)
    for value, words in options:
        made.addItem(words, value)
    made.view().setMinimumWidth(made.view().sizeHintForColumn(0) + 30)
    return made
