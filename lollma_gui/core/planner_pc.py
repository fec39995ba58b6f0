"""The PC that a plan is made for: this one, or one to be bought."""

from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.gpu_catalog import USUAL_RAM, GpuModel, find_gpu
from lollma_gui.core.settings_facts import PcFacts

_MIB, _GIB = 2**20, 2**30
#: What each GPU gives up besides weights and cache: its driver's part (120 to 700 MiB were seen)
#: and llama.cpp's working memory with flash attention.
GPU_OVERHEAD = 600 * _MIB
#: Kept free on each GPU, so that a verdict is not wrong for a little.
GPU_MARGIN = 512 * _MIB
#: llama.cpp's working memory in RAM, and what is kept free there.
RAM_OVERHEAD = 300 * _MIB
RAM_MARGIN = 1 * _GIB
#: What the desktop and a browser take on a PC that is not there to be measured.
DESKTOP_VRAM = 700 * _MIB
SYSTEM_RAM = 4 * _GIB


class PlannerPc(NamedTuple):
    """Memory that a model can have.

    Attributes:
        name: For people.
        gpus: Bytes free on each GPU; empty without one.
        ram: Bytes free in RAM; None if unknown. Of unified memory, all that is free.
        is_unified: Whether the GPU's memory is a part of that RAM.
        gpu_bandwidth: Bytes per second that the slowest GPU reads with; None if unknown.
        ram_bandwidth: Bytes per second of RAM; None if unknown.
        gpu_margin: Bytes that are to stay free on each GPU.
    """

    name: str
    gpus: tuple[int, ...] = ()
    ram: int | None = None
    is_unified: bool = False
    gpu_bandwidth: float | None = None
    ram_bandwidth: float | None = None
    gpu_margin: int = GPU_MARGIN

    @property
    def gpu_room(self) -> int | None:
        """Bytes for weights and cache on all GPUs; None without a GPU."""
        if not self.gpus:
            return None
        return sum(max(free - GPU_OVERHEAD - self.gpu_margin, 0) for free in self.gpus)

    @property
    def ram_room(self) -> int | None:
        """Bytes for weights and cache in RAM; None if unknown."""
        return None if self.ram is None else max(self.ram - RAM_OVERHEAD - RAM_MARGIN, 0)

    @property
    def room_sentence(self) -> str:
        """How much room there is, for people."""
        ram = f"{units.memory_size(self.ram_room)} in RAM"
        if self.gpu_room is None:
            return f"Room for a model: {ram}, no GPU."
        gpu = "GPU" if len(self.gpus) == 1 else "GPUs"
        beside = f"of {ram} altogether" if self.is_unified else f"and {ram}"
        return f"Room for a model: {units.memory_size(self.gpu_room)} on the {gpu} {beside}."


def this_pc(facts: PcFacts) -> PlannerPc:
    """This PC, with what is free on it now and is not to stay free."""
    listed = [find_gpu(gpu.name, gpu.total_bytes) for gpu in facts.gpus]
    speeds = [gpu.read_bandwidth for gpu in listed if gpu is not None]
    is_unified = any(gpu.vendor == "Apple" for gpu in facts.gpus)
    slowest = min(speeds) if speeds and len(speeds) == len(facts.gpus) else None
    return PlannerPc(
        name="this PC",
        gpus=tuple(gpu.free_bytes for gpu in facts.gpus),
        ram=facts.ram_available_bytes,
        is_unified=is_unified,
        gpu_bandwidth=slowest,
        # Nobody says how fast RAM is, but unified memory is the GPU's.
        ram_bandwidth=slowest if is_unified else None,
        gpu_margin=facts.gpu_margin_bytes,
    )


def pc_to_buy(gpu: GpuModel | None, ram_bytes: int, n_gpus: int = 1) -> PlannerPc:
    """A PC that is not there: full sizes, less what a desktop usually takes.

    Args:
        gpu: Its GPU; None for none.
        ram_bytes: Its RAM; a GPU of unified memory brings its own, and this is ignored.
        n_gpus: How many such GPUs.
    """
    ram, ram_speed = max(ram_bytes - SYSTEM_RAM, 0), float(USUAL_RAM.bandwidth)
    if gpu is None:
        return PlannerPc(f"{_gb(ram_bytes)} RAM, no GPU", (), ram, ram_bandwidth=ram_speed)
    speed = gpu.read_bandwidth
    if gpu.is_unified:
        left = max(gpu.memory_bytes - SYSTEM_RAM, 0)
        room = (min(gpu.usable_bytes, left),)
        return PlannerPc(f"{gpu.label}, unified", room, left, True, speed, speed)
    # Only the first has a screen.
    free = (gpu.memory_bytes - DESKTOP_VRAM, *[gpu.memory_bytes] * (n_gpus - 1))
    several = f"{n_gpus} × " if n_gpus > 1 else ""
    name = f"{several}{gpu.label}, {_gb(ram_bytes)} RAM"
    return PlannerPc(name, free, ram, False, speed, ram_speed)


def counted(pc: PlannerPc, *, is_here: bool) -> str:
    """What is taken off before anything fits, in one or two sentences."""
    kept = (
        f"Each GPU keeps {units.memory_size(GPU_OVERHEAD)} for driver and working memory and "
        f"{units.memory_size(pc.gpu_margin)} free, RAM "
        f"{units.memory_size(RAM_OVERHEAD + RAM_MARGIN)}."
    )
    if is_here:
        return f"What is free on this PC now counts, not the label on the box. {kept}"
    if pc.is_unified:
        return f"{units.memory_size(SYSTEM_RAM)} are left to the system. {kept}"
    return (
        f"{units.memory_size(DESKTOP_VRAM)} of the first GPU and {units.memory_size(SYSTEM_RAM)} "
        f"of RAM are left to the desktop. {kept}"
    )


def _gb(n_bytes: int) -> str:
    """A size as it is sold."""
    return f"{n_bytes // _GIB} GB"
