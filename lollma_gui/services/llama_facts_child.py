"""What llama.cpp is here, as a child process: ``python -m lollma_gui --llama``.

A process of its own: loading llama.cpp with a broken driver can end the process.
"""

import contextlib
import ctypes
import json
import sys

#: Before the answer; whatever a driver prints stands before it.
MARK = "LOLLMA"
#: The device types of ggml (ggml-backend.h of llama-cpp-python 0.3.36): a GPU, and one that shares
#: the RAM.
_GPU_TYPES = (1, 2)


def main() -> int:
    """Print version, GPUs and whether a GPU can be used, as JSON; returns the exit status.

    Raises:
        ImportError, OSError, RuntimeError: If llama.cpp is not there or cannot be loaded.
    """
    from lollma_gui.services.engine import backends

    backends.load()
    import llama_cpp

    facts = {
        "version": llama_cpp.__version__,
        "devices": [],
        "can_offload": bool(llama_cpp.llama_supports_gpu_offload()),
    }
    with contextlib.suppress(AttributeError):
        facts["devices"] = _gpus()
    sys.stdout.write(MARK + json.dumps(facts) + "\n")
    return 0


def _gpus() -> list[str]:
    from llama_cpp._ggml import libggml as ggml

    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    ggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    ggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    ggml.ggml_backend_dev_description.restype = ctypes.c_char_p
    ggml.ggml_backend_dev_description.argtypes = [ctypes.c_void_p]
    devices = map(ggml.ggml_backend_dev_get, range(ggml.ggml_backend_dev_count()))
    return [
        ggml.ggml_backend_dev_description(device).decode("utf-8", "replace")
        for device in devices
        if ggml.ggml_backend_dev_type(device) in _GPU_TYPES
    ]
