"""The fit panel's controls: clicked, dragged, typed into and stepped by keys."""

from dataclasses import replace

import pytest
from helpers.fit_desk import LEFT, NAME, FitDesk, handle
from helpers.fit_views import (
    FIT_VIEWS,
    GIB,
    GUIDE_CASE,
    MIB,
    fits,
    mixture,
    partly,
    two_gpus,
    view_of,
)
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QScrollArea,
)
from pytestqt.qtbot import QtBot

from lollma_gui.core.fit_view import Extra, PastErrors
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.widgets.fit_slider import FitSlider
from lollma_gui.widgets.theme import Role, Theme

NO_KEYS = Qt.KeyboardModifier.NoModifier
EVERY_VIEW = pytest.mark.parametrize("name", FIT_VIEWS)


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme) -> FitDesk:
    return FitDesk(qtbot, theme)


# ---- the context -----------------------------------------------------------------------------


def test_each_step_of_a_drag_is_told_and_what_follows_does_not_disturb_it(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=16_384))
    slider, scrolled = desk.panel.context.slider, desk.panel.findChild(QScrollArea)
    desk.scroll_to(slider)
    start = handle(slider)
    place = slider.mapTo(desk.panel, QPoint())
    desk.qtbot.mousePress(slider, LEFT, NO_KEYS, start)
    for step in range(1, 12):
        desk.qtbot.mouseMove(slider, start + QPoint(12 * step, 0))
        # What the app does each second anyway must not take the slider out of the hand.
        desk.show(view_of(GUIDE_CASE, desk.asked, NAME))
        assert slider.isSliderDown()
        assert slider.mapTo(desk.panel, QPoint()) == place
    contexts = [values["n_ctx"] for values in desk.wanted]
    assert len(contexts) > 8
    assert contexts == sorted(contexts)
    assert all(n % 256 == 0 for n in contexts)
    assert scrolled.verticalScrollBar().value() == 0
    desk.qtbot.mouseRelease(slider, LEFT, NO_KEYS, start + QPoint(132, 0))
    assert desk.panel.context.editor.control.text() == f"{contexts[-1]:,} tokens"


def test_what_would_fit_is_offered_only_after_the_drag(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=16_384, n_gpu_layers=33))
    slider, changes = desk.panel.context.slider, desk.panel.changes
    start = handle(slider)
    desk.qtbot.mousePress(slider, LEFT, NO_KEYS, start)
    desk.qtbot.mouseMove(slider, start + QPoint(300, 0))
    assert desk.panel.verdict.badge.role is Role.BAD
    assert not changes.isVisible()
    desk.qtbot.mouseRelease(slider, LEFT, NO_KEYS, start + QPoint(300, 0))
    assert changes.isVisible()


def test_arrow_keys_go_from_stop_to_stop(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=4096))
    slider = desk.panel.context.slider
    desk.focus(slider)
    desk.qtbot.keyClick(slider, Qt.Key.Key_Right)
    desk.qtbot.keyClick(slider, Qt.Key.Key_Left)
    desk.qtbot.keyClick(slider, Qt.Key.Key_End)
    assert [values["n_ctx"] for values in desk.wanted] == [4352, 4096, 131_072]
    assert slider.hasFocus()
    assert "131,072 tokens; fits up to" in slider.accessibleDescription()


