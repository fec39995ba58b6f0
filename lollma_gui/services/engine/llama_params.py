"""Our arguments as llama.cpp's parameter structures."""

import ctypes
import os

import llama_cpp as llama
from llama_cpp import llama_cpp as api

from lollma_gui.core.engine_settings import GGML_TYPES, LoadArguments, cpu_moe_patterns

#: enum llama_load_mode of include/llama.h (llama-cpp-python 0.3.36).
_LOAD_MODES = {"NONE": 0, "MMAP": 1, "MLOCK": 2, "MMAP_MLOCK": 3}

#: Fields of ``llama_context_params`` that our arguments have under the same name.
_SAME_IN_CONTEXT = (
    *("n_ctx", "n_batch", "n_ubatch", "flash_attn_type", "offload_kqv", "op_offload"),
    *("swa_full", "rope_freq_base", "rope_freq_scale", "rope_scaling_type", "yarn_ext_factor"),
    *("yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow", "yarn_orig_ctx"),
    *("n_seq_max", "kv_unified"),
)


class _Override(ctypes.Structure):
    """struct llama_model_tensor_buft_override: weights of this pattern go to that buffer."""

    _fields_ = (("pattern", ctypes.c_char_p), ("buffer_type", ctypes.c_void_p))


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
    if arguments.n_cpu_moe:
        overrides = _experts_on_cpu(arguments.n_cpu_moe)
        params.tensor_buft_overrides = ctypes.cast(overrides, ctypes.c_void_p)
        kept.append(overrides)
    return params, kept


def _experts_on_cpu(blocks: int) -> "ctypes.Array[_Override]":
    buffer_type = api._lib.ggml_backend_cpu_buffer_type
    buffer_type.restype = ctypes.c_void_p
    cpu = buffer_type()
    rows = [_Override(pattern.encode(), cpu) for pattern in cpu_moe_patterns(blocks)]
    # llama.cpp reads up to the first row without a pattern.
    return (_Override * (len(rows) + 1))(*rows, _Override(None, None))


def context_params(arguments: LoadArguments) -> llama.llama_context_params:
    """Parameters of the context; as a rule one sequence, and logits of the last token only."""
    params = llama.llama_context_default_params()
    for name in _SAME_IN_CONTEXT:
        setattr(params, name, getattr(arguments, name))
    # One row of logits instead of one a token of the batch: for a model of 8 B parameters
    # that is 120 instead of 266 MiB of compute buffer. llama.cpp aborts if it is less than one
    # a conversation.
    params.n_outputs_max = max(arguments.n_outputs_max, arguments.n_seq_max)
    threads = arguments.n_threads or _default_threads()
    params.n_threads = threads
    params.n_threads_batch = arguments.n_threads_batch or threads
    params.type_k = GGML_TYPES[arguments.type_k]
    params.type_v = GGML_TYPES[arguments.type_v]
    params.no_perf = True
    return params


def _has_amx() -> bool:
    """Whether this build would repack weights for Intel's AMX units, which only servers have.

    Compilers before GCC 14 lose stores of the tile configuration, and the first answer then ends
    in a segmentation fault (llama.cpp issue 20824). Repacking is switched off as a whole there:
    it is one option, and costs such machines some speed in reading prompts.
    """
    return b"AMX_INT8 = 1" in llama.llama_print_system_info()


def _default_threads() -> int:
    """One thread a physical core: llama.cpp's threads do not gain from sharing one."""
    import psutil

    return max(1, psutil.cpu_count(logical=False) or os.cpu_count() or 1)
