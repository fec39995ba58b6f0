"""AMD GPUs on Linux, read from the files of the amdgpu driver. No library is needed."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lollma_gui.core.readings import GpuReading, GpuSurvey, GpuUse
from lollma_gui.services import drm_cards, pci
from lollma_gui.services.drm_cards import AMD_IDS, DRM, DrmCard
from lollma_gui.services.drm_clients import PROC, DrmClients
from lollma_gui.services.gpu_nap import Nap
from lollma_gui.services.kept import ONCE, SLOW, Kept
from lollma_gui.services.kfd import KFD, kfd_uses

VENDOR = "0x1002"
_NONE = GpuSurvey(problem="No AMD GPU was found.", is_absent=True)
_NO_DRIVER = GpuSurvey(
    problem="There is an AMD GPU, but the driver amdgpu does not run it.",
    advice="Install the newest kernel and firmware of your system (often called linux-firmware).",
)
_ASLEEP = GpuSurvey(
    problem="The AMD GPU is asleep, or has nothing to do and is left alone to fall asleep.",
    advice="It wakes by itself when a program needs it, for example when a model is loaded.",
    is_asleep=True,
)
_CLOCK_NOW = re.compile(r"(\d+)\s*[Mm][Hh]z\s*\*")


class AmdProbe:
    """Reads AMD GPUs, and never wakes a sleeping one.

    Args:
        drm: Where Linux lists its graphics cards.
        proc: Linux's /proc.
        kfd: Where Linux lists what computes on AMD GPUs.
        ids: The list of names.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        drm: Path = DRM,
        proc: Path = PROC,
        kfd: Path = KFD,
        ids: Path = AMD_IDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kfd = kfd
        self._ids = ids
        self._clock = clock
        self._clients = DrmClients(proc, clock)
        self._gpus: dict[str, _AmdGpu] = {}
        self._cards = Kept(SLOW, lambda: drm_cards.cards(VENDOR, drm), clock)

    def survey(self) -> GpuSurvey:
        """Look once, see ``GpuProbe``."""
        cards = self._cards.get()
        usable = [card for card in cards if card.driver == "amdgpu"]
        if not usable:
            return _NO_DRIVER if cards else _NONE
        readings = []
        for index, card in enumerate(usable):
            gpu = self._gpus.setdefault(card.slot, _AmdGpu(card, index, self._ids, self._clock))
            reading = gpu.read()
            if reading is not None:
                readings.append(reading)
        if len(readings) == len(usable):
            return GpuSurvey(tuple(readings), "amdgpu")
        return replace(_ASLEEP, gpus=tuple(readings), source="amdgpu")

    def processes(self) -> tuple[list[GpuUse], str]:
        """Who uses them, see ``GpuProbe``."""
        keys = {slot: gpu.key for slot, gpu in self._gpus.items()}
        drawn = {(c.slot, c.pid): c.memory_bytes for c in self._clients.clients() if c.slot in keys}
        # Who computes with ROCm is told elsewhere, with all that it has.
        drawn |= {(slot, pid): size for slot, pid, size in kfd_uses(self._kfd) if slot in keys}
        return [GpuUse(keys[slot], pid, size) for (slot, pid), size in drawn.items()], ""

    def close(self) -> None:
        """Nothing is kept open."""


class _AmdGpu:
    """One GPU."""

    def __init__(self, card: DrmCard, index: int, ids: Path, clock: Callable[[], float]) -> None:
        self._card = card
        self._index = index
        self._ids = ids
        self._nap = Nap(clock)
        self._fixed = Kept(ONCE, self._read_fixed, clock)
        self._slow = Kept(SLOW, self._read_slow, clock)
        self.key = pci.text(card.device / "unique_id") or card.slot

    def read(self) -> GpuReading | None:
        """This moment; None while it sleeps, or is let fall asleep: reading keeps it awake."""
        device = self._card.device
        if pci.is_asleep(device):
            self._nap.succeeded()
            return None
        if self._nap.is_on:
            return None
        busy = drm_cards.scaled(device, "gpu_busy_percent", 100)
        reading = self._with_memory(self._slow.get())
        hwmon = self._card.hwmon
        power = drm_cards.scaled(hwmon, "power1_average", 1e6)
        if power is None:  # newer kernels name it for what it is: no average
            power = drm_cards.scaled(hwmon, "power1_input", 1e6)
        if self._nap.is_due(busy == 0 and pci.may_sleep(device)):
            return None
        return replace(
            reading,
            utilisation=busy,
            memory_utilisation=drm_cards.scaled(device, "mem_busy_percent", 100),
            temperature_celsius=drm_cards.scaled(hwmon, "temp1_input", 1000),
            power_watts=power,
            clock_mhz=_clock(device / "pp_dpm_sclk"),
            memory_clock_mhz=_clock(device / "pp_dpm_mclk"),
        )

    def _with_memory(self, reading: GpuReading) -> GpuReading:
        """Memory of its own; one that shares the RAM has what the driver may lend it as well."""
        pools = ("vram", "gtt") if reading.is_unified else ("vram",)
        device = self._card.device
        totals = [drm_cards.number(device / f"mem_info_{pool}_total") for pool in pools]
        used = [drm_cards.number(device / f"mem_info_{pool}_used") for pool in pools]
        if None in totals or None in used:
            return reading
        total, in_use = sum(n or 0 for n in totals), sum(n or 0 for n in used)
        return replace(
            reading,
            memory_total_bytes=total,
            memory_used_bytes=in_use,
            memory_free_bytes=total - in_use,
        )

    def _read_slow(self) -> GpuReading:
        device, hwmon = self._card.device, self._card.hwmon
        generation, width = drm_cards.link(device, "current")
        fan = drm_cards.scaled(hwmon, "fan1_input", 1)
        fastest = drm_cards.scaled(hwmon, "fan1_max", 1)
        return replace(
            self._fixed.get(),
            power_limit_watts=drm_cards.scaled(hwmon, "power1_cap", 1e6),
            fan=fan / fastest if fan is not None and fastest else None,
            pcie_generation=generation,
            pcie_width=width,
        )

    def _read_fixed(self) -> GpuReading:
        device, hwmon = self._card.device, self._card.hwmon
        generation, width = drm_cards.link(device, "max")
        name = drm_cards.amd_name(device, self._ids) or drm_cards.pci_name(device)
        return GpuReading(
            key=self.key,
            name=name or f"AMD GPU {self._index}",
            index=self._index,
            vendor="AMD",
            temperature_limit_celsius=drm_cards.scaled(hwmon, "temp1_crit", 1000),
            pcie_max_generation=generation,
            pcie_max_width=width,
            is_unified=_is_unified(device),
        )


def _is_unified(device: Path) -> bool:
    """Whether the GPU sits in the processor: it has no memory chips, so none with a maker."""
    maker = pci.text(device / "mem_info_vram_vendor")
    own = drm_cards.number(device / "mem_info_vram_total") or 0
    lent = drm_cards.number(device / "mem_info_gtt_total") or 0
    return maker in ("", "unknown") and lent > own


def _clock(path: Path) -> float | None:
    """The clock in force: the marked line of ``1: 2500Mhz *``."""
    found = _CLOCK_NOW.search(pci.text(path))
    return float(found[1]) if found else None
