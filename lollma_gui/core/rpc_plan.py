"""RPC workers in the memory plan: each of their devices is one more memory for a model's layers.

llama.cpp puts them before the GPUs of this PC (``llama_prepare_model_devices`` in src/llama.cpp of
llama-cpp-python 0.3.36), and deals out layers by what is free on each, as among GPUs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.memory_plan import PLAIN, MemoryPlan, TargetDevice
from lollma_gui.core.prepared_model import CUDA_LAYING
from lollma_gui.core.rpc_workers import RpcWorker
from lollma_gui.core.verdict import Fit, Verdict

#: What stands behind it: elsewhere the plan is the built-in engine's, which knows no workers.
NOT_COUNTED = "(Under Models, only this PC is counted.)"
#: What is said of them where layers stay in RAM too; ``Verdict`` speaks of one GPU there.
_PARTS = (Fit.PARTLY, Fit.MOSTLY_RAM)


def worker_devices(workers: Mapping[str, RpcWorker]) -> tuple[TargetDevice, ...]:
    """The devices of workers as memories, in llama.cpp's order.

    Which backend a worker uses is not told: bytes are laid out as CUDA does, some bytes a tensor
    too many for others. What its driver takes is gone already from what it says is free.

    Args:
        workers: What they said, by their addresses.
    """
    return tuple(
        TargetDevice(_name(address, n, said), PLAIN, one.free_bytes, one.total_bytes, CUDA_LAYING)
        for address, said in workers.items()
        if said.is_compatible
        for n, one in enumerate(said.devices)
    )


def _name(address: str, number: int, said: RpcWorker) -> str:
    return address if len(said.devices) == 1 else f"{address} ({number + 1})"


def with_devices(case: FitCase, devices: Sequence[TargetDevice]) -> FitCase:
    """The model on this PC and on workers' devices."""
    return replace(case, gpus=(*devices, *case.gpus))


def spread_words(plan: MemoryPlan, verdict: Verdict) -> str:
    """Whether a model fits, and what lies where.

    Args:
        plan: With the devices of workers.
        verdict: On that plan.
    """
    headline = verdict.headline
    if verdict.fit in _PARTS:
        headline = f"{plan.gpu_layers} of {plan.layers} layers on workers and GPUs"
    return f"{headline}. {verdict.text} {NOT_COUNTED}"
