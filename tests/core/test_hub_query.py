"""What is asked of the Hub, what it answers, and what is thought of it before a file is seen."""

import json
from typing import Any

import pytest

from lollma_gui.core.hub_guess import guess
from lollma_gui.core.hub_query import PARAMETERS, HubQuery
from lollma_gui.core.hub_result import (
    HubResult,
    age,
    decode_result,
    read_results,
    result_facts,
    short_count,
)
from lollma_gui.core.leaderboards import LEADERBOARDS
from lollma_gui.core.planner_pc import PlannerPc
from lollma_gui.core.verdict import Fit

GIB = 2**30
PC = PlannerPc("this PC", (16 * GIB,), 24 * GIB)
FULL = {
    "id": "some/model",
    "downloads": 12,
    "likes": 3,
    "lastModified": "2026-01-02T03:04:05.000Z",
    "gguf": {"total": 8_000_000_000, "context_length": 4096, "architecture": "llama"},
    "tags": ["gguf", "license:mit"],
    "gated": "manual",
    "pipeline_tag": "text-generation",
    "siblings": [{"rfilename": "m-Q4_K_M.gguf"}, {"rfilename": "README.md"}],
}


def test_files_are_asked_for_only_where_a_quantisation_is_wanted() -> None:
    assert "siblings" not in HubQuery().asked()["expand"]  # type: ignore[operator]
    assert "siblings" in HubQuery(quantisation="Q4_K_M").asked()["expand"]  # type: ignore[operator]


def test_what_the_hub_does_not_filter_is_filtered_here() -> None:
    result = HubResult("a/b", parameters=8_000_000_000, quantisations=("UD-Q4_K_XL", "Q8_0"))
    assert HubQuery(quantisation="Q8_0").keeps(result)
    assert not HubQuery(quantisation="Q6_K").keeps(result)
    assert HubQuery(parameters=PARAMETERS[2]).keeps(result)
    assert not HubQuery(parameters=PARAMETERS[1]).keeps(result)
    assert HubQuery(parameters=PARAMETERS[1]).keeps(HubResult("a/b"))


def test_a_full_answer_is_read_and_kept() -> None:
    (result,) = read_results([FULL])
    assert result.repository == "some/model"
    assert (result.owner, result.name) == ("some", "model")
    assert (result.parameters, result.licence, result.is_gated) == (8_000_000_000, "mit", True)
    assert result.quantisations == ("Q4_K_M",)
    assert decode_result(json.loads(json.dumps(result.encoded()))) == result


@pytest.mark.parametrize("odd", [None, 7, "x", [], {"x": 1}, True, -5, 2**80])
@pytest.mark.parametrize("name", [name for name in FULL if name != "id"])
def test_odd_values_are_unknown_ones(name: str, odd: Any) -> None:
    (result,) = read_results([FULL | {name: odd}])
    assert result.repository == "some/model"
    assert result_facts(result, 0.0)


@pytest.mark.parametrize("odd", [{"id": 5}, {}, 3, {"id": "../../etc"}, {"id": "a/b/c"}])
def test_what_is_no_repository_is_left_out(odd: Any) -> None:
    assert read_results([odd]) == []


@pytest.mark.parametrize("answer", [None, {}, "x"])
def test_what_is_no_list_is_refused(answer: object) -> None:
    with pytest.raises(ValueError, match="no list"):
        read_results(answer)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "1 day ago"),
        (45, "1 month ago"),
        (400, "1 year ago"),
        (800, "2 years ago"),
    ],
)
def test_ages_are_said_as_people_say_them(days: int, words: str) -> None:
    assert age(0.0, days * 86_400.0 + 5) == words
    assert age(None, 0.0) == "-"


def test_counts_are_short() -> None:
    counts = (None, 12, 999, 1000, 999_949, 999_950, 4_120_000)
    assert [short_count(n) for n in counts] == ["-", "12", "999", "1.0k", "999.9k", "1.0M", "4.1M"]


# ---- guesses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("billions", "fit", "words"),
    [
        (8, Fit.FITS, "Likely fits"),
        (32, Fit.PARTLY, "Likely partly"),
        (671, Fit.DOES_NOT_FIT, "Likely too big"),
        (0, Fit.UNKNOWN, "Not known"),
    ],
)
def test_a_guess_goes_by_parameters(billions: int, fit: Fit, words: str) -> None:
    found = guess(HubResult("a/b", parameters=billions * 10**9 or None), PC)
    assert (found.fit, found.words) == (fit, words)
    assert found.reason


def test_a_guess_says_what_it_reckons_with() -> None:
    found = guess(HubResult("a/b", parameters=8 * 10**9, context=4096), PC)
    assert "Q4_K_M" in found.reason
    assert "4,096 tokens" in found.reason


def test_models_with_a_small_cache_are_known_by_their_architecture() -> None:
    tight = PlannerPc("this PC", (round(6.02 * GIB),), 0)
    usual, latent, none = (
        guess(HubResult("a/b", parameters=8 * 10**9, architecture=name), tight).fit
        for name in ("llama", "deepseek2", "mamba")
    )
    assert usual is not Fit.FITS
    assert none is Fit.FITS
    assert latent is Fit.FITS


def test_without_a_gpu_ram_is_where_a_model_fits() -> None:
    pc = PlannerPc("this PC", (), 16 * GIB)
    assert guess(HubResult("a/b", parameters=8 * 10**9), pc).fit is Fit.FITS
    assert guess(HubResult("a/b", parameters=70 * 10**9), pc).fit is Fit.DOES_NOT_FIT


def test_the_guides_four_leaderboards_are_there_with_what_became_of_them() -> None:
    names = [board.name for board in LEADERBOARDS]
    assert names[:4] == [
        "Open LLM Leaderboard",
        "lm-evaluation-harness",
        "Papers with Code",
        "OpenAI's models",
    ]
    assert all(b.address.startswith("https://") and b.note.endswith(".") for b in LEADERBOARDS)
