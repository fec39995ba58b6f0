"""What is free for the next load: what our own model holds comes back first."""

from helpers.facts import GAMING, GIB

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.pc_now import pc_now
from lollma_gui.core.readings import GpuReading, GpuSurvey, MemoryReading, Reading


def reading(gpu_free: int | None, ram: int | None = 40 * GIB) -> Reading:
    card = GpuReading(
        "GPU-1", "RTX 4080", 0, memory_free_bytes=gpu_free, memory_total_bytes=16 * GIB
    )
    return Reading(1.0, GpuSurvey((card,)), memory=MemoryReading(available_bytes=ram))


def test_free_memory_is_that_of_the_reading() -> None:
    now = pc_now(GAMING, reading(9 * GIB))
    assert now.gpus[0].free_bytes == 9 * GIB
    assert now.ram_available_bytes == 40 * GIB
    assert now.physical_cores == GAMING.physical_cores


def test_what_our_model_holds_is_free_for_the_next_one() -> None:
    held = [
        Buffer("CUDA0", "model", 5 * GIB),
        Buffer("CUDA0", "KV", GIB),
        Buffer("CPU_Mapped", "model", 3 * GIB),
        Buffer("CUDA_Host", "compute", GIB),
    ]
    now = pc_now(GAMING, reading(9 * GIB), held)
    assert now.gpus[0].free_bytes == 15 * GIB + GAMING.gpus[0].overhead_bytes
    assert now.ram_available_bytes == 41 * GIB
    full = pc_now(GAMING, reading(15 * GIB), held)
    assert full.gpus[0].free_bytes == 16 * GIB


def test_a_reading_that_failed_changes_nothing() -> None:
    now = pc_now(GAMING, reading(None, None))
    assert now == GAMING
