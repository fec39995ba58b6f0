"""The head of a server's page: what it is, what it does, and the few things one changes often."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core import units
from lollma_gui.core.server_state import ServerFigures, ServerState
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.tabs import server_words
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.connect_card import PortBox
from lollma_gui.widgets.model_picker import ModelChoice
from lollma_gui.widgets.style_property import set_style_property
from lollma_gui.widgets.text import ElidedLabel, TextRole, label

_WAITING = frozenset({ServerState.STARTING, ServerState.LOADING, ServerState.INSTALLING})


_NO_MODEL = "No model"


class _Fact(QWidget):
    """A caption, and a value below it that keeps its place."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.value = ElidedLabel(units.UNKNOWN, TextRole.STRONG)
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.row = QHBoxLayout()
        self.row.setSpacing(6)
        self.row.addWidget(self.value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(label(name, TextRole.CAPTION))
        column.addLayout(self.row)

    def show_text(self, text: str) -> None:
        self.value.setText(text)
        self.value.setAccessibleName(f"{self._name}: {text}")

    def show_good(self, is_good: bool) -> None:
        """Whether it is said in the colour of what is well."""
        set_style_property(self.value, "answers", is_good)


class ServerHeader(Card):
    """Name, state, buttons, model, port, who can connect, and figures.

    Args:
        choice: Who can connect, made by the page.

    Signals:
        start_wanted: It is to be started.
        restart_wanted: It is to be stopped and started.
        stop_wanted: It is to be stopped; with True at once.
        browser_wanted: Its page is to be opened.
        model_chosen: Path of the model that it is to run with; empty for none.
    """

    start_wanted = Signal()
    restart_wanted = Signal()
    stop_wanted = Signal(bool)
    browser_wanted = Signal()
    model_chosen = Signal(str)

    def __init__(
        self, choice: SegmentedControl, models: Callable[[], Sequence[ModelChoice]]
    ) -> None:
        super().__init__(" ", " ")
        self._models = models
        self._model_path = ""
        self._no_model = _NO_MODEL
        self.start = button("Start", primary=True)
        self.restart = button("Restart", tooltip="Stop it and start it with the settings of now")
        self.stop = button("Stop")
        self.browser = button("Open in browser")
        self.model = button("")
        self.model.setProperty("kind", "choice")
        self.model.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.model.setMinimumWidth(180)
        self.port = PortBox()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.facts = {name: _Fact(name) for name in ("VRAM", "RAM", "CPU", "Health", "API")}
        self.work = ElidedLabel("", TextRole.CAPTION)
        self.hint = label("Restart it for what you changed to take effect.", TextRole.STRONG)
        self.copy = button("Copy", tooltip="Copy the address for other programs")
        self.copy.setProperty("kind", "link")
        self.copy.setAccessibleName("Copy the API's address")
        self._build(choice)
        self._connect()

    def _build(self, choice: SegmentedControl) -> None:
        for made in (self.browser, self.restart, self.stop, self.start):
            self.header.addWidget(made)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        for column, (name, widget) in enumerate(
            (("Model", self.model), ("Port", self.port), ("Who can connect", choice))
        ):
            caption: QLabel = label(name, TextRole.CAPTION)
            caption.setBuddy(widget)
            grid.addWidget(caption, 0, column)
            grid.addWidget(widget, 1, column)
        grid.setColumnStretch(0, 1)
        figures = QHBoxLayout()
        figures.setSpacing(12)
        for name, fact in self.facts.items():
            figures.addWidget(fact, 3 if name == "API" else 0)
        self.facts["API"].row.addWidget(self.copy)
        for fact in self.facts.values():
            fact.row.addStretch(1)
        for name in ("VRAM", "RAM", "CPU", "Health"):
            metrics = self.fontMetrics()
            widest = "answering · 99 ms" if name == "Health" else "99.9 GiB"
            self.facts[name].setMinimumWidth(metrics.horizontalAdvance(widest) + 8)
        self.body.addLayout(grid)
        self.body.addWidget(self.progress)
        self.body.addLayout(figures)
        self.body.addWidget(self.work)
        self.body.addWidget(self.hint)

    def _connect(self) -> None:
        self.start.clicked.connect(self.start_wanted)
        self.restart.clicked.connect(self.restart_wanted)
        self.stop.clicked.connect(self._stop)
        self.browser.clicked.connect(self.browser_wanted)
        self.model.clicked.connect(self.open_models)
        self.copy.clicked.connect(self._copy)

    def _stop(self) -> None:
        self.stop_wanted.emit(self.stop.text() == "End now")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.facts["API"].value.text())

    # ---- models ----------------------------------------------------------------------------

    def make_menu(self) -> QMenu:
        """The models as a menu; the one it runs with is checked."""
        menu = QMenu(self)
        menu.setAccessibleName("Models")
        menu.setMinimumWidth(self.model.width())
        none = ModelChoice("", self._no_model, "")
        for choice in (none, *self._models()):
            action = QAction(f"{choice.name}\t{choice.detail}".replace("&", "&&"), menu)
            action.setCheckable(True)
            action.setChecked(choice.path == self._model_path)
            action.triggered.connect(lambda _=False, path=choice.path: self._choose(path))
            menu.addAction(action)
        return menu

    def _choose(self, path: str) -> None:
        if path != self._model_path:
            self.model_chosen.emit(path)

    def open_models(self) -> None:
        """Open the list of models."""
        menu = self.make_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.model.mapToGlobal(QPoint(0, self.model.height() + 4)))

    def _show_model(self, path: str) -> None:
        self._model_path = path
        name = next((f"{c.name}  {c.detail}".strip() for c in self._models() if c.path == path), "")
        words = name or path.replace("\\", "/").rpartition("/")[2] or _NO_MODEL
        self.model.setText(f"{words} ▾".replace("&", "&&"))
        self.model.setAccessibleName(f"Model: {words}")
        self.model.setToolTip(path)

    # ---- what is shown ---------------------------------------------------------------------

    def show_session(self, session: ServerSession, *, needs_restart: bool) -> None:
        """Show a server as it is.

        Args:
            session: The server.
            needs_restart: Whether it was started with other options than those of now.
        """
        status, config = session.status, session.config
        self.set_title(config.name)
        self.set_subtitle(server_words.about(session, server_words.now()))
        stops = session.program.needs_model and status.is_running
        self._no_model = f"{_NO_MODEL} (it is stopped)" if stops else _NO_MODEL
        self._show_model(config.model_path)
        usual = next((p.number for p in session.program.ports(config) if p.name == "api"), 0)
        self.port.show_port(config.port or usual)
        self._show_buttons(session)
        waits = status.state in _WAITING
        self.progress.setVisible(waits)
        self.progress.setRange(0, 0 if status.progress is None else 1000)
        self.progress.setValue(round((status.progress or 0) * 1000))
        self.progress.setAccessibleName(status.words())
        self.facts["Health"].show_text(server_words.health_words(status))
        self.facts["Health"].show_good(status.is_answering)
        self.facts["API"].show_text(status.api_url or units.UNKNOWN)
        self.copy.setVisible(bool(status.api_url))
        self.show_figures(session.figures)
        self.hint.setVisible(needs_restart and status.is_running)

    def _show_buttons(self, session: ServerSession) -> None:
        status = session.status
        missing = server_words.is_missing(session)
        at_rest = status.is_at_rest
        self.start.setVisible(at_rest)
        why = "It is not installed yet" if missing else session.held.capitalize()
        self.start.setEnabled(not why)
        self.start.setToolTip(why)
        self.restart.setVisible(status.is_running)
        self.browser.setVisible(bool(status.web_url))
        self.browser.setEnabled(status.is_answering)
        self.browser.setToolTip("" if status.is_answering else "It does not answer yet")
        waits = status.restart_at is not None
        self.stop.setVisible(not at_rest or waits)
        words = {ServerState.STOPPING: "End now", ServerState.INSTALLING: "Cancel"}
        self.stop.setText(words.get(status.state, "Stay stopped" if waits else "Stop"))

    def show_figures(self, figures: ServerFigures) -> None:
        """Show what it takes."""
        self.facts["VRAM"].show_text(units.memory_size(figures.vram_bytes))
        self.facts["RAM"].show_text(units.memory_size(figures.ram_bytes))
        self.facts["CPU"].show_text(server_words.cpu_words(figures))
        self.work.setText(server_words.work_words(figures))
        self.work.setVisible(bool(self.work.text()))
