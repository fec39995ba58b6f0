"""How long a key in the search field of 5,000 models takes, from the key to the painted window.

    xvfb-run -a python tests/benchmarks/search_typing.py

The whole page is there: the list with its badges and marks, and what stands beside it. Every key
must be done within a frame of 16 ms.
"""

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from helpers.fit_parts import FitParts, card
from helpers.models_user import ModelsPage, build_tab
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lollma_gui.core.fit_summary import FitSummary
from lollma_gui.core.model_info import ModelInfo, ModelKind
from lollma_gui.core.model_source import ModelSource
from lollma_gui.core.speed import Speed
from lollma_gui.core.verdict import Fit
from lollma_gui.services.model_library import LibraryEntry

MODELS = 5000
TYPED = ("qwen3 q4", "llama lm studio", "models-4711", "zzz")
FAMILIES = ("Qwen3", "Llama-3.3", "gemma-3", "Mistral-Small", "gpt-oss", "DeepSeek-R1-Distill")
QUANTISATIONS = ("Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "F16")
INFO = ModelInfo(
    *("", "llama", ModelKind.TEXT, 8_000_000_000, "Q4_K_M", 5_000_000_000, 131_072, 32, 4096),
    *(32, 8, 128_256, None, None, True, "apache-2.0", ()),
)


def entry(number: int) -> LibraryEntry:
    name = f"{FAMILIES[number % len(FAMILIES)]}-{number // 40 + 1}B-Instruct"
    quantisation = QUANTISATIONS[number % len(QUANTISATIONS)]
    path = Path(f"/models/models-{number}/{name}-{quantisation}.gguf")
    info = replace(INFO, name=name, quantisation=quantisation, files=(str(path),))
    source = list(ModelSource)[number % len(ModelSource)]
    return LibraryEntry(path, info, source=source, size_bytes=5_000_000_000 + number)


def type_all(app: QApplication, tab: ModelsPage) -> list[float]:
    """Milliseconds of each key."""
    taken = []
    for text in TYPED:
        for letter in (*text, *[None] * len(text)):
            began = time.perf_counter()
            if letter is None:
                QTest.keyClick(tab.search, Qt.Key.Key_Backspace)
            else:
                QTest.keyClicks(tab.search, letter)
            # The list is laid out by a timer, and painted after that.
            app.processEvents()
            app.processEvents()
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def main() -> None:
    app = QApplication([*sys.argv[:1], "-style", "fusion"])
    with tempfile.TemporaryDirectory() as home:
        parts = FitParts(Path(home), gpus=(card(),))
        speed = Speed(50.0, 40.0, 60.0)
        summary = FitSummary(Fit.FITS, "Fits with 5 GiB to spare", "5 GiB spare", 1, speed=speed)
        parts.fits.summary = lambda _path: summary  # there are no files to plan
        parts.fits.stop()
        tab = build_tab(app, parts, Path(home) / "starter")
        tab.resize(1280, 820)
        tab.show()
        QTest.qWaitForWindowExposed(tab)
        began = time.perf_counter()
        parts.library._set_entries([entry(n) for n in range(MODELS)])
        parts.library.changed.emit()
        app.processEvents()
        print(f"{MODELS:,} models shown in {(time.perf_counter() - began) * 1000:.0f} ms")
        tab.search.setFocus()
        for grouped in (False, True):
            tab.models.group_button.setChecked(grouped)
            app.processEvents()
            # The best of three: other programs take their turns too.
            rounds = [type_all(app, tab) for _ in range(3)]
            taken = [min(times) for times in zip(*rounds, strict=True)]
            words = "grouped" if grouped else "plain"
            print(
                f"{words}: {len(taken)} keys, median {statistics.median(taken):.1f} ms, "
                f"worst {max(taken):.1f} ms"
            )
        parts.close()
        tab.close()


if __name__ == "__main__":
    main()
