"""Intel GPUs on Linux, as far as the drivers i915 and xe tell without special rights."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lollma_gui.core.readings import GpuReading, GpuSurvey, GpuUse
from lollma_gui.services import drm_cards, pci
from lollma_gui.services.drm_cards import DRM, DrmCard
from lollma_gui.services.drm_clients import PROC, Client, DrmClients
from lollma_gui.services.gpu_nap import Nap
from lollma_gui.services.kept import ONCE, SLOW, Kept

VENDOR = "0x8086"
_NOTE = "Of Intel GPUs only programs of this account can be seen."
_NONE = GpuSurvey(problem="No Intel GPU was found.", is_absent=True)
_ASLEEP = GpuSurvey(
    problem="The Intel GPU is asleep, or has nothing to do and is left alone to fall asleep.",
    advice="It wakes by itself when a program needs it.",
    is_asleep=True,
)
_NO_DRIVER = GpuSurvey(
    problem="There is an Intel GPU, but neither i915 nor xe runs it.",
    advice="Install the newest kernel of your system.",
)
#: A window of PCI memory smaller than this does not show all of a card's memory.
_LEAST_WINDOW = 1 << 30


class IntelProbe:
    """Reads Intel GPUs, and never wakes a sleeping one.

    How much of the memory is used in all needs rights that a normal program does not have.

    Args:
        drm: Where Linux lists its graphics cards.
        proc: Linux's /proc.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        drm: Path = DRM,
        proc: Path = PROC,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._gpus: dict[str, _IntelGpu] = {}
        self._cards = Kept(SLOW, lambda: drm_cards.cards(VENDOR, drm), clock)
        # Looking through the files of all processes takes milliseconds.
        self._clients = Kept(SLOW, DrmClients(proc, clock).clients, clock)

    def survey(self) -> GpuSurvey:
        """Look once, see ``GpuProbe``."""
        cards = self._cards.get()
        usable = [card for card in cards if card.driver in ("i915", "xe")]
        if not usable:
            return _NO_DRIVER if cards else _NONE
        found = []
        for index, card in enumerate(usable):
            gpu = self._gpus.setdefault(card.slot, _IntelGpu(card, index, self._clock))
            reading = gpu.read(self._clients.get)
            if reading is not None:
                found.append(reading)
        source = usable[0].driver
        if len(found) == len(usable):
            return GpuSurvey(tuple(found), source)
        return replace(_ASLEEP, gpus=tuple(found), source=source)

    def processes(self) -> tuple[list[GpuUse], str]:
        """Who uses them, see ``GpuProbe``."""
        uses = [
            GpuUse(client.slot, client.pid, client.memory_bytes)
            for client in self._clients.get()
            if client.slot in self._gpus
        ]
        return uses, _NOTE if self._gpus else ""

    def close(self) -> None:
        """Nothing is kept open."""


class _IntelGpu:
    """One GPU; its key is its slot."""

    def __init__(self, card: DrmCard, index: int, clock: Callable[[], float]) -> None:
        self._card = card
        self._index = index
        self._clock = clock
        self._nap = Nap(clock)
        self._fixed = Kept(ONCE, self._read_fixed, clock)
        self._busy_before: tuple[float, dict[tuple[int, str], int]] | None = None
        self._busy: float | None = None
        self._energy_before: tuple[float, float] | None = None

    def read(self, clients: Callable[[], list[Client]]) -> GpuReading | None:
        """This moment; None while it sleeps, or is let fall asleep."""
        device = self._card.device
        if pci.is_asleep(device):
            self._nap.succeeded()
            return None
        if self._nap.is_on:
            return None
        busy = self._utilisation([c for c in clients() if c.slot == self._card.slot])
        if self._nap.is_due(busy == 0 and pci.may_sleep(device)):
            return None
        hwmon = self._card.hwmon
        return replace(
            self._fixed.get(),
            utilisation=busy,
            clock_mhz=self._clock_now(),
            temperature_celsius=_first(hwmon, ("temp2_input", "temp1_input"), 1000),
            power_watts=self._power(hwmon),
            power_limit_watts=drm_cards.scaled(hwmon, "power1_max", 1e6),
        )

    def _utilisation(self, clients: list[Client]) -> float | None:
        """Busy share of the busiest kind of engine, of the programs that can be seen."""
        now = self._clock()
        times = {(c.pid, engine): ns for c in clients for engine, ns in c.busy.items()}
        if self._busy_before is None:
            self._busy_before = now, times
            return None
        began, before = self._busy_before
        if times == before and now - began < SLOW:
            return self._busy  # the same answer, kept
        self._busy_before = now, times
        sums: dict[str, int] = {}
        for (pid, engine), nanoseconds in times.items():
            gone_by = nanoseconds - before.get((pid, engine), nanoseconds)
            sums[engine] = sums.get(engine, 0) + max(0, gone_by)
        elapsed = (now - began) * 1e9
        self._busy = min(1.0, max(sums.values(), default=0) / elapsed) if elapsed > 0 else None
        return self._busy

    def _clock_now(self) -> float | None:
        i915 = drm_cards.scaled(self._card.folder, "gt_act_freq_mhz", 1)
        if i915 is not None:
            return i915
        return drm_cards.scaled(self._card.device / "tile0" / "gt0" / "freq0", "act_freq", 1)

    def _power(self, hwmon: Path | None) -> float | None:
        """Watts from the energy used since the reading before: the drivers count joules."""
        energy, now = drm_cards.scaled(hwmon, "energy1_input", 1e6), self._clock()
        before, self._energy_before = self._energy_before, None
        if energy is None:
            return None
        self._energy_before = now, energy
        if before is None or now <= before[0]:
            return None
        return max(0.0, (energy - before[1]) / (now - before[0]))

    def _read_fixed(self) -> GpuReading:
        device = self._card.device
        # Those in the processor sit on the first bus; cards have one of their own.
        is_unified = self._card.slot.split(":")[1] == "00"
        generation, width = drm_cards.link(device, "current")
        max_generation, max_width = drm_cards.link(device, "max")
        return GpuReading(
            key=self._card.slot,
            name=_name(drm_cards.pci_name(device), self._index),
            index=self._index,
            vendor="Intel",
            is_unified=is_unified,
            memory_total_bytes=None if is_unified else _window_bytes(device),
            pcie_generation=None if is_unified else generation,
            pcie_width=None if is_unified else width,
            pcie_max_generation=max_generation,
            pcie_max_width=max_width,
        )


def _name(listed: str, index: int) -> str:
    if not listed:
        return f"Intel GPU {index}"
    return listed if listed.startswith("Intel") else f"Intel {listed}"


def _first(folder: Path | None, names: tuple[str, ...], scale: float) -> float | None:
    values = (drm_cards.scaled(folder, name, scale) for name in names)
    return next((value for value in values if value is not None), None)


def _window_bytes(device: Path) -> int | None:
    """Memory of a card, by the PCI window through which all of it can be seen (resizable BAR).

    The third line of ``resource``: begin, end and flags in hexadecimal.
    """
    lines = pci.text(device / "resource").splitlines()
    words = lines[2].split() if len(lines) > 2 else []
    if len(words) < 2:
        return None
    size = drm_cards.int_text(words[1]) - drm_cards.int_text(words[0]) + 1
    return size if size >= _LEAST_WINDOW else None
