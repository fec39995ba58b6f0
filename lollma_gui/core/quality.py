"""What a quantisation costs: bits of a weight, and how much worse the model predicts.

Both are llama.cpp's own published measurements, not ours: bits per weight of whole files from
tools/quantize/README.md (Llama-3.1-8B), perplexity from tools/perplexity/README.md (Llama-3-8B on
WikiText-2, revision f364eb6f); both as in the llama.cpp of llama-cpp-python 0.3.36. Other models
lose more or less: by the same README Q4_K_M costs Llama-2-7B 1.4 % and Llama-3-8B 2.8 %.
"""

from typing import NamedTuple

#: Where the losses come from, for people.
SOURCE = "llama.cpp, tools/perplexity/README.md: Llama-3-8B on WikiText-2"
#: Perplexity of Llama-3-8B before it is quantised: that of each row less its difference.
UNQUANTISED_PERPLEXITY = 6.231633

#: Bits per weight of whole files. Those with two digits follow from the file sizes of the
#: perplexity table (GiB of 8,030,261,248 parameters), the others are printed by llama.cpp.
_BITS = {
    "F32": 32.0,
    "F16": 16.0005,
    "BF16": 16.0005,
    "Q8_0": 8.5008,
    "Q6_K": 6.5633,
    "Q5_1": 6.04,
    "Q5_K_M": 5.7036,
    "Q5_K_S": 5.5704,
    "Q5_0": 5.57,
    "Q4_1": 5.11,
    "Q4_K_M": 4.8944,
    "IQ4_NL": 4.6818,
    "Q4_K_S": 4.6672,
    "Q4_0": 4.64,
    "IQ4_XS": 4.4597,
    "Q3_K_L": 4.2979,
    "Q3_K_M": 3.9960,
    "IQ3_M": 3.7628,
    "IQ3_S": 3.6606,
    "Q3_K_S": 3.6429,
    "IQ3_XS": 3.4977,
    "IQ3_XXS": 3.2548,
    "Q2_K": 3.1593,
    "Q2_K_S": 2.9697,
    "IQ2_M": 2.9294,
    "IQ2_S": 2.7403,
    "IQ2_XS": 2.5882,
    "IQ2_XXS": 2.3824,
    "IQ1_M": 2.1460,
    "IQ1_S": 2.0042,
}

#: Rise of the perplexity: without an importance matrix, and with one (the table's "WT 10m").
_RISES: dict[str, tuple[float | None, float | None]] = {
    "F16": (0.001524, None),
    "Q8_0": (0.002650, None),
    "Q6_K": (0.021748, None),
    "Q5_K_M": (0.056974, None),
    "Q5_K_S": (0.104964, None),
    "Q5_1": (0.106223, None),
    "Q5_0": (0.131591, None),
    "Q4_K_M": (0.175482, 0.151303),
    "Q4_K_S": (0.268895, 0.178064),
    "IQ4_NL": (None, 0.223959),
    "IQ4_XS": (None, 0.228071),
    "Q4_1": (0.451103, None),
    "Q4_0": (0.468514, None),
    "Q3_K_L": (0.556242, 0.439590),
    "Q3_K_M": (0.656864, 0.502622),
    "IQ3_M": (None, 0.666694),
    "IQ3_S": (None, 0.733867),
    "IQ3_XS": (None, 0.931409),
    "IQ3_XXS": (None, 1.226803),
    "Q3_K_S": (1.632152, 1.371244),
    "IQ2_M": (None, 2.369166),
    "Q2_K": (3.519934, 2.416191),
    "Q2_K_S": (None, 3.092145),
    "IQ2_S": (None, 3.419148),
    "IQ2_XS": (None, 4.529791),
    "IQ2_XXS": (None, 7.860148),
    "IQ1_M": (None, 19.262089),
    "IQ1_S": (None, 54.462959),
}

#: Up to which loss a word holds.
_GRADES = (
    (0.002, "as good as unquantised"),
    (0.01, "hardly worse"),
    (0.04, "a little worse"),
    (0.12, "worse"),
    (0.6, "much worse"),
)
_WORST = "hardly usable"


class Quality(NamedTuple):
    """What a quantisation cost Llama-3-8B.

    Attributes:
        mix: The quantisation, for example ``Q4_K_M``.
        loss: Rise of the perplexity as a fraction: 0.028 = 2.8 % more. 0 = as before.
        with_imatrix: Whether it was measured with an importance matrix.
    """

    mix: str
    loss: float
    with_imatrix: bool = False

    @property
    def short(self) -> str:
        """For a table: ``+2.8 %``."""
        return f"+{_percent(self.loss)}"

    @property
    def grade(self) -> str:
        """In words: ``a little worse``."""
        return next((words for most, words in _GRADES if self.loss <= most), _WORST)

    @property
    def sentence(self) -> str:
        """For a person, with what it was measured on."""
        matrix = " with an importance matrix" if self.with_imatrix else ""
        return (
            f"{self.mix}: about {_percent(self.loss)} more perplexity than unquantised, "
            f"{self.grade}. Measured by llama.cpp on Llama-3-8B{matrix}; "
            "other models lose more or less."
        )


def quality_of(mix: str, *, imatrix: bool = False) -> Quality | None:
    """The expected loss of a quantisation.

    Args:
        mix: Its name as llama.cpp writes it, in any case.
        imatrix: Whether the file is known to be made with an importance matrix.

    Returns:
        None for mixes that llama.cpp has no figure for, such as other people's own mixes.
    """
    name = mix.upper()
    if name in ("F32", "BF16"):
        # What others are compared with; llama.cpp counts BF16 as unquantised too.
        return Quality(name, 0.0)
    plain, matrix = _RISES.get(name, (None, None))
    # The files of some mixes cannot be made well without a matrix, so only that was measured.
    use_matrix = matrix is not None and (imatrix or plain is None)
    rise = matrix if use_matrix else plain
    if rise is None:
        return None
    return Quality(name, rise / UNQUANTISED_PERPLEXITY, use_matrix)


def bits_per_weight(mix: str) -> float | None:
    """Bits a parameter takes in a whole file, scales and better-kept tensors included.

    Measured on Llama-3.1-8B; the share of the vocabulary moves it by some percent elsewhere.

    Args:
        mix: The quantisation's name as llama.cpp writes it, in any case.

    Returns:
        None for mixes that llama.cpp does not list.
    """
    return _BITS.get(mix.upper())


def _percent(fraction: float) -> str:
    value = fraction * 100
    digits = 2 if value < 0.095 else 1 if value < 9.95 else 0
    return f"{value:.{digits}f} %" if value else "0 %"
