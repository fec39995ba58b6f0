"""The guide's table of memory for each quantisation and parameter count, and what fits a PC.

Two figures stand side by side: parameters times the guide's bytes per parameter, and parameters
times the true bits per weight of llama.cpp's mixes. The verdict goes by the true one. It is a rough
plan for models nobody has yet; for a file there is the memory plan, which counts every tensor.
"""

import math
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.gpu_catalog import USUAL_RAM
from lollma_gui.core.placement import HOST
from lollma_gui.core.planner_pc import PlannerPc
from lollma_gui.core.quality import bits_per_weight
from lollma_gui.core.quantisation import FILE_TYPES
from lollma_gui.core.speed import DeviceReading, Speed, predict

_BILLION = 10**9
_GB = 10**9
#: Context that room is counted for unless another is wished: the guide's.
USUAL_CONTEXT = 4096


class _Known(NamedTuple):
    """A well-known model: billions of parameters, and what its cache follows from."""

    billions: float
    blocks: int
    kv_heads: int
    head_length: int
    name: str

    @property
    def kv_bytes(self) -> int:
        """Keys and values of one token at 16 bits."""
        return self.blocks * self.kv_heads * self.head_length * 2 * 2


#: One of each size, all with grouped-query attention as models have it today.
_KNOWN = (
    _Known(0.135, 30, 3, 64, "SmolLM2 135M"),
    _Known(1.24, 16, 8, 64, "Llama 3.2 1B"),
    _Known(3.2, 28, 8, 128, "Llama 3.2 3B"),
    _Known(8, 32, 8, 128, "Llama 3.1 8B"),
    _Known(14, 40, 8, 128, "Qwen3 14B"),
    _Known(24, 40, 8, 128, "Mistral Small 24B"),
    _Known(32, 64, 8, 128, "Qwen3 32B"),
    _Known(70, 80, 8, 128, "Llama 3.3 70B"),
    _Known(123, 88, 8, 128, "Mistral Large 123B"),
    _Known(405, 126, 8, 128, "Llama 3.1 405B"),
)
#: The format that a mix is mostly made of.
_FORMATS = {name: formats[0] for name, formats in FILE_TYPES.values()}
#: A GPU that holds less than this share of a model hardly helps.
_LEAST_SHARE = 0.1
#: Sizes that can be typed.
_FEWEST, _MOST = 10**7, 10**13
_TYPED = re.compile(r"(\d+(?:\.\d+)?)\s*([kmbt]?)", re.IGNORECASE)
_UNITS = {"m": 10**6, "b": _BILLION, "t": 10**12, "": _BILLION}


class PlannerRow(NamedTuple):
    """One quantisation.

    Attributes:
        mix: llama.cpp's name, for example ``Q4_K_M``.
        bits: True bits per weight of whole files.
        guide_name: As the guide calls it; empty if it does not.
        guide_bytes: The guide's bytes per parameter; None if it has none.
    """

    mix: str
    bits: float
    guide_name: str = ""
    guide_bytes: float | None = None


def _row(mix: str, guide_name: str = "", guide_bytes: float | None = None) -> PlannerRow:
    bits = bits_per_weight(mix)
    if bits is None:
        raise ValueError(f"llama.cpp has no bits per weight for {mix}")
    return PlannerRow(mix, bits, guide_name, guide_bytes)


#: The guide's five with the mixes they stand for, and those it leaves out.
ROWS = (
    _row("F32", "FP32", 4),
    _row("F16"),
    _row("Q8_0", "Q8", 1),
    _row("Q6_K", "Q6", 0.75),
    _row("Q5_K_M", "Q5_K_M", 0.625),
    _row("Q5_K_S"),
    _row("Q4_K_M", "Q4", 0.5),
    _row("Q4_K_S"),
    _row("IQ4_XS"),
    _row("Q3_K_M"),
    _row("IQ3_M"),
    _row("Q2_K"),
)
#: Parameter counts: the guide's 7, 13 and 33 billion, and what there is besides.
COLUMNS = tuple(n * _BILLION for n in (1, 3, 7, 8, 13, 14, 24, 32, 33, 70, 120, 235))
#: The guide's example: parameters and mix.
EXAMPLE = (33 * _BILLION, "Q5_K_M")


