"""Who computes on AMD GPUs with ROCm, as Linux's driver for it (kfd) tells."""

from collections.abc import Iterator
from pathlib import Path

from lollma_gui.services.drm_cards import number
from lollma_gui.services.pci import text

KFD = Path("/sys/class/kfd/kfd")


def kfd_uses(kfd: Path = KFD) -> Iterator[tuple[str, int, int]]:
    """PCI slot of a GPU, number of a process, and what that has in the GPU's memory in bytes."""
    slots = dict(_slots(kfd))
    for process in sorted((kfd / "proc").glob("*")):
        for file in sorted(process.glob("vram_*")):
            size, slot = number(file), slots.get(file.name.removeprefix("vram_"))
            if size is not None and slot and process.name.isdigit():
                yield slot, int(process.name), size


def _slots(kfd: Path) -> Iterator[tuple[str, str]]:
    """The driver's own number of each GPU, and the PCI slot that it is in."""
    for node in (kfd / "topology" / "nodes").glob("*"):
        said = dict(
            line.split(" ", 1) for line in text(node / "properties").splitlines() if " " in line
        )
        place = int(said.get("location_id", "0"))
        if place:
            # Bus in the upper eight bits, device and function as PCI packs them below.
            domain, bus, packed = int(said.get("domain", "0")), place >> 8, place & 0xFF
            slot = f"{domain:04x}:{bus:02x}:{packed >> 3:02x}.{packed & 7}"
            yield text(node / "gpu_id"), slot
