"""Readings of a PC that a person might have, for tests of what is made of them."""

from dataclasses import replace

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.readings import (
    CpuReading,
    DiskReading,
    EngineReading,
    GpuReading,
    GpuSurvey,
    GpuUse,
    MemoryReading,
    ProcessesReading,
    ProcessReading,
    Reading,
    Whose,
)
from lollma_gui.core.throttle import Throttle

GIB = 1 << 30
GPU = GpuReading(
    key="GPU-1",
    name="NVIDIA GeForce RTX 4080",
    index=0,
    utilisation=0.87,
    memory_used_bytes=12 * GIB,
    memory_free_bytes=3 * GIB,
    memory_total_bytes=16 * GIB,
    temperature_celsius=64.0,
    power_watts=231.0,
    power_limit_watts=320.0,
    compute_capability=(8, 9),
    temperature_limit_celsius=88.0,
    clock_mhz=2505.0,
    memory_clock_mhz=10501.0,
    fan=0.41,
    pcie_generation=4,
    pcie_width=16,
    pcie_max_generation=4,
    pcie_max_width=16,
    held_back=(),
)
SECOND_GPU = replace(
    GPU, key="GPU-2", index=1, name="NVIDIA GeForce RTX 3060", held_back=(Throttle.HEAT,)
)
ENGINE = EngineReading(
    state="generating",
    model="Qwen3-14B-Instruct",
    pid=18244,
    tokens_per_second=51.8,
    last_tokens_per_second=51.8,
    first_token_seconds=0.21,
    context_used=4096,
    context_size=16384,
    buffers=(
        Buffer("CUDA0", "model", 7 * GIB),
        Buffer("CUDA0", "KV", GIB),
        Buffer("CUDA0", "compute", GIB // 2),
    ),
    devices=("CUDA0 (NVIDIA GeForce RTX 4080)",),
)
OWN = ProcessReading(
    18244,
    1000.0,
    "llama.cpp engine",
    Whose.ENGINE,
    (GpuUse("GPU-1", 18244, 9 * GIB),),
    10 * GIB,
    1.12,
    8 * GIB,
)
OTHER = ProcessReading(1210, 500.0, "Xorg", Whose.OTHER, (GpuUse("GPU-1", 1210, GIB),), GIB, 0.02)
SERVER = ProcessReading(777, 900.0, "KoboldCpp", Whose.SERVER, (), GIB, 0.0)
LEFT_OVER = ProcessReading(666, 100.0, "llama-server", Whose.LEFT_OVER, (), 2 * GIB, 0.0)
FULL = Reading(
    taken_at=1.0,
    gpu=GpuSurvey((GPU,), "NVML", "580.95", "13.0"),
    cpu=CpuReading("AMD Ryzen 9 7950X 16-Core Processor", 16, 32, 0.23, (0.1, 0.9), 4900.0, 58.0),
    memory=MemoryReading(64 * GIB, 21 * GIB, 43 * GIB, 8 * GIB, 0, 30 * GIB),
    disks=(DiskReading("/models", 2 * 10**12, 412 * 10**9, "NVMe", 3.1e9),),
    processes=ProcessesReading((OWN, OTHER, SERVER)),
    engine=ENGINE,
)
NO_GPU = replace(
    FULL, gpu=GpuSurvey(problem="No GPU was found.", advice="Use the processor.", is_absent=True)
)
