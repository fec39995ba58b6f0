"""NVIDIA GPUs as the Linux kernel lists them: known, and seen asleep, without waking them."""

from pathlib import Path

DEVICES = Path("/sys/bus/pci/devices")
_NVIDIA = "0x10de"
_DISPLAY_CLASS = "0x03"


def nvidia_gpus(devices: Path = DEVICES) -> list[Path] | None:
    """Folders of the NVIDIA GPUs; None where the kernel has no such list (Windows, macOS)."""
    if not devices.is_dir():
        return None
    return [
        device
        for device in sorted(devices.iterdir())
        if _text(device / "vendor") == _NVIDIA
        and _text(device / "class").startswith(_DISPLAY_CLASS)
    ]


def is_asleep(device: Path) -> bool:
    """Whether the kernel has switched this device off to save power. Asking does not wake it."""
    return _text(device / "power" / "runtime_status") in ("suspended", "suspending")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
