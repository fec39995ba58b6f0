"""The guide's table to the digit, true sizes beside it, and verdicts that keep a margin."""

from dataclasses import replace

import pytest

from lollma_gui.core.gpu_catalog import find_gpu
from lollma_gui.core.planner import (
    COLUMNS,
    EXAMPLE,
    ROWS,
    Cell,
    PlannerFit,
    assumptions,
    cell,
    difference,
    explanation,
    gigabytes,
    grid,
    kv_bytes_per_token,
    need_formula,
    parameters_text,
    parse_parameters,
    rule_formula,
    speed,
    true_formula,
)
from lollma_gui.core.planner_pc import PlannerPc, counted, pc_to_buy, this_pc
from lollma_gui.core.settings_facts import GpuFacts, PcFacts, with_margins

GIB = 2**30
B = 10**9
BY_MIX = {row.mix: row for row in ROWS}
GAMING = pc_to_buy(find_gpu("RTX 4080"), 64 * GIB)

#: "Memory Usage per Parameter" of the guide: name, bytes, GB at 7B, 13B and 33B.
GUIDE = [
    ("FP32", 4, 28, 52, 132),
    ("Q8", 1, 7, 13, 33),
    ("Q6", 0.75, 5.25, 9.75, 24.75),
    ("Q5_K_M", 0.625, 4.375, 8.125, 20.625),
    ("Q4", 0.5, 3.5, 6.5, 16.5),
]


def at(mix: str, billions: float, pc: PlannerPc = GAMING, n_ctx: int = 4096) -> Cell:
    return cell(BY_MIX[mix], round(billions * B), pc, n_ctx)


# ---- sizes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "each", "seven", "thirteen", "thirty_three"), GUIDE)
def test_the_guides_table_comes_out_exactly(
    name: str, each: float, seven: float, thirteen: float, thirty_three: float
) -> None:
    row = next(row for row in ROWS if row.guide_name == name)
    assert row.guide_bytes == each
    rules = [cell(row, n * B, GAMING).rule for n in (7, 13, 33)]
    assert rules == [seven * B, thirteen * B, thirty_three * B]


def test_the_guides_example_is_worked_out_and_the_exact_figure_beside_it() -> None:
    parameters, mix = EXAMPLE
    example = cell(BY_MIX[mix], parameters, GAMING)
    assert rule_formula(example) == "33 billion × 0.625 bytes = 20.625 GB"
    assert true_formula(example) == "33 billion × 5.7036 bits ÷ 8 = 23.527 GB"
    assert example.weights == pytest.approx(23_527_350_000)
    assert "2.902 GB (14 %) larger" in difference(example)


def test_the_rule_is_right_only_where_nothing_is_shortened() -> None:
    assert "right" in difference(at("F32", 7))
    assert rule_formula(at("Q8_0", 7)) == "7 billion × 1 byte = 7 GB"
    for row in ROWS:
        if row.guide_bytes is not None and row.mix != "F32":
            assert row.bits / 8 > row.guide_bytes


def test_rows_without_a_rule_of_the_guide_have_true_sizes_only() -> None:
    one = at("IQ4_XS", 8)
    assert (one.rule, rule_formula(one), difference(one)) == (None, "-", "")
    assert one.weights == pytest.approx(8 * B * 4.4597 / 8)


def test_the_grid_has_every_row_and_column() -> None:
    cells = grid(GAMING)
    assert [len(row) for row in cells] == [len(COLUMNS)] * len(ROWS)
    assert {7 * B, 13 * B, 33 * B, 235 * B} <= set(COLUMNS)
    assert list(COLUMNS) == sorted(COLUMNS)
    sizes = [row[0].weights for row in cells]
    assert sizes == sorted(sizes, reverse=True)


# ---- context ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("billions", "kib"), [(8, 128), (14, 160), (32, 256), (70, 320), (123, 352), (405, 504)]
)
def test_the_cache_is_that_of_well_known_models(billions: int, kib: int) -> None:
    assert kv_bytes_per_token(billions * B) == pytest.approx(kib * 1024)


def test_between_them_it_grows_steadily() -> None:
    sizes = [kv_bytes_per_token(round(10 ** (n / 10))) for n in range(75, 125)]
    assert sizes == sorted(sizes)
    assert kv_bytes_per_token(10**7) == 23_040


