"""How far each setting can go, and what would make a model fit: every answer really fits."""

from dataclasses import replace

import pytest
from helpers.facts import CARD, EXPERTS, GAMING, GIB, LARGE, LLAMA, OFFICE, OLD, QWEN, SMALL, TWO
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_changes import MOST_CHANGES, changes_that_fit
from lollma_gui.core.plan_settings import CONTEXT_STEP, PlanSettings, plan_settings
from lollma_gui.core.settings_facts import ModelFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.verdict import Fit

MODELS = [QWEN, LLAMA, LARGE, OLD, EXPERTS]


def case_of(model: ModelFacts, pc: PcFacts = GAMING) -> FitCase:
    assert model.prepared is not None
    return FitCase.on(pc, model.prepared)


def with_free(gib: float, ram_gib: float = 50) -> PcFacts:
    card = replace(CARD, free_bytes=int(gib * GIB), total_bytes=int(gib * GIB))
    return replace(GAMING, gpus=(card,), ram_available_bytes=int(ram_gib * GIB))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
@pytest.mark.parametrize("pc", [GAMING, TWO, with_free(5)], ids=["15", "5+15", "5"])
def test_most_layers_fit_and_one_more_does_not(model: ModelFacts, pc: PcFacts) -> None:
    case, settings = case_of(model, pc), PlanSettings()
    most = case.most_layers(settings)
    assert case.fits_gpus(replace(settings, n_gpu_layers=most))
    if most < case.model.n_layers:
        assert not case.fits_gpus(replace(settings, n_gpu_layers=most + 1))


@given(gib=st.floats(2, 24), cache=st.sampled_from(["f16", "q8_0", "q4_0"]))
def test_the_longest_context_fits_and_the_next_does_not(gib: float, cache: str) -> None:
    case = case_of(LLAMA, with_free(gib))
    settings = PlanSettings(type_k=cache, type_v=cache)
    written = case.written_out(settings)
    longest = case.longest_context(settings)
    if longest:
        assert case.fits(replace(written, n_ctx=longest))
    if longest < 131_072:
        assert not case.fits(replace(written, n_ctx=longest + CONTEXT_STEP))


def test_a_context_is_never_longer_than_the_model_was_trained_for() -> None:
    assert case_of(OLD).longest_context(PlanSettings()) == 2048


def test_what_is_loaded_beside_the_model_takes_room_from_every_answer() -> None:
    case = replace(case_of(LARGE, with_free(24)), beside_bytes=4 * GIB)
    alone = replace(case, beside_bytes=0)
    settings = PlanSettings()
    assert case.most_layers(settings) < alone.most_layers(settings)
    plan = case.plan(settings)
    assert plan.gpus[0].weights > 4 * GIB
    assert case.judge(plan).fit not in (Fit.DOES_NOT_FIT, Fit.ONLY_JUST)


def test_a_main_gpu_that_is_not_there_is_refused_as_llama_cpp_refuses_it() -> None:
    alone = PlanSettings(n_ctx=512, n_gpu_layers=1, split_mode="none", main_gpu=1)
    assert [share.layers for share in case_of(QWEN, TWO).plan(alone).gpus] == [0, 1]
    with pytest.raises(LollmaError, match="no GPU number 1"):
        case_of(QWEN, GAMING).plan(alone)
    assert not case_of(QWEN, GAMING).fits(alone)


def test_two_cards_of_one_kind_are_told_apart() -> None:
    case = case_of(QWEN, replace(GAMING, gpus=(CARD, SMALL, CARD)))
    names = [share.name for share in case.plan(PlanSettings()).gpus]
    assert names == [f"{CARD.name} (1)", SMALL.name, f"{CARD.name} (2)"]


def test_as_many_as_fit_is_written_out() -> None:
    plan = case_of(QWEN).plan(PlanSettings(n_ctx=8192))
    assert plan.gpu_layers == plan.settings.n_gpu_layers == 41
    assert case_of(LARGE).plan(PlanSettings()).gpu_layers < 81
    assert case_of(QWEN, OFFICE).plan(PlanSettings()).gpu_layers == 0


def test_games_and_margins_take_layers_away() -> None:
    roomy = case_of(LARGE).most_layers(PlanSettings())
    games = case_of(LARGE, replace(GAMING, gpu_margin_bytes=5 * GIB)).most_layers(PlanSettings())
    assert games < roomy


TOO_MUCH = [
    (LLAMA, with_free(7), PlanSettings(n_ctx=32_768, n_gpu_layers=33)),
    (QWEN, GAMING, PlanSettings(n_ctx=40_960, n_gpu_layers=41)),
    (LARGE, GAMING, PlanSettings(n_gpu_layers=81)),
    (EXPERTS, GAMING, PlanSettings(n_ctx=32_768, n_gpu_layers=49)),
    (LLAMA, with_free(1, ram_gib=9), PlanSettings(n_ctx=131_072)),
    (QWEN, OFFICE, PlanSettings(n_ctx=40_960)),
]


@pytest.mark.parametrize(("model", "pc", "settings"), TOO_MUCH)
def test_every_change_offered_makes_it_fit(
    model: ModelFacts, pc: PcFacts, settings: PlanSettings
) -> None:
    case = case_of(model, pc)
    assert case.judge(case.plan(settings)).fit in (Fit.DOES_NOT_FIT, Fit.ONLY_JUST)
    changes = changes_that_fit(case, settings)
    assert 1 <= len(changes) <= MOST_CHANGES
    assert len({change.words for change in changes}) == len(changes)
    for change in changes:
        values = {**SETTINGS.defaults(), "n_ctx": settings.n_ctx, **change.values}
        if "n_gpu_layers" not in change.values:
            values["n_gpu_layers"] = settings.n_gpu_layers
        assert case.fits(plan_settings(values)), change.words
        assert all(SETTINGS[name].check(value) == "" for name, value in change.values.items())


def test_no_change_is_offered_where_none_would_help() -> None:
    nothing = replace(OFFICE, ram_available_bytes=GIB)
    assert changes_that_fit(case_of(LARGE, nothing), PlanSettings()) == []


def test_experts_in_ram_are_offered_before_whole_layers() -> None:
    words = [c.words for c in changes_that_fit(*TOO_MUCH_EXPERTS)]
    experts = next(i for i, w in enumerate(words) if "experts" in w)
    layers = next((i for i, w in enumerate(words) if "layers" in w), len(words))
    assert experts < layers


TOO_MUCH_EXPERTS = case_of(EXPERTS), PlanSettings(n_ctx=32_768, n_gpu_layers=49)
