"""Weights and cache are those llama.cpp allocates, to the byte.

The numbers are its own, for models of these shapes (llama-cpp-python 0.3.36, one sequence, 2048
tokens a batch, 512 computed at once unless said, sliding layers with their window only).
"""

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.model_headers import MODELS, attention, header, llama_q4_k_m, tensor

from lollma_gui.core.architectures import ARCHITECTURES
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import GgufHeader, read_header
from lollma_gui.core.memory_plan import MemoryPlan, PlanSettings, TargetDevice, plan_memory

#: A device that lays bytes out as the CPU does.
GPU = TargetDevice("GPU", "rpc")


def kv_of(model: str, **settings: object) -> int:
    plan = plan_memory(MODELS[model], PlanSettings(**settings))  # type: ignore[arg-type]
    assert not plan.estimate
    return plan.devices[0].kv


CACHES = {
    "SmolLM2-135M": (94_371_840, 754_974_720, 3_019_898_880),
    "deepseek-v2-lite": (127_401_984, 1_019_215_872, 4_076_863_488),
    "gemma3-12b": (771_751_936, 2_650_800_128, 9_093_251_072),
    "gpt-oss-20b": (119_537_664, 824_180_736, 3_240_099_840),
    "lfm2-1.2b": (50_495_488, 402_817_024, 1_610_776_576),
    "llama2-7b": (2_147_483_648, 17_179_869_184, 68_719_476_736),
    "llama3.1-70b": (1_342_177_280, 10_737_418_240, 42_949_672_960),
    "llama3.1-8b": (536_870_912, 4_294_967_296, 17_179_869_184),
    "mamba-2.8b": (24_903_680, 24_903_680, 24_903_680),
    "qwen3-30b-a3b": (402_653_184, 3_221_225_472, 12_884_901_888),
    "qwen3-next-80b-a3b": (179_699_712, 884_342_784, 3_300_261_888),
}


@pytest.mark.parametrize("model", CACHES)
def test_the_cache_is_exact_for_every_kind_of_model(model: str) -> None:
    assert tuple(kv_of(model, n_ctx=n) for n in (4096, 32_768, 131_072)) == CACHES[model]


COLUMNS = (
    *("SmolLM2-135M", "deepseek-v2-lite", "gemma3-12b", "gpt-oss-20b", "lfm2-1.2b"),
    *("llama3.1-8b", "mamba-2.8b", "qwen3-next-80b-a3b"),
)
Q8_Q8 = {"type_k": "q8_0", "type_v": "q8_0"}
Q8_Q4 = {"type_k": "q8_0", "type_v": "q4_0"}
Q5_Q5 = {"type_k": "q5_1", "type_v": "q5_0"}
REFUSED = None
ROWS: list[tuple[dict[str, object], tuple[int | None, ...]]] = [
    (
        {"n_ctx": 1000},
        (
            *(23_592_960, 31_850_496, 402_653_184, 44_040_192),
            *(12_746_752, 134_217_728, 24_903_680, 104_202_240),
        ),
    ),
    (
        {"n_ctx": 4097},
        (
            *(100_270_080, 135_364_608, 788_529_152, 125_829_120),
            *(53_641_216, 570_425_344, 24_903_680, 185_991_168),
        ),
    ),
    (
        {"n_ctx": 4096, **Q8_Q8},
        (
            *(50_135_040, 67_682_304, 409_993_216, 63_504_384),
            *(26_902_528, 285_212_672, 24_903_680, 132_513_792),
        ),
    ),
    (
        {"n_ctx": 8192, **Q8_Q4},
        (
            *(76_677_120, REFUSED, 422_576_128, 89_456_640),
            *(41_058_304, 436_207_616, 24_903_680, 160_825_344),
        ),
    ),
    (
        {"n_ctx": 4096, **Q5_Q5},
        (
            *(33_914_880, REFUSED, 277_348_352, 42_958_848),
            *(18_251_776, 192_937_984, 24_903_680, 115_212_288),
        ),
    ),
    (
        {"n_ctx": 8192, "n_seq_max": 4},
        (
            *(188_743_680, 254_803_968, 2_550_136_832, 276_824_064),
            *(101_318_656, 1_073_741_824, 99_614_720, 517_472_256),
        ),
    ),
    (
        {"n_ctx": 8192, "n_seq_max": 4, "kv_unified": True},
        (
            *(188_743_680, 254_803_968, 2_046_820_352, 226_492_416),
            *(101_318_656, 1_073_741_824, 99_614_720, 517_472_256),
        ),
    ),
    (
        {"n_ctx": 5000, "n_seq_max": 3, "n_ubatch": 300},
        (
            *(123_863_040, 167_215_104, 1_862_270_976, 169_869_312),
            *(66_551_808, 704_643_072, 74_711_040, 369_229_824),
        ),
    ),
    (
        {"n_ctx": 16_384, "swa_full": True},
        (
            *(377_487_360, 509_607_936, 6_442_450_944, 805_306_368),
            *(201_490_432, 2_147_483_648, 24_903_680, 481_689_600),
        ),
    ),
]


