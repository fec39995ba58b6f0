"""GPUs as the Linux kernel lists them: known, and seen asleep, without waking them."""

from pathlib import Path

DEVICES = Path("/sys/bus/pci/devices")
NVIDIA_FACTS = Path("/proc/driver/nvidia/gpus")
_NVIDIA = "0x10de"
_DISPLAY_CLASS = "0x03"


def nvidia_gpus(devices: Path = DEVICES) -> list[Path] | None:
    """Folders of the NVIDIA GPUs; None where the kernel has no such list (Windows, macOS)."""
    if not devices.is_dir():
        return None
    return [
        device
        for device in sorted(devices.iterdir())
        if text(device / "vendor") == _NVIDIA and text(device / "class").startswith(_DISPLAY_CLASS)
    ]


def is_asleep(device: Path) -> bool:
    """Whether the kernel has switched this device off to save power. Asking does not wake it."""
    return text(device / "power" / "runtime_status") in ("suspended", "suspending")


def may_sleep(device: Path, nvidia_facts: Path = NVIDIA_FACTS) -> bool:
    """Whether an NVIDIA GPU falls asleep when nobody has it open, as those of laptops do."""
    said = text(nvidia_facts / device.name / "power")
    _, found, status = said.partition("Runtime D3 status:")
    if found and not status.strip().startswith("Enabled"):
        return False
    return text(device / "power" / "control") == "auto"


def text(path: Path) -> str:
    """What stands in a file of the kernel; empty where it cannot be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
