"""Every model of the library gets its verdict, one after the other."""

from collections.abc import Callable
from pathlib import Path

from helpers.fit_parts import FitParts, card
from pytestqt.qtbot import QtBot

from lollma_gui.core.readings import GpuSurvey, MemoryReading, Reading
from lollma_gui.core.verdict import Fit

Make = Callable[..., FitParts]


def library(tmp_path: Path, starter_model: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "One-Q4_1.gguf").symlink_to(starter_model)
    (folder / "Two-Q4_1.gguf").write_bytes(starter_model.read_bytes())
    (folder / "Broken.gguf").write_bytes(starter_model.read_bytes()[:500_000])
    return folder


def test_whole_models_get_a_verdict_damaged_ones_none(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, starter_model: Path
) -> None:
    folder = library(tmp_path, starter_model)
    parts = make_parts(gpus=(card(),), folders=(folder,))
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    parts.library.rescan()
    names = ["One-Q4_1.gguf", "Two-Q4_1.gguf"]
    qtbot.waitUntil(lambda: all(parts.fits.summary(str(folder / n)) for n in names))
    found = parts.fits.summary(str(folder / names[0]))
    assert found is not None
    assert found.fit is Fit.FITS
    assert found.detail.endswith("GiB spare")
    assert (found.gpu_layers, found.layers) == (31, 31)
    assert found.longest_context == 8192
    assert found.speed is not None
    assert parts.fits.summary(str(folder / "Broken.gguf")) is None


def test_verdicts_follow_what_is_to_stay_free(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, starter_model: Path
) -> None:
    folder = library(tmp_path, starter_model)
    parts = make_parts(gpus=(card(),), folders=(folder,))
    path = str(folder / "One-Q4_1.gguf")
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    parts.library.rescan()
    qtbot.waitUntil(lambda: parts.fits.summary(path) is not None)
    parts.knowledge.set_margins(15 * 2**30, 0)

    def follows() -> bool:
        found = parts.fits.summary(path)
        return found is not None and found.fit is Fit.MOSTLY_RAM

    qtbot.waitUntil(follows)


def test_a_model_that_is_gone_is_forgotten(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, starter_model: Path
) -> None:
    folder = library(tmp_path, starter_model)
    parts = make_parts(folders=(folder,))
    path = folder / "One-Q4_1.gguf"
    parts.library.rescan()
    qtbot.waitUntil(lambda: parts.fits.summary(str(path)) is not None)
    path.unlink()
    with qtbot.waitSignal(parts.library.changed):
        parts.library.rescan()
    assert parts.fits.summary(str(path)) is None


def test_a_model_whose_file_was_cut_off_has_no_verdict_any_more(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, starter_model: Path
) -> None:
    folder = library(tmp_path, starter_model)
    parts = make_parts(folders=(folder,))
    path = folder / "Two-Q4_1.gguf"
    parts.library.rescan()
    qtbot.waitUntil(lambda: parts.fits.summary(str(path)) is not None)
    path.write_bytes(starter_model.read_bytes()[:500_000])
    with qtbot.waitSignal(parts.library.changed):
        parts.library.rescan()
    assert parts.fits.summary(str(path)) is None


def test_verdicts_follow_a_game_that_takes_the_memory(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, starter_model: Path
) -> None:
    parts = make_parts(gpus=(card(),), folders=(library(tmp_path, starter_model),))
    path = str(tmp_path / "models" / "One-Q4_1.gguf")
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    parts.library.rescan()
    qtbot.waitUntil(lambda: parts.fits.summary(path) is not None)
    ram = MemoryReading(available_bytes=8 * 2**30)
    parts.knowledge.take_reading(Reading(1.0, GpuSurvey((card(free=1),)), memory=ram))

    def follows() -> bool:
        found = parts.fits.summary(path)
        return found is not None and found.fit is Fit.ONLY_JUST

    qtbot.waitUntil(follows)
