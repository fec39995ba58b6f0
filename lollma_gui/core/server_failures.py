"""Failures that servers announce in their logs: what happened in one sentence, and what helps.

Every pattern is made of words that the programs really print: llama.cpp (tools/server, ggml/src
and common/arg.cpp of its sources of 2026), TextGen v4.9, KoboldCpp 1.102 and later, pip, uvicorn,
gradio, Python and the systems' loaders.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core.rpc_workers import RPC_REASONS


class Fix(StrEnum):
    """What can be done with one click."""

    NEXT_PORT = "next port"
    END_HOLDER = "end the program that has the port"
    WHAT_FITS = "show the settings that fit"
    INSTALL = "install again"
    FLAGS = "show the extra flags"
    SETTINGS = "show the settings"
    SETUP = "show what this PC has"
    OTHER_MODEL = "choose another model"
    RETRY = "start again"


class KnownFailure(NamedTuple):
    """A failure that programs announce in their log.

    Attributes:
        pattern: Regular expression, searched in one line without regard to case.
        title: One sentence; ``{0}`` is the first of the pattern's groups that matched.
        advice: One sentence on what to do.
        fixes: What can be done with one click, the best first.
    """

    pattern: str
    title: str
    advice: str
    fixes: tuple[Fix, ...] = ()


class Failure(NamedTuple):
    """One failure.

    Attributes:
        title: What happened, one sentence.
        advice: What to do, one sentence.
        fixes: What can be done with one click, the best first.
        lines: The lines of the log that show it; may be empty.
    """

    title: str
    advice: str
    fixes: tuple[Fix, ...]
    lines: tuple[str, ...] = ()


#: So many lines of a log are shown where none of them is known to tell why.
_LAST_LINES = 8
_PORT = "Take the next free port, or end the program that has this one."
_PORT_FIXES = (Fix.NEXT_PORT, Fix.END_HOLDER)
_SMALLER = "Take settings that fit: a shorter context, fewer GPU layers, or a smaller cache."
_MEMORY_FIXES = (Fix.WHAT_FITS, Fix.OTHER_MODEL)

#: Causes stand before what follows from them: the first that is found is told.
KNOWN: tuple[KnownFailure, ...] = (
    # ---- ports: tools/server/server-http.cpp, uvicorn, gradio/http_server.py, Windows
    KnownFailure(
        r"couldn't bind (?:HTTP server|to server) socket[,:] hostname[:=] ?\S+ port[:=] ?(\d+)",
        "Port {0} is taken by another program.",
        _PORT,
        _PORT_FIXES,
    ),
    KnownFailure(
        r"Errno (?:98|48|10048)\] error while attempting to bind on address \([^)]*?, (\d+)",
        "Port {0} is taken by another program.",
        _PORT,
        _PORT_FIXES,
    ),
    KnownFailure(
        r"Cannot find empty port in range: (\d+)-",
        "Port {0} is taken by another program.",
        _PORT,
        _PORT_FIXES,
    ),
    KnownFailure(
        r"Errno (?:98|48)\] Address already in use|WinError 10048|only one usage of each socket",
        "The port is taken by another program.",
        _PORT,
        _PORT_FIXES,
    ),
    KnownFailure(
        r"Errno 13\].*(?:bind|port)|bind: permission denied",
        "This port may only be used by administrators.",
        "Choose a port from 1024 on.",
        (Fix.NEXT_PORT,),
    ),
    # ---- RPC workers: common/arg.cpp, ggml/src/ggml-rpc; before flags, of which one is blamed
    *(KnownFailure(*reason, (Fix.INSTALL,)) for reason in RPC_REASONS),
    # ---- flags: common/arg.cpp, Python's argparse
    KnownFailure(
        r"argument --chat-template-file: expected one argument",
        "TextGen has no --chat any more (since the end of 2023).",
        "Take --chat out of the extra flags or of user_data/CMD_FLAGS.txt.",
        (Fix.FLAGS,),
    ),
    KnownFailure(
        r"error: invalid argument: (on|off|auto)\b",
        "The program is older than the flags it was given.",
        "Update the program, or install it again.",
        (Fix.INSTALL, Fix.FLAGS),
    ),
    KnownFailure(
        r"(?:error: (?:invalid|unknown) argument:|unrecognized arguments:|ambiguous option:)"
        r" \"?(-[^\s\"=]*)",
        "The program does not know the flag {0}.",
        "Take it out of the extra flags; programs rename and drop flags between versions.",
        (Fix.FLAGS,),
    ),
    KnownFailure(
        r"error: argument (-\S+?)(?:/\S+)?: (?:expected|invalid)"
        r"|error while handling argument \"?(-[^\s\":]*)|expected value for argument \"?(-\S*)",
        "The flag {0} was given a wrong value, or none.",
        "Correct it under the extra flags; write a value that begins with a dash as --flag=-value.",
        (Fix.FLAGS,),
    ),
    # ---- drivers: ggml-cuda, CUDA's own words
    KnownFailure(
        r"CUDA driver version is insufficient|unsupported toolchain|forward compatibility was",
        "The NVIDIA driver is too old for this build.",
        "Install a newer driver from nvidia.com, or a build for an older CUDA.",
        (Fix.SETUP, Fix.INSTALL),
    ),
    KnownFailure(
        r"no kernel image is available for execution",
        "This build was not made for this GPU.",
        "Install a build for this GPU (another CUDA version, or Vulkan).",
        (Fix.INSTALL, Fix.SETUP),
    ),
    # ---- model files: gguf.cpp, llama-model.cpp, koboldcpp.py
    KnownFailure(
        r"unknown model architecture: '([^']*)'",
        "This version does not know the model's architecture ({0}).",
        "Update the program, or choose another model.",
        (Fix.INSTALL, Fix.OTHER_MODEL),
    ),
    KnownFailure(
        r"unknown pre-tokenizer type: '([^']*)'|unknown tokenizer: '([^']*)'",
        "This version does not know the model's tokeniser ({0}).",
        "Update the program, or choose another model.",
        (Fix.INSTALL, Fix.OTHER_MODEL),
    ),
    KnownFailure(
        r"V cache quantization requires flash_attn|quantized V cache .*flash",
        "A quantised V cache needs flash attention.",
        "Switch flash attention on, or set the V cache to f16, in Settings.",
        (Fix.SETTINGS,),
    ),
    KnownFailure(
        r"data is not within the file bounds|tensor .* is not within|file is truncated"
        r"|unexpectedly reached end of file|failed to read magic",
        "The model file is cut off.",
        "Download it again, or choose another model.",
        (Fix.OTHER_MODEL,),
    ),
    KnownFailure(
        r"invalid magic (?:characters|number)",
        "The model is no GGUF file.",
        "Choose a GGUF file: nothing older can be loaded any more.",
        (Fix.OTHER_MODEL,),
    ),
    KnownFailure(
        r"failed to open GGUF file '([^']*)'|failed to open (\S+\.(?:gguf|bin)): No such file"
        r"|Cannot find (?:text )?model file: (.+)",
        "The model file {0} cannot be opened.",
        "Was it moved, or is its drive away? Choose it again.",
        (Fix.OTHER_MODEL,),
    ),
    # ---- memory of GPUs: ggml-cuda, ggml-vulkan-buffers.cpp, ggml-metal, torch
    KnownFailure(
        r"cudaMalloc failed: out of memory|CUDA (?:error: )?out of memory|hipErrorOutOfMemory"
        r"|(?:allocate|allocating) (?:CUDA|ROCm|SYCL)\d* buffer|cudaErrorMemoryAllocation",
        "The GPU has not enough memory for this model with these settings.",
        _SMALLER,
        _MEMORY_FIXES,
    ),
    KnownFailure(
        r"ErrorOutOf(?:Device|Host)Memory|VK_ERROR_OUT_OF_\w+_MEMORY|allocate Vulkan\d* buffer"
        r"|ggml_vulkan: Device memory allocation of size \d+ failed",
        "The GPU has not enough memory for this model with these settings (Vulkan).",
        _SMALLER,
        _MEMORY_FIXES,
    ),
    KnownFailure(
        r"std::bad_alloc|insufficient memory|cannot allocate memory|can't allocate memory"
        r"|\bMemoryError\b|failed to allocate (?:CPU )?buffer|unable to allocate \S+ buffer"
        r"|failed to allocate compute|Errno 12\]|paging file is too small",
        "There is not enough RAM for this model with these settings.",
        _SMALLER,
        _MEMORY_FIXES,
    ),
    # ---- programs and libraries: ld.so, dyld, Python
    KnownFailure(
        r"error while loading shared libraries: ([^\s:]+)|Library not loaded: (\S+)"
        r"|(lib\S+\.so[.\d]*): cannot open shared object",
        "The library {0} is missing.",
        "Install the build that suits this PC's GPU and driver.",
        (Fix.INSTALL, Fix.SETUP),
    ),
    KnownFailure(
        r"No module named '?(llama_cpp_binaries|ik_llama_cpp_binaries)",
        "TextGen's llama.cpp ({0}) is not installed.",
        "Install TextGen again; its wheel must suit this PC.",
        (Fix.INSTALL,),
    ),
    KnownFailure(
        r"No such file or directory: '?([^'\n]*(?:llama-server|server\.py|koboldcpp)[^'\n]*)",
        "The program's file {0} is not there.",
        "Install it again, or choose where it is.",
        (Fix.INSTALL,),
    ),
    # ---- Python: pip, and code that needs a newer one
    KnownFailure(
        r"requires a different Python: ([\d.]+) not in",
        "Python {0} does not suit it.",
        "Install it again with the Python that LoLLMa offers.",
        (Fix.INSTALL, Fix.SETUP),
    ),
    KnownFailure(
        r"unsupported operand type\(s\) for \|"
        r"|require a different python version|Requires-Python",
        "The Python it was installed with does not suit it.",
        "Install it again with the Python that LoLLMa offers.",
        (Fix.INSTALL, Fix.SETUP),
    ),
    KnownFailure(
        r"No module named '?([\w.]+)",
        "A part of the program is missing ({0}).",
        "Install it again.",
        (Fix.INSTALL,),
    ),
    KnownFailure(
        r"no matching distribution found for (\S+)",
        "The package {0} is not there for this Python or system.",
        "Choose another release of the program.",
        (Fix.INSTALL,),
    ),
    # ---- disks
    KnownFailure(
        r"No space left on device|Errno 28\]|not enough space on the disk|Disk quota exceeded",
        "The disk is full.",
        "Free some space, or choose a folder on another drive.",
        (Fix.SETUP, Fix.RETRY),
    ),
    KnownFailure(
        r"\[Errno 13\] Permission denied|\[WinError 5\]|access is denied",
        "A file may not be read or written.",
        "Check who owns its folder, and that nothing else has its files open; then try again.",
        (Fix.RETRY,),
    ),
    # ---- keys and the network
    KnownFailure(
        r"401 Client Error|GatedRepoError|Invalid username or token",
        "Hugging Face refused the access token.",
        "Check the token in the program's environment, and that it may read this model.",
        (Fix.FLAGS,),
    ),
    KnownFailure(
        r"Could not resolve host|name resolution|CERTIFICATE_VERIFY_FAILED|Connection timed out"
        r"|Max retries exceeded|Network is unreachable|Read timed out|ProxyError"
        r"|NewConnectionError|Connection broken",
        "The internet cannot be reached.",
        "See to the connection, then go on: what is there already is kept.",
        (Fix.RETRY,),
    ),
    KnownFailure(
        r"illegal instruction",
        "This build uses instructions that the processor does not have.",
        "Install a build for older processors.",
        (Fix.INSTALL,),
    ),
    # ---- what follows from others, or tells little: llama-model.cpp, koboldcpp.py
    KnownFailure(
        r"key not found in model: \S+|missing tensor '[^']*'|wrong number of tensors"
        r"|check_tensor_dims: |invalid ggml type|bad GGUF",
        "The model file is incomplete or was made for another version of llama.cpp.",
        "Download a newer conversion of this model, or choose another one.",
        (Fix.OTHER_MODEL,),
    ),
    KnownFailure(
        r"Could not load (?:text )?model",
        "The model could not be loaded.",
        "Its log may say more; choose another model.",
        (Fix.OTHER_MODEL,),
    ),
)
#: Killed by somebody else: nothing in its log is the cause.
_KILLED = (-9, 137)
#: Exit codes of Linux and macOS (negative: by a signal), of a shell, and of Windows.
_EXITS: tuple[tuple[tuple[int, ...], str, str, tuple[Fix, ...]], ...] = (
    (
        _KILLED,
        "It was ended from outside, perhaps by the system for lack of memory.",
        f"Start it again; if it comes back: {_SMALLER[0].lower()}{_SMALLER[1:]}",
        (Fix.RETRY, Fix.WHAT_FITS),
    ),
    (
        (-4, 132, -1073741795, 3221225501),
        "This build uses instructions that the processor does not have.",
        "Install a build for older processors.",
        (Fix.INSTALL,),
    ),
    (
        (126, 127, -1073741515, 3221225781),
        "The program, or a library it needs, is not there.",
        "Install it again.",
        (Fix.INSTALL,),
    ),
    (
        (-11, 139, -1073741819, 3221225477),
        "It crashed (memory access).",
        "Start it again; if it comes back, update it.",
        (Fix.RETRY, Fix.INSTALL),
    ),
)
#: What TextGen says of its llama-server, which is what really failed.
_INNER_EXIT = re.compile(r"terminated unexpectedly with exit code: (-?\d+)")
#: llama.cpp goes on with less after this.
_RECOVERED = re.compile(r"retrying without|trying again with|falling back", re.IGNORECASE)
_CONTEXT = 2


def explain(
    lines: Sequence[str],
    own: Iterable[KnownFailure] = (),
    exit_code: int | None = None,
) -> Failure | None:
    """The failure that the end of a log shows, or the exit status; None for one nobody knows.

    Args:
        lines: The last lines of the log, oldest first, without colours.
        own: What only this program says; it goes before what all of them say.
        exit_code: How the process ended; negative is the number of a signal (POSIX).
    """
    if exit_code in _KILLED:
        return _by_exit(exit_code, tuple(lines[-_LAST_LINES:]))
    told = [number for number, line in enumerate(lines) if line.strip()]
    for known in (*own, *KNOWN):
        pattern = re.compile(known.pattern, re.IGNORECASE)  # kept by re itself
        for number in reversed(told):
            found = pattern.search(lines[number])
            if found and not _was_overcome(lines, number):
                group = next((one for one in found.groups() if one), "")
                shown = lines[max(0, number - _CONTEXT) : number + 1]
                title = known.title.format(group.strip())
                return Failure(title, known.advice, known.fixes, tuple(shown))
    for number in reversed(told):
        if inner := _INNER_EXIT.search(lines[number]):
            return _by_exit(int(inner[1]), (lines[number],))
    return _by_exit(exit_code, tuple(lines[-_LAST_LINES:])) if exit_code is not None else None


def _was_overcome(lines: Sequence[str], number: int) -> bool:
    return any(_RECOVERED.search(line) for line in lines[number + 1 : number + 5])


def _by_exit(code: int, lines: tuple[str, ...]) -> Failure | None:
    """What an exit status alone says."""
    for codes, title, advice, fixes in _EXITS:
        if code in codes:
            return Failure(title, advice, fixes, lines)
    return None
