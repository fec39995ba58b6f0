from dataclasses import replace

from helpers.readings import FULL, NO_GPU
from PySide6.QtWidgets import QWidget

from lollma_gui.core.readings import EngineReading, GpuSurvey
from lollma_gui.widgets.meter import Meter
from lollma_gui.widgets.run_bar import RunBar
from lollma_gui.widgets.theme import Role


def meters(bar: QWidget) -> dict[str, Meter]:
    return {meter.accessibleName(): meter for meter in bar.findChildren(Meter)}


def test_the_meters_show_the_same_reading_as_the_dashboard(qtbot, theme):
    bar = RunBar(theme)
    qtbot.addWidget(bar)
    bar.show_reading(FULL)
    said = {name: meter.accessibleDescription() for name, meter in meters(bar).items()}
    assert said == {"VRAM": "12.0 / 16.0 GiB", "GPU": "87 % · 64 °C", "RAM": "21.0 / 64.0 GiB"}


def test_vram_of_our_model_is_told_from_that_of_others(qtbot, theme):
    bar = RunBar(theme)
    qtbot.addWidget(bar)
    bar.show_reading(FULL)
    vram = meters(bar)["VRAM"]
    assert vram._fractions == ((Role.WEIGHTS, 9 / 16), (Role.OTHERS, 3 / 16))
    bar.show_reading(replace(FULL, engine=EngineReading(), processes=None))
    assert vram._fractions == ((Role.WEIGHTS, 0.0), (Role.OTHERS, 12 / 16))


def test_without_a_gpu_its_meters_are_dashes(qtbot, theme):
    bar = RunBar(theme)
    qtbot.addWidget(bar)
    for reading in (NO_GPU, replace(FULL, gpu=GpuSurvey())):
        bar.show_reading(reading)
        assert [meters(bar)[name].accessibleDescription() for name in ("VRAM", "GPU")] == ["-", "-"]
