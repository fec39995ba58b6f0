"""Which start of this PC it is: what a power cut may have taken is only in doubt after one."""

from pathlib import Path

_LINUX = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """A name that stays the same until the PC starts anew."""
    try:
        return _LINUX.read_text(encoding="ascii").strip()
    except OSError:
        import psutil

        return str(round(psutil.boot_time()))
