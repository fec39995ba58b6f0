"""The bar on top: the model, two buttons, three meters."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from lollma_gui.core import units
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.logo import Wordmark
from lollma_gui.widgets.meter import Meter
from lollma_gui.widgets.model_picker import ModelPicker
from lollma_gui.widgets.theme import Role, Theme

if TYPE_CHECKING:
    from lollma_gui.core.readings import Reading

#: Width of the navigation below the logo, so that the picker stands above the tabs' contents.
_LOGO_SPACE = 152


class RunBar(QFrame):
    """Picker, unload and restart, meters.

    Signals:
        unload_wanted: Unload the model, or cancel its loading.
        reload_wanted: Load the same model again.
    """

    unload_wanted = Signal()
    reload_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("runBar")
        self._theme = theme
        self.picker = ModelPicker(theme)
        self._unload = button("Unload", tooltip="Take the model out of memory (Ctrl+U)")
        self._reload = button("Restart", tooltip="End the engine and load the model again")
        self._vram = Meter(theme, "VRAM")
        self._gpu = Meter(theme, "GPU")
        self._ram = Meter(theme, "RAM")
        self._unload.clicked.connect(self.unload_wanted)
        self._reload.clicked.connect(self.reload_wanted)
        self._build()
        self.show_status(EngineStatus())

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(12)
        logo = Wordmark(self._theme)
        row.addWidget(logo)
        row.addSpacing(max(8, _LOGO_SPACE - logo.sizeHint().width() - 28))
        row.addWidget(self.picker, 1)
        row.addWidget(self._unload)
        row.addWidget(self._reload)
        row.addSpacing(12)
        for meter in (self._vram, self._gpu, self._ram):
            meter.setMinimumWidth(96)
            row.addWidget(meter)

    def show_status(self, status: EngineStatus) -> None:
        """The engine's state; buttons do only what is possible in it."""
        self.picker.show_status(status)
        loading = status.state in (EngineState.STARTING, EngineState.LOADING)
        self._unload.setText("Cancel" if loading else "Unload")
        self._unload.setEnabled(loading or status.is_loaded)
        self._reload.setEnabled(bool(status.model_path) and not status.is_busy)
        crashed = status.state is EngineState.CRASHED or bool(status.problem)
        self._reload.setText("Load again" if crashed else "Restart")

    def show_reading(self, reading: "Reading") -> None:
        """The three meters, from one moment."""
        self._show_gpu(reading)
        memory = reading.memory
        used, total = memory.used_bytes, memory.total_bytes
        share = used / total if used is not None and total else 0.0
        self._ram.show_value(units.memory_pair(used, total), [(Role.COMPUTE, share)])

    def _show_gpu(self, reading: "Reading") -> None:
        if not reading.gpu.gpus:
            self._vram.show_value(units.UNKNOWN, [])
            self._gpu.show_value(units.UNKNOWN, [])
            return
        gpu = reading.gpu.gpus[0]
        pair = units.memory_pair(gpu.memory_used_bytes, gpu.memory_total_bytes)
        self._vram.show_value(pair, _vram_parts(reading))
        words = units.percent(gpu.utilisation)
        if gpu.temperature_celsius is not None:
            words += f" · {gpu.temperature_celsius:.0f} °C"
        self._gpu.show_value(words, [(Role.CACHE, gpu.utilisation or 0.0)])


def _vram_parts(reading: "Reading") -> list[tuple[Role, float]]:
    """What our engine has of the first GPU's memory, and what others have."""
    # Not at the top: the bar is there before the first reading, and this is not.
    from lollma_gui.core.vram_split import split

    gpus, total = reading.gpu.gpus, reading.gpu.gpus[0].memory_total_bytes
    parts = split(gpus[0], gpus, reading.engine, reading.processes)
    if parts is None or not total:
        return []
    ours = parts.weights + parts.context + parts.working
    return [(Role.WEIGHTS, ours / total), (Role.OTHERS, parts.others / total)]
