"""GPUs as Linux's graphics drivers list them, and what their files say."""

from pathlib import Path
from typing import NamedTuple

from lollma_gui.services.pci import text

DRM = Path("/sys/class/drm")
#: Where distributions keep the names of PCI devices.
PCI_IDS = (Path("/usr/share/hwdata/pci.ids"), Path("/usr/share/misc/pci.ids"))
#: Names of AMD's GPUs as they are sold, by libdrm.
AMD_IDS = Path("/usr/share/libdrm/amdgpu.ids")
_GENERATIONS = {2.5: 1, 5.0: 2, 8.0: 3, 16.0: 4, 32.0: 5, 64.0: 6}


class DrmCard(NamedTuple):
    """One GPU: its DRM folder, the PCI device behind it, and the slot that device is in."""

    folder: Path
    device: Path
    slot: str

    @property
    def driver(self) -> str:
        """Name of the kernel's driver, for example ``amdgpu``."""
        return (self.device / "driver").resolve().name if (self.device / "driver").exists() else ""

    @property
    def hwmon(self) -> Path | None:
        """Folder with its sensors; None where it has none."""
        found = sorted((self.device / "hwmon").glob("hwmon*"))
        return found[0] if found else None


def cards(vendor: str, drm: Path = DRM) -> list[DrmCard]:
    """All GPUs of a maker, by the maker's PCI number such as ``0x1002``."""
    found = []
    for folder in sorted(drm.glob("card*")):
        # "card0-HDMI-A-1" is a socket of card 0.
        device = (folder / "device").resolve()
        if folder.name[4:].isdigit() and text(device / "vendor") == vendor:
            found.append(DrmCard(folder, device, device.name))
    return found


def number(path: Path) -> int | None:
    """The whole number in a file; None where there is none."""
    try:
        return int(text(path))
    except ValueError:
        return None


def scaled(path: Path | None, name: str, scale: float) -> float | None:
    """The number in a file of a folder, divided by ``scale``."""
    value = number(path / name) if path else None
    return None if value is None else value / scale


def link(device: Path, which: str) -> tuple[int | None, int | None]:
    """Generation and lanes of the PCIe link; ``which`` is ``current`` or ``max``."""
    speed = text(device / f"{which}_link_speed").split(" ")[0]
    try:
        generation = _GENERATIONS.get(float(speed))
    except ValueError:
        generation = None
    width = number(device / f"{which}_link_width")
    return generation, width or None


def amd_name(device: Path, ids: Path = AMD_IDS) -> str:
    """What an AMD GPU is sold as; empty where the list does not know it.

    Lines of the list are ``device, revision, name`` in hexadecimal, see libdrm's data/amdgpu.ids.
    """
    wanted = [text(device / name).removeprefix("0x").lower() for name in ("device", "revision")]
    for line in text(ids).splitlines():
        parts = [part.strip() for part in line.split(",", 2)]
        if len(parts) == 3 and [int_text(part) for part in parts[:2]] == list(
            map(int_text, wanted)
        ):
            return parts[2]
    return ""


def int_text(hexadecimal: str) -> int:
    """A hexadecimal number; -1 for what is none."""
    try:
        return int(hexadecimal, 16)
    except ValueError:
        return -1


def pci_name(device: Path, lists: tuple[Path, ...] = PCI_IDS) -> str:
    """The name of a PCI device, the part in brackets where there is one; empty if unknown."""
    vendor, wanted = (text(device / name).removeprefix("0x") for name in ("vendor", "device"))
    content = next((found for found in map(text, lists) if found), "")
    _, found, of_vendor = content.partition(f"\n{vendor}  ")
    for line in of_vendor.splitlines()[1:] if found else ():
        if line and not line.startswith(("\t", "#")):
            break  # the next maker
        if line.startswith(f"\t{wanted}  "):
            name = line.strip().split("  ", 1)[1]
            return name.partition("[")[2].partition("]")[0] or name
    return ""
