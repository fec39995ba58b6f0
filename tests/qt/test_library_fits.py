"""Every model of the library gets its verdict, one after the other."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts, card
from pytestqt.qtbot import QtBot

from lollma_gui.core.readings import GpuSurvey, MemoryReading, Reading
from lollma_gui.core.verdict import Fit
from lollma_gui.qt import library_fits

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


def many(folder: Path, starter_model: Path, count: int) -> list[str]:
    """So many models: files of their own, as links to one would be the same model."""
    folder.mkdir()
    header = starter_model.read_bytes()[: 4 << 20]
    paths = []
    for n in range(count):
        path = folder / f"{n:02}-Q4_1.gguf"
        with path.open("wb") as file:
            file.write(header)
            file.truncate(starter_model.stat().st_size)
        paths.append(str(path))
    return paths


def test_what_is_in_view_is_found_out_first(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, starter_model: Path
) -> None:
    paths = many(tmp_path / "models", starter_model, 20)
    parts = make_parts(gpus=(card(),), folders=(tmp_path / "models",))
    told: list[str] = []
    parts.fits.changed.connect(told.append)
    parts.fits.prefer([paths[15], paths[3]])
    parts.library.rescan()
    qtbot.waitUntil(lambda: len(told) >= 4)
    assert told[:4] == [paths[15], paths[3], paths[0], paths[1]]
    parts.fits.prefer([paths[19]])
    qtbot.waitUntil(lambda: len(told) == 20)
    assert told.index(paths[19]) < 12


def test_a_change_of_settings_reads_no_header_and_judges_only_whom_it_concerns(
    qtbot: QtBot,
    make_parts: Make,
    tmp_path: Path,
    starter_model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = many(tmp_path / "models", starter_model, 40)
    parts = make_parts(gpus=(card(),), folders=(tmp_path / "models",))
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    parts.library.rescan()
    qtbot.waitUntil(lambda: all(parts.fits.summary(path) for path in paths), timeout=30_000)
    qtbot.waitUntil(parts.background.is_idle)
    judged: list[object] = []
    really = library_fits.summarise
    monkeypatch.setattr(
        library_fits, "summarise", lambda *given: (judged.append(given[0]), really(*given))[1]
    )
    monkeypatch.setattr(library_fits, "read_facts", lambda path, _name: pytest.fail(path))
    parts.settings.set_model(paths[7])
    parts.settings.set_scope("07-Q4_1.gguf")
    with qtbot.waitSignal(parts.fits.changed) as told:
        parts.settings.set_value("n_gpu_layers", 5)
    assert told.args == [paths[7]]
    qtbot.waitUntil(parts.background.is_idle)
    assert len(judged) == 1


def test_only_files_that_changed_are_read_again(
    qtbot: QtBot,
    make_parts: Make,
    tmp_path: Path,
    starter_model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = many(tmp_path / "models", starter_model, 6)
    parts = make_parts(gpus=(card(),), folders=(tmp_path / "models",))
    parts.library.rescan()
    qtbot.waitUntil(lambda: all(parts.fits.summary(path) for path in paths))
    read: list[str] = []
    really = library_fits.read_facts
    monkeypatch.setattr(
        library_fits, "read_facts", lambda *given: (read.append(given[0]), really(*given))[1]
    )
    os.utime(paths[2], (1e9, 1e9))
    with qtbot.waitSignal(parts.library.changed):
        parts.library.rescan()
    qtbot.waitUntil(lambda: read == [paths[2]])
    qtbot.waitUntil(lambda: parts.fits.summary(paths[2]) is not None)
    assert read == [paths[2]]
