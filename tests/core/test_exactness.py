"""Weights and cache are those that llama.cpp plans itself, to the byte, whatever the settings.

The oracle is the engine's own dry run; the models are the shapes of real ones.
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.model_shapes import QUANTISATIONS, SHAPES, write_shape
from helpers.oracle import Breakdown, Oracle, Refusal
from helpers.planned import Model, claims_to_be_exact, planned, prepared

from lollma_gui.core.architectures import cache_rule
from lollma_gui.core.tensor_types import BY_NAME

pytestmark = [
    pytest.mark.engine,
    # The way to llama.cpp's numbers holds for GCC's C++ library alone (see oracle_child).
    pytest.mark.skipif(sys.platform != "linux", reason="reads a std::map of GCC's"),
]

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


def arithmetic(model: Model, settings: Settings) -> Bytes:
    """What the app computes for a load without a GPU."""
    found = planned(model, settings)
    return None if found is None else found[0]


def engine(oracle: Oracle, settings: Settings) -> Bytes:
    """What llama.cpp plans for it."""
    answer = oracle.plan(**settings)
    if isinstance(answer, Refusal):
        assert not answer.has_crashed, answer
        return None
    host = answer.on("CPU")
    return host.weights, host.kv


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle() as running:
        yield running


def crashes(name: str, settings: Settings) -> bool:
    """Whether llama.cpp ends its process over this, which our engine never asks for."""
    n_seq = settings["n_seq_max"]
    if name == "phi4":  # more nodes in its graph than were reckoned with
        is_quantised = BY_NAME[settings["type_k"].upper()].block_size > 1
        return is_quantised and settings["flash_attn"] and n_seq > 1 and not settings["kv_unified"]
    # A batch that three sequences do not divide equally.
    return name == "kimi-linear-48b" and n_seq == 3


#: Prime steps: each value of each axis meets many of the others.
STEP, STEP_OF_RECURRENT = 47, 53


def points(name: str, start: int) -> Iterator[Settings]:
    """Some of the grid, others for each start.

    A dry run really allocates recurrent states, so several sequences are rare with models that
    have them.
    """
    wanted = (settings for settings in grid() if not crashes(name, settings))
    if cache_rule(SHAPES[name]().architecture).state is None:
        return itertools.islice(wanted, start, None, 3 * STEP)
    cheap = (s for s in wanted if s["n_seq_max"] == 1 or s["n_ctx"] == 1000)
    return itertools.islice(cheap, start, None, 3 * STEP_OF_RECURRENT)


@pytest.mark.parametrize("name", SHAPES)
def test_weights_and_cache_are_exact(name: str, oracle: Oracle, tmp_path: Path) -> None:
    wrong = {}
    start = list(SHAPES).index(name)
    for number, quantisation in enumerate(QUANTISATIONS):
        path = write_shape(tmp_path, name, quantisation)
        model = prepared(path)
        assert claims_to_be_exact(model)
        assert oracle.open(path) is None
        for settings in points(name, start + number):
            ours, theirs = arithmetic(model, settings), engine(oracle, settings)
            if ours != theirs:
                wrong[f"{quantisation} {settings}"] = (ours, theirs)
    assert wrong == {}


@pytest.mark.parametrize("flash_attn", [True, False])
def test_a_real_load_takes_what_the_dry_run_says(
    flash_attn: bool, oracle: Oracle, starter_model: Path
) -> None:
    found = {}
    for is_real in (False, True):
        assert oracle.open(starter_model, is_real=is_real) is None
        plans = [
            oracle.plan(flash_attn, n_ctx=n_ctx, n_seq_max=n_seq, n_ubatch=n_ubatch)
            for n_ctx, n_seq, n_ubatch in ((512, 1, 512), (4096, 1, 128), (3000, 3, 512))
        ]
        found[is_real] = plans
    assert found[True] == found[False]


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_K", "Q6_K", "Q8_0", "F16"])
def test_a_shared_output_is_a_second_copy_where_the_cpu_reorders_it(
    kind: str, oracle: Oracle, tmp_path: Path
) -> None:
    shape = SHAPES["gemma3-12b"]()
    path = write_shape(tmp_path, shape._replace(formats={"": kind}), "F16")
    assert oracle.open(path) is None
    answer = oracle.plan()
    assert isinstance(answer, Breakdown)
    if all(row.buffer != "CPU_REPACK" for row in answer.rows) and kind.startswith("Q4"):
        pytest.skip("this CPU reorders nothing")
    assert arithmetic(prepared(path), {}) == engine(oracle, {})


def test_an_engine_that_ends_its_process_is_an_answer_too(tmp_path: Path) -> None:
    fatal = {"n_ctx": 4096, "n_seq_max": 3, "type_k": "q8_0", "type_v": "q8_0"}
    with Oracle() as oracle:
        assert oracle.open(write_shape(tmp_path, "phi4", "Q8_0")) is None
        before, refused, after = oracle.plan(), oracle.plan(**fatal), oracle.plan()
    assert isinstance(refused, Refusal)
    assert refused.has_crashed
    assert isinstance(before, Breakdown)
    assert after == before
