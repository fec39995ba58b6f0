"""The engine's word takes the place of the formulas, device by device."""

from helpers.facts import GAMING, LLAMA

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.exact_plan import exact_plan, in_order
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.memory_plan import MemoryPlan
from lollma_gui.core.plan_settings import PlanSettings

MIB = 1024**2


def plan(**settings: object) -> MemoryPlan:
    assert LLAMA.prepared is not None
    return FitCase.on(GAMING, LLAMA.prepared).plan(PlanSettings(**settings))  # type: ignore[arg-type]


def found(kv: int, *buffers: Buffer) -> DryRunResult:
    return DryRunResult(buffers, kv, True, 4096, 33, 33)


COMPUTE = (
    Buffer("CUDA0", "compute", 120 * MIB),
    Buffer("CUDA_Host", "compute", 20 * MIB),
    Buffer("CPU", "output", MIB),
)


def test_compute_and_output_come_from_the_engine_weights_stay() -> None:
    before = plan()
    after = exact_plan(before, found(512 * MIB, *COMPUTE))
    assert after.method == "dry-run"
    assert (after.gpus[0].compute, after.ram.compute, after.ram.output) == (
        120 * MIB,
        20 * MIB,
        MIB,
    )
    assert [s.weights for s in after.devices] == [s.weights for s in before.devices]
    assert [s.kv for s in after.devices] == [s.kv for s in before.devices]


def test_another_cache_than_arithmetic_has_is_taken_from_the_engine() -> None:
    before = plan(n_gpu_layers=17)
    twice = 2 * sum(share.kv for share in before.devices)
    after = exact_plan(before, found(twice, *COMPUTE))
    assert [s.kv for s in after.devices] == [2 * s.kv for s in before.devices]


def test_devices_come_in_llama_cpps_order_whatever_their_names() -> None:
    by_device = {"CUDA1": 3, "CUDA0": 2, "CUDA_Host": 10, "CPU": 1, "CPU_REPACK": 100}
    assert in_order(by_device, 2) == [111, 2, 3]
    assert in_order({"Vulkan10": 5, "Vulkan9": 4}, 2) == [0, 4, 5]
    # The second GPU alone, as split mode "none" has it.
    assert in_order({"CUDA1": 5, "CUDA_Host": 1}, 2) == [1, 0, 5]
    # More devices than we know of: nothing is lost.
    assert sum(in_order({"CUDA0": 1, "CUDA1": 2}, 1)) == 3
