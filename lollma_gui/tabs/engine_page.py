"""Our own engine: its state, its figures, its log."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lollma_gui.core import units
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.log_view import LogView
from lollma_gui.widgets.text import label
from lollma_gui.widgets.theme import Theme


class EnginePage(QWidget):
    """The built-in engine, watched."""

    def __init__(
        self, engine: Engine, log: LogStream, background: Background, theme: Theme
    ) -> None:
        super().__init__()
        self._engine = engine
        empty = "What llama.cpp says stands here once a model is loaded."
        self.log = LogView(theme, background, "Log of the engine", empty)
        self.log.show_stream(log)
        self.facts = FactList()
        self.problem: QLabel = label("", wrap=True, selectable=True)
        self._card = Card("Built-in llama.cpp")
        self._build()
        engine.status_changed.connect(self._show_status)
        self._show_status(engine.status)

    def _build(self) -> None:
        unload = button("Unload", tooltip="End the engine; all its memory comes back")
        unload.clicked.connect(self._engine.unload)
        self._unload = unload
        self._card.header.addWidget(unload)
        self._card.body.addWidget(self.problem)
        self._card.body.addWidget(self.facts)
        log_card = Card("Log", "llama.cpp's own words, newest at the end")
        log_card.body.addWidget(self.log, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        row = QHBoxLayout()
        row.addWidget(self._card, 1)
        row.setAlignment(self._card, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        column.addWidget(log_card, 1)

    def _show_status(self, status: EngineStatus) -> None:
        self._card.set_subtitle(status.words())
        problem = f"{status.problem} {status.advice}".strip()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self._unload.setEnabled(status.is_loaded or status.state is EngineState.LOADING)
        self.facts.show_facts(_facts(status))


def _facts(status: EngineStatus) -> list[tuple[str, str]]:
    loaded = status.loaded
    memory: dict[str, int] = {}
    for part in loaded.buffers if loaded else ():
        memory[part.kind] = memory.get(part.kind, 0) + part.n_bytes
    return [
        ("Process", units.UNKNOWN if status.pid is None else f"PID {status.pid}"),
        ("Model file", status.model_path or units.UNKNOWN),
        ("Engine", loaded.engine if loaded else units.UNKNOWN),
        ("Devices", ", ".join(loaded.devices) if loaded else units.UNKNOWN),
        ("Loaded in", units.seconds(loaded.load_seconds if loaded else None)),
        ("Context", units.whole(loaded.n_ctx if loaded else None, "tokens")),
        ("Weights", units.memory_size(memory.get("model"))),
        ("KV cache", units.memory_size(memory.get("KV"))),
        ("Compute buffers", units.memory_size(memory.get("compute"))),
    ]
