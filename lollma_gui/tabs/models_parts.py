"""The pieces of the models tab: the list, the details of one model, the starter's progress."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QProgressBar, QTableView

from lollma_gui.core import units
from lollma_gui.core.progress import Progress
from lollma_gui.qt.models_table import FIT_COLUMN, FIT_ROLE, ModelsFilter
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.fit_badge import FitDelegate
from lollma_gui.widgets.tables import dress_table
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

#: Columns in the order in which they get room.
_IMPORTANT_FIRST = (2, FIT_COLUMN, FIT_COLUMN + 1, 1, 3, 6, 7)
#: The name of a model gets at least this much, in pixels; the badge of its fit can do with this.
_NAME_WIDTH, _FIT_WIDTH = 160, 150
#: Verdicts come in one after the other: columns need not be measured for each.
_SOON_MS = 200


class ModelsView(QTableView):
    """The list of models: whole rows, sorted by a click on a title."""

    def __init__(self, source: ModelsFilter, theme: Theme) -> None:
        super().__init__()
        self.setModel(source)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.fit_columns)
        dress_table(self, "Models on this PC")
        self.setItemDelegateForColumn(FIT_COLUMN, FitDelegate(theme, FIT_ROLE, self))
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setStretchLastSection(False)
        # Only rows that are seen: a long list would take a tenth of a second each time.
        self.horizontalHeader().setResizeContentsPrecision(0)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def fit_columns(self) -> None:
        """As wide as their texts; the name takes what is left.

        Where too little is left for it, columns go: the details show them as well.
        """
        left = self.viewport().width() - _NAME_WIDTH
        for column in _IMPORTANT_FIRST:
            self.setColumnHidden(column, False)
            self.resizeColumnToContents(column)
            if column == FIT_COLUMN and self.columnWidth(column) > left >= _FIT_WIDTH:
                self.setColumnWidth(column, left)
            left -= self.columnWidth(column)
            self.setColumnHidden(column, left < 0)

    def fit_columns_soon(self) -> None:
        """The same once for all that changes in the next moments."""
        if not self._soon.isActive():
            self._soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room for columns."""
        super().resizeEvent(event)
        self.fit_columns()


class ModelDetails(Card):
    """What the header says of the selected model.

    Signals:
        open_folder_wanted: Show the file in the system's file manager.
    """

    open_folder_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Model")
        self.setAccessibleName("Details of the selected model")
        self._problem = label("", wrap=True, selectable=True)
        self.facts = FactList()
        self._path = ""
        self.folder_button = button("Open folder")
        self.copy_button = button("Copy path")
        self.folder_button.clicked.connect(self.open_folder_wanted)
        self.copy_button.clicked.connect(self._copy_path)
        buttons = QHBoxLayout()
        buttons.addWidget(self.folder_button)
        buttons.addWidget(self.copy_button)
        self.body.addWidget(self._problem)
        self.body.addWidget(self.facts)
        self.body.addStretch(1)
        self.body.addLayout(buttons)

    def _copy_path(self) -> None:
        QGuiApplication.clipboard().setText(self._path)

    def show_entry(self, entry: LibraryEntry | None) -> None:
        """Show this model; None when nothing is selected."""
        self._path = str(entry.path) if entry else ""
        self.folder_button.setEnabled(entry is not None)
        self.copy_button.setEnabled(entry is not None)
        problem = f"{entry.problem} {entry.advice}".strip() if entry else ""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        if entry is None:
            self.set_title("Model")
            self.set_subtitle("Select a model to see what it is.")
        else:
            self.set_title(entry.info.name if entry.info else entry.path.name)
            self.set_subtitle(entry.path.name)
        self.facts.show_facts(_facts(entry))


def _facts(entry: LibraryEntry | None) -> list[tuple[str, str]]:
    info = entry.info if entry else None
    if info is None:
        return []
    heads = f"{info.heads}" if info.heads is not None else units.UNKNOWN
    return [
        ("Architecture", info.architecture or units.UNKNOWN),
        ("Parameters", units.parameter_count(info.parameters)),
        ("Quantisation", info.quantisation or units.UNKNOWN),
        ("On disk", units.file_size(info.size_bytes)),
        ("Context", units.whole(info.context_length, "tokens")),
        ("Layers", units.whole(info.layers)),
        ("Attention heads", heads),
        ("Vocabulary", units.whole(info.vocabulary_size, "tokens")),
        ("Chat template", "yes" if info.has_chat_template else "none (base model)"),
        ("Licence", info.licence or units.UNKNOWN),
    ]


class StarterProgress(Card):
    """How far the starter model is, and a way out."""

    def __init__(self) -> None:
        super().__init__("Getting the starter model", "SmolLM2-135M-Instruct, 98 MB, Apache-2.0")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the starter model")
        self.words = label("", TextRole.MUTED)
        self.cancel_button = button("Cancel")
        self.header.addWidget(self.cancel_button)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.words)

    def show_progress(self, progress: Progress | None) -> None:
        """Bytes, speed and time left, as far as they are known."""
        if progress is None or not progress.total_bytes:
            self.bar.setRange(0, 0)
            self.words.setText("Connecting…")
            return
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * progress.done_bytes / progress.total_bytes))
        words = [
            f"{units.file_size(progress.done_bytes)} of {units.file_size(progress.total_bytes)}"
        ]
        if progress.bytes_per_second:
            words.append(f"{units.file_size(progress.bytes_per_second)}/s")
        if progress.seconds_left is not None:
            words.append(f"{units.seconds(progress.seconds_left)} left")
        self.words.setText(" · ".join(words))
