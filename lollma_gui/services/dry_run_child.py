"""The engine's dry run as a child process: ``python -m lollma_gui --plan``.

One line comes in: a ``Load`` of the engine's protocol. One goes out: what llama.cpp would allocate
for it, or why it would not load. With ``no_alloc`` llama.cpp plans everything, and allocates
neither weights nor cache; what little it does not skip is the recurrent state and one row of
logits. A process of its own, since llama.cpp ends it with ``abort()`` where it meets what it did
not expect.
"""

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lollma_gui.core.dry_run_result import DryRunResult, encode_outcome
from lollma_gui.core.engine_exit import explain_load_failure
from lollma_gui.core.engine_messages import Load, SettingValue, decode
from lollma_gui.core.engine_settings import load_arguments
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.child_process import die_with_parent
from lollma_gui.services.engine.child import take_over_stdout, write_log
from lollma_gui.services.engine.loop import check_library
from lollma_gui.services.tethered import end_with_input

if TYPE_CHECKING:
    from lollma_gui.core.engine_messages import Buffer
    from lollma_gui.services.engine.llama_log import LlamaLog

_log = logging.getLogger(__name__)


def main() -> int:
    """Plan one load; ends when that is done, or when the input ends."""
    die_with_parent()
    _be_first_to_go()
    output = take_over_stdout()
    line = sys.stdin.buffer.readline()
    if not line:
        return 1
    request = decode(line)
    threading.Thread(target=end_with_input, name="tether", daemon=True).start()
    assert isinstance(request, Load)
    output.write(encode_outcome(_outcome(request)))
    output.flush()
    sys.stderr.flush()
    # Not sys.exit: nothing of llama.cpp needs to be taken down in order.
    os._exit(0)


def _be_first_to_go() -> None:
    """Should memory run out over a wild header, the system is to end this process, no other."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _outcome(request: Load) -> DryRunResult | LollmaError:
    try:
        return _plan(request.model_path, request.settings)
    except LollmaError as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent tells it
        _log.exception("the dry run failed")
        return LollmaError(
            f"The dry run came upon something unexpected: {type(error).__name__}: {error}."
        )


def _plan(model_path: str, settings: Mapping[str, SettingValue]) -> DryRunResult:
    """Have llama.cpp plan a load exactly as the engine would ask for it.

    LoRA adapters are left out: they are loaded for real, on top of all this.

    Raises:
        LollmaError: If llama.cpp is not there or refuses.
    """
    check_library()
    import llama_cpp as llama

    from lollma_gui.services.engine import library, llama_params

    log = library.use_log(write_log)
    # llama.cpp asserts that nothing is mapped where nothing is allocated (llama-model.cpp:1855).
    arguments = replace(load_arguments(settings), load_mode="NONE")
    params, keep = llama_params.model_params(arguments)
    params.no_alloc = True
    model = llama.llama_model_load_from_file(model_path.encode(), params)
    del keep
    if not model:
        raise explain_load_failure(list(log.errors))
    context = llama.llama_init_from_model(model, llama_params.context_params(arguments))
    if not context:
        raise explain_load_failure(list(log.errors))
    return DryRunResult(
        buffers=tuple(_true_buffers(log)),
        kv_bytes=log.cache_bytes,
        flash_attention=log.flash_attention == "enabled",
        n_ctx=llama.llama_n_ctx(context),
        layers=log.layers or llama.llama_model_n_layer(model) + 1,
        gpu_layers=log.gpu_layers,
    )


def _true_buffers(log: "LlamaLog") -> "list[Buffer]":
    """What is reported as it would be: not the empty buffers of weights and cache.

    Should llama.cpp reserve twice, for example after giving up copies for several GPUs, the last
    word counts.
    """
    compute = {b.device: b for b in log.buffers if b.kind == "compute"}
    return [*compute.values(), *(b for b in log.buffers if b.kind in ("output", "RS"))]
