from dataclasses import replace

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.reading_values import engine_power, tokens_per_joule, values_of
from lollma_gui.core.readings import (
    EngineReading,
    GpuReading,
    GpuSurvey,
    GpuUse,
    ProcessesReading,
    ProcessReading,
    Reading,
    Whose,
)
from lollma_gui.core.vram_split import VramSplit, split

GIB = 1 << 30
CARD = GpuReading(
    key="GPU-1",
    name="NVIDIA GeForce RTX 4080",
    index=0,
    memory_used_bytes=12 * GIB,
    memory_free_bytes=3 * GIB,
    memory_total_bytes=16 * GIB,
    power_watts=200.0,
)
SECOND = replace(CARD, key="GPU-2", index=1, power_watts=100.0)
ENGINE = EngineReading(
    state="ready",
    pid=4711,
    tokens_per_second=50.0,
    buffers=(
        Buffer("CPU_Mapped", "model", GIB),
        Buffer("CUDA0", "model", 7 * GIB),
        Buffer("CUDA0", "KV", GIB),
        Buffer("CUDA0", "compute", GIB // 2),
        Buffer("CUDA_Host", "compute", GIB),
    ),
    devices=("CUDA0 (NVIDIA GeForce RTX 4080)",),
)


def used_by_engine(*uses: GpuUse) -> ProcessesReading:
    return ProcessesReading((ProcessReading(4711, 1.0, "engine", Whose.ENGINE, uses),))


def test_what_the_driver_says_of_our_process_is_divided_by_what_the_engine_reports():
    processes = used_by_engine(GpuUse("GPU-1", 4711, 9 * GIB))
    parts = split(CARD, [CARD], ENGINE, processes)
    assert parts == VramSplit(7 * GIB, GIB, GIB, 3 * GIB, GIB, 3 * GIB)
    assert sum(parts) == CARD.memory_total_bytes


def test_where_the_driver_does_not_tell_the_engines_report_has_to_do():
    for processes in (None, used_by_engine(GpuUse("GPU-1", 4711, None)), used_by_engine()):
        parts = split(CARD, [CARD], ENGINE, processes)
        assert parts == VramSplit(7 * GIB, GIB, GIB // 2, int(3.5 * GIB), GIB, 3 * GIB)


def test_without_an_engine_all_that_is_used_is_used_by_others():
    parts = split(CARD, [CARD], EngineReading(), None)
    assert parts == VramSplit(0, 0, 0, 12 * GIB, GIB, 3 * GIB)


def test_a_driver_that_counts_late_does_not_make_more_than_the_whole():
    early = replace(CARD, memory_used_bytes=2 * GIB, memory_free_bytes=13 * GIB)
    parts = split(early, [early], ENGINE, None)
    assert parts == VramSplit(2 * GIB, 0, 0, 0, GIB, 13 * GIB)


def test_gpus_of_one_name_are_told_apart_by_their_order():
    both = replace(
        ENGINE,
        buffers=(Buffer("CUDA0", "model", 4 * GIB), Buffer("CUDA1", "model", 3 * GIB)),
        devices=tuple(f"CUDA{n} (NVIDIA GeForce RTX 4080)" for n in range(2)),
    )
    weights = [split(gpu, [CARD, SECOND], both, None).weights for gpu in (CARD, SECOND)]
    assert weights == [4 * GIB, 3 * GIB]


def test_a_gpu_the_engine_does_not_use_has_nothing_of_ours():
    other = replace(SECOND, name="NVIDIA RTX A6000")
    assert split(other, [CARD, other], ENGINE, None).weights == 0
    assert split(CARD, [CARD, other], ENGINE, None).weights == 7 * GIB


def test_unknown_use_cannot_be_divided():
    assert split(replace(CARD, memory_used_bytes=None), [CARD], ENGINE, None) is None


def test_energy_counts_the_gpus_the_engine_computes_on():
    reading = Reading(1.0, gpu=GpuSurvey((CARD, SECOND)), engine=ENGINE)
    assert engine_power(reading) == 200.0
    assert tokens_per_joule(ENGINE, 200.0) == 0.25
    assert tokens_per_joule(replace(ENGINE, tokens_per_second=None), 200.0) is None
    assert tokens_per_joule(ENGINE, None) is None


def test_energy_is_unknown_without_a_gpu_or_where_one_of_them_does_not_tell():
    on_cpu = replace(ENGINE, devices=("CPU",), buffers=())
    assert engine_power(Reading(1.0, gpu=GpuSurvey((CARD,)), engine=on_cpu)) is None
    silent = replace(CARD, power_watts=None)
    assert engine_power(Reading(1.0, gpu=GpuSurvey((silent,)), engine=ENGINE)) is None


def test_every_number_of_a_reading_has_a_series_with_its_unit_in_the_name():
    values = values_of(Reading(1.0, gpu=GpuSurvey((CARD,)), engine=ENGINE))
    assert values["gpu GPU-1 vram used bytes"] == 12 * GIB
    assert values["gpu GPU-1 power watts"] == 200.0
    assert values["engine tokens per second"] == 50.0
    assert values["cpu utilisation 0 to 1"] is None
