"""Loads teach what a GPU's driver takes, and how good predictions are."""

from dataclasses import replace

import pytest
from helpers.facts import GAMING, LLAMA
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.gpu_overhead import (
    LEAST_OVERHEAD,
    MOST_OVERHEAD,
    learned_overhead,
    usual_overhead,
)
from lollma_gui.core.load_record import (
    LoadRecord,
    decode_record,
    encode_record,
    learned_overheads,
    record_of,
    worst_error,
)
from lollma_gui.core.plan_settings import PlanSettings

MIB = 1024**2
assert LLAMA.prepared is not None
PLAN = FitCase.on(GAMING, LLAMA.prepared).plan(PlanSettings())
CARD = PLAN.gpus[0]


def load(taken: int | None = None, compute: int | None = None) -> LoadRecord:
    """A load in which llama.cpp reported what was planned, or another compute buffer."""
    buffers = [
        Buffer("CPU_Mapped", "model", 5000 * MIB),
        Buffer("CUDA0", "model", CARD.weights),
        Buffer("CUDA0", "KV", CARD.kv),
        Buffer("CUDA0", "compute", CARD.compute if compute is None else compute),
        Buffer("CUDA_Host", "compute", PLAN.ram.compute),
        Buffer("CUDA_Host", "output", PLAN.ram.output),
    ]
    return record_of(PLAN, buffers, "/m/llama.gguf", 1e9, [("GPU-1", taken)])


def test_a_prediction_that_came_true_has_no_error() -> None:
    assert load().error == 0
    assert worst_error([]) is None


def test_errors_are_a_part_of_what_was_reported() -> None:
    more = load(compute=CARD.compute + 100 * MIB)
    assert more.error == pytest.approx(-100 * MIB / sum(device.measured for device in more.devices))
    assert worst_error([load(), more, load()]) == more.error


def test_what_the_driver_takes_is_learned_as_the_median_of_the_last_loads() -> None:
    buffers = CARD.buffers
    records = [load(buffers + n * MIB) for n in (400, 420, 2000, 410, 415)]
    assert learned_overheads(records) == {"GPU-1": 415 * MIB}


def test_a_load_that_could_not_be_measured_teaches_nothing() -> None:
    assert learned_overheads([load(None)]) == {}
    silent = replace(load(10), devices=tuple(replace(d, measured=0) for d in load(10).devices))
    assert learned_overheads([silent]) == {}


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1))
def test_what_is_learned_stays_within_bounds(measured: list[int]) -> None:
    learned = learned_overhead(measured)
    assert learned is None or LEAST_OVERHEAD <= learned <= MOST_OVERHEAD


def test_a_load_in_which_a_game_ended_or_began_teaches_nothing() -> None:
    assert learned_overhead([-3000 * MIB]) is None
    assert learned_overhead([9000 * MIB, 400 * MIB, -500 * MIB, -600 * MIB]) == 400 * MIB


def test_newer_generations_are_expected_to_take_no_less_than_older_ones() -> None:
    assert usual_overhead((6, 1)) < usual_overhead((8, 9)) < usual_overhead((9, 0))
    assert usual_overhead((99, 0)) >= usual_overhead((9, 0))
    assert usual_overhead(None) == 300 * MIB


def test_records_survive_being_written_down() -> None:
    record = load(CARD.buffers + 300 * MIB)
    assert decode_record(encode_record(record)) == record
    for text in ("", "{}", "[1]", '{"devices": 3}', encode_record(record)[:-20]):
        with pytest.raises(ValueError, match="record of a load"):
            decode_record(text)
