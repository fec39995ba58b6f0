"""Room for intermediate results is what llama.cpp reserves, on every device.

The first numbers are the engine's own for models of these shapes (llama-cpp-python 0.3.36); the
last tests ask its dry run again.
"""

import itertools
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers.compute import cases, error, header_of, layout_of, shape_of, write
from helpers.model_headers import header, tensor
from helpers.model_shapes import SHAPES, tensors_of
from helpers.oracle import Oracle, Refusal
from helpers.usual_shapes import USUAL_SHAPES

from lollma_gui.core.compute_families import MEASURED
from lollma_gui.core.compute_series import Series
from lollma_gui.core.compute_size import Backend, Buffers, ComputeSize, Layout
from lollma_gui.core.plan_settings import PlanSettings

#: Plain llama.cpp: logits for every token, windows as large as the context.
PLAIN: dict[str, Any] = {"n_outputs_max": 0, "swa_full": True}


def buffers(
    name: str,
    gpu_layers: int = -1,
    gpus: int = 1,
    backend: Backend = Backend.PLAIN,
    **settings: Any,
) -> Buffers:
    model = header_of(name)
    wish = PlanSettings(**settings)
    return ComputeSize(model).buffers(wish, layout_of(model, gpu_layers, gpus), backend)


#: 4096 tokens with flash attention and without, 32,768 with: on the GPU and in RAM; 32,768 without.
ON_ONE_GPU = {
    "smollm2-135m": (
        *((101_842_944, 6_567_936), (101_842_944, 11_544_576), (101_842_944, 35_928_064)),
        676_601_856,
    ),
    "deepseek-v2-lite": (
        *((247_738_368, 12_593_152), (247_738_368, 16_787_456), (243_544_064, 41_953_280)),
        1_231_310_848,
    ),
    "gemma3-12b": (
        *((544_866_304, 24_139_776), (544_866_304, 49_297_408), (544_866_304, 82_860_032)),
        1_257_254_912,
    ),
    "gpt-oss-20b": (
        *((423_624_704, 20_207_616), (586_428_416, 32_782_336), (423_624_704, 78_927_872)),
        4_461_965_312,
    ),
    "lfm2-1.2b": (
        *((146_812_960, 12_597_280), (295_706_656, 18_884_640), (142_606_368, 41_957_408)),
        2_233_475_104,
    ),
    "llama2-7b": (
        *((97_005_568, 20_985_856), (327_163_904, 41_953_280), (126_365_696, 50_345_984)),
        2_264_932_352,
    ),
    "llama3.1-8b": (
        *((271_056_896, 20_985_856), (314_580_992, 29_370_368), (271_056_896, 50_345_984)),
        2_252_349_440,
    ),
    "mamba-2.8b": (
        *((113_461_280, 10_489_888), (113_461_280, 10_489_888), (113_461_280, 10_489_888)),
        113_461_280,
    ),
    "qwen3-30b-a3b": (
        *((315_359_232, 12_597_248), (315_359_232, 18_884_608), (315_359_232, 41_957_376)),
        2_241_863_680,
    ),
    "qwen3-next-80b-a3b": (
        *((323_760_160, 12_597_280), (319_553_536, 18_884_640), (319_553_536, 41_957_408)),
        1_180_704_800,
    ),
}


@pytest.mark.parametrize("name", ON_ONE_GPU)
def test_a_model_on_a_gpu_takes_what_the_engine_reserves(name: str) -> None:
    found = [
        buffers(name, n_ctx=n_ctx, flash_attn=flash, **PLAIN)
        for n_ctx, flash in ((4096, True), (4096, False), (32_768, True), (32_768, False))
    ]
    answers = (*((b.devices[0], b.host) for b in found[:3]), found[3].devices[0])
    # The gaps between tensors are rounded to some bytes.
    flat = [n for row in (answers, ON_ONE_GPU[name]) for pair in row[:3] for n in pair]
    assert flat[:6] == pytest.approx(flat[6:], abs=4096)
    assert answers[3] == pytest.approx(ON_ONE_GPU[name][3], abs=4096)


def test_one_row_of_logits_saves_more_than_half_of_an_8b_model() -> None:
    assert buffers("llama3.1-8b", 0, n_outputs_max=0).host == pytest.approx(279_447_552, abs=4096)
    assert buffers("llama3.1-8b", 0).host == pytest.approx(125_841_440, abs=4096)


def test_with_some_layers_in_ram_both_need_room() -> None:
    found = buffers("llama3.1-8b", 20, **PLAIN)
    assert (found.devices[0] / 2**20, found.host / 2**20) == pytest.approx((258.5, 120.0), abs=0.1)


def test_two_gpus_work_on_several_batches_at_once() -> None:
    found = buffers("llama3.1-8b", gpus=2, **PLAIN)
    assert [n / 2**20 for n in found.devices] == pytest.approx([156.0, 338.5], abs=0.1)
    assert found.host / 2**20 == pytest.approx(56.1, abs=0.1)


def test_the_output_buffer_has_a_row_for_each_sequence() -> None:
    assert buffers("llama3.1-8b", 0).output == 4 * 128_256
    assert buffers("llama3.1-8b", 0, n_seq_max=4).output == 4 * 4 * 128_256


def test_a_batch_is_never_longer_than_the_context() -> None:
    assert buffers("llama3.1-8b", 0, n_ctx=512, n_ubatch=2048) == buffers(
        "llama3.1-8b", 0, n_ctx=512
    )


def test_more_context_never_takes_less_by_more_than_the_bound() -> None:
    found = [buffers("gpt-oss-20b", 0, n_ctx=n) for n in range(512, 70_000, 1536)]
    for before, after in itertools.pairwise(found):
        assert after.host >= before.host * (1 - after.bound)


