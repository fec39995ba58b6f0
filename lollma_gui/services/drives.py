"""Drives: what kind they are, and how fast they are being read."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lollma_gui.services.pci import text

BLOCK_DEVICES = Path("/sys/dev/block")
MOUNTS = Path("/proc/self/mountinfo")
#: Linux counts what is read in units of this, whatever the drive's own sectors are.
_SECTOR_BYTES = 512


def block_device(
    folder: Path, block_devices: Path = BLOCK_DEVICES, mounts: Path = MOUNTS
) -> Path | None:
    """The drive or partition an existing folder lies on, as Linux lists it; None if unknown."""
    if not block_devices.is_dir():
        return None
    try:
        number = folder.stat().st_dev
    except OSError:
        return None
    device = block_devices / f"{os.major(number)}:{os.minor(number)}"
    if device.exists():
        return device.resolve()
    # btrfs, overlays and the like have numbers of their own; the list of mounts knows the drive.
    source = _mount_source(f"{os.major(number)}:{os.minor(number)}", mounts)
    try:
        number = Path(source).stat().st_rdev if source.startswith("/dev/") else 0
    except OSError:
        return None
    device = block_devices / f"{os.major(number)}:{os.minor(number)}"
    return device.resolve() if device.exists() else None


def _mount_source(number: str, mounts: Path) -> str:
    """Device of a mount, by proc_pid_mountinfo(5): number third, source second after the dash."""
    for line in text(mounts).splitlines():
        before, _, after = line.partition(" - ")
        if before.split()[2:3] == [number] and len(after.split()) > 1:
            return after.split()[1]
    return ""


def kind_of(block: Path) -> str:
    """``NVMe``, ``SSD`` or ``hard disk`` of a block device; empty where that is not known."""
    if "virtio" in str(block):
        return ""  # disks of virtual machines always call themselves rotating
    if "/nvme" in str(block):
        return "NVMe"
    # A partition has no queue of its own, but its disk, one folder above, has.
    for queue in (block / "queue", block.parent / "queue"):
        if said := text(queue / "rotational"):
            return "hard disk" if said == "1" else "SSD"
    return ""


class ReadSpeed:
    """How fast a drive is being read by all programs together.

    Args:
        block: The drive or partition as Linux lists it; None on other systems.
        clock: Seconds that only grow.
    """

    def __init__(self, block: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._block = block
        self._clock = clock
        self._before: tuple[float, int] | None = None

    def bytes_per_second(self) -> float | None:
        """Mean speed since the call before; None at first and where it cannot be known."""
        read, now = self._read_bytes(), self._clock()
        before, self._before = self._before, None if read is None else (now, read)
        if read is None or before is None or now <= before[0]:
            return None
        return max(0.0, (read - before[1]) / (now - before[0]))

    def _read_bytes(self) -> int | None:
        if self._block is not None:
            # Third field of Linux's Documentation/block/stat.rst: sectors read.
            fields = text(self._block / "stat").split()
            return int(fields[2]) * _SECTOR_BYTES if len(fields) > 2 else None
        if sys.platform.startswith("linux"):
            return None
        return _only_drive_read_bytes()


def _only_drive_read_bytes() -> int | None:
    """Elsewhere folders cannot be traced to drives; where there is one drive, it is the one."""
    import psutil

    try:
        drives: dict[str, Any] = psutil.disk_io_counters(perdisk=True)
    except (OSError, RuntimeError):
        return None
    return int(next(iter(drives.values())).read_bytes) if len(drives) == 1 else None
