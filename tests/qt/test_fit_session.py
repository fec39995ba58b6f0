"""Trying settings: a view for each change, the engine's word once they settle, then the profile."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from helpers.fit_parts import GIB, FitParts, card
from helpers.model_shapes import write_shape
from pytestqt.qtbot import QtBot

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_view import Extra, FitView
from lollma_gui.core.verdict import Fit

MIB = 1024**2
Make = Callable[..., FitParts]


def shown(qtbot: QtBot, parts: FitParts, path: Path, **given: object) -> FitView:
    with qtbot.waitSignal(parts.fit.changed, check_params_cb=lambda view: view is not None):
        parts.fit.show_model(str(path), "Q4_1", **given)  # type: ignore[arg-type]
    assert parts.fit.view is not None
    return parts.fit.view


def until(qtbot: QtBot, parts: FitParts, holds: Callable[[FitView], bool]) -> FitView:
    qtbot.waitUntil(lambda: parts.fit.view is not None and holds(parts.fit.view), timeout=20_000)
    assert parts.fit.view is not None
    return parts.fit.view


def of_a_gpu(
    path: str, values: Mapping[str, object], cancelled: Callable[[], bool]
) -> DryRunResult:
    """What an engine with a GPU would say; there is none here."""
    buffers = (
        Buffer("CUDA0", "compute", 30 * MIB),
        Buffer("CUDA_Host", "compute", 6 * MIB),
        Buffer("CUDA_Host", "output", MIB),
    )
    n_ctx = int(values["n_ctx"])  # type: ignore[call-overload]
    return DryRunResult(buffers, 23_040 * n_ctx, True, n_ctx, 31, 31)


def test_the_engine_confirms_what_arithmetic_says(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts()
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    first = shown(qtbot, parts, starter_model)
    assert first.plan.method == "arithmetic"
    assert first.verdict.fit is Fit.FITS
    exact = until(qtbot, parts, lambda view: view.plan.method == "dry-run")
    assert exact.arithmetic_total is not None
    engine_says = sum(share.total for share in exact.plan.devices)
    assert abs(engine_says - exact.arithmetic_total) < 0.01 * engine_says
    assert not exact.is_measuring


def test_changes_are_tried_and_go_into_the_models_profile_on_request(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts(gpus=(card(),), dry_run=of_a_gpu)
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    before = shown(qtbot, parts, starter_model)
    parts.fit.change({"n_ctx": 2048, "type_k": "q8_0", "type_v": "q8_0", "flash_attn": "on"})
    view = until(qtbot, parts, lambda v: v.asked.n_ctx == 2048)
    assert view.is_changed
    assert view.plan.gpus[0].kv < before.plan.gpus[0].kv
    assert parts.settings.values_of(str(starter_model))["n_ctx"] != 2048
    parts.fit.use()
    view = until(qtbot, parts, lambda v: not v.is_changed)
    assert view.asked.n_ctx == 2048
    assert parts.settings.values_of(str(starter_model))["type_k"] == "q8_0"
    assert parts.settings.values_of("/another.gguf")["n_ctx"] != 2048
    parts.settings.undo_stack.undo()
    assert parts.settings.values_of(str(starter_model))["n_ctx"] != 2048


def test_reset_goes_back_to_the_profile(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts()
    before = shown(qtbot, parts, starter_model)
    parts.fit.change({"n_ctx": 1024})
    until(qtbot, parts, lambda v: v.asked.n_ctx == 1024)
    parts.fit.reset()
    after = until(qtbot, parts, lambda v: v.asked.n_ctx == before.asked.n_ctx)
    assert not after.is_changed


def test_a_drag_ends_with_the_last_value_and_asks_the_engine_once(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    asked: list[object] = []

    def counted(path: str, values: Mapping[str, object], cancelled: Callable[[], bool]):
        asked.append(values["n_ctx"])
        return of_a_gpu(path, values, cancelled)

    parts = make_parts(dry_run=counted)
    shown(qtbot, parts, starter_model)
    until(qtbot, parts, lambda v: v.plan.method == "dry-run")
    asked.clear()
    for n_ctx in range(256, 4097, 256):
        parts.fit.change({"n_ctx": n_ctx})
    until(qtbot, parts, lambda v: v.plan.method == "dry-run" and v.asked.n_ctx == 4096)
    assert asked == [4096]


def test_a_dry_run_that_is_no_longer_wanted_is_given_up(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    given_up = threading.Event()

    def endless(path: str, values: Mapping[str, object], cancelled: Callable[[], bool]):
        while not cancelled():
            given_up.wait(0.01)
        given_up.set()
        raise LollmaError("never told")

    parts = make_parts(dry_run=endless)
    shown(qtbot, parts, starter_model)
    until(qtbot, parts, lambda v: v.is_measuring)
    parts.fit.show_model("")
    qtbot.waitUntil(given_up.is_set)
    assert parts.fit.view is None


def test_why_the_engine_could_not_plan_is_shown(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    def refuses(path: str, values: Mapping[str, object], cancelled: Callable[[], bool]):
        raise LollmaError("The engine's dry run took too long.")

    parts = make_parts(dry_run=refuses)
    shown(qtbot, parts, starter_model)
    view = until(qtbot, parts, lambda v: bool(v.measuring_problem))
    assert view.measuring_problem == "The engine's dry run took too long."
    assert view.plan.method == "arithmetic"


def test_what_llama_cpp_refuses_is_a_sentence_and_the_last_plan_stays(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts()
    shown(qtbot, parts, starter_model)
    parts.fit.change({"type_v": "q8_0", "flash_attn": "off"})
    view = until(qtbot, parts, lambda v: v.refusal is not None)
    assert view.refusal is not None
    assert "needs flash attention" in view.refusal.title
    parts.fit.change({"flash_attn": "on"})
    until(qtbot, parts, lambda v: v.refusal is None)


def test_what_is_loaded_beside_it_counts_when_chosen(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts()
    extra = Extra("/draft.gguf", "Small", "draft", GIB)
    before = shown(qtbot, parts, starter_model, extras=(extra,))
    parts.fit.toggle_extra("/draft.gguf", True)
    view = until(qtbot, parts, lambda v: v.extras[0].is_chosen)
    assert view.plan.ram.weights == before.plan.ram.weights + GIB


def test_changes_make_room_for_what_is_loaded_beside_it_too(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts(gpus=(card(free=4),), dry_run=of_a_gpu)
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    extra = Extra("/draft.gguf", "Large", "draft", int(2.2 * GIB))
    shown(qtbot, parts, starter_model, extras=(extra,))
    parts.fit.change({"n_gpu_layers": 31, "n_ctx": 32_768})
    assert until(qtbot, parts, lambda v: v.asked.n_ctx == 32_768).verdict.fit is Fit.FITS
    parts.fit.toggle_extra("/draft.gguf", True)
    short = until(qtbot, parts, lambda v: bool(v.changes))
    assert short.verdict.fit is not Fit.FITS
    assert short.longest_context < 32_768
    parts.fit.change(short.changes[0].values)
    until(qtbot, parts, lambda v: v.verdict.fit in (Fit.FITS, Fit.PARTLY) and not v.changes)


def test_a_load_that_failed_for_memory_gets_changes_and_one_of_them_loads_again(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts(gpus=(card(free=2.1),), dry_run=of_a_gpu)
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    assert shown(qtbot, parts, starter_model).changes == ()
    parts.fit.set_failed(str(starter_model))
    view = until(qtbot, parts, lambda v: bool(v.changes))
    with qtbot.assertNotEmitted(parts.fit.load_wanted):
        parts.fit.change({"n_ctx": 2048})  # a slider is no wish to load
    with qtbot.waitSignal(parts.fit.load_wanted) as wanted:
        parts.fit.take_change(view.changes[0].values)
    assert wanted.args == [str(starter_model)]
    values = parts.settings.values_of(str(starter_model))
    assert {name: values[name] for name in view.changes[0].values} == view.changes[0].values


def test_a_file_that_cannot_be_read_says_why(
    qtbot: QtBot, make_parts: Make, tmp_path: Path
) -> None:
    parts = make_parts()
    with qtbot.waitSignal(parts.fit.unreadable) as told:
        parts.fit.show_model(str(tmp_path / "gone.gguf"))
    assert "There is no file" in told.args[0].title
    assert parts.fit.view is None


def test_a_file_that_was_replaced_while_it_is_shown_is_looked_at_again(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, starter_model: Path
) -> None:
    parts = make_parts(dry_run=of_a_gpu)
    shape = write_shape(tmp_path, "qwen3-8b", "Q4_K_M")
    path = tmp_path / "model.gguf"
    path.symlink_to(starter_model)
    before = shown(qtbot, parts, path)
    parts.fit.change({"n_ctx": 1024})
    path.unlink()
    path.symlink_to(shape)
    parts.knowledge.forget_models()  # as a new search of the folders does
    parts.fit.show_model(str(path))
    view = until(qtbot, parts, lambda v: v.layers != before.layers and v.asked.n_ctx == 1024)
    assert view.plan.ram.weights > 10 * before.plan.ram.weights
    path.unlink()
    parts.knowledge.forget_models()
    with qtbot.waitSignal(parts.fit.unreadable):
        parts.fit.show_model(str(path))
    assert parts.fit.view is None


def test_margins_change_the_verdict_at_once(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts(gpus=(card(free=2.1),), dry_run=of_a_gpu)
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    assert shown(qtbot, parts, starter_model).verdict.fit is Fit.FITS
    parts.knowledge.set_margins(None, 8 * GIB)
    view = until(qtbot, parts, lambda v: v.games_bytes == 8 * GIB)
    assert view.verdict.fit is not Fit.FITS


@pytest.mark.parametrize("readings", [0, 3])
def test_nothing_is_asked_where_no_model_is_shown(
    qtbot: QtBot, make_parts: Make, readings: int
) -> None:
    parts = make_parts(dry_run=lambda *_: pytest.fail("nothing to plan"))
    for _ in range(readings):
        parts.fit.refresh()
    parts.fit.measure()
    assert parts.fit.view is None