def test_more_context_needs_more_room() -> None:
    short, long = at("Q8_0", 14), at("Q8_0", 14, n_ctx=32_768)
    assert long.cache == 8 * short.cache
    assert (short.fit, long.fit) == (PlannerFit.PARTLY, PlannerFit.PARTLY)
    assert at("Q6_K", 14).fit is PlannerFit.GPU
    assert at("Q6_K", 14, n_ctx=32_768).fit is PlannerFit.PARTLY
    assert need_formula(short).endswith("for 4,096 tokens = 14.5 GiB")


# ---- verdicts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mix", "billions", "fit"),
    [
        ("Q4_K_M", 8, PlannerFit.GPU),
        ("Q4_K_M", 14, PlannerFit.GPU),
        ("Q4_K_M", 24, PlannerFit.PARTLY),
        ("Q4_K_M", 70, PlannerFit.PARTLY),
        ("Q4_K_M", 120, PlannerFit.PARTLY),
        ("Q5_K_M", 120, PlannerFit.NONE),
        ("F32", 235, PlannerFit.NONE),
    ],
)
def test_verdicts_for_a_gaming_pc(mix: str, billions: int, fit: PlannerFit) -> None:
    assert at(mix, billions).fit is fit


def test_a_small_gpu_that_hardly_helps_is_not_counted_as_one() -> None:
    small = pc_to_buy(find_gpu("GTX 1650"), 256 * GIB)
    assert at("Q4_K_M", 70, small).fit is PlannerFit.RAM
    assert at("Q4_K_M", 14, small).fit is PlannerFit.PARTLY


def test_without_a_gpu_everything_is_in_ram() -> None:
    pc = pc_to_buy(None, 32 * GIB)
    assert pc.room_sentence == "Room for a model: 26.7 GiB in RAM, no GPU."
    fits = {at("Q4_K_M", n, pc).fit for n in (1, 8, 32)}
    assert fits == {PlannerFit.RAM}
    assert at("Q4_K_M", 70, pc).fit is PlannerFit.NONE


def test_just_enough_is_not_enough_without_the_margin() -> None:
    need = round(at("Q4_K_M", 8).need)
    assert at("Q4_K_M", 8, PlannerPc("", (need,), 0)).fit is PlannerFit.NONE
    assert at("Q4_K_M", 8, PlannerPc("", (need + 1112 * 2**20 + 1,), 0)).fit is PlannerFit.GPU


def test_two_gpus_hold_more() -> None:
    card = find_gpu("RTX 3090")
    one, two = (pc_to_buy(card, 64 * GIB, n) for n in (1, 2))
    assert at("Q4_K_M", 70, one).fit is PlannerFit.PARTLY
    assert at("Q4_K_M", 70, two).fit is PlannerFit.GPU
    assert two.name == "2 × RTX 3090 · 24 GB, 64 GB RAM"


def test_unified_memory_is_not_counted_twice() -> None:
    mac = pc_to_buy(find_gpu("Apple M3 Max", 64 * GIB), 512 * GIB)
    assert (
        mac.room_sentence == "Room for a model: 46.9 GiB on the GPU of 58.7 GiB in RAM altogether."
    )
    assert at("Q4_K_M", 70, mac).fit is PlannerFit.GPU
    assert at("Q6_K", 70, mac).fit is PlannerFit.PARTLY
    assert at("Q8_0", 70, mac).fit is PlannerFit.NONE


def test_on_this_pc_what_is_free_counts() -> None:
    card = GpuFacts("RTX 4080", 16 * GIB, 15 * GIB, "NVIDIA")
    facts = PcFacts(ram_available_bytes=50 * GIB, gpus=(card,))
    assert at("Q5_K_M", 14, this_pc(facts)).fit is PlannerFit.GPU
    busy = PcFacts(
        ram_available_bytes=50 * GIB, gpus=(GpuFacts("RTX 4080", 16 * GIB, 6 * GIB, "NVIDIA"),)
    )
    assert at("Q5_K_M", 14, this_pc(busy)).fit is PlannerFit.PARTLY


def test_nothing_is_said_of_a_pc_that_is_not_measured_yet() -> None:
    assert at("Q4_K_M", 8, this_pc(PcFacts())).fit is PlannerFit.UNKNOWN


