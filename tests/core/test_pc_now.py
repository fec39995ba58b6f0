"""What is free for the next load: what our own model holds comes back first."""

from dataclasses import replace

from helpers.facts import GAMING as NAMELESS
from helpers.facts import GIB, OFFICE, TWO

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.pc_now import measured_gpus, pc_now, without_model
from lollma_gui.core.readings import GpuReading, GpuSurvey, MemoryReading, Reading

GAMING = replace(NAMELESS, gpus=(replace(NAMELESS.gpus[0], key="GPU-1"),))


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


def test_a_card_whose_reading_failed_keeps_its_own_figures_and_so_do_the_others() -> None:
    first, second = (replace(gpu, key=f"GPU-{n}") for n, gpu in enumerate(TWO.gpus))
    two = replace(TWO, gpus=(first, second))
    now = pc_now(two, reading(9 * GIB), [Buffer("CUDA0", "model", GIB)])
    assert now.gpus == (first, replace(second, free_bytes=9 * GIB))


def test_a_pc_measured_with_our_model_in_it_gets_back_what_the_model_holds() -> None:
    measured = replace(GAMING, gpus=(replace(GAMING.gpus[0], free_bytes=9 * GIB),))
    freed = without_model(measured, [Buffer("CUDA0", "model", 5 * GIB), Buffer("CPU", "KV", GIB)])
    assert freed.gpus[0].free_bytes == 14 * GIB + GAMING.gpus[0].overhead_bytes
    assert freed.ram_available_bytes == (GAMING.ram_available_bytes or 0) + GIB
    assert without_model(OFFICE, ()) == OFFICE


def gpu(key: str, vendor: str, gib: float | None) -> GpuReading:
    n_bytes = None if gib is None else int(gib * GIB)
    return GpuReading(
        key, key, 0, vendor=vendor, memory_free_bytes=n_bytes, memory_total_bytes=n_bytes
    )


def test_plans_are_made_for_the_gpus_that_llama_cpp_uses() -> None:
    card, small = gpu("RTX", "NVIDIA", 16), gpu("GT", "NVIDIA", 2)
    radeon, inside = gpu("RX", "AMD", 16), gpu("Ryzen", "AMD", 0.5)
    silent = gpu("UHD", "Intel", None)

    def used(*gpus: GpuReading) -> list[str]:
        return [found.key for found in measured_gpus(gpus)]

    assert used(card, small, inside, silent) == ["RTX", "GT"]
    assert used(inside, radeon) == ["RX"]
    assert used(inside) == ["Ryzen"]
    assert used(silent) == []
