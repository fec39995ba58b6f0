"""Weights and cache are those that llama.cpp plans itself, to the byte, whatever the settings.

The oracle is the engine's own dry run; the models are the shapes of real ones.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.model_shapes import QUANTISATIONS, SHAPES, write_shape
from helpers.oracle import Oracle, Refusal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import GgufHeader, read_header
from lollma_gui.core.memory_plan import PlanSettings, plan_memory
from lollma_gui.core.tensor_types import BY_NAME

pytestmark = pytest.mark.engine

#: Bytes of weights and of cache; None = refused.
Bytes = tuple[int, int] | None
Settings = dict[str, Any]

CONTEXTS = (512, 1000, 4096, 4097, 32_768, 131_072)
#: Flash attention, K cache, V cache.
CACHES = (
    (True, "f16", "f16"),
    (True, "q8_0", "q8_0"),
    (True, "q8_0", "q4_0"),
    (True, "q5_1", "q5_0"),
    (True, "bf16", "iq4_nl"),
    (True, "f32", "q4_1"),
    (False, "f16", "f16"),
    (False, "q8_0", "f16"),
    (False, "f32", "bf16"),
    (False, "q8_0", "q8_0"),
)
UBATCHES = (512, 32, 2048)
#: Sequences, and whether they share one cache.
SEQUENCES = ((1, False), (3, False), (3, True), (4, False), (4, True))


def grid() -> Iterator[Settings]:
    """Every combination of settings that weights or cache depend on."""
    axes = (CONTEXTS, CACHES, UBATCHES, SEQUENCES, (False, True))
    for n_ctx, (flash, k, v), n_ubatch, (n_seq, unified), full in itertools.product(*axes):
        yield {
            "n_ctx": n_ctx,
            "flash_attn": flash,
            "type_k": k,
            "type_v": v,
            "n_ubatch": n_ubatch,
            "n_seq_max": n_seq,
            "kv_unified": unified,
            "swa_full": full,
        }


def header_of(path: Path) -> GgufHeader:
    with path.open("rb") as file:
        return read_header(file, path.stat().st_size)


def arithmetic(header: GgufHeader, settings: Settings) -> Bytes:
    """What the app computes for a load without a GPU."""
    try:
        plan = plan_memory(header, PlanSettings(**settings))
    except LollmaError:
        return None
    return plan.devices[0].weights, plan.devices[0].kv


def engine(oracle: Oracle, settings: Settings) -> Bytes:
    """What llama.cpp plans for it."""
    answer = oracle.plan(**settings)
    if isinstance(answer, Refusal):
        assert not answer.has_crashed, answer
        return None
    host = answer.on("CPU")
    return host.weights, host.kv


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    with Oracle() as running:
        yield running


def crashes(name: str, settings: Settings) -> bool:
    """Whether llama.cpp aborts: its graph of this model then has more nodes than it reckons with."""
    is_quantised = BY_NAME[settings["type_k"].upper()].block_size > 1
    has_streams = settings["n_seq_max"] > 1 and not settings["kv_unified"]
    return name == "phi4" and is_quantised and has_streams and settings["flash_attn"]


#: A prime step: each value of each axis meets many of the others.
STEP = 47


@pytest.mark.parametrize("name", SHAPES)
def test_weights_and_cache_are_exact(name: str, oracle: Oracle, tmp_path: Path) -> None:
    wrong = {}
    start = list(SHAPES).index(name)
    for number, quantisation in enumerate(QUANTISATIONS):
        path = write_shape(tmp_path, name, quantisation)
        header = header_of(path)
        assert oracle.open(path) is None
        for settings in itertools.islice(grid(), start + number, None, 3 * STEP):
            if crashes(name, settings):
                continue
            ours, theirs = arithmetic(header, settings), engine(oracle, settings)
            if ours != theirs:
                wrong[f"{quantisation} {settings}"] = (ours, theirs)
    assert wrong == {}
