"""Why a GPU runs slower than it could, in words."""

from enum import StrEnum


class Throttle(StrEnum):
    """What holds a GPU back; the text goes on after "held back by"."""

    HEAT = "temperature"
    POWER = "the power limit"
    SUPPLY = "the power supply"
    HARDWARE = "its hardware"
    BOARD = "the board's limit"
    VOLTAGE = "its voltage limit"
    CLOCKS = "clocks set by hand"
    GROUP = "the slowest GPU of its group"
    DISPLAY = "the clock of the display"


#: What a person should hear of. A GPU at its power limit does what it was built for.
WORRYING = frozenset({Throttle.HEAT, Throttle.SUPPLY, Throttle.HARDWARE})

#: Bits of ``nvmlDeviceGetCurrentClocksEventReasons``, from nvml.h of driver 580. 0x1 says that
#: the GPU is idle, which holds nothing back.
_NVML_BITS = (
    (0x20 | 0x40, Throttle.HEAT),
    (0x04, Throttle.POWER),
    (0x80, Throttle.SUPPLY),
    (0x200, Throttle.BOARD),
    (0x400, Throttle.VOLTAGE),
    (0x02, Throttle.CLOCKS),
    (0x10, Throttle.GROUP),
    (0x100, Throttle.DISPLAY),
)
_NVML_HARDWARE = 0x08


def from_nvml(bits: int) -> tuple[Throttle, ...]:
    """The reasons in NVML's bits; empty when nothing holds the GPU back."""
    found = [reason for mask, reason in _NVML_BITS if bits & mask]
    # "Slowed down by hardware" is said beside the reason, and alone where there is none to tell.
    if bits & _NVML_HARDWARE and not {Throttle.HEAT, Throttle.SUPPLY} & set(found):
        found.insert(0, Throttle.HARDWARE)
    return tuple(found)


def in_words(reasons: tuple[Throttle, ...] | None) -> str:
    """``held back by temperature``; empty when nothing does or nobody knows."""
    return f"held back by {' and '.join(reasons)}" if reasons else ""
