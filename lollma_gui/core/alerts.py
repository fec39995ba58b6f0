"""What a person should hear of without looking: each alert once, and not again for a while."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from lollma_gui.core import throttle
from lollma_gui.core.readings import DiskReading, EngineReading, GpuReading, Reading
from lollma_gui.core.units import file_size, memory_size


class AlertKind(StrEnum):
    """What can be alerted of; the value is kept in the choices of a person."""

    VRAM_FULL = "vram-full"
    SPILL = "spill"
    HEAT = "heat"
    THROTTLED = "throttled"
    GPU_LOST = "gpu-lost"
    DISK_FULL = "disk-full"
    ENGINE_DIED = "engine-died"


#: Words for the menu where they are turned on and off.
WORDS = {
    AlertKind.VRAM_FULL: "VRAM is nearly full",
    AlertKind.SPILL: "A GPU takes memory from RAM",
    AlertKind.HEAT: "A GPU is at its temperature limit",
    AlertKind.THROTTLED: "A GPU is held back",
    AlertKind.GPU_LOST: "A GPU has stopped answering",
    AlertKind.DISK_FULL: "The models drive is nearly full",
    AlertKind.ENGINE_DIED: "The engine has crashed",
}

#: A condition has to last this long before it is told: peaks are nobody's trouble.
LASTING_SECONDS = {
    AlertKind.VRAM_FULL: 10.0,
    AlertKind.SPILL: 10.0,
    AlertKind.HEAT: 10.0,
    AlertKind.THROTTLED: 15.0,
    AlertKind.GPU_LOST: 3.0,
    AlertKind.DISK_FULL: 0.0,
    AlertKind.ENGINE_DIED: 0.0,
}
#: It has to be gone this long before it counts as over; until then it is the same one.
CALM_SECONDS = 60.0
#: One that comes back is not told again before this.
QUIET_SECONDS = 600.0

_GIB = 1 << 30
#: Free VRAM below which the next growth of a context fails.
_LEAST_VRAM = 256 * 1024**2
_LEAST_VRAM_SHARE = 0.02
#: Windows lends every program a little RAM for its pictures; a spill is more than that.
_SPILL_BYTES = _GIB
_LEAST_DISK_BYTES = 5_000_000_000
_NEAR_LIMIT_CELSIUS = 1.0


@dataclass(frozen=True)
class Alert:
    """One thing to hear of; ``key`` names it (kind and device)."""

    kind: AlertKind
    key: str
    title: str
    advice: str


class _Watch:
    """One condition over time."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.last_seen = float("-inf")
        self.told_at = float("-inf")
        self.is_told = False


class Alerts:
    """Finds out from reading to reading what is new. Knows no clock but that of the readings."""

    def __init__(self) -> None:
        self._watches: dict[str, _Watch] = {}
        self._gpus: dict[str, str] = {}
        self._off: frozenset[str] = frozenset()

    def turn_off(self, kinds: Collection[str]) -> None:
        """Tell of these kinds no more, but of all others."""
        self._off = frozenset(kinds)

    def check(self, reading: Reading) -> tuple[list[Alert], list[str]]:
        """What is to be told now, and the keys of what is over."""
        now, found = reading.taken_at, {}
        for alert in self._conditions(reading):
            if alert.kind not in self._off:
                found[alert.key] = alert
        new = [alert for alert in found.values() if self._is_news(alert, now)]
        over = [key for key, watch in self._watches.items() if _is_over(watch, key in found, now)]
        for key in over:
            self._watches[key].is_told = False
        return new, over

    def _is_news(self, alert: Alert, now: float) -> bool:
        watch = self._watches.setdefault(alert.key, _Watch())
        if watch.since is None:
            watch.since = now
        watch.last_seen = now
        lasted = now - watch.since >= LASTING_SECONDS[alert.kind]
        # A crash is no state that comes and goes: told late, it would be taken for another one.
        quiet = 0.0 if alert.kind is AlertKind.ENGINE_DIED else QUIET_SECONDS
        if not lasted or watch.is_told or now - watch.told_at < quiet:
            return False
        watch.is_told, watch.told_at = True, now
        return True

    def _conditions(self, reading: Reading) -> Iterator[Alert]:
        for gpu in reading.gpu.gpus:
            self._gpus[gpu.key] = gpu.name
            yield from _of_gpu(gpu)
            yield from _of_spill(gpu, reading.engine)
        yield from self._lost(reading)
        if reading.disks:
            yield from _of_disk(reading.disks[0])
        if reading.engine.problem:
            yield Alert(
                AlertKind.ENGINE_DIED,
                str(AlertKind.ENGINE_DIED),
                reading.engine.problem,
                "Your conversation is whole; the model can be loaded again.",
            )

    def _lost(self, reading: Reading) -> Iterator[Alert]:
        survey = reading.gpu
        # A sleeping GPU is not there either, but it is well.
        if survey.is_asleep or not survey.problem:
            return
        there = {gpu.key for gpu in survey.gpus}
        for key, name in self._gpus.items():
            if key not in there:
                title, advice = (
                    f"{name} has stopped answering.",
                    f"{survey.problem} {survey.advice}",
                )
                yield Alert(AlertKind.GPU_LOST, f"{AlertKind.GPU_LOST} {key}", title, advice)


