"""Somebody who looks at the dashboard, over hardware that is made up."""

from helpers.readings import NO_GPU
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.readings import ProcessReading, Reading
from lollma_gui.qt.background import Background
from lollma_gui.qt.hardware_actions import HardwareActions
from lollma_gui.qt.hardware_monitor import HardwareMonitor


class Hardware:
    """The hardware, which cannot be here: always the same moment."""

    asked_for_processes: bool | None = None

    def sample(self, *, with_processes: bool) -> Reading:
        self.asked_for_processes = with_processes
        return NO_GPU

    def close(self) -> None:
        return


class Actions(HardwareActions):
    """Writes down what is to be ended: nothing that runs here may be."""

    def __init__(self, background: Background) -> None:
        super().__init__(background)
        self.ended: list[ProcessReading] = []

    def end(self, process: ProcessReading) -> None:
        self.ended.append(process)


def take(monitor: HardwareMonitor, *readings: Reading) -> None:
    """Readings as they come from the sampler, a second apart unless they say otherwise."""
    for reading in readings:
        monitor._engine_now = lambda engine=reading.engine: engine
        monitor._take(reading)


def click(qtbot: QtBot, button: QWidget) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