@pytest.mark.parametrize(("settings", "expected"), ROWS, ids=[str(row[0]) for row in ROWS])
def test_the_cache_is_exact_for_other_settings(
    settings: dict[str, object], expected: tuple[int | None, ...]
) -> None:
    for model, n_bytes in zip(COLUMNS, expected, strict=True):
        if n_bytes is REFUSED:
            with pytest.raises(LollmaError, match="same cache type"):
                kv_of(model, **settings)
        else:
            assert (model, kv_of(model, **settings)) == (model, n_bytes)


def test_types_that_llama_cpp_refuses_are_refused_in_a_sentence() -> None:
    with pytest.raises(LollmaError, match="needs flash attention"):
        kv_of("llama3.1-8b", type_v="q8_0", flash_attn=False)
    with pytest.raises(LollmaError, match="no cache type q9"):
        kv_of("llama3.1-8b", type_k="q9")
    odd = header("llama", attention(2, 320, 4, 4, 80))
    with pytest.raises(LollmaError, match="80 numbers, no multiple of 32"):
        plan_memory(odd, PlanSettings(type_k="q8_0", type_v="q8_0"))


def test_values_take_the_widest_layer_without_flash_attention() -> None:
    uneven = header("deci", attention(3, 256, 4, (4, 0, 1), 64))
    layer = 256 * 64 * 2  # cells, numbers of one head, bytes each
    with_flash = plan_memory(uneven, PlanSettings(n_ctx=256))
    without = plan_memory(uneven, PlanSettings(n_ctx=256, flash_attn=False))
    assert with_flash.devices[0].kv == layer * (4 + 4 + 1 + 1)
    # K as before; V of each block, the one without heads too, as wide as the widest.
    assert without.devices[0].kv == layer * (4 + 1 + 3 * 4)


# ---- weights ---------------------------------------------------------------------------------


def weights(plan: MemoryPlan) -> tuple[int, ...]:
    return tuple(share.weights for share in plan.devices)


@pytest.fixture(scope="module")
def starter_header(starter_model: Path) -> GgufHeader:
    with starter_model.open("rb") as file:
        return read_header(file, starter_model.stat().st_size)


def test_the_starter_models_tied_embedding_costs_twice_on_a_gpu(
    starter_header: GgufHeader,
) -> None:
    in_ram = plan_memory(starter_header, PlanSettings())
    on_gpu = plan_memory(starter_header, PlanSettings(), [GPU])
    assert weights(in_ram) == (96_576_768,)
    assert weights(on_gpu) == (30_081_024, 96_576_768)
    assert [share.kv for share in on_gpu.devices] == [0, 94_371_840]
    one_layer = plan_memory(starter_header, PlanSettings(n_gpu_layers=1), [GPU])
    embedding = 30_081_024 + 576 * 4  # and the output's norm
    assert weights(one_layer) == (96_576_768 - 576 * 4, embedding)
    assert one_layer.devices[1].kv == 0


LLAMAS = {
    "llama2-7b": (
        llama_q4_k_m(32, 4096, 11_008, 4096, 32_000, has_rope_freqs=False),
        (4_080_263_168,),
        (73_728_000, 4_006_535_168),
    ),
    "llama3.1-8b": (
        llama_q4_k_m(32, 4096, 14_336, 1024, 128_256, has_rope_freqs=True),
        (4_912_898_304,),
        (295_501_824, 4_617_396_480),
    ),
}