def _is_over(watch: _Watch, is_there: bool, now: float) -> bool:
    """Whether a condition has just ended for good; one that flickers goes on being the same."""
    if is_there:
        return False
    if now - watch.last_seen < CALM_SECONDS:
        if not watch.is_told:
            watch.since = None
        return False
    watch.since = None
    return watch.is_told


def _of_gpu(gpu: GpuReading) -> Iterator[Alert]:
    yield from _of_vram(gpu)
    heat, limit = gpu.temperature_celsius, gpu.temperature_limit_celsius
    if heat is not None and limit is not None and heat >= limit - _NEAR_LIMIT_CELSIUS:
        yield Alert(
            AlertKind.HEAT,
            f"{AlertKind.HEAT} {gpu.key}",
            f"{gpu.name} is at its temperature limit: {heat:.0f} of {limit:.0f} °C.",
            "Check that its fans turn and air gets through; a lower power limit helps as well.",
        )
    worrying = tuple(reason for reason in gpu.held_back or () if reason in throttle.WORRYING)
    if worrying:
        yield Alert(
            AlertKind.THROTTLED,
            f"{AlertKind.THROTTLED} {gpu.key}",
            f"{gpu.name} is {throttle.in_words(worrying)}.",
            "Answers come slower until that ends.",
        )


def _of_vram(gpu: GpuReading) -> Iterator[Alert]:
    free, total = gpu.memory_free_bytes, gpu.memory_total_bytes
    if free is not None and total and free < max(_LEAST_VRAM, total * _LEAST_VRAM_SHARE):
        yield Alert(
            AlertKind.VRAM_FULL,
            f"{AlertKind.VRAM_FULL} {gpu.key}",
            f"The memory of {gpu.name} is nearly full: {memory_size(free)} free.",
            "Close programs that use the GPU, or load with fewer GPU layers or a shorter context.",
        )


def _of_spill(gpu: GpuReading, engine: EngineReading) -> Iterator[Alert]:
    """RAM in place of VRAM, beyond what our engine keeps in RAM on purpose (pinned buffers)."""
    if gpu.shared_used_bytes is None:
        return
    meant = sum(b.n_bytes for b in engine.buffers if b.device.endswith("_Host"))
    spilled = gpu.shared_used_bytes - meant
    if spilled > _SPILL_BYTES:
        yield Alert(
            AlertKind.SPILL,
            f"{AlertKind.SPILL} {gpu.key}",
            f"{gpu.name} has taken {memory_size(spilled)} of RAM.",
            "That is many times slower than its own memory: load with fewer GPU layers.",
        )


def _of_disk(disk: DiskReading) -> Iterator[Alert]:
    if disk.free_bytes is not None and disk.free_bytes < _LEAST_DISK_BYTES:
        yield Alert(
            AlertKind.DISK_FULL,
            str(AlertKind.DISK_FULL),
            f"The models drive is nearly full: {file_size(disk.free_bytes)} free.",
            "Remove models you do not use, or choose a folder on another drive.",
        )
