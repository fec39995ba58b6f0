"""RPC workers count as devices of a memory plan, before the GPUs of this PC, as in llama.cpp."""

from helpers.facts import GAMING, GIB, LARGE, OFFICE

from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.rpc_plan import spread_words, with_devices, worker_devices
from lollma_gui.core.rpc_workers import MAJOR_VERSION, RpcDevice, RpcWorker
from lollma_gui.core.settings_facts import PcFacts
from lollma_gui.core.verdict import Fit

FREE = RpcDevice(23 * GIB, 24 * GIB)


def worker(*devices: RpcDevice, major: int = MAJOR_VERSION) -> RpcWorker:
    return RpcWorker((major, 0, 0), devices)


def case_on(pc: PcFacts, workers: dict[str, RpcWorker]) -> FitCase:
    assert LARGE.prepared is not None
    return with_devices(FitCase.on(pc, LARGE.prepared), worker_devices(workers))


def test_each_device_of_a_worker_that_can_be_used_is_a_memory() -> None:
    found = worker_devices(
        {
            "one:50052": worker(FREE),
            "two:50052": worker(FREE, RpcDevice(1, 2)),
            "old:50052": worker(FREE, major=MAJOR_VERSION - 1),
        }
    )
    assert [one.name for one in found] == ["one:50052", "two:50052 (1)", "two:50052 (2)"]
    assert [(one.free, one.capacity) for one in found] == [
        (23 * GIB, 24 * GIB),
        (23 * GIB, 24 * GIB),
        (1, 2),
    ]


def test_a_model_too_large_for_this_pc_fits_over_several() -> None:
    alone = case_on(GAMING, {})
    whole = PlanSettings(n_gpu_layers=LARGE.prepared.n_layers)  # type: ignore[union-attr]
    assert not alone.fits(whole)
    spread = case_on(GAMING, {"one:50052": worker(FREE), "two:50052": worker(FREE)})
    assert spread.fits(whole)
    plan = spread.plan(whole)
    assert [share.name for share in plan.gpus[:2]] == ["one:50052", "two:50052"]
    assert all(share.weights and share.layers for share in plan.gpus)
    words = spread_words(plan, spread.judge(plan))
    assert words.startswith("Fits with ")
    assert "one:50052: needs" in words
    assert "of 23.0 GiB free" in words


def test_workers_alone_hold_layers_of_a_pc_without_gpu_and_never_more_than_fit() -> None:
    case = case_on(OFFICE, {"one:50052": worker(RpcDevice(4 * GIB, 8 * GIB))})
    plan = case.plan(PlanSettings())
    assert 0 < plan.gpu_layers < plan.layers
    assert plan.gpus[0].total <= 4 * GIB - case.margins.gpu
    verdict = case.judge(plan)
    words = spread_words(plan, verdict)
    if verdict.fit in (Fit.PARTLY, Fit.MOSTLY_RAM):
        assert words.startswith(f"{plan.gpu_layers} of {plan.layers} layers on workers and GPUs.")
    else:
        assert words.startswith(verdict.headline)
