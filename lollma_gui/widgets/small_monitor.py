"""A small window that stays above all others: for games, and for watching a long answer."""

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from lollma_gui.core import units
from lollma_gui.core.readings import EngineReading, Reading
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.figure import Figure
from lollma_gui.widgets.meter import Meter
from lollma_gui.widgets.text import ElidedLabel, TextRole
from lollma_gui.widgets.theme import Role, Theme

_WIDTH = 250


class SmallMonitor(QFrame):
    """Speed, VRAM, GPU, CPU and RAM. Moved by dragging it anywhere, closed with Esc.

    Args:
        theme: The colours.

    Signals:
        shown: Whether it is to be seen now.
        open_wanted: The person wants to see the large window.
    """

    shown = Signal(bool)
    open_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        kind = Qt.WindowType
        super().__init__(None, kind.Tool | kind.FramelessWindowHint | kind.WindowStaysOnTopHint)
        # macOS hides tool windows of programs that are not in front, which is when this one counts.
        self.setAttribute(Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setObjectName("smallMonitor")
        self.setWindowTitle("LoLLMa: small window")
        self.setAccessibleName("Small window")
        self.model = ElidedLabel("", TextRole.CAPTION)
        self.speed = Figure("Tokens per second", widest="99.9 tok/s", on_right=False)
        self.vram = Meter(theme, "VRAM")
        self.gpu = Meter(theme, "GPU")
        self.cpu = Meter(theme, "CPU")
        self.ram = Meter(theme, "RAM")
        self.close_button = button("×", quiet=True, tooltip="Close (Esc)")
        self.close_button.setProperty("kind", "close")
        self.close_button.setAccessibleName("Close the small window")
        self.close_button.clicked.connect(self.close)
        self._build()

    def _build(self) -> None:
        self.setFixedWidth(_WIDTH)
        top = QHBoxLayout()
        top.addWidget(self.speed, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 8, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.model)
        for meter in (self.vram, self.gpu, self.cpu, self.ram):
            column.addWidget(meter)

    def show_reading(self, reading: Reading) -> None:
        """Show this moment, if anybody can see it."""
        if not self.isVisible():
            return
        engine = reading.engine
        self.speed.show_text(units.speed(engine.tokens_per_second or engine.last_tokens_per_second))
        self.model.setText(_model_words(engine))
        self._show_gpu(reading)
        cpu, memory = reading.cpu.utilisation, reading.memory
        self.cpu.show_value(units.percent(cpu), [(Role.COMPUTE, cpu or 0.0)])
        pair = units.memory_pair(memory.used_bytes, memory.total_bytes)
        self.ram.show_value(pair, _part(Role.COMPUTE, memory.used_bytes, memory.total_bytes))

    def _show_gpu(self, reading: Reading) -> None:
        if not reading.gpu.gpus:
            self.vram.show_value(units.UNKNOWN, [])
            self.gpu.show_value(units.UNKNOWN, [])
            return
        gpu = reading.gpu.gpus[0]
        pair = units.memory_pair(gpu.memory_used_bytes, gpu.memory_total_bytes)
        parts = _part(Role.WEIGHTS, gpu.memory_used_bytes, gpu.memory_total_bytes)
        self.vram.show_value(pair, parts)
        words = [units.percent(gpu.utilisation)]
        if gpu.temperature_celsius is not None:
            words.append(f"{gpu.temperature_celsius:.0f} °C")
        if gpu.power_watts is not None:
            words.append(f"{gpu.power_watts:.0f} W")
        self.gpu.show_value(" · ".join(words), [(Role.CACHE, gpu.utilisation or 0.0)])

    def geometry_text(self) -> str:
        """Size and place as text, to be remembered."""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def restore_geometry_text(self, text: str) -> None:
        """Take a remembered place; nonsense is ignored by Qt, which also keeps it on a screen."""
        if text:
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(text.encode("ascii"))))

    # ---- what Qt tells ---------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Dragging moves it."""
        handle = self.windowHandle()
        if event.button() == Qt.MouseButton.LeftButton and handle is not None:
            handle.startSystemMove()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Leads to the large window."""
        self.open_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """From now on it wants readings."""
        super().showEvent(event)
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """No more readings."""
        super().hideEvent(event)
        self.shown.emit(False)

    def changeEvent(self, event: QEvent) -> None:
        """Letters of another size need another height."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.adjustSize()


def _model_words(engine: EngineReading) -> str:
    words = (engine.model, engine.state)
    return " · ".join(word for word in words if word) or "no model loaded"


def _part(role: Role, used: int | None, total: int | None) -> list[tuple[Role, float]]:
    return [(role, used / total)] if used is not None and total else []
