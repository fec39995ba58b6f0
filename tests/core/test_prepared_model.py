"""Sums say the same as counting tensor by tensor, whatever lies where."""

from collections import defaultdict

import pytest
from helpers.facts import EXPERTS, LLAMA
from helpers.model_headers import attention, header, tensor
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.cache_size import CacheSize, Stored
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.memory_plan import TargetDevice, plan_memory
from lollma_gui.core.placement import HOST, Placement
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.prepared_model import PreparedModel

SLIDING = header(
    "gemma3",
    {**attention(12, 512, 8, 4, 64), "attention.sliding_window": 512},
    [
        tensor("token_embd.weight", (512, 1000), "Q6_K"),
        tensor("output_norm.weight", (512,), "F32"),
        tensor("rope_freqs.weight", (32,), "F32"),
        *(tensor(f"blk.{i}.attn_q.weight", (512, 512), "Q4_K") for i in range(12)),
    ],
)
TIED_AND_REORDERED = header(
    "llama",
    attention(3, 256, 4, 4, 64),
    [
        tensor("token_embd.weight", (256, 1024), "Q4_0"),
        *(tensor(f"blk.{i}.attn_q.weight", (256, 256), "Q8_0") for i in range(3)),
    ],
)
assert LLAMA.prepared is not None
assert EXPERTS.prepared is not None
MODELS = {
    "llama": LLAMA.prepared,
    "experts": EXPERTS.prepared,
    "sliding": PreparedModel(SLIDING),
    "tied": PreparedModel(TIED_AND_REORDERED),
}
GPUS = [TargetDevice.cuda("A"), TargetDevice.cuda("B")]


def counted(
    of: GgufHeader, settings: PlanSettings, gpus: list[TargetDevice]
) -> tuple[list[int], list[int]]:
    """Weights and cache of each device, RAM first, tensor by tensor and layer by layer."""
    devices = {HOST: TargetDevice.ram(), **dict(enumerate(gpus))}
    shares = settings.tensor_split[: len(gpus)] or (1.0,) * len(gpus)
    placement = Placement(of, settings.n_gpu_layers, shares)
    weights: dict[int, int] = defaultdict(int)
    for device, each in placement.weights():
        stored = Stored(each.n_bytes, each.shape[0], each.type)
        weights[device] += devices[device].laying.allocated(stored)
    kept: dict[int, int] = defaultdict(int)
    cache = CacheSize(of, settings)
    for layer in range(cache.n_blocks):
        device = placement.device_of(layer) if settings.offload_kqv else HOST
        kept[device] += sum(map(devices[device].laying.allocated, cache.layer(layer)))
    return [weights[d] for d in devices], [kept[d] for d in devices]


@pytest.mark.parametrize("name", MODELS)
@given(
    layers=st.integers(-1, 50),
    n_gpus=st.integers(0, 2),
    split=st.sampled_from([(), (1.0, 3.0), (1.0, 0.0)]),
    n_ctx=st.sampled_from([256, 5000, 32_768]),
    offload=st.booleans(),
)
def test_sums_are_what_counting_gives(
    name: str, layers: int, n_gpus: int, split: tuple[float, ...], n_ctx: int, offload: bool
) -> None:
    model, gpus = MODELS[name], GPUS[:n_gpus]
    settings = PlanSettings(
        n_gpu_layers=layers, tensor_split=split[:n_gpus], n_ctx=n_ctx, offload_kqv=offload
    )
    plan = plan_memory(model, settings, gpus)
    weights, kept = counted(model.header, settings, gpus)
    assert [share.weights for share in plan.devices] == weights
    assert [share.kv for share in plan.devices] == kept


@given(layers=st.integers(0, 49), n_cpu_moe=st.integers(0, 60))
def test_experts_move_from_gpu_to_ram_and_none_is_lost(layers: int, n_cpu_moe: int) -> None:
    model = MODELS["experts"]
    card = TargetDevice("GPU", "gpu")
    whole = plan_memory(model, PlanSettings(n_gpu_layers=layers), [card])
    moved = plan_memory(model, PlanSettings(n_gpu_layers=layers, n_cpu_moe=n_cpu_moe), [card])
    first = 49 - layers
    n_bytes = sum(
        each.n_bytes
        for each in model.header.tensors
        if "_exps." in each.name and first <= int(each.name.split(".")[1]) < n_cpu_moe
    )
    assert whole.gpus[0].weights - moved.gpus[0].weights == n_bytes
    assert moved.ram.weights - whole.ram.weights == n_bytes


def test_what_a_file_holds_is_counted() -> None:
    assert MODELS["experts"].expert_blocks == 48
    assert MODELS["llama"].expert_blocks == 0
    assert MODELS["llama"].n_layers == 33
    reordered = MODELS["tied"]
    assert reordered.doubles_in_ram
    in_ram = plan_memory(reordered, PlanSettings()).ram
    assert in_ram.weights == 2 * 1024 * 144 + 3 * 256 * 272
