"""The process that plans loads for ``oracle.py``: one JSON line in, one out.

It may die of an assertion in the engine; that is why it is a process of its own.
"""

import ctypes
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import llama_cpp as llama
from llama_cpp import llama_cpp as api

from lollma_gui.core.engine_settings import LoadArguments
from lollma_gui.services.engine.llama_params import context_params, model_params

_library = api._lib


class _Map(ctypes.Structure):
    """The head of a ``std::map`` in libstdc++."""

    _fields_ = (
        ("compare", ctypes.c_uint64),
        ("colour", ctypes.c_uint64),
        ("parent", ctypes.c_uint64),
        ("left", ctypes.c_uint64),
        ("right", ctypes.c_uint64),
        ("count", ctypes.c_uint64),
    )


class _Node(ctypes.Structure):
    """One of its nodes: the tree's links, a buffer type, its bytes (src/llama-ext.h)."""

    _fields_ = (
        ("colour", ctypes.c_uint64),
        ("parent", ctypes.c_uint64),
        ("left", ctypes.c_uint64),
        ("right", ctypes.c_uint64),
        ("buffer_type", ctypes.c_uint64),
        ("model", ctypes.c_uint64),
        ("context", ctypes.c_uint64),
        ("compute", ctypes.c_uint64),
    )


#: The only way to the exact numbers; its name and layout hold for GCC on Linux.
_get_breakdown = _library._Z26llama_get_memory_breakdownPK13llama_context
_get_breakdown.restype = _Map
_get_breakdown.argtypes = (ctypes.c_void_p,)


def _bind(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_library, name)
    function.restype, function.argtypes = result, arguments
    return function


_buffer_name = _bind("ggml_backend_buft_name", ctypes.c_char_p, ctypes.c_void_p)
_buffer_device = _bind("ggml_backend_buft_get_device", ctypes.c_void_p, ctypes.c_void_p)
_device_name = _bind("ggml_backend_dev_name", ctypes.c_char_p, ctypes.c_void_p)


def _nodes(address: int) -> Iterator[_Node]:
    if not address:
        return
    node = _Node.from_address(address)
    yield from _nodes(node.left)
    yield node
    yield from _nodes(node.right)


def _rows(context: int) -> list[dict[str, Any]]:
    rows = []
    for node in _nodes(_get_breakdown(context).parent):
        device = _buffer_device(node.buffer_type)
        rows.append(
            {
                "buffer": _buffer_name(node.buffer_type).decode(),
                "device": _device_name(device).decode() if device else "CPU",
                "weights": node.model,
                "kv": node.context,
                "compute": node.compute,
            }
        )
    return rows


class Child:
    """Keeps one model open and makes contexts of it."""

    def __init__(self) -> None:
        self._model: Any = None
        self._said: list[str] = []
        self._on_log = llama.llama_log_callback(self._log)
        llama.llama_log_set(self._on_log, ctypes.c_void_p(0))
        llama.llama_backend_init()

    def _log(self, _level: int, text: bytes, _data: object) -> None:
        self._said.append(text.decode("utf-8", "replace").rstrip())

    def serve(self) -> None:
        """Answer until the other side hangs up."""
        # Whatever the engine prints must not get between our lines.
        answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        for line in sys.stdin:
            self._said.clear()
            request = json.loads(line)
            answer = getattr(self, request.pop("do"))(**request)
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

    def connect(self, library: str, servers: list[str]) -> dict[str, Any]:
        """Use servers of llama.cpp's RPC backend as if they were GPUs."""
        rpc = ctypes.CDLL(library)
        rpc.ggml_backend_rpc_add_server.restype = ctypes.c_void_p
        register = _bind("ggml_backend_register", None, ctypes.c_void_p)
        for server in servers:
            register(rpc.ggml_backend_rpc_add_server(server.encode()))
        return {}

    def open(self, path: str, is_real: bool, settings: dict[str, Any]) -> dict[str, Any]:
        if self._model:
            llama.llama_model_free(self._model)
        params, kept = model_params(LoadArguments(load_mode="NONE", **settings))
        params.no_alloc = not is_real
        self._model = llama.llama_model_load_from_file(path.encode(), params)
        del kept
        return {} if self._model else self._refusal()

    def plan(self, settings: dict[str, Any]) -> dict[str, Any]:
        own = {name: settings.pop(name) for name in ("n_seq_max", "kv_unified", "n_outputs_max")}
        params = context_params(LoadArguments(**settings))
        for name, value in own.items():
            setattr(params, name, value)
        context = llama.llama_init_from_model(self._model, params)
        if not context:
            return self._refusal()
        rows = _rows(context)
        llama.llama_free(context)
        return {"rows": rows}

    def _refusal(self) -> dict[str, Any]:
        return {"refused": "\n".join(self._said[-6:])}


if __name__ == "__main__":
    Child().serve()
