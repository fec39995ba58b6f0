"""One quantisation is recommended for a PC, and the reason is the true one."""

from collections.abc import Iterable

import pytest

from lollma_gui.core.quality import quality_of
from lollma_gui.core.quantisation_adviser import Advice, Candidate, Place, advise
from lollma_gui.core.speed import Speed

GB = 10**9
#: Files of a 14B, as large as they are.
SIZES = {
    "F16": 29.5,
    "Q8_0": 15.7,
    "Q6_K": 12.1,
    "Q5_K_M": 10.5,
    "Q4_K_M": 9.0,
    "Q3_K_M": 7.3,
    "Q2_K": 5.8,
}


def file(
    label: str,
    place: Place = Place.GPU,
    *,
    speed: float | None = None,
    layers: int | None = None,
    context: int | None = None,
    size: float | None = None,
) -> Candidate:
    return Candidate(
        key=f"/models/{label}.gguf",
        label=label,
        size_bytes=round((SIZES[label] if size is None else size) * GB),
        place=place,
        gpu_layers=layers,
        layers=41,
        max_context=context,
        speed=None if speed is None else Speed(speed, speed, speed),
        quality=quality_of(label),
    )


def chosen(advice: Advice) -> str:
    return next((c.label for c in advice.rows if c.key == advice.recommended), "")


def advice_for(*files: Candidate, context: int = 8192) -> Advice:
    return advise(files, context)


def test_the_best_quality_that_lies_wholly_on_the_gpu_is_taken() -> None:
    advice = advice_for(
        file("Q4_K_M"), file("Q6_K"), file("Q8_0", Place.PARTLY, layers=32), file("Q5_K_M")
    )
    assert chosen(advice) == "Q6_K"
    assert advice.reason == (
        "Q6_K is the best quality that lies wholly on the GPU with 8,192 tokens of context "
        "(+0.3 % perplexity)."
    )


def test_rows_go_from_large_to_small() -> None:
    advice = advice_for(*(file(label) for label in ("Q2_K", "Q8_0", "Q4_K_M", "F16")))
    assert [c.label for c in advice.rows] == ["F16", "Q8_0", "Q4_K_M", "Q2_K"]


def test_a_file_without_room_for_the_wanted_context_is_passed_over() -> None:
    files = [file("Q8_0", context=4096), file("Q6_K", context=16_384), file("Q4_K_M")]
    assert chosen(advice_for(*files, context=8192)) == "Q6_K"
    assert chosen(advice_for(*files, context=4096)) == "Q8_0"
    assert chosen(advice_for(*files, context=32_768)) == "Q4_K_M"


def test_twice_the_size_for_nothing_that_could_be_measured_is_not_advised() -> None:
    advice = advice_for(file("F16"), file("Q8_0"), file("Q4_K_M"))
    assert chosen(advice) == "Q8_0"
    assert "F16 is no better that could be measured, and larger." in advice.reason


def test_a_poor_one_on_the_gpu_gives_way_to_a_better_one_that_is_quick_enough() -> None:
    files = [file("Q2_K", speed=60), file("Q4_K_M", Place.PARTLY, speed=14, layers=30)]
    advice = advice_for(*files, file("Q8_0", Place.PARTLY, speed=3, layers=12))
    assert chosen(advice) == "Q4_K_M"
    assert "only Q2_K fits" in advice.reason
    assert "much worse" in advice.reason
    assert "as fast as you read (~14 tok/s)" in advice.reason


def test_but_not_to_one_that_is_slow() -> None:
    advice = advice_for(file("Q2_K", speed=60), file("Q4_K_M", Place.PARTLY, speed=3, layers=10))
    assert chosen(advice) == "Q2_K"
    assert "smaller model" in advice.reason


def test_an_acceptable_one_on_the_gpu_is_not_given_up_for_a_better_one_in_ram() -> None:
    advice = advice_for(file("Q3_K_M", speed=60), file("Q6_K", Place.PARTLY, speed=20, layers=25))
    assert chosen(advice) == "Q3_K_M"


