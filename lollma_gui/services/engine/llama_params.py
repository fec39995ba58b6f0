"""Our arguments as llama.cpp's parameter structures."""

import ctypes
import os

import llama_cpp as llama

from lollma_gui.core.engine_settings import LoadArguments

#: enum llama_load_mode of include/llama.h (llama-cpp-python 0.3.36).
_LOAD_MODES = {"NONE": 0, "MMAP": 1, "MLOCK": 2, "MMAP_MLOCK": 3}


def model_params(arguments: LoadArguments) -> tuple[llama.llama_model_params, list[object]]:
    """Parameters for loading, and what must be kept alive until the load is over."""
    params = llama.llama_model_default_params()
    params.n_gpu_layers = arguments.n_gpu_layers
    params.load_mode = _LOAD_MODES[arguments.load_mode]
    params.split_mode = arguments.split_mode
    params.main_gpu = arguments.main_gpu
    params.use_extra_bufts = not _has_amx()
    kept: list[object] = []
    if arguments.tensor_split:
        room = llama.llama_max_devices()
        split = (ctypes.c_float * room)(*arguments.tensor_split[:room])
        params.tensor_split = split
        kept.append(split)
    return params, kept


def context_params(arguments: LoadArguments) -> llama.llama_context_params:
    """Parameters of the context: one sequence, logits of the last token only."""
    params = llama.llama_context_default_params()
    params.n_ctx = arguments.n_ctx
    params.n_batch = arguments.n_batch
    params.n_ubatch = min(arguments.n_ubatch, arguments.n_batch)
    params.n_seq_max = 1
    # One row of logits instead of one a token of the batch: for a model of 8 B parameters
    # that is 120 instead of 266 MiB of compute buffer.
    params.n_outputs_max = 1
    threads = arguments.n_threads or _default_threads()
    params.n_threads = threads
    params.n_threads_batch = arguments.n_threads_batch or threads
    params.flash_attn_type = arguments.flash_attn_type
    params.type_k = ggml_type(arguments.type_k)
    params.type_v = ggml_type(arguments.type_v)
    params.offload_kqv = arguments.offload_kqv
    params.swa_full = arguments.swa_full
    params.rope_freq_base = arguments.rope_freq_base
    params.rope_freq_scale = arguments.rope_freq_scale
    params.no_perf = True
    return params


def _has_amx() -> bool:
    """Whether this build would repack weights for Intel's AMX units, which only servers have.

    Compilers before GCC 14 lose stores of the tile configuration, and the first answer then ends
    in a segmentation fault (llama.cpp issue 20824). Repacking is switched off as a whole there:
    it is one option, and costs such machines some speed in reading prompts.
    """
    return b"AMX_INT8 = 1" in llama.llama_print_system_info()


def ggml_type(name: str) -> int:
    """Number of a ggml type by its name, for example ``q8_0``."""
    return int(getattr(llama, f"GGML_TYPE_{name.upper()}"))


def _default_threads() -> int:
    return max(1, os.cpu_count() or 1)
