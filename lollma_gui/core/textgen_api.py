"""What TextGen's API and log say, and what its API is told (modules/api, v4.9)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lollma_gui.core.server_failures import Fix, KnownFailure
from lollma_gui.core.textgen_flags import TextGenFlags, UnknownDefault

#: Names that its API takes when it loads a model; others are dropped without a word.
_LOAD_NAMES = (
    *("gpu_layers", "ctx_size", "cache_type", "tensor_split", "split_mode", "threads"),
    *("threads_batch", "batch_size", "ubatch_size", "cpu_moe", "no_mmap", "mlock", "numa"),
    *("no_kv_offload", "streaming_llm", "parallel", "mmproj", "model_draft", "draft_max"),
    *("gpu_layers_draft", "device_draft", "spec_type", "spec_ngram_size_n"),
    *("spec_ngram_size_m", "spec_ngram_min_hits", "fit_target", "ik", "loader"),
)

#: Lines of its log that say where it listens and what it does.
WATCHED = re.compile(
    rb"Using port \d+ instead|Running on local URL|^\s*https?://\S+:\d+/v1"
    rb"|INFO +Loading \"",
    re.MULTILINE,
)
_PORTS = (
    ("api", re.compile(r"Using port (\d+) instead")),
    ("web", re.compile(r"Running on local URL: +https?://\S+:(\d+)")),
    ("api", re.compile(r"^\s*https?://\S+:(\d+)/v1")),
)

FAILURES = (
    KnownFailure(
        r"unrecognized arguments: (.+)",
        "TextGen does not know {0}.",
        "Take it out of the extra flags and of user_data/CMD_FLAGS.txt.",
        (Fix.FLAGS,),
    ),
    KnownFailure(
        r"error: invalid argument: (\S+)",
        "TextGen's llama.cpp does not know {0}: the two do not belong together.",
        "Install what TextGen needs once more; look through the extra flags, too.",
        (Fix.INSTALL, Fix.FLAGS),
    ),
)


def ports_in(line: str) -> dict[str, int]:
    """Ports by name that a line of the log tells."""
    for name, pattern in _PORTS:
        if found := pattern.search(line):
            return {name: int(found[1])}
    return {}


def load_arguments(flags: TextGenFlags, words: Sequence[str]) -> dict[str, Any]:
    """What to send along with a load, so that nothing else than this is in force.

    What is not sent has the value of the program's own command line, except the two that matter
    most: those it makes up itself. So all are sent.

    Args:
        flags: What this checkout has.
        words: Settings and extra flags as a command line without problems.
    """
    defaults = {flag.dest: flag.default for flag in flags}
    known = {
        name: defaults[name]
        for name in _LOAD_NAMES
        if name in defaults and defaults[name] is not UnknownDefault
    }
    said = flags.values(words)
    return {**known, **{name: value for name, value in said.items() if name in known}}


def differs_beyond_loading(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two command lines differ in what its API may not change: the extra flags."""
    return before.get("extra_flags") != after.get("extra_flags")
