"""A reading as named numbers: what the history remembers and CSV files hold."""

from lollma_gui.core.readings import EngineReading, GpuReading, Reading
from lollma_gui.core.vram_split import engine_gpus

CPU = "cpu utilisation 0 to 1"
RAM = "ram used bytes"
SWAP = "swap used bytes"
DRIVE_READ = "models drive read bytes per second"
ENGINE_SPEED = "engine tokens per second"
ENGINE_POWER = "engine gpu power watts"
ENGINE_CONTEXT = "engine context used tokens"

#: Of each GPU: the end of the series' name, and the field it shows.
UTILISATION = "utilisation 0 to 1"
VRAM = "vram used bytes"
TEMPERATURE = "temperature celsius"
POWER = "power watts"
_GPU_FIELDS = {
    UTILISATION: "utilisation",
    VRAM: "memory_used_bytes",
    TEMPERATURE: "temperature_celsius",
    POWER: "power_watts",
    "clock mhz": "clock_mhz",
    "memory clock mhz": "memory_clock_mhz",
    "fan 0 to 1": "fan",
}


def gpu_series(key: str, what: str) -> str:
    """Name of a series of one GPU."""
    return f"gpu {key} {what}"


def values_of(reading: Reading) -> dict[str, float | None]:
    """Every number worth remembering, by the name of its series."""
    found: dict[str, float | None] = {}
    for gpu in reading.gpu.gpus:
        found |= _of_gpu(gpu)
    disk = reading.disks[0] if reading.disks else None
    return found | {
        CPU: reading.cpu.utilisation,
        RAM: reading.memory.used_bytes,
        SWAP: reading.memory.swap_used_bytes,
        DRIVE_READ: disk.read_bytes_per_second if disk else None,
        ENGINE_SPEED: reading.engine.tokens_per_second,
        ENGINE_POWER: engine_power(reading),
        ENGINE_CONTEXT: reading.engine.context_used,
    }


def _of_gpu(gpu: GpuReading) -> dict[str, float | None]:
    return {gpu_series(gpu.key, what): getattr(gpu, field) for what, field in _GPU_FIELDS.items()}


def engine_power(reading: Reading) -> float | None:
    """Watts of the GPUs our engine computes on; None where it uses none, or one says nothing.

    It is what these GPUs take in all: no driver tells the share of one program.
    """
    powers = [gpu.power_watts for gpu in engine_gpus(reading.gpu.gpus, reading.engine)]
    known = [power for power in powers if power is not None]
    return sum(known) if known and len(known) == len(powers) else None


def tokens_per_joule(engine: EngineReading, watts: float | None) -> float | None:
    """Tokens written for each joule taken by the GPUs; None while nothing is written."""
    speed = engine.tokens_per_second
    return speed / watts if speed is not None and watts else None