# ---- CUDA, from its source alone ------------------------------------------------------------


def test_cuda_takes_room_for_the_largest_weight_that_lies_in_ram() -> None:
    plain, cuda = (buffers("llama3.1-8b", 16, backend=backend) for backend in Backend)
    largest = max(t.n_bytes for t in header_of("llama3.1-8b").tensors if "blk.0." in t.name)
    assert cuda.devices[0] >= plain.devices[0] + largest
    off = buffers("llama3.1-8b", 16, backend=Backend.CUDA, op_offload=False)
    assert off == plain


def test_cuda_takes_room_for_experts_that_lie_in_ram() -> None:
    cuda = buffers("qwen3-30b-a3b", backend=Backend.CUDA, n_cpu_moe=48)
    sizes = [t.n_bytes for t in header_of("qwen3-30b-a3b").tensors if "_exps." in t.name]
    plain = buffers("qwen3-30b-a3b")
    assert cuda.devices[0] - plain.devices[0] == pytest.approx(max(sizes), rel=0.1)


def test_cuda_converts_a_quantised_cache_to_f16() -> None:
    settings: dict[str, Any] = {"n_ctx": 131_072, "type_k": "q8_0", "type_v": "q8_0"}
    plain, cuda = (buffers("llama3.1-8b", backend=b, **settings) for b in Backend)
    one_layer = 2 * 2 * 8 * 128 * 131_072
    assert cuda.devices[0] - plain.devices[0] == pytest.approx(one_layer, rel=0.5)


# ---- what nobody has measured -----------------------------------------------------------------


def test_an_unknown_architecture_gets_a_careful_estimate() -> None:
    known = header_of("llama3.1-8b")
    metadata = {key.replace("llama.", "novel."): value for key, value in known.metadata.items()} | {
        "general.architecture": "novel"
    }
    unknown = type(known)(3, 32, 0, metadata, known.tensors)
    layout, settings = layout_of(known, 0, 0), PlanSettings()
    sure = ComputeSize(known).buffers(settings, layout)
    estimate = ComputeSize(unknown).buffers(settings, layout)
    assert sure.is_exact
    assert not estimate.is_exact
    assert estimate.bound > sure.bound
    assert estimate.host >= sure.host


def test_a_header_without_tensors_gets_an_estimate_too() -> None:
    keys = {"block_count": 32, "embedding_length": 4096, "attention.head_count": 32}
    empty = header("llama", keys | {"feed_forward_length": 14_336, "vocab_size": 128_256})
    found = ComputeSize(empty).buffers(PlanSettings(), Layout(32, 33, ()))
    assert not found.is_exact
    assert found.host > buffers("llama3.1-8b", 0).host


@pytest.mark.parametrize("quantity", ["expert_used_count", "attention.head_count", "block_count"])
def test_a_forged_number_costs_no_time(quantity: str) -> None:
    keys = {"block_count": 2, "embedding_length": 64, quantity: 4000, "wkv.head_size": 0}
    forged = header("qwen3moe", keys, header_of("qwen3-30b-a3b").tensors)
    ComputeSize(forged).buffers(PlanSettings(), Layout(2, 3, ()))


# ---- the engine ---------------------------------------------------------------------------------


@pytest.mark.engine
@pytest.mark.skipif(sys.platform != "linux", reason="reads a std::map of GCC's")
@pytest.mark.parametrize("name", [*SHAPES, *USUAL_SHAPES])
def test_the_engine_reserves_as_much(name: str, tmp_path: Path) -> None:
    size, is_measured = ComputeSize(header_of(name)), shape_of(name).architecture in MEASURED
    asked = 0
    with Oracle() as oracle:
        assert oracle.open(write(tmp_path, name)) is None
        for case in cases(thinned=True):
            answer = oracle.plan(**case.asked)
            if isinstance(answer, Refusal):
                continue
            asked += 1
            found = size.buffers(PlanSettings(**case.ours), layout_of(header_of(name), 0, 0))
            off = error(found.host, answer.on("CPU").compute)
            assert found.is_exact is is_measured
            assert off >= -found.bound, case
            assert off <= 0.1 or not is_measured, case
    assert asked


def test_quantisations_of_a_model_share_what_is_found_out_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[object] = []
    split = Series._split

    def counted(self: Series, *args: Any) -> Any:
        built.append(self)
        return split(self, *args)

    monkeypatch.setattr(Series, "_split", counted)
    # A shape that nobody has asked about yet.
    shape = shape_of("llama3.1-8b")
    keys = {**shape.keys, "context_length": 77_824}
    headers = [
        header(shape.architecture, keys, [tensor(*t) for t in tensors_of(shape, quantisation)])
        for quantisation in ("Q4_K_M", "Q8_0")
    ]
    small, large = (
        ComputeSize(model).buffers(PlanSettings(), layout_of(model, 20, 1), Backend.CUDA)
        for model in headers
    )
    assert len(built) == 1
    # What is copied to the GPU for a while is larger where weights are.
    assert large.devices > small.devices
    assert (large.host, large.output) == (small.host, small.output)


def test_a_model_that_differs_in_one_number_has_formulas_of_its_own() -> None:
    shape = shape_of("llama3.1-8b")
    tensors = [tensor(*t) for t in tensors_of(shape, "Q4_K_M")]
    keys = {**shape.keys, "attention.head_count": 16}
    usual, other = (
        ComputeSize(header(shape.architecture, its, tensors)).buffers(
            PlanSettings(flash_attn=False), Layout(32, 33, ()), Backend.PLAIN
        )
        for its in (shape.keys, keys)
    )
    assert usual.host != other.host