@pytest.mark.parametrize("model", LLAMAS)
def test_weights_are_exact_in_ram_and_on_a_gpu(model: str) -> None:
    its_header, in_ram, on_gpu = LLAMAS[model]
    assert weights(plan_memory(its_header, PlanSettings())) == in_ram
    assert weights(plan_memory(its_header, PlanSettings(), [GPU])) == on_gpu


def test_layers_go_to_gpus_from_the_end_in_their_shares() -> None:
    blocks = [tensor(f"blk.{i}.x.weight", (8 << i,), "F32") for i in range(4)]  # 32, 64, 128, 256
    model = header(
        "llama",
        attention(4, 64, 1, 1, 64),
        [
            tensor("token_embd.weight", (1024,), "F32"),
            tensor("rope_freqs.weight", (8,), "F32"),
            *blocks,
            tensor("output.weight", (2048,), "F32"),
        ],
    )

    def placed(layers: int, *split: float) -> tuple[int, ...]:
        settings = PlanSettings(n_gpu_layers=layers, tensor_split=split)
        return weights(plan_memory(model, settings, [GPU, GPU]))

    assert placed(0) == (4096 + 32 + 480 + 8192, 0, 0)
    assert placed(1, 1, 0) == (4096 + 32 + 480, 8192, 0)
    assert placed(3, 1, 0) == (4096 + 32 + 96, 32 + 384 + 8192, 0)
    # Four layers, two each: blocks 1 and 2, then block 3 and the output; and one copy of the
    # frequencies wherever there is a block.
    assert placed(4, 1, 1) == (4096 + 32 + 32, 32 + 192, 32 + 256 + 8192)
    assert placed(-1, 0, 5) == (4096, 0, 32 + 480 + 8192)
    by_free = [replace(GPU, free=4), replace(GPU, free=1)]
    plan = plan_memory(model, PlanSettings(), by_free)
    assert weights(plan) == (4096, 32 + 480, 8192)
    in_ram = plan_memory(model, PlanSettings(n_ctx=256, offload_kqv=False), [GPU])
    assert [share.kv for share in in_ram.devices] == [4 * 2 * 256 * 64 * 2, 0]


def test_cuda_aligns_wider_and_rounds_up_quantised_rows() -> None:
    card = TargetDevice.cuda("RTX")
    model = header(
        "llama",
        attention(1, 576, 9, 3, 64),
        [tensor("output.weight", (576, 3), "Q8_0"), tensor("blk.0.x.weight", (9,), "F32")],
    )
    plan = plan_memory(model, PlanSettings(), [card])
    rest_of_a_row = (1024 - 576) // 32 * 34
    assert plan.devices[1].weights == 128 * -(-(576 // 32 * 34 * 3 + rest_of_a_row) // 128) + 128


def test_blocks_for_predicting_further_tokens_are_left_out() -> None:
    model = header(
        "glm4moe",
        {**attention(3, 64, 1, 1, 64), "nextn_predict_layers": 1},
        [tensor(f"blk.{i}.x.weight", (8,), "F32") for i in range(3)],
    )
    plan = plan_memory(model, PlanSettings(n_ctx=256))
    assert (plan.devices[0].weights, plan.devices[0].kv) == (64, 2 * 2 * 256 * 64 * 2)


def test_a_plan_says_when_it_is_an_estimate() -> None:
    shape = attention(2, 64, 1, 1, 64)
    assert not plan_memory(header("llama", shape), PlanSettings()).estimate
    assert plan_memory(header("brand-new", shape), PlanSettings()).estimate
    assert plan_memory(header("deepseek4", shape), PlanSettings()).estimate
    assert plan_memory(header("llama", {}), PlanSettings()).estimate
    assert plan_memory(header("llama", {"block_count": 2**40}), PlanSettings()).estimate


def test_every_architecture_of_the_gguf_package_is_known() -> None:
    from gguf.constants import MODEL_ARCH_NAMES

    assert set(MODEL_ARCH_NAMES.values()) <= set(ARCHITECTURES)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_plan_can_be_made_for_every_architecture_even_of_a_bare_file(architecture: str) -> None:
    bare = plan_memory(header(architecture, {}), PlanSettings(), [GPU])
    assert [share.total for share in bare.devices] == [0, 0]
    blocks = header(architecture, {"block_count": 4}, [tensor("blk.3.x.weight", (8,), "F32")])
    assert plan_memory(blocks, PlanSettings()).devices[0].weights == 32
