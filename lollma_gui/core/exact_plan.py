"""A memory plan in which the engine's own numbers stand in place of the formulas'."""

import re
from collections.abc import Mapping, Sequence

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan
from lollma_gui.core.plan_settings import PlanSettings

#: llama.cpp says sizes in MiB with two decimals.
_ROUNDING = 0.01 * 1024**2
_NUMBER = re.compile(r"(\d+)")


def exact_plan(plan: MemoryPlan, found: DryRunResult) -> MemoryPlan:
    """The plan with what a dry run of the same settings found out.

    Args:
        plan: By arithmetic: its weights stay, and so does its cache where both agree.
        found: What llama.cpp would allocate.
    """
    compute = in_order(found.by_device("compute"), len(plan.gpus))
    output = sum(found.by_device("output").values())
    cache = found.kv_bytes + sum(found.by_device("RS").values())
    devices = [
        share._replace(compute=compute[i], output=output if i == 0 else 0)
        for i, share in enumerate(plan.devices)
    ]
    return plan._replace(
        devices=tuple(_with_cache(devices, cache)), error=0.0, estimate=False, method="dry-run"
    )


def misfit(settings: PlanSettings, found: DryRunResult) -> str:
    """Why a dry run says nothing about a plan; empty where it does.

    Args:
        settings: What was planned, the number of layers written out.
        found: What the engine made of it.
    """
    if settings.n_gpu_layers > 0 and not found.gpu_layers:
        return (
            "The engine does not use the GPU: its build is for the processor alone. "
            "packaging/run.py --engine cuda gets one that does."
        )
    return ""


def in_order(by_device: Mapping[str, int], n_gpus: int) -> list[int]:
    """Bytes in RAM, then on each GPU.

    Args:
        by_device: Bytes by llama.cpp's names of devices; ``CPU`` and names with ``Host`` are RAM.
        n_gpus: How many GPUs there are.
    """
    found = [0] * (1 + n_gpus)
    gpus = sorted((name for name in by_device if not is_ram(name)), key=_index)
    for name, n_bytes in by_device.items():
        place = 0 if is_ram(name) else 1 + gpus.index(name)
        found[min(place, n_gpus)] += n_bytes
    return found


def is_ram(device: str) -> bool:
    """Whether llama.cpp's name of a device means the PC's own memory."""
    return device.startswith("CPU") or "Host" in device or device == "BLAS"


def _index(name: str) -> tuple[int, str]:
    numbers = _NUMBER.findall(name)
    return (int(numbers[-1]) if numbers else 0), name


def _with_cache(shares: Sequence[DeviceShare], cache: int) -> list[DeviceShare]:
    """The shares with a cache of this size; where it lies, only arithmetic says."""
    planned = sum(share.kv for share in shares)
    if not cache or abs(cache - planned) <= _ROUNDING * (1 + len(shares)):
        return list(shares)
    if not planned:
        return [shares[0]._replace(kv=cache), *shares[1:]]
    return [share._replace(kv=round(share.kv * cache / planned)) for share in shares]
