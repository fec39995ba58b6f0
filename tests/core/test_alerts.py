from dataclasses import replace

import pytest

from lollma_gui.core import alerts
from lollma_gui.core.alerts import AlertKind, Alerts
from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.readings import DiskReading, EngineReading, GpuReading, GpuSurvey, Reading
from lollma_gui.core.throttle import Throttle

GIB = 1 << 30
WELL = GpuReading(
    key="GPU-1",
    name="RTX 4080",
    index=0,
    memory_used_bytes=12 * GIB,
    memory_free_bytes=3 * GIB,
    memory_total_bytes=16 * GIB,
    temperature_celsius=64.0,
    temperature_limit_celsius=88.0,
    held_back=(Throttle.POWER,),
    shared_used_bytes=GIB // 2,
)
FINE = Reading(0.0, gpu=GpuSurvey((WELL,)), disks=(DiskReading("/m", 10**12, 10**11),))


def with_gpu(**changes) -> Reading:
    return replace(FINE, gpu=GpuSurvey((replace(WELL, **changes),)))


TROUBLES = {
    AlertKind.VRAM_FULL: (with_gpu(memory_free_bytes=200 * 1024**2), "200.0 MiB free"),
    AlertKind.SPILL: (with_gpu(shared_used_bytes=2 * GIB), "2.0 GiB of RAM"),
    AlertKind.HEAT: (with_gpu(temperature_celsius=87.0), "87 of 88 °C"),
    AlertKind.THROTTLED: (with_gpu(held_back=(Throttle.HEAT,)), "held back by temperature"),
    AlertKind.GPU_LOST: (
        replace(FINE, gpu=GpuSurvey(problem="It fell off the bus.", advice="Restart.")),
        "RTX 4080 has stopped answering",
    ),
    AlertKind.DISK_FULL: (replace(FINE, disks=(DiskReading("/m", 10**12, 10**9),)), "1.0 GB free"),
    AlertKind.ENGINE_DIED: (replace(FINE, engine=EngineReading(problem="It died.")), "It died."),
}


def told(watch: Alerts, reading: Reading, begin: int, end: int) -> list[tuple[int, str]]:
    """At which second which kind is told, when a reading comes every second."""
    found = []
    for second in range(begin, end):
        new, _ = watch.check(replace(reading, taken_at=float(second)))
        found += [(second, alert.kind) for alert in new]
    return found


def test_all_kinds_are_tried_and_have_words():
    assert set(TROUBLES) == set(AlertKind) == set(alerts.WORDS) == set(alerts.LASTING_SECONDS)


def test_nothing_is_told_of_a_pc_that_is_well():
    assert told(Alerts(), FINE, 0, 100) == []


@pytest.mark.parametrize("kind", TROUBLES)
def test_each_trouble_is_told_once_after_it_has_lasted(kind):
    watch = Alerts()
    watch.check(FINE)
    reading, sentence = TROUBLES[kind]
    lasting = int(alerts.LASTING_SECONDS[kind])
    assert told(watch, reading, 1, 1 + lasting) == []
    new, _ = watch.check(replace(reading, taken_at=1.0 + lasting))
    assert [alert.kind for alert in new] == [kind]
    assert sentence in new[0].title
    assert new[0].advice
    assert told(watch, reading, 2 + lasting, 3000) == [], "it is not repeated"


@pytest.mark.parametrize("kind", TROUBLES)
def test_each_can_be_turned_off(kind):
    watch = Alerts()
    watch.check(FINE)
    watch.turn_off([str(kind)])
    assert told(watch, TROUBLES[kind][0], 1, 100) == []


def test_a_short_peak_is_nobodys_trouble():
    watch, hot = Alerts(), TROUBLES[AlertKind.HEAT][0]
    for begin in range(0, 200, 20):
        assert told(watch, hot, begin, begin + 9) == []
        assert told(watch, FINE, begin + 9, begin + 20) == []


def test_trouble_that_flickers_is_one_trouble():
    watch, hot = Alerts(), TROUBLES[AlertKind.HEAT][0]
    assert told(watch, hot, 0, 20) == [(10, AlertKind.HEAT)]
    for begin in range(20, 2000, 40):
        assert told(watch, FINE, begin, begin + 20) == []
        assert told(watch, hot, begin + 20, begin + 40) == []


def test_what_is_over_is_said_to_be_over_once():
    watch, hot = Alerts(), TROUBLES[AlertKind.HEAT][0]
    told(watch, hot, 0, 20)
    over = [
        (second, key)
        for second in range(20, 200)
        for key in watch.check(replace(FINE, taken_at=float(second)))[1]
    ]
    assert over == [(79, "heat GPU-1")]


def test_what_comes_back_soon_is_not_told_again_but_later_it_is():
    watch, hot = Alerts(), TROUBLES[AlertKind.HEAT][0]
    told(watch, hot, 0, 20)
    told(watch, FINE, 20, 200)
    assert told(watch, hot, 200, 300) == []
    told(watch, FINE, 300, 500)
    assert told(watch, hot, 700, 730) == [(710, AlertKind.HEAT)]


def test_each_crash_is_told_at_once():
    watch, crashed = Alerts(), TROUBLES[AlertKind.ENGINE_DIED][0]
    assert told(watch, crashed, 0, 20) == [(0, AlertKind.ENGINE_DIED)]
    told(watch, FINE, 20, 200)
    assert told(watch, crashed, 200, 900) == [(200, AlertKind.ENGINE_DIED)]


def test_each_gpu_is_a_trouble_of_its_own():
    watch = Alerts()
    hot = replace(WELL, temperature_celsius=90.0)
    both = replace(FINE, gpu=GpuSurvey((hot, replace(hot, key="GPU-2"))))
    assert len(told(watch, both, 0, 60)) == 2


def test_ram_that_our_engine_uses_on_purpose_is_no_spill():
    watch, spill = Alerts(), TROUBLES[AlertKind.SPILL][0]
    engine = EngineReading(buffers=(Buffer("CUDA_Host", "model", 2 * GIB),))
    assert told(watch, replace(spill, engine=engine), 0, 60) == []


def test_a_gpu_that_sleeps_is_not_lost():
    watch = Alerts()
    watch.check(FINE)
    asleep = replace(FINE, gpu=GpuSurvey(problem="It is asleep.", is_asleep=True))
    assert told(watch, asleep, 1, 100) == []
