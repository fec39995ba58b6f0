"""Everything of the engine that needs llama.cpp, behind one import.

Importing this loads llama.cpp (0.15 s) and may fail: not installed, or built for another machine.
"""

import ctypes
from collections.abc import Callable

import llama_cpp

from lollma_gui.services.engine import backends
from lollma_gui.services.engine.chat_prompt import ChatFormat
from lollma_gui.services.engine.llama_log import LlamaLog
from lollma_gui.services.engine.llama_model import LlamaModel

__all__ = ["ChatFormat", "LlamaModel", "engine_name", "use_log"]

backends.load()
llama_cpp.llama_backend_init()

#: llama.cpp holds one log callback for the whole process; ours must live as long.
_kept: list[object] = []


def use_log(write: Callable[[str], None]) -> LlamaLog:
    """Send llama.cpp's log to a function, and collect from it what it says of a load."""
    log = LlamaLog(write)

    def take(level: int, text: bytes, _data: object) -> None:
        log.add(level, text.decode("utf-8", "replace"))

    callback = llama_cpp.llama_log_callback(take)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    _kept[:] = [callback]
    return log


def engine_name() -> str:
    """What runs the model, with its version."""
    return f"llama-cpp-python {llama_cpp.__version__}"