def test_what_a_person_wants_to_stay_free_is_left_free() -> None:
    facts = PcFacts(ram_available_bytes=24 * GIB, gpus=(GpuFacts("Card", 16 * GIB, 15 * GIB),))
    assert at("Q5_K_M", 14, this_pc(with_margins(facts, None, 0))).fit is PlannerFit.GPU
    games = this_pc(with_margins(facts, None, 6 * GIB))
    assert at("Q5_K_M", 14, games).fit is PlannerFit.PARTLY
    assert "7.0 GiB free" in counted(games, is_here=True)


# ---- speed -----------------------------------------------------------------------------------


def test_what_lies_on_the_gpu_alone_writes_fastest() -> None:
    found = [speed(at("Q4_K_M", n), GAMING) for n in (8, 14, 24, 70)]
    speeds = [each.expected for each in found if each]
    assert len(speeds) == 4
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[2] > 2.5 * speeds[3]


@pytest.mark.parametrize("mix", [row.mix for row in ROWS])
def test_every_row_has_a_speed(mix: str) -> None:
    assert speed(at(mix, 1), GAMING)


def test_no_speed_is_said_where_it_does_not_fit_or_a_bandwidth_is_unknown() -> None:
    assert speed(at("F32", 235), GAMING) is None
    card = GpuFacts("NVIDIA GeForce RTX 4080", 16 * GIB, 15 * GIB, "NVIDIA")
    here = this_pc(PcFacts(ram_available_bytes=50 * GIB, gpus=(card,)))
    assert speed(at("Q4_K_M", 8, here), here)
    assert speed(at("Q4_K_M", 70, here), here) is None
    other = this_pc(PcFacts(ram_available_bytes=50 * GIB, gpus=(replace(card, name="Voodoo 2"),)))
    assert speed(at("Q4_K_M", 8, other), other) is None


# ---- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("27", 27 * B),
        ("27B", 27 * B),
        (" 0.6 b ", 600_000_000),
        ("600M", 600_000_000),
        ("1.5T", 1500 * B),
        ("1,000", 1000 * B),
    ],
)
def test_a_parameter_count_can_be_typed_as_people_write_it(typed: str, count: int) -> None:
    assert parse_parameters(typed) == count


@pytest.mark.parametrize(
    "typed", ["", "B", "many", "-3B", "0B", "5k", "1e3", "20T", "7BB", "1.2.3"]
)
def test_what_is_no_parameter_count_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse_parameters(typed)


@pytest.mark.parametrize(
    ("n", "text"),
    [(33 * B, "33B"), (600_000_000, "0.6B"), (135_000_000, "135M"), (1500 * B, "1.5T")],
)
def test_a_count_is_written_as_the_guide_does(n: int, text: str) -> None:
    assert parameters_text(n) == text


def test_gigabytes_have_no_needless_digits() -> None:
    texts = [gigabytes(n * B) for n in (28, 5.25, 20.625, 940, 0.5582)]
    assert texts == ["28 GB", "5.25 GB", "20.625 GB", "940 GB", "0.558 GB"]


def test_a_cell_explains_itself_line_by_line() -> None:
    lines = explanation(at("Q5_K_M", 33), GAMING).split("\n")
    assert lines == [
        "33B at Q5_K_M: fits partly (GPU + RAM) (RTX 4080 · 16 GB, 64 GB RAM)",
        "Guide's rule: 33 billion × 0.625 bytes = 20.625 GB",
        "True size: 33 billion × 5.7036 bits ÷ 8 = 23.527 GB",
        "With context: 21.9 GiB + 1.0 GiB for 4,096 tokens = 22.9 GiB",
        "Writing, if dense: About 4.3 to 7.2 tok/s, predicted from memory bandwidth.",
        "Room for a model: 14.2 GiB on the GPU and 58.7 GiB in RAM.",
    ]


def test_what_is_taken_for_granted_is_said() -> None:
    words = " ".join(assumptions(16_384))
    assert "16,384 tokens" in words
    assert "Llama-3.1-8B" in words
    assert "600.0 MiB" in counted(GAMING, is_here=False)
    assert "free on this PC now" in counted(GAMING, is_here=True)
