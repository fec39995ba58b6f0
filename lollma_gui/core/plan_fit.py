"""Memory plans for this PC: its devices, and a plan as the function that settings are judged by."""

from collections import Counter
from collections.abc import Mapping, Sequence

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.memory_plan import ENGINE_RAM_BYTES, TargetDevice, plan_memory
from lollma_gui.core.plan_settings import plan_settings
from lollma_gui.core.prepared_model import CPU_LAYING, CUDA_LAYING
from lollma_gui.core.settings_facts import Fit, GpuFacts, MemoryNeed, ModelFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS


def devices_of(pc: PcFacts) -> tuple[tuple[TargetDevice, ...], TargetDevice]:
    """The GPUs of a PC in llama.cpp's order, and its RAM."""
    ram = TargetDevice(
        "RAM", "cpu", pc.ram_available_bytes, pc.ram_total_bytes, CPU_LAYING, ENGINE_RAM_BYTES
    )
    names = numbered([gpu.name for gpu in pc.gpus])
    return tuple(_gpu(gpu, name) for gpu, name in zip(pc.gpus, names, strict=True)), ram


def numbered(names: Sequence[str]) -> list[str]:
    """Names of devices; of those that are alike, each with its number: ``RTX 4080 (2)``."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(f"{name} ({seen[name]})" if names.count(name) > 1 else name)
    return found


#: What llama.cpp calls the backend for each vendor's GPUs.
_KINDS = {"NVIDIA": "cuda", "AMD": "rocm", "Apple": "metal"}


def _gpu(gpu: GpuFacts, name: str) -> TargetDevice:
    # ROCm shares CUDA's code; of the others this is the upper bound, some bytes a tensor too high.
    return TargetDevice(
        name,
        _KINDS.get(gpu.vendor, "gpu"),
        gpu.free_bytes,
        gpu.total_bytes,
        CUDA_LAYING,
        gpu.overhead_bytes,
    )


def plan_fit(pc: PcFacts, model: ModelFacts) -> Fit | None:
    """A function from values to bytes; None where the model's header is not known.

    The function raises ``LollmaError`` for values that llama.cpp would refuse.
    """
    prepared = model.prepared
    if prepared is None or not prepared.n_blocks:
        return None
    gpus, ram = devices_of(pc)
    defaults = SETTINGS.defaults()

    def fit(values: Mapping[str, SettingValue]) -> MemoryNeed:
        plan = plan_memory(prepared, plan_settings({**defaults, **values}), gpus, ram)
        return MemoryNeed(tuple(share.total for share in plan.gpus), plan.ram.total)

    return fit