class PlannerFit(StrEnum):
    """What a cell means for a PC; the value is said to people."""

    GPU = "fits on the GPU"
    PARTLY = "fits partly (GPU + RAM)"
    RAM = "only in RAM"
    NONE = "does not fit"
    UNKNOWN = "not known"


class Cell(NamedTuple):
    """A quantisation at a parameter count. All in bytes.

    Attributes:
        row: The quantisation.
        parameters: How many.
        n_ctx: Context that room is counted for, in tokens.
        rule: Weights by the guide's rule; None where it has none.
        weights: Weights by true bits per weight.
        cache: A typical KV cache for the context.
        fit: What it means for the PC.
    """

    row: PlannerRow
    parameters: int
    n_ctx: int
    rule: float | None
    weights: float
    cache: float
    fit: PlannerFit

    @property
    def need(self) -> float:
        """Weights and cache."""
        return self.weights + self.cache

    @property
    def title(self) -> str:
        """For example ``33B at Q5_K_M``."""
        return f"{parameters_text(self.parameters)} at {self.row.mix}"


def cell(row: PlannerRow, parameters: int, pc: PlannerPc, n_ctx: int = USUAL_CONTEXT) -> Cell:
    """One cell of the grid."""
    rule = None if row.guide_bytes is None else parameters * row.guide_bytes
    weights = parameters * row.bits / 8
    cache = kv_bytes_per_token(parameters) * n_ctx
    return Cell(row, parameters, n_ctx, rule, weights, cache, _fit(weights + cache, pc))


def grid(
    pc: PlannerPc, columns: Sequence[int] = COLUMNS, n_ctx: int = USUAL_CONTEXT
) -> tuple[tuple[Cell, ...], ...]:
    """The whole grid, a tuple of cells for each of ``ROWS``."""
    return tuple(tuple(cell(row, n, pc, n_ctx) for n in columns) for row in ROWS)


def _fit(need: float, pc: PlannerPc) -> PlannerFit:
    gpu, ram = pc.gpu_room, pc.ram_room
    if gpu is not None and need <= gpu:
        return PlannerFit.GPU
    if ram is None:
        return PlannerFit.UNKNOWN
    # Unified memory is there once, whoever uses it.
    both = ram if pc.is_unified or gpu is None else gpu + ram
    if need > both:
        return PlannerFit.NONE
    return PlannerFit.PARTLY if gpu and gpu >= _LEAST_SHARE * need else PlannerFit.RAM


def kv_bytes_per_token(parameters: int) -> float:
    """A typical cache of one token at 16 bits: between well-known models of that size, in bytes.

    Models of 2023 without grouped-query attention (Llama 1 and 2 up to 13B) take four to six times
    as much, those with sliding windows or latent attention far less.
    """
    billions = parameters / _BILLION
    below = [known for known in _KNOWN if known.billions <= billions]
    above = [known for known in _KNOWN if known.billions > billions]
    if not below or not above:
        return float((below[-1] if below else above[0]).kv_bytes)
    low, high = below[-1], above[0]
    share = math.log(billions / low.billions) / math.log(high.billions / low.billions)
    return low.kv_bytes * math.exp(share * math.log(high.kv_bytes / low.kv_bytes))


def _nearest(parameters: int) -> _Known:
    size = math.log(parameters / _BILLION)
    return min(_KNOWN, key=lambda known: abs(math.log(known.billions) - size))


def speed(of: Cell, pc: PlannerPc) -> Speed | None:
    """How fast a dense model would write, the context half full.

    Returns:
        None where it does not fit, or the bandwidth of a memory that counts is unknown.
    """
    if of.fit in (PlannerFit.NONE, PlannerFit.UNKNOWN):
        return None
    on_gpu = 0.0 if of.fit is PlannerFit.RAM else min((pc.gpu_room or 0) / of.need, 1.0)
    layers = _nearest(of.parameters).blocks + 1
    form = _FORMATS.get(of.row.mix, of.row.mix)
    read = {form: of.weights, "F16": of.cache / 2}
    if form == "F16":
        read = {form: of.weights + of.cache / 2}

    def part(share: float) -> DeviceReading:
        return DeviceReading({k: n * share for k, n in read.items()}, {}, round(layers * share))

    return predict(
        {0: part(on_gpu), HOST: part(1 - on_gpu)}, {0: pc.gpu_bandwidth, HOST: pc.ram_bandwidth}
    )


# ---- words -----------------------------------------------------------------------------------


