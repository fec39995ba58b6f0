"""llama.cpp's backends, where each is a library of its own that has to be looked for.

A build with ``GGML_BACKEND_DL`` brings one library for each generation of processors, and takes the
best that runs here. By itself it looks beside the program and in the current folder
(ggml-backend-reg.cpp of llama-cpp-python 0.3.36); ours lie with the binding.
"""

import ctypes
import threading

_loading = threading.Lock()


def load() -> None:
    """Have llama.cpp load its backends, before anything else is asked of it.

    Where they are built in, which is the usual, and at the second call, nothing happens. llama.cpp
    says in its log which it took.
    """
    from llama_cpp import _ggml

    ggml, folder = _ggml.libggml, _ggml.libggml_base_path
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_load_all_from_path.argtypes = [ctypes.c_char_p]
    ggml.ggml_backend_load_all_from_path.restype = None
    with _loading:
        if not ggml.ggml_backend_dev_count():
            ggml.ggml_backend_load_all_from_path(str(folder).encode())
