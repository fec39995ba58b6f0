"""Values that suit this PC and this model, each with a reason that names its numbers."""

import llama_cpp
import pytest
from helpers.facts import EXPERTS, GAMING, GIB, LARGE, LLAMA, OFFICE, OLD, QWEN, TWO

from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.plan_fit import plan_fit
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.recommendations import recommend, recommended_values
from lollma_gui.core.recommended_sampling import METADATA_KEYS, from_metadata
from lollma_gui.core.settings_checks import check_settings
from lollma_gui.core.settings_facts import GpuFacts, ModelFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS

PCS = {"gaming": GAMING, "office": OFFICE, "two cards": TWO, "unknown": PcFacts()}
MODELS = {m.name: m for m in (QWEN, LLAMA, LARGE, EXPERTS, OLD, ModelFacts())}


@pytest.mark.parametrize("pc", PCS)
@pytest.mark.parametrize("model", MODELS)
def test_every_setting_has_a_valid_value_and_a_reason(pc: str, model: str) -> None:
    advice = recommend(PCS[pc], MODELS[model])
    assert list(advice) == list(SETTINGS.names)
    for name, said in advice.items():
        assert SETTINGS[name].check(said.value) == ""
        assert said.reason.endswith(".")
    assert check_settings(recommended_values(advice), MODELS[model], PCS[pc]) == ()


@pytest.mark.parametrize("pc", [GAMING, TWO])
@pytest.mark.parametrize("model", [QWEN, LLAMA, LARGE, EXPERTS, OLD], ids=lambda m: m.name)
def test_what_is_recommended_fits_with_a_margin(pc: PcFacts, model: ModelFacts) -> None:
    fit = plan_fit(pc, model)
    assert fit is not None
    need = fit(recommended_values(recommend(pc, model)))
    for taken, gpu in zip(need.gpus, pc.gpus, strict=True):
        assert taken <= gpu.free_bytes - pc.gpu_margin_bytes


def test_a_model_that_fits_goes_to_the_gpu_whole_with_as_long_a_context_as_fits() -> None:
    advice = recommend(GAMING, QWEN)
    assert advice["n_gpu_layers"].value == 41
    assert advice["n_gpu_layers"].reason == "All 41 layers fit: 13.4 GiB of 15.0 GiB free."
    assert advice["n_ctx"].value == 32768
    assert "Costs 160.0 MiB for 1,024 tokens." in advice["n_ctx"].reason
    assert advice["flash_attn"].value == "on"
    assert "RTX 4080" in advice["flash_attn"].reason


def test_a_model_that_is_too_large_gets_as_many_layers_as_fit() -> None:
    said = recommend(GAMING, LARGE)["n_gpu_layers"]
    assert isinstance(said.value, int)
    assert 0 < said.value < 81
    assert f"{said.value} of 81 layers fit into 15.0 GiB" in said.reason
    assert LARGE.prepared is not None
    case = FitCase.on(GAMING, LARGE.prepared)
    assert case.fits_gpus(PlanSettings(n_gpu_layers=said.value))
    assert not case.fits_gpus(PlanSettings(n_gpu_layers=said.value + 1))


def test_experts_stay_in_ram_before_whole_layers_do() -> None:
    advice = recommend(GAMING, EXPERTS)
    assert advice["n_gpu_layers"].value == 49
    assert 0 < advice["n_cpu_moe"].value < 48  # type: ignore[operator]
    assert "of 48 blocks" in advice["n_cpu_moe"].reason


def test_the_context_never_exceeds_what_the_model_was_trained_on() -> None:
    said = recommend(GAMING, OLD)["n_ctx"]
    assert said.value == 2048
    assert "All the 2,048 tokens" in said.reason


def test_a_smaller_cache_is_taken_where_it_makes_room_for_a_comfortable_context() -> None:
    tight = GpuFacts("NVIDIA GeForce RTX 4060", 8 * GIB, int(6.7 * GIB), "NVIDIA")
    pc = PcFacts(8, 16, None, 32 * GIB, 20 * GIB, (tight,), None, 1)
    advice = recommend(pc, LLAMA)
    assert (advice["type_k"].value, advice["type_v"].value) == ("q8_0", "q8_0")
    assert advice["n_ctx"].value == 8192
    assert advice["flash_attn"].value == "on"
    assert "Costs 68.0 MiB" in advice["n_ctx"].reason


