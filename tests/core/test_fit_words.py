"""The fit panel's sentences: what a person reads, and may copy."""

from itertools import pairwise

import pytest
from helpers.fit_views import FIT_VIEWS, GIB, MIB, fits, mostly_in_ram, two_gpus, unknown

from lollma_gui.core.context_stops import SHORTEST, context_stops, nearest_stop
from lollma_gui.core.fit_parts import PartKind, device_parts, gib, margin_of, shown_devices
from lollma_gui.core.fit_view import FitView, PastErrors
from lollma_gui.core.fit_words import (
    as_text,
    assumed_facts,
    assumed_line,
    method_words,
    most_layers_words,
    past_words,
    room_words,
    short_name,
    subtitle,
    verdict_word,
    verdict_words,
)
from lollma_gui.core.memory_plan import DeviceShare

CARD = DeviceShare("RTX 4080", "cuda", 4 * GIB, GIB, GIB, 0, GIB, 8 * GIB, 10 * GIB, 33)
EVERY_VIEW = pytest.mark.parametrize("name", FIT_VIEWS)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 GiB"),
        (12 * MIB, "12.0 MiB"),
        (GIB // 2, "0.50 GiB"),
        (GIB * 99, "99.00 GiB"),
        (GIB * 640, "640.0 GiB"),
    ],
)
def test_memory_is_told_in_gib_with_its_unit(n_bytes: int, text: str) -> None:
    assert gib(n_bytes) == text


# ---- parts -----------------------------------------------------------------------------------


def parts(share: DeviceShare, margin: int) -> dict[str, int]:
    return {part.kind: part.n_bytes for part in device_parts(share, margin).parts}


def test_the_parts_of_a_device_are_all_it_has() -> None:
    found = device_parts(CARD, GIB // 2)
    assert found.whole == 10 * GIB
    assert sum(part.n_bytes for part in found.parts) == found.whole
    assert parts(CARD, GIB // 2) == {
        "Weights": 4 * GIB,
        "KV cache": GIB,
        "Compute": GIB,
        "Engine": GIB,
        "Others": 2 * GIB,
        "Margin": GIB // 2,
        "Free": GIB // 2,
    }


def test_results_count_as_working_memory() -> None:
    assert parts(CARD._replace(output=5), 0)["Compute"] == GIB + 5


def test_a_margin_that_is_not_there_makes_no_bar_too_full() -> None:
    found = device_parts(CARD, 3 * GIB)
    margin = next(part for part in found.parts if part.kind is PartKind.MARGIN)
    assert (margin.n_bytes, margin.text) == (GIB, "1.00 / 3.00 GiB")
    assert sum(part.n_bytes for part in found.parts) == found.whole


def test_what_does_not_fit_is_more_than_the_whole() -> None:
    found = device_parts(CARD._replace(kv=9 * GIB), GIB)
    assert sum(part.n_bytes for part in found.parts) == found.whole + 7 * GIB


def test_nothing_is_invented_where_free_memory_is_not_known() -> None:
    share = CARD._replace(free=None)
    found = device_parts(share, GIB)
    kinds = [part.kind for part in found.parts]
    assert PartKind.OTHERS not in kinds
    assert PartKind.FREE not in kinds
    assert found.whole == 10 * GIB
    assert device_parts(share._replace(capacity=None), GIB).whole == share.total


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (CARD, "0.50 / 10.00 GiB spare"),
        (CARD._replace(capacity=None), "0.50 GiB spare"),
        (CARD._replace(free=int(7.25 * GIB)), "0.25 GiB short"),
        (CARD._replace(free=5 * GIB), "2.00 GiB too much"),
        (CARD._replace(free=None), "needs 7.00 GiB"),
    ],
)
def test_a_device_says_what_is_left_or_missing(share: DeviceShare, words: str) -> None:
    assert room_words(share, GIB // 2) == words


@EVERY_VIEW
def test_gpus_come_first_and_every_byte_of_a_known_memory_is_shown(name: str) -> None:
    view = FIT_VIEWS[name]()
    shares = shown_devices(view)
    assert shares[-1].kind == "cpu"
    assert [share.kind for share in shares[:-1]] == ["cuda"] * len(view.plan.gpus)
    for share in shares:
        found = device_parts(share, margin_of(view, share))
        if share.spare is not None:
            assert sum(p.n_bytes for p in found.parts) == max(
                found.whole, found.whole - share.spare
            )


# ---- sentences -------------------------------------------------------------------------------


def test_makers_are_left_out_of_names() -> None:
    assert short_name("NVIDIA GeForce RTX 4080") == "RTX 4080"
    assert short_name("AMD Radeon RX 7900 XTX") == "RX 7900 XTX"
    assert short_name("Apple M3 Max") == "Apple M3 Max"


def test_the_subtitle_says_model_quantisation_and_where() -> None:
    assert subtitle(fits()) == "Llama-3.1-8B-Instruct · Q4_K_M · RTX 4080"
    assert subtitle(two_gpus()).endswith("RTX 3090 + RTX 3060")
    assert subtitle(unknown()._replace(quantisation="")) == "Llama-3.1-8B-Instruct · RAM"


def test_like_gpus_are_counted() -> None:
    view = two_gpus()
    ram, first, second = view.plan.devices
    plan = view.plan._replace(devices=(ram, first, second._replace(name=first.name)))
    assert subtitle(view._replace(plan=plan)).endswith("2 × RTX 3090")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("fits", "Fits"),
        ("partly", "Partly"),
        ("mostly_in_ram", "Mostly in RAM"),
        ("only_just", "Only just"),
        ("does_not_fit", "Does not fit"),
        ("unknown", "Not known"),
        ("may_fit", "May fit"),
        ("two_gpus", "Partly"),
        ("mixture", "Partly"),
        ("ram_only", "Fits"),
        ("refusal", "Not possible"),
    ],
)
def test_the_badge_says_the_verdict_in_a_word(name: str, word: str) -> None:
    assert verdict_word(FIT_VIEWS[name]()) == word