def test_a_context_can_be_typed(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=4096))
    box = desk.panel.context.editor.control
    desk.focus(box)
    desk.qtbot.keyClick(box, "A", Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.keyClicks(box, "12k")
    # The app shows something each second: what is half typed stays.
    desk.show(view_of(GUIDE_CASE, desk.asked, NAME))
    assert box.text() == "12k"
    desk.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert desk.wanted == [{"n_ctx": 12_288}]


def test_a_context_that_cannot_be_is_refused_in_a_sentence(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=4096))
    box, problem = desk.panel.context.editor.control, desk.panel.context.problem
    desk.focus(box)
    desk.qtbot.keyClick(box, "A", Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.keyClicks(box, "many")
    desk.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert desk.wanted == []
    assert "Context length" in problem.text()
    desk.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not problem.isVisible()


def test_the_longest_context_that_fits_is_one_press_away(desk: FitDesk) -> None:
    view = fits()
    desk.show(view)
    desk.click(desk.panel.context.longest_button)
    assert desk.panel.context.longest_button.text() == f"fits up to {view.longest_context:,}"
    assert desk.wanted == [{"n_ctx": view.longest_context}]
    desk.show(view._replace(longest_context=0))
    assert not desk.panel.context.longest_button.isEnabled()


def test_zero_means_as_long_as_trained(desk: FitDesk) -> None:
    desk.show(view_of(GUIDE_CASE, PlanSettings(n_ctx=0), NAME))
    slider = desk.panel.context.slider
    assert slider.value() == slider.maximum()


def test_a_model_that_does_not_say_its_context_has_a_slider_too(desk: FitDesk) -> None:
    desk.show(fits()._replace(n_ctx_train=0))
    assert desk.panel.context.slider.maximum() > 50
    desk.show(view_of(GUIDE_CASE, PlanSettings(n_ctx=262_144), "Llama"))
    assert desk.panel.context.slider.value() == desk.panel.context.slider.maximum()


# ---- layers, cache, batch, experts, split ----------------------------------------------------


def test_as_many_layers_as_fit_is_written_out(desk: FitDesk) -> None:
    view = partly()
    desk.show(view)
    layers = desk.panel.layers
    assert layers.auto_box.isChecked()
    assert layers.row.value.text() == f"{view.plan.gpu_layers} of 33"
    assert layers.slider.value() == view.plan.gpu_layers
    desk.click(layers.auto_box)
    assert desk.wanted == [{"n_gpu_layers": view.plan.gpu_layers}]
    desk.click(layers.auto_box)
    assert desk.wanted[-1] == {"n_gpu_layers": -1}


def test_moving_the_layers_ends_automatic(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=4096))
    layers = desk.panel.layers
    desk.focus(layers.slider)
    desk.qtbot.keyClick(layers.slider, Qt.Key.Key_Left)
    assert desk.wanted == [{"n_gpu_layers": 32}]
    assert not layers.auto_box.isChecked()
    assert layers.row.value.text() == "32 of 33"


def test_the_cache_is_chosen_for_keys_and_values_together(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=4096))
    desk.click(desk.segment(desk.panel.cache.types, "Q8_0"))
    assert desk.wanted == [{"type_k": "q8_0", "type_v": "q8_0"}]
    assert not desk.panel.cache.keys.isVisible()


def test_or_apart(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=4096))
    cache = desk.panel.cache
    desk.click(desk.segment(cache.types, "Other…"))
    assert desk.wanted == []
    assert cache.keys.isVisible()
    desk.choose(cache.keys.control, "q8_0, 8.5 bits")
    assert desk.wanted[-1] == {"type_k": "q8_0"}
    desk.choose(cache.values.control, "bf16, 16 bits")
    assert desk.wanted[-1] == {"type_v": "bf16"}
    assert cache.types.current() == "other"
    desk.click(desk.segment(cache.types, "F16"))
    assert desk.wanted[-1] == {"type_k": "f16", "type_v": "f16"}
    assert not cache.keys.isVisible()


def test_formats_that_differ_are_shown_apart(desk: FitDesk) -> None:
    desk.show(mixture())
    cache = desk.panel.cache
    assert cache.types.current() == "other"
    shown = (cache.keys.control.currentData(), cache.values.control.currentData())
    assert shown == ("q8_0", "q5_1")


def test_flash_attention_and_batch_are_chosen(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=4096))
    compute = desk.panel.compute
    desk.click(desk.segment(compute.flash, "Off"))
    desk.choose(compute.ubatch, "1,024 tokens")
    assert desk.wanted[0] == {"flash_attn": "off"}
    assert desk.wanted[-1] == {"n_ubatch": 1024}


def test_a_batch_that_is_not_in_the_list_is_shown_all_the_same(desk: FitDesk) -> None:
    desk.show(view_of(GUIDE_CASE, PlanSettings(n_ctx=4096, n_ubatch=384), "Llama"))
    assert desk.panel.compute.ubatch.currentText() == "384 tokens"


def test_experts_are_moved_to_ram_block_by_block(desk: FitDesk) -> None:
    view = mixture()
    desk.show(view)
    experts = desk.panel.experts
    assert experts.row.value.text() == f"{view.asked.n_cpu_moe} of 48 blocks"
    desk.focus(experts.slider)
    desk.qtbot.keyClick(experts.slider, Qt.Key.Key_Right)
    assert desk.wanted == [{"n_cpu_moe": view.asked.n_cpu_moe + 1}]


