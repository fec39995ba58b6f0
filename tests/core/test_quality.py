"""What is said of a quantisation is what llama.cpp measured, and nothing where it did not."""

import re

import pytest

from lollma_gui.core.quality import UNQUANTISED_PERPLEXITY, bits_per_weight, quality_of
from lollma_gui.core.quantisation import FILE_TYPES
from lollma_gui.core.tensor_types import BY_NAME

#: "Mean PPL ratio" of the second table of tools/perplexity/README.md, Llama 3 8b.
PUBLISHED_RATIOS = {"Q2_K": 1.564849, "Q4_K_M": 1.028160, "Q6_K": 1.003490, "Q8_0": 1.000425}


@pytest.mark.parametrize("mix", PUBLISHED_RATIOS)
def test_the_loss_is_the_ratio_that_llama_cpp_publishes(mix: str) -> None:
    found = quality_of(mix)
    assert found is not None
    assert found.loss == pytest.approx(PUBLISHED_RATIOS[mix] - 1, abs=1e-5)


def test_an_importance_matrix_counts_where_the_file_was_made_with_one() -> None:
    plain, better = quality_of("Q4_K_M"), quality_of("q4_k_m", imatrix=True)
    assert plain is not None
    assert better is not None
    assert (plain.with_imatrix, better.with_imatrix) == (False, True)
    assert plain.loss * UNQUANTISED_PERPLEXITY == pytest.approx(0.175482)
    assert better.loss * UNQUANTISED_PERPLEXITY == pytest.approx(0.151303)


def test_a_mix_measured_only_with_a_matrix_says_so() -> None:
    found = quality_of("IQ4_XS")
    assert found is not None
    assert found.with_imatrix
    assert "with an importance matrix" in found.sentence


@pytest.mark.parametrize("mix", ["Q4_K_XL", "UD-Q4_K_M", "MXFP4_MOE", "TQ1_0", "", "Q4_K"])
def test_nothing_is_made_up_for_other_mixes(mix: str) -> None:
    assert quality_of(mix) is None


@pytest.mark.parametrize("mix", ["Q4_K_XL", "MXFP4_MOE", "", "Q4_K"])
def test_no_bits_are_made_up_either(mix: str) -> None:
    assert bits_per_weight(mix) is None


def test_the_sentence_says_how_much_and_on_which_model() -> None:
    found = quality_of("Q6_K")
    assert found is not None
    assert found.short == "+0.3 %"
    assert "about 0.3 % more perplexity" in found.sentence
    assert "Llama-3-8B" in found.sentence
    assert "other models lose more or less" in found.sentence


def test_what_is_not_quantised_loses_nothing() -> None:
    for mix in ("F32", "BF16"):
        found = quality_of(mix)
        assert found is not None
        assert (found.loss, found.short, found.grade) == (0, "+0 %", "as good as unquantised")


def test_grades_get_worse_with_the_loss() -> None:
    mixes = ("Q8_0", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K", "IQ1_S")
    grades = [found.grade for mix in mixes if (found := quality_of(mix))]
    assert grades == [
        *("as good as unquantised", "hardly worse", "a little worse"),
        *("worse", "much worse", "hardly usable"),
    ]


def test_every_mix_has_more_bits_than_the_format_it_is_mostly_made_of() -> None:
    checked = 0
    for name, formats in FILE_TYPES.values():
        bits = bits_per_weight(name)
        if bits is not None and name != "IQ3_XS":  # that one is made of two formats
            checked += 1
            assert bits >= min(BY_NAME[f].bits_per_weight for f in formats), name
    assert checked > 25


def test_all_names_are_llama_cpps_own() -> None:
    known = {name for name, _ in FILE_TYPES.values()}
    for name in known:
        found = quality_of(name)
        assert found is None or re.fullmatch(r"\+[\d.]+ %", found.short), name