def test_a_refusal_stands_in_place_of_the_verdict() -> None:
    headline, text = verdict_words(FIT_VIEWS["refusal"]())
    assert headline == "A quantised V cache needs flash attention."
    assert text.startswith("Turn flash attention on")


def test_layers_that_fit_are_told_as_a_number_or_as_all() -> None:
    assert most_layers_words(fits()) == "all fit"
    assert most_layers_words(mostly_in_ram()) == f"{mostly_in_ram().most_layers} fit"
    assert most_layers_words(fits()._replace(most_layers=0)) == "none fits"


def measured(view: FitView, more: int) -> str:
    total = sum(share.total for share in view.plan.devices)
    return method_words(view._replace(arithmetic_total=total - more))


def test_the_method_says_how_far_engine_and_arithmetic_differ() -> None:
    start = "Measured with the engine: "
    assert measured(fits(), 0) == start + "the same as arithmetic"
    assert measured(fits(), -13 * MIB) == start + "13.0 MiB (0.2 %) less than arithmetic"
    assert measured(fits(), 512 * MIB).endswith(" more than arithmetic")
    assert method_words(fits()._replace(arithmetic_total=None)) == "Measured with the engine"


def test_arithmetic_says_how_exact_it_is_and_why_there_is_nothing_better() -> None:
    view = FIT_VIEWS["ram_only"]()
    view = view._replace(plan=view.plan._replace(error=0.04))
    assert method_words(view) == "Arithmetic, compute ± 4 %"
    measuring = view._replace(is_measuring=True)
    assert method_words(measuring).endswith("± 4 %; measuring with the engine…")
    failed = view._replace(measuring_problem="the engine is busy.")
    assert method_words(failed).endswith("± 4 %. Not measured: the engine is busy.")
    assert method_words(FIT_VIEWS["may_fit"]()).startswith("Estimate: ")


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (PastErrors(), ""),
        (
            PastErrors(-0.004, 0.012, 9),
            "Last load of this model: predicted within 0.4 %; this PC: within 1.2 % (9 loads)",
        ),
        (PastErrors(None, 0.021, 1), "This PC: within 2.1 % (1 load)"),
    ],
)
def test_earlier_predictions_are_told_where_there_are_any(past: PastErrors, words: str) -> None:
    assert past_words(past) == words


def test_every_assumed_value_is_named() -> None:
    view = two_gpus()
    line = assumed_line(view)
    assert "1 conversation, batch 2,048 by 512, 1 output row, file mapped" in line
    assert "2.50 GiB of each GPU and 1.00 GiB of RAM kept free" in line
    facts = dict(assumed_facts(view._replace(maps_file=False)))
    assert facts["Batch"] == "2,048 tokens"
    assert facts["Weights in RAM"] == "read from the file"
    assert facts["Free now, RTX 3090"] == "22.90 / 24.00 GiB"
    assert facts["Free now, RAM"] == "44.00 / 64.00 GiB"
    assert dict(assumed_facts(unknown()))["Free now, RAM"] == "-"


@EVERY_VIEW
def test_the_whole_panel_can_be_copied_with_bytes(name: str) -> None:
    view = FIT_VIEWS[name]()
    text = as_text(view)
    for share in shown_devices(view):
        for n_bytes in (share.weights, share.kv, share.overhead, share.total):
            assert f"{n_bytes:,} bytes" in text
    assert subtitle(view) in text
    assert verdict_words(view)[0] in text
    assert method_words(view) in text
    assert f"type_k {view.asked.type_k}" in text
    assert all(change.words in text for change in view.changes)


# ---- stops of the context slider -------------------------------------------------------------


@pytest.mark.parametrize("longest", [512, 2048, 8192, 40_960, 131_072, 1_048_576])
def test_contexts_stop_at_multiples_of_256_and_at_the_end(longest: int) -> None:
    stops = context_stops(longest)
    assert (stops[0], stops[-1]) == (SHORTEST, longest)
    assert list(stops) == sorted(set(stops))
    assert all(stop % 256 == 0 for stop in stops)
    assert all(b - a <= max(256, a // 8) for a, b in pairwise(stops))
    assert len(stops) < 250


def test_a_context_of_odd_length_is_the_last_stop() -> None:
    assert context_stops(5000)[-2:] == (4864, 5000)
    assert context_stops(0) == (SHORTEST,)


def test_the_nearest_stop_is_found() -> None:
    stops = context_stops(8192)
    assert stops[nearest_stop(stops, 5000)] == 5120
    assert stops[nearest_stop(stops, 100)] == 512
    assert stops[nearest_stop(stops, 10**6)] == 8192
    assert all(stops[nearest_stop(stops, stop)] == stop for stop in stops)
