"""Pictures of the dashboard with two GPUs, with none and with a lost one, light and dark.

    python tests/tools/dashboard_pictures.py FOLDER [MODEL]

Runs the real app over the real nvidia-ml-py and the stand-in for NVIDIA's driver (needs gcc), on
the display there is (``xvfb-run`` makes one). With a model, it is loaded and answers meanwhile.
"""

import ctypes
import math
import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtWidgets import QApplication, QScrollArea

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from fakes.nvml.driver import build
from tools.screenshots import SIZES, close, rest, start, wait

from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.services.places import Places
from lollma_gui.widgets.theme import ThemeChoice

#: The control file in each scene; see tests/fakes/nvml/fake_nvml.c.
SCENES = {
    "two": {"gpus": 2, "reasons/1": 0x24, "width/1": 8, "fan/1": 90},
    "lost": {"gpus": 2, "nvmlDeviceGetTemperature/1": 15},
    "updated": {"nvmlDeviceGetCount_v2": 15, "nvmlInitWithFlags": 18},
}


def control(values: dict[str, int], second: int, engine: int | None = None) -> None:
    """Tell the stand-in what to say; figures go up and down as those of real GPUs do."""
    wave = math.sin(second / 4) + math.sin(second / 1.7) / 2
    moving = {
        "utilisation/0": int(85 + 8 * wave),
        "utilisation/1": int(12 + 6 * wave),
        "temperature/0": int(64 + 3 * wave),
        "temperature/1": int(86 + wave),
        "milliwatts/0": int(231_000 + 20_000 * wave),
        "milliwatts/1": int(60_000 + 9_000 * wave),
        "compute/0": engine or os.getpid(),
        "graphics/1": os.getppid(),
    }
    lines = [f"{name} {value}\n" for name, value in {**moving, **values}.items()]
    path = Path(os.environ["FAKE_NVML"])
    path.with_suffix(".new").write_text("".join(lines))
    path.with_suffix(".new").replace(path)  # it is being read all the while


def live(app: LollmaApp, values: dict[str, int], seconds: int) -> None:
    for second in range(seconds):
        control(values, second, app.parts.engine.status.pid)
        rest(1000)


def shoot(app: LollmaApp, folder: Path, name: str) -> None:
    tab = app.window.show_page("Dashboard")
    assert tab is not None
    bar = tab.findChildren(QScrollArea)[0].verticalScrollBar()
    for size in SIZES:
        app.window.resize(size)
        for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
            app.theme.choose(choice)
            for place, value in (("", 0), ("-below", 100_000)):
                rest(200)
                bar.setValue(min(value, bar.maximum()))
                rest(200)
                picture = folder / f"dashboard-{name}{place}-{choice}-{size.width()}.png"
                app.window.grab().toImage().save(str(picture))
    bar.setValue(0)


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as home:
        places = Places.below(Path(home))
        os.environ["FAKE_NVML"] = str(Path(home) / "control")
        app = start(application, places)
        app.window.show_page("Dashboard")
        rest(3000)
        shoot(app, folder, "none")
        close(app)
        control(SCENES["two"], 0)
        # Its soname then stands for the driver's own library.
        ctypes.CDLL(str(build(Path(home) / "nvml")))
        app = start(application, places)
        app.window.show_page("Dashboard")
        if len(sys.argv) > 2:
            app.load_model(str(Path(sys.argv[2]).absolute()))
            wait(lambda: app.parts.engine.status.state is EngineState.READY)
            app.parts.session.send("Count from one to five hundred, in words.")
        live(app, SCENES["two"], 45)
        shoot(app, folder, "two")
        live(app, SCENES["lost"], 8)
        shoot(app, folder, "lost")
        live(app, SCENES["updated"], 13)
        shoot(app, folder, "updated")
        close(app)


if __name__ == "__main__":
    main()