def parse_parameters(text: str) -> int:
    """A parameter count as people write it: ``27``, ``27B``, ``0.6 b``, ``600M``, ``1.5T``.

    Raises:
        ValueError: With one sentence for the person.
    """
    match = _TYPED.fullmatch(text.strip().replace(",", ""))
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise ValueError("Write a parameter count such as 27B, 0.6B or 600M.")
    count = round(float(match[1]) * unit)
    if not _FEWEST <= count <= _MOST:
        raise ValueError("Parameter counts go from 10M to 10T here.")
    return count


def parameters_text(n: int) -> str:
    """As the guide writes it: ``33B``, ``0.6B``, ``135M``."""
    if n >= 10**12:
        return f"{n / 10**12:g}T"
    return f"{n / _BILLION:.4g}B" if n >= _BILLION / 2 else f"{n / 10**6:.4g}M"


def gigabytes(n_bytes: float) -> str:
    """Decimal gigabytes to the megabyte, as the guide counts: ``20.625 GB``, ``28 GB``."""
    return f"{n_bytes / _GB:,.3f}".rstrip("0").rstrip(".") + " GB"


def rule_formula(of: Cell) -> str:
    """``33 billion × 0.625 bytes = 20.625 GB``; a dash where the guide has no rule."""
    if of.rule is None or of.row.guide_bytes is None:
        return units.UNKNOWN
    each = f"{of.row.guide_bytes:g} byte{'' if of.row.guide_bytes == 1 else 's'}"
    return f"{_billions(of.parameters)} × {each} = {gigabytes(of.rule)}"


def true_formula(of: Cell) -> str:
    """``33 billion × 5.7036 bits ÷ 8 = 23.527 GB``."""
    return f"{_billions(of.parameters)} × {of.row.bits:g} bits ÷ 8 = {gigabytes(of.weights)}"


def difference(of: Cell) -> str:
    """How far the guide's rule is from the true size; empty where it has none."""
    if of.rule is None:
        return ""
    more = of.weights - of.rule
    if abs(more) < of.rule / 1000:
        return "The rule is right: nothing is shortened."
    return (
        f"The file is {gigabytes(round(more, -6))} ({units.percent(more / of.rule)}) larger than "
        "the rule says: scales are stored too, and some tensors are kept at more bits."
    )


def need_formula(of: Cell) -> str:
    """Weights, cache and both: ``21.9 GiB + 1.0 GiB for 4,096 tokens = 22.9 GiB``."""
    weights, cache, need = (units.memory_size(n) for n in (of.weights, of.cache, of.need))
    return f"{weights} + {cache} for {units.whole(of.n_ctx, 'tokens')} = {need}"


def explanation(of: Cell, pc: PlannerPc) -> str:
    """Everything about a cell, line by line."""
    lines = [f"{of.title}: {of.fit.value} ({pc.name})"]
    if of.rule is not None:
        lines.append(f"Guide's rule: {rule_formula(of)}")
    lines.append(f"True size: {true_formula(of)}")
    lines.append(f"With context: {need_formula(of)}")
    predicted = speed(of, pc)
    if predicted is not None:
        lines.append(f"Writing, if dense: {predicted.sentence}")
    lines.append(pc.room_sentence)
    return "\n".join(lines)


def assumptions(n_ctx: int = USUAL_CONTEXT) -> tuple[str, ...]:
    """What the grid takes for granted, a sentence each."""
    return (
        "True sizes use the bits per weight that llama.cpp measured on Llama-3.1-8B "
        "(tools/quantize/README.md). Other models differ by some percent; a file's own tensors "
        "are counted in the fit panel.",
        f"Room for a context of {units.whole(n_ctx, 'tokens')} is counted, at 16 bits, as much as "
        "well-known models of that size take (for 8B 128 KiB a token, for 70B 320 KiB). Models of "
        "2023 such as Llama 2 13B take four to six times as much.",
        "Speeds are predicted from memory bandwidth, for dense models and half of the context "
        "filled; a mixture of experts (most models from 100B on) writes several times faster. RAM "
        f"of a PC to be bought is taken for {USUAL_RAM.name}.",
        "The guide counts decimal gigabytes (GB), memory is counted in GiB: 1 GiB = 1.074 GB.",
    )


def _billions(n: int) -> str:
    return f"{n / _BILLION:g} billion"