def test_two_gpus_are_split_by_a_slider(desk: FitDesk) -> None:
    view = two_gpus()
    desk.show(view)
    split = desk.panel.split
    assert split.auto_box.isChecked()
    first, second = (share.layers for share in view.plan.gpus)
    assert split.row.value.text() == f"{first} : {second} layers"
    desk.focus(split.slider)
    share = split.slider.value()
    desk.qtbot.keyClick(split.slider, Qt.Key.Key_Right)
    assert desk.wanted == [{"tensor_split": [share + 1.0, 99.0 - share]}]
    asked = replace(view.asked, tensor_split=(75.0, 25.0))
    desk.show(view._replace(asked=asked))
    assert (split.slider.value(), split.auto_box.isChecked()) == (75, False)
    desk.click(split.auto_box)
    assert desk.wanted[-1] == {"tensor_split": []}


def test_three_gpus_are_split_by_figures(desk: FitDesk) -> None:
    view = two_gpus()
    devices = (*view.plan.devices, view.plan.gpus[1])
    desk.show(view._replace(plan=view.plan._replace(devices=devices)))
    split = desk.panel.split
    assert not split.slider.isVisible()
    box = split.editor.control
    desk.scroll_to(box)
    desk.focus(box)
    desk.qtbot.keyClicks(box, "50, 25, 25")
    desk.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert desk.wanted == [{"tensor_split": [50.0, 25.0, 25.0]}]


def test_the_wheel_scrolls_and_moves_no_slider(desk: FitDesk) -> None:
    desk.show(two_gpus())
    for slider in desk.panel.findChildren(FitSlider):
        event = QWheelEvent(
            QPointF(5, 5),
            QPointF(slider.mapToGlobal(QPoint(5, 5))),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            NO_KEYS,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(slider, event)
    assert desk.said == []


# ---- extras, margins, method -----------------------------------------------------------------


def test_a_draft_model_and_a_projector_have_their_price(desk: FitDesk) -> None:
    desk.show(fits())
    draft, projector = desk.panel.extras.boxes
    assert draft.accessibleName().startswith("Draft model: ")
    assert draft.accessibleName().endswith("+0.62 GiB")
    assert (draft.isChecked(), projector.isChecked()) == (False, True)
    desk.click(draft)
    desk.click(projector)
    assert desk.said == [
        ("extra_toggled", ("/models/draft.gguf", True)),
        ("extra_toggled", ("/models/mmproj.gguf", False)),
    ]
    other = Extra("/b", "b.gguf", "draft", GIB)
    desk.show(fits()._replace(extras=(other,)))
    assert [box.accessibleName() for box in desk.panel.extras.boxes] == [
        "Draft model: b.gguf +1.00 GiB"
    ]


def test_what_is_assumed_is_always_seen_and_unfolds(desk: FitDesk) -> None:
    desk.show(two_gpus())
    assumptions = desk.panel.assumptions
    assert "kept free" in assumptions.line.text()
    assert not assumptions.facts.isVisible()
    desk.focus(assumptions.fold_button)
    desk.qtbot.keyClick(assumptions.fold_button, Qt.Key.Key_Space)
    assert assumptions.facts.isVisible()
    assert ("Free now, RTX 3090", "22.90 / 24.00 GiB") in assumptions.facts.facts()


def test_the_margin_is_set_or_left_to_us(desk: FitDesk) -> None:
    desk.show(two_gpus())
    assumptions = desk.panel.assumptions
    desk.click(assumptions.fold_button)
    assert assumptions.margin_box.currentText() == "0.50 GiB"
    desk.choose(assumptions.margin_box, "Automatic")
    assert desk.said[-1] == ("margin_changed", (None,))
    desk.choose(assumptions.margin_box, "4.00 GiB")
    assert desk.said[-1] == ("margin_changed", (4 * GIB,))
    desk.show(two_gpus()._replace(margin_wish=700 * MIB))
    assert assumptions.margin_box.currentText() == "0.68 GiB"


def test_room_is_left_for_games(desk: FitDesk) -> None:
    desk.show(two_gpus())
    assumptions = desk.panel.assumptions
    desk.click(assumptions.fold_button)
    assert assumptions.games_box.currentText() == "2.00 GiB"
    desk.choose(assumptions.games_box, "12.00 GiB")
    assert desk.said[-1] == ("games_changed", (12 * GIB,))


def test_the_method_and_what_was_learned_are_told(desk: FitDesk) -> None:
    desk.show(fits())
    method = desk.panel.method
    assert method.method.text().startswith("Measured with the engine: 13.0 MiB")
    assert method.past.text().endswith("(9 loads)")
    desk.click(method.forget_button)
    assert desk.said == [("forget_wanted", ())]
    desk.show(fits()._replace(past=PastErrors()))
    assert not method.forget_button.isVisible()
