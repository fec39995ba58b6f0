"""Failures of servers, recognised in what the programs really printed.

The excerpts are lines of real logs: of llama.cpp's issues 20431, 15256, 12817, 26297 and 15919,
TextGen's 7330, 7188, 7219 and 5671, KoboldCpp's, Sakura_Launcher_GUI's 71, llama.vscode's 37 and
hermes-agent's 111323, shortened where they are long.
"""

import pytest

from lollma_gui.core.server_failures import Fix, KnownFailure, explain

CASES = {
    "port of llama-server": (
        "main: binding port with default address family\n"
        "main: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080\n"
        "srv    operator(): operator(): cleaning up before exit...",
        "Port 8080 is taken by another program.",
        Fix.NEXT_PORT,
    ),
    "port of an older llama-server": (
        "Available slots:\n -> Slot 0 - max context: 512\n\n"
        "couldn't bind to server socket: hostname=127.0.0.1 port=8898\n",
        "Port 8898 is taken by another program.",
        Fix.NEXT_PORT,
    ),
    "port of uvicorn": (
        "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): "
        "address already in use",
        "Port 8000 is taken by another program.",
        Fix.NEXT_PORT,
    ),
    "port of gradio": (
        "OSError: Cannot find empty port in range: 7860-7860. You can specify a "
        "different port by setting the GRADIO_SERVER_PORT environment variable",
        "Port 7860 is taken by another program.",
        Fix.NEXT_PORT,
    ),
    "port on Windows": (
        "OSError: [WinError 10048] Only one usage of each socket address (protocol/network "
        "address/port) is normally permitted",
        "The port is taken by another program.",
        Fix.NEXT_PORT,
    ),
    "a build without RPC": (
        'error while handling argument "--rpc": RPC not supported in this build\n\nusage:',
        "This build of llama.cpp cannot use RPC workers.",
        Fix.INSTALL,
    ),
    "an RPC worker that is off": (
        "/src/ggml/src/ggml-rpc/ggml-rpc.cpp:547: Failed to connect to 192.168.1.20:50052\n",
        "The RPC worker at 192.168.1.20:50052 cannot be reached.",
        Fix.INSTALL,
    ),
    "CUDA memory": (
        "load_tensors: loading model tensors, this can take a while... (mmap = true)\n"
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 144817.04 MiB on device 0: "
        "cudaMalloc failed: out of memory\n"
        "alloc_tensor_range: failed to allocate CUDA0 buffer of size 151851674624\n"
        "llama_model_load: error loading model: unable to allocate CUDA0 buffer\n"
        "srv    load_model: failed to load model",
        "The GPU has not enough memory for this model with these settings.",
        Fix.WHAT_FITS,
    ),
    "Vulkan memory": (
        "ggml_vulkan: Device memory allocation of size 118497280 failed.\n"
        "ggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory\n"
        "double free or corruption (out)",
        "The GPU has not enough memory for this model with these settings (Vulkan).",
        Fix.WHAT_FITS,
    ),
    "RAM": (
        "ggml_aligned_malloc: insufficient memory (attempted to allocate 153321.04 MB)\n"
        "ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 160769318912",
        "There is not enough RAM for this model with these settings.",
        Fix.WHAT_FITS,
    ),
    "library": (
        "INFO     Using gpu_layers=57 | ctx_size=8192 | cache_type=fp16\n"
        "/env/llama_cpp_binaries/bin/llama-server: error while loading shared libraries: "
        "librocblas.so.4: cannot open shared object file: No such file or directory\n"
        "ERROR    Error loading the model with llama.cpp: Server process terminated unexpectedly "
        "with exit code: 127",
        "The library librocblas.so.4 is missing.",
        Fix.INSTALL,
    ),
    "removed flag of llama-server": (
        "error: invalid argument: -dio",
        "The program does not know the flag -dio.",
        Fix.FLAGS,
    ),
    "flag of an old llama-server": (
        "error: unknown argument: -hf",
        "The program does not know the flag -hf.",
        Fix.FLAGS,
    ),
    "flag with a value of an old llama-server": (
        'error while handling argument "--flash-attn": error: unkown value for --flash-attn: '
        "'--ctx-size'",
        "The flag --flash-attn was given a wrong value, or none.",
        Fix.FLAGS,
    ),
    "new flags, old program": (
        "error: invalid argument: on",
        "The program is older than the flags it was given.",
        Fix.INSTALL,
    ),
    "the guide's --chat": (
        "usage: server.py [-h]\n"
        "server.py: error: argument --chat-template-file: expected one argument",
        "TextGen has no --chat any more (since the end of 2023).",
        Fix.FLAGS,
    ),
    "removed flag of TextGen": (
        "server.py: error: unrecognized arguments: --row_split",
        "The program does not know the flag --row_split.",
        Fix.FLAGS,
    ),
    "value that begins with a dash": (
        "server.py: error: argument --extra-flags: expected one argument",
        "The flag --extra-flags was given a wrong value, or none.",
        Fix.FLAGS,
    ),
    "driver": (
        "ggml_cuda_init: failed to initialize CUDA: CUDA driver version is insufficient for CUDA "
        "runtime version",
        "The NVIDIA driver is too old for this build.",
        Fix.SETUP,
    ),
    "no space": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "The disk is full.",
        Fix.SETUP,
    ),
    "Python too old": (
        "ERROR: Package 'x' requires a different Python: 3.9.0 not in '>=3.10'",
        "Python 3.9.0 does not suit it.",
        Fix.INSTALL,
    ),
    "Python too old for pip": (
        "ERROR: Ignored the following versions that require a different python version: 1.21.2 "
        "Requires-Python >=3.7,<3.11\nERROR: No matching distribution found for numpy==2.2",
        "The Python it was installed with does not suit it.",
        Fix.INSTALL,
    ),
    "no model file": (
        "gguf_init_from_file: failed to open GGUF file '/models/gemma.gguf' (No such file)\n"
        "llama_model_load: error loading model: llama_model_loader: failed to load model",
        "The model file /models/gemma.gguf cannot be opened.",
        Fix.OTHER_MODEL,
    ),
    "old model format": (
        "gguf_init_from_file: invalid magic number 67676a74",
        "The model is no GGUF file.",
        Fix.OTHER_MODEL,
    ),
    "unknown architecture": (
        "llama_model_load: error loading model: error loading model architecture: unknown model "
        "architecture: 'qwen9'\nsrv    load_model: failed to load model, '/models/q.gguf'",
        "This version does not know the model's architecture (qwen9).",
        Fix.INSTALL,
    ),
    "no llama.cpp in TextGen": (
        "ModuleNotFoundError: No module named 'llama_cpp_binaries'",
        "TextGen's llama.cpp (llama_cpp_binaries) is not installed.",
        Fix.INSTALL,
    ),
    "processor too old, by TextGen": (
        "ERROR    Error loading the model with llama.cpp: Server process terminated unexpectedly "
        "with exit code: -4",
        "This build uses instructions that the processor does not have.",
        Fix.INSTALL,
    ),
    "a model that may not be read": (
        "huggingface_hub.errors.GatedRepoError: 401 Client Error.",
        "Hugging Face refused the access token.",
        Fix.FLAGS,
    ),
    "a wrong value of llama-server": (
        'error while handling argument "--temp": stof\n\nusage:\n--temp N    temperature',
        "The flag --temp was given a wrong value, or none.",
        Fix.FLAGS,
    ),
    "a quantised V cache without flash attention": (
        "llama_init_from_model: V cache quantization requires flash_attn",
        "A quantised V cache needs flash attention.",
        Fix.SETTINGS,
    ),
    "an unknown tokeniser": (
        "llama_model_load: error loading model: unknown pre-tokenizer type: 'new-one'",
        "This version does not know the model's tokeniser (new-one).",
        Fix.INSTALL,
    ),
    "no network": (
        "fatal: unable to access 'https://example.org/x/': Could not resolve host: example.org",
        "The internet cannot be reached.",
        Fix.RETRY,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_known_failure_is_told_with_its_lines_and_a_fix(name: str) -> None:
    log, title, fix = CASES[name]
    lines = log.split("\n")
    failure = explain(["something", "before", *lines])
    assert failure is not None
    assert (failure.title, failure.fixes[0]) == (title, fix)
    assert set(failure.lines) & set(lines)
    assert failure.advice


def test_a_lack_of_memory_that_was_overcome_is_no_failure() -> None:
    lines = [
        "1.06.520.077 E ggml_backend_cuda_buffer_type_alloc_buffer: allocating 51748.72 MiB on "
        "device 1: cudaMalloc failed: out of memory",
        "1.06.520.084 E ggml_gallocr_reserve_n_impl: failed to allocate CUDA1 buffer of size 54262",
        "1.06.520.086 E graph_reserve: failed to allocate compute buffers",
        "1.06.520.107 W sched_reserve: compute buffer allocation failed, retrying without pipeline "
        "parallelism",
        "1.07.304.130 I srv    load_model: initializing, n_slots = 1, n_ctx_slot = 50176",
        "error: invalid argument: --nonsense",
    ]
    assert explain(lines[:-1]) is None
    failure = explain(lines)
    assert failure is not None
    assert "--nonsense" in failure.title


@pytest.mark.parametrize(
    ("code", "words"),
    [(-9, "lack of memory"), (-4, "instructions"), (3221225781, "not there"), (139, "crashed")],
)
def test_an_exit_status_alone_says_something(code: int, words: str) -> None:
    failure = explain(["nothing to see"], exit_code=code)
    assert failure is not None
    assert words in failure.title


def test_what_nobody_knows_is_not_guessed_at() -> None:
    assert explain([], exit_code=1) is None
    assert explain(["INFO all is well", "Port 5000 is already in use. Using port 5001"]) is None


def test_what_a_client_did_wrong_is_no_reason_for_a_crash() -> None:
    assert explain(["srv  middleware_v: unauthorized: Invalid API Key"], exit_code=1) is None


def test_who_was_killed_is_not_told_an_older_trouble() -> None:
    failure = explain(["error: invalid argument: --nonsense", "well again"], exit_code=-9)
    assert failure is not None
    assert "ended from outside" in failure.title


def test_what_only_one_program_says_goes_first() -> None:
    own = (KnownFailure(r"cannot find (\w+)|no (\w+) here", "It lacks {0}.", "Add it."),)
    failure = explain(["one", "two", "three", "no salt here", "out of memory"], own)
    assert failure is not None
    assert failure.title == "It lacks salt."
    assert failure.lines == ("two", "three", "no salt here")
