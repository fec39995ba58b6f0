"""A memory plan in which the engine's own numbers stand in place of the formulas'."""

import re
from collections.abc import Mapping, Sequence

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan
from lollma_gui.core.plan_settings import PlanSettings

#: llama.cpp says sizes in MiB with two decimals.
_ROUNDING = 0.01 * 1024**2
_NUMBER = re.compile(r"(\d+)")
#: ``CUDA1``: a backend, and the number of its device.
_NUMBERED = re.compile(r"[A-Za-z]+(\d+)")


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
    places = _places([name for name in by_device if not is_ram(name)], n_gpus)
    for name, n_bytes in by_device.items():
        found[min(places.get(name, 0), n_gpus)] += n_bytes
    return found


def _places(names: Sequence[str], n_gpus: int) -> dict[str, int]:
    """The place of each GPU, from 1: by its number, else by where it stands among the others.

    With split mode ``none`` a second GPU is used alone, and is still called ``CUDA1``.
    """
    numbers = [int(m[1]) for name in names if (m := _NUMBERED.fullmatch(name))]
    if len(set(numbers)) == len(names) and all(number < n_gpus for number in numbers):
        return {name: 1 + number for name, number in zip(names, numbers, strict=True)}
    return {name: i for i, name in enumerate(sorted(names, key=_index), 1)}


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
