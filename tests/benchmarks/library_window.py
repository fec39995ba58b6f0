"""How smooth the window stays while it finds out for each model of a library whether it fits.

    xvfb-run -a python tests/benchmarks/library_window.py [MODELS]

The real window, on the list of models, with header-only files of real shapes and quantisations, and
one GPU that is made up. A timer of 5 ms on the window's thread says for how long nothing was
answered: while the list fills and the first verdicts are found, after another setting, and after
memory was taken by somebody else.
"""

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.model_shapes import QUANTISATIONS, SHAPES, write_shape
from library_scan import copy_header
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from lollma_gui.__main__ import make_ready
from lollma_gui.app import LollmaApp
from lollma_gui.core.settings_facts import GpuFacts
from lollma_gui.qt.single_instance import SingleInstance
from lollma_gui.services import pc_facts
from lollma_gui.services.choices import Choices, ChoiceStore
from lollma_gui.services.model_places import ModelPlaces
from lollma_gui.services.places import Places

MODELS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
TICK_MS = 5
GIB = 1024**3
CARD = GpuFacts("GPU", 16 * GIB, 15 * GIB, "NVIDIA", bandwidth=700e9)


class Gaps:
    """The longest times between two ticks on this thread, in milliseconds."""

    def __init__(self) -> None:
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.found: list[float] = []
        self._last = 0.0

    def while_(self, is_done: Callable[[], bool], words: str) -> None:
        """Let the window live until then, and print how that went."""
        loop, began = QEventLoop(), time.perf_counter()
        check = QTimer(interval=50)
        check.timeout.connect(lambda: is_done() and loop.quit())
        self.found, self._last = [], began
        self._timer.start()
        check.start()
        loop.exec()
        self._timer.stop()
        longest = sorted(self.found, reverse=True)
        over = sum(gap > 50 for gap in longest)
        seconds = time.perf_counter() - began
        worst = ", ".join(f"{gap:.0f}" for gap in longest[:5])
        print(f"{words:22} {seconds:7.1f} s   longest {worst} ms   over 50 ms: {over}", flush=True)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.found.append((now - self._last) * 1000)
        self._last = now


def write(folder: Path) -> None:
    """Files of every shape and quantisation in turn; after the first round copies of them."""
    originals: list[Path] = []
    kinds = [(shape, quantisation) for quantisation in QUANTISATIONS for shape in SHAPES]
    for number in range(MODELS):
        home = folder / f"publisher-{number % 20}" / f"model-{number}"
        home.mkdir(parents=True)
        if number < len(kinds):
            originals.append(write_shape(home, *kinds[number]))
        else:
            original = originals[number % len(kinds)]
            copy_header(original, home / f"tuned-{number}-{original.name}")


def main() -> None:
    make_ready()
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setQuitOnLastWindowClosed(False)
    measure = pc_facts.measure
    pc_facts.measure = lambda *given: replace(measure(*given), gpus=(CARD,))
    with tempfile.TemporaryDirectory() as home:
        nobody = Path(home, "nobody")
        ModelPlaces.usual = lambda: ModelPlaces(nobody, {}, sys.platform, root=nobody)
        places = Places.below(Path(home, "home"))
        write(places.models)
        ChoiceStore(places.config / "choices.json").save(Choices(tab="Models"))
        instance = SingleInstance(places.data)
        instance.is_first()
        print(f"{MODELS:,} models")
        watch(LollmaApp(application, places, instance, application.quit), application)


def watch(app: LollmaApp, application: QApplication) -> None:
    gaps = Gaps()
    app.began.connect(gc.freeze)  # as ``app.run`` does
    app.began.connect(lambda: QTimer.singleShot(0, begin))

    def begin() -> None:
        parts, fits = app.parts, app.parts.fits

        def is_done() -> bool:
            entries = parts.library.entries
            is_listed = len(entries) == MODELS and not parts.library.is_scanning
            is_judged = not (fits._waiting or fits._job or fits._settled.isActive())
            return is_listed and is_judged and parts.background.is_idle()

        gaps.while_(is_done, "first verdicts")
        parts.monitor.stop()
        gaps.while_(parts.background.is_idle, "at rest")
        parts.settings.set_value("n_ctx", 12_288)
        gaps.while_(is_done, "another context")
        parts.knowledge.set_margins(2 * GIB, 0)
        gaps.while_(is_done, "another margin")
        parts.settings.set_value("type_k", "q8_0")
        gaps.while_(is_done, "another cache")
        app.window.close()

    app.window.show()
    application.exec()


if __name__ == "__main__":
    main()