def test_without_a_measured_gpu_layers_are_offered_to_one_that_may_be_there() -> None:
    advice = recommend(OFFICE, LLAMA)
    assert advice["n_gpu_layers"].value == -1
    assert "if the engine has one" in advice["n_gpu_layers"].reason
    assert advice["n_ctx"].value == 8192
    assert advice["threads"].value == 4
    assert advice["threads"].reason == (
        "One for each of 4 real cores; the 8 logical ones share them."
    )


def test_a_model_larger_than_the_ram_is_said_so() -> None:
    assert "does not fit into 11.0 GiB of free RAM" in recommend(OFFICE, LARGE)["n_ctx"].reason


def test_efficiency_cores_read_but_do_not_write() -> None:
    advice = recommend(GAMING, QWEN)
    assert (advice["threads"].value, advice["threads_batch"].value) == (8, 16)
    assert "8 fast cores" in advice["threads"].reason


def test_several_gpus_share_by_free_memory() -> None:
    advice = recommend(TWO, LLAMA)
    assert advice["tensor_split"].value == [25.0, 75.0]
    assert advice["tensor_split"].reason == "By free memory: 5.0 GiB and 15.0 GiB."
    assert advice["main_gpu"].value == 1
    assert advice["numa"].value == "distribute"


# ---- choosing words ------------------------------------------------------------------------


def test_the_models_own_values_win_and_nothing_else_interferes() -> None:
    model = ModelFacts(sampling={"temp": 0.6000000238418579, "top_k": 20, "top_p": 0.95})
    advice = recommend(PcFacts(), model)
    assert advice["temperature"].value == 0.6
    assert advice["temperature"].reason == "The model's own file says 0.6."
    assert (advice["top_k"].value, advice["top_p"].value) == (20, 0.95)
    assert (advice["min_p"].value, advice["repetition_penalty"].value) == (0.0, 1.0)
    assert "chose values without it" in advice["min_p"].reason


def test_the_guides_three_penalties_at_once_are_not_advised() -> None:
    advice = recommend(OFFICE, LLAMA)
    assert advice["repetition_penalty"].value == 1.0
    assert advice["frequency_penalty"].value == advice["presence_penalty"].value == 0.0
    assert "1.2" in advice["repetition_penalty"].reason


def test_where_the_model_says_nothing_the_guide_does() -> None:
    advice = recommend(PcFacts(), ModelFacts())
    for name in ("temperature", "top_p", "top_k", "typical_p", "min_p"):
        assert advice[name].value == SETTINGS[name].guide_value
        assert "as in the guide" in advice[name].reason


def test_a_limit_on_speed_is_not_recommended_as_a_way_to_gain_speed() -> None:
    said = recommend(PcFacts())["max_tokens_second"]
    assert said.value == 0
    assert "limit" in said.reason


def test_nonsense_in_a_models_file_is_left_out() -> None:
    given = {"temp": "hot", "top_k": -3, "top_p": 7.0, "min_p": True, "mirostat": 2, "what": 1}
    assert from_metadata(given) == {"mirostat": 2}


def test_the_keys_are_those_of_the_pinned_llama_cpp() -> None:
    theirs = {llama_cpp.llama_model_meta_key_str(number).decode() for number in range(12)}
    ours = {f"general.sampling.{key}" for key in METADATA_KEYS}
    assert theirs - ours == {"general.sampling.sequence"}
    assert ours <= theirs


def test_where_the_model_needs_all_cores_painting_takes_few_of_them() -> None:
    few = recommend(PcFacts(physical_cores=2))["max_updates_second"]
    assert few.value == 8
    assert "all 2 cores" in few.reason
    assert recommend(PcFacts(physical_cores=8))["max_updates_second"].value == 20