def test_where_none_is_wholly_on_the_gpu_the_best_that_keeps_up_with_reading_is_taken() -> None:
    advice = advice_for(
        file("Q8_0", Place.PARTLY, speed=4, layers=10),
        file("Q5_K_M", Place.PARTLY, speed=9, layers=25),
        file("Q4_K_M", Place.PARTLY, speed=12, layers=30),
        file("Q2_K", Place.PARTLY, speed=25, layers=39),
    )
    assert chosen(advice) == "Q5_K_M"
    assert advice.reason.startswith("None lies wholly on the GPU with 8,192 tokens of context.")


def test_where_all_are_slow_the_fastest_that_is_not_poor_is_taken() -> None:
    advice = advice_for(
        file("Q8_0", Place.RAM, speed=2),
        file("Q4_K_M", Place.RAM, speed=4),
        file("Q2_K", Place.RAM, speed=6),
    )
    assert chosen(advice) == "Q4_K_M"
    assert "~4.0 tok/s" in advice.reason


def test_without_speeds_the_layers_on_the_gpu_decide() -> None:
    advice = advice_for(
        file("Q8_0", Place.PARTLY, layers=20),
        file("Q6_K", Place.PARTLY, layers=33),
        file("Q4_K_M", Place.PARTLY, layers=40),
    )
    assert chosen(advice) == "Q6_K"
    assert "33 of 41" in advice.reason


def test_without_room_for_the_context_the_one_with_most_is_taken() -> None:
    advice = advice_for(file("Q8_0", context=2048), file("Q4_K_M", context=12_288), context=32_768)
    assert chosen(advice) == "Q4_K_M"
    assert advice.reason == (
        "None has room for 32,768 tokens of context; Q4_K_M has most, 12,288 tokens."
    )


def test_where_nothing_fits_nothing_is_recommended() -> None:
    advice = advice_for(file("Q8_0", Place.NONE), file("Q4_K_M", Place.NONE))
    assert advice.recommended == ""
    assert "even Q4_K_M with 9.0 GB is too big" in advice.reason


def test_what_is_not_known_yet_is_not_called_too_big() -> None:
    assert advice_for(file("Q8_0", Place.UNKNOWN)).reason == "What fits is not known yet."


def test_nothing_to_choose_from() -> None:
    assert advice_for() == Advice((), "", "There is no other quantisation of this model.")


def test_a_mix_nobody_measured_is_ranked_by_its_size() -> None:
    between = [file("Q8_0", Place.NONE), file("Q4_K_XL", size=9.4), file("Q4_K_M"), file("Q3_K_M")]
    assert chosen(advice_for(*between)) == "Q4_K_XL"
    assert "not measured by llama.cpp" in advice_for(*between).reason
    poor = advice_for(file("Q4_K_M"), file("IQ1_XL", size=3.5))
    assert chosen(poor) == "Q4_K_M"


def test_of_mixes_that_nobody_measured_the_largest_that_fits_is_taken() -> None:
    advice = advice_for(*(file(f"UD-{n}", size=n) for n in (4, 8, 6)))
    assert chosen(advice) == "UD-8"
    assert "not measured by llama.cpp" in advice.reason


@pytest.mark.parametrize(
    ("place", "layers", "words"),
    [
        (Place.GPU, 41, "all"),
        (Place.PARTLY, 32, "32 of 41"),
        (Place.PARTLY, None, "partly"),
        (Place.RAM, 0, "RAM"),
        (Place.NONE, None, "too big"),
        (Place.UNKNOWN, None, "-"),
    ],
)
def test_layers_are_said_in_few_words(place: Place, layers: int | None, words: str) -> None:
    assert file("Q4_K_M", place, layers=layers).layers_text == words


def test_the_same_files_in_another_order_give_the_same_advice() -> None:
    files = [file(label) for label in SIZES]

    def of(order: Iterable[Candidate]) -> Advice:
        return advise(order, 4096)

    assert of(files) == of(reversed(files))


def test_a_pc_without_gpu_hears_nothing_of_one() -> None:
    quick = advice_for(file("Q8_0", Place.RAM, speed=12), file("Q4_K_M", Place.RAM, speed=20))
    assert chosen(quick) == "Q8_0"
    assert quick.reason.startswith("All lie in RAM, with room for 8,192 tokens of context. Q8_0")
    slow = advice_for(file("Q8_0", Place.RAM, speed=2), file("Q4_K_M", Place.RAM, speed=4))
    assert slow.reason.startswith("All lie in RAM")
    assert "GPU" not in quick.reason + slow.reason
