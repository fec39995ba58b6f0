"""Who uses AMD's and Intel's GPUs, as Linux tells in /proc/PID/fdinfo.

The keys are those of Linux's Documentation/gpu/drm-usage-stats.rst. Only processes of the same
account can be seen.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from lollma_gui.services.kept import Kept
from lollma_gui.services.pci import text

PROC = Path("/proc")
#: Processes that have no GPU open are looked at again this often.
SCAN_SECONDS = 30.0
_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
#: Names of the GPU's own memory: amdgpu says vram, xe vram0, i915 local0.
_OWN_MEMORY = ("vram", "local")


class Client(NamedTuple):
    """One program's use of one GPU: memory in bytes, time of each engine in nanoseconds."""

    pid: int
    slot: str
    memory_bytes: int | None
    busy: Mapping[str, int]


class DrmClients:
    """Looks through the open files of processes.

    Args:
        proc: Linux's /proc.
        clock: Seconds that only grow.
    """

    def __init__(self, proc: Path = PROC, clock: Callable[[], float] = time.monotonic) -> None:
        self._proc = proc
        self._pids = Kept(SCAN_SECONDS, self._with_gpu, clock)

    def clients(self) -> list[Client]:
        """Everybody who has a GPU open."""
        return [client for pid in self._pids.get() for client in self._of(pid)]

    def _with_gpu(self) -> list[int]:
        pids = [int(path.name) for path in self._proc.iterdir() if path.name.isdigit()]
        return [pid for pid in pids if any(True for _ in self._gpu_files(pid))]

    def _gpu_files(self, pid: int) -> Iterator[Path]:
        """Descriptions of the open files of a process that are GPUs."""
        try:
            for file in (self._proc / str(pid) / "fd").iterdir():
                if str(file.readlink()).startswith("/dev/dri/"):
                    yield self._proc / str(pid) / "fdinfo" / file.name
        except OSError:
            return  # gone, or of another account

    def _of(self, pid: int) -> list[Client]:
        # A file that was opened once and handed on is described once a copy: count it once.
        found: dict[tuple[str, str], dict[str, str]] = {}
        for path in self._gpu_files(pid):
            lines = (line.partition(":") for line in text(path).splitlines())
            said = {name: value.strip() for name, _, value in lines if name.startswith("drm-")}
            slot = said.get("drm-pdev", "")
            if slot:
                found[slot, said.get("drm-client-id", path.name)] = said
        slots = {slot for slot, _ in found}
        return [
            _joined(pid, slot, [said for (other, _), said in found.items() if other == slot])
            for slot in sorted(slots)
        ]


def _joined(pid: int, slot: str, all_said: list[dict[str, str]]) -> Client:
    memory: int | None = None
    busy: dict[str, int] = {}
    for said in all_said:
        own = _own_memory(said)
        if own is not None:
            memory = (memory or 0) + own
        for name, value in said.items():
            if name.startswith("drm-engine-") and value.endswith(" ns"):
                engine = name.removeprefix("drm-engine-")
                busy[engine] = busy.get(engine, 0) + int(value.removesuffix(" ns"))
    return Client(pid, slot, memory, busy)


def _own_memory(said: Mapping[str, str]) -> int | None:
    """Bytes in the GPU's own memory: what is resident, as older kernels called "memory"."""
    for prefix in ("drm-resident-", "drm-memory-"):
        sizes = [
            _bytes(value)
            for name, value in said.items()
            if name.startswith(prefix) and name.removeprefix(prefix).startswith(_OWN_MEMORY)
        ]
        if sizes:
            return sum(sizes)
    return None


def _bytes(value: str) -> int:
    size, _, unit = value.partition(" ")
    return int(size) * _UNITS.get(unit, 1) if size.isdigit() else 0
