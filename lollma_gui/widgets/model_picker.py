"""The picker in the run bar: which model runs, how it does, one click to switch."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout

from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.text import ElidedLabel, TextRole
from lollma_gui.widgets.theme import Role, Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

#: The colour and shape of each state of the engine.
ROLES = {
    EngineState.NOT_LOADED: Role.MUTED,
    EngineState.STARTING: Role.WARNING,
    EngineState.LOADING: Role.WARNING,
    EngineState.READY: Role.GOOD,
    EngineState.READING: Role.ACCENT,
    EngineState.GENERATING: Role.ACCENT,
    EngineState.STOPPING: Role.WARNING,
    EngineState.UNLOADING: Role.WARNING,
    EngineState.CRASHED: Role.BAD,
}


#: A menu with more than these fills the screen, and nobody finds anything in it.
MOST_PICKED = 20


class ModelChoice(NamedTuple):
    """One entry of the picker: the file, the name a person knows, and a few words about it."""

    path: str
    name: str
    detail: str = ""


def _where(gpu_layers: int, layers: int) -> str:
    return f"{gpu_layers}/{layers} layers on GPU" if gpu_layers else "on the CPU"


class ModelPicker(QPushButton):
    """Shows the model and the engine's true state; a click opens the list to switch.

    Signals:
        chosen: Path of the model to load.
        browse_wanted: The person wants to see the models (there are none to pick yet).
    """

    chosen = Signal(str)
    browse_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("modelPicker")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Model")
        self.setToolTip("Choose the model that runs (Ctrl+M)")
        self._choices: list[ModelChoice] = []
        self._status = EngineStatus()
        self._dot = StatusDot(theme)
        self._name = ElidedLabel("", TextRole.STRONG)
        self._state = ElidedLabel("", TextRole.CAPTION)
        self._progress = QProgressBar()
        self._build()
        self.clicked.connect(self.open_menu)
        self.show_status(self._status)

    def _build(self) -> None:
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(3)
        self._progress.setRange(0, 1000)
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self._name)
        texts.addWidget(self._state)
        texts.addWidget(self._progress)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 28, 3)
        row.setSpacing(12)
        row.addWidget(self._dot)
        row.addLayout(texts, 1)
        for child in (self._dot, self._name, self._state, self._progress):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """Two lines of text and a thin bar."""
        height = self._name.sizeHint().height() + self._state.sizeHint().height() + 18
        return QSize(420, height)

    def minimumSizeHint(self) -> QSize:
        """May get narrow: its texts are elided."""
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame by style sheet, and the arrow that says "this opens"."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.PlaceholderText))
        x, y = self.width() - 18.0, self.height() / 2
        corners = [QPointF(x - 4, y - 2), QPointF(x + 4, y - 2), QPointF(x, y + 3)]
        painter.drawPolygon(QPolygonF(corners))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and the arrow down open the list, as in any picker."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def show_choices(self, choices: Sequence[ModelChoice]) -> None:
        """The models that can be picked, those first that are wanted most likely."""
        self._choices = list(choices)
        self.show_status(self._status)

    def show_status(self, status: EngineStatus) -> None:
        """The engine's state, as the engine said it."""
        self._status = status
        path = status.next_model_path or status.model_path
        name = self._name_of(path) if path else "No model loaded"
        state = self._state_words(status)
        self._dot.show_role(ROLES[status.state])
        self._name.setText(name)
        self._state.setText(state)
        self._state.setToolTip(f"{status.problem} {status.advice}".strip() or state)
        self._show_progress(status)
        self.setAccessibleDescription(f"{name}, {state}")

    def _show_progress(self, status: EngineStatus) -> None:
        waiting = status.is_busy or status.state is EngineState.READING
        policy = self._progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # no jump when it appears
        self._progress.setSizePolicy(policy)
        self._progress.setVisible(waiting)
        known = status.fraction is not None
        # A range of nothing is Qt's "busy, no end known".
        self._progress.setRange(0, 1000 if known or not waiting else 0)
        if status.fraction is not None:
            self._progress.setValue(round(status.fraction * 1000))

    def _state_words(self, status: EngineStatus) -> str:
        if status.next_model_path and status.model_path:
            return f"unloading {self._name_of(status.model_path)} first"
        parts = [status.words()]
        if status.state is EngineState.NOT_LOADED and not status.problem:
            parts = ["Choose a model" if self._choices else "Get a model under Models"]
        if status.loaded is not None and status.is_loaded:
            parts.append(f"{status.loaded.n_ctx:,} ctx")
            parts.append(_where(status.loaded.gpu_layers, status.loaded.layers))
        if status.problem:
            parts.append(status.problem)
        return " · ".join(parts)

    def _name_of(self, path: str) -> str:
        for choice in self._choices:
            if choice.path == path:
                return f"{choice.name}  {choice.detail}".strip()
        return PurePath(path).stem

    def open_menu(self) -> None:
        """Open the list of models."""
        if not self._choices:
            self.browse_wanted.emit()
            return
        menu = self.make_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4)))

    def make_menu(self) -> "QMenu":
        """The first models as a menu, with a way to all of them; the loaded one is checked."""
        # Not at the top: the window is painted without them.
        from PySide6.QtGui import QAction
        from PySide6.QtWidgets import QMenu

        menu = QMenu(self)
        menu.setMinimumWidth(self.width())
        menu.setAccessibleName("Models")
        for choice in self._choices[:MOST_PICKED]:
            text = f"{choice.name}\t{choice.detail}".replace("&", "&&")
            action = QAction(text, menu)
            action.setCheckable(True)
            action.setChecked(self._status.is_loaded and choice.path == self._status.model_path)
            action.triggered.connect(lambda _=False, path=choice.path: self.chosen.emit(path))
            menu.addAction(action)
        menu.addSeparator()
        count = len(self._choices)
        browse = menu.addAction(f"All {count:,} models…" if count > MOST_PICKED else "All models…")
        browse.triggered.connect(self.browse_wanted)
        return menu
