"""Why an engine ended or a load failed, in one sentence with a next step."""

import re
from dataclasses import dataclass

from lollma_gui.core.errors import LollmaError

_SMALLER = (
    "Choose fewer GPU layers, a shorter context or a smaller quantisation, or close other programs."
)

#: The sentence for a load that failed for memory: whoever knows what would fit looks for it.
NOT_ENOUGH_MEMORY = "There is not enough memory for this model with these settings."

#: What llama.cpp prints, and what it means. The first match wins, so the causes stand before
#: the general complaints that follow from them.
LLAMA_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        r"unknown model architecture: '([^']*)'",
        "This llama.cpp does not know the model's architecture ({0}).",
        "Update LoLLMa, or choose another model.",
    ),
    (
        r"data is not within the file bounds|tensor .* is not within|file is truncated",
        "The model file is cut off.",
        "Download it again.",
    ),
    (
        r"out of memory|failed to allocate|unable to allocate|cannot allocate|bad_alloc"
        r"|failed to create (?:context|llama_context) .*memory",
        NOT_ENOUGH_MEMORY,
        _SMALLER,
    ),
    (
        r"V cache quantization requires flash_attn|quantized V cache .*flash",
        "A quantised V cache needs flash attention.",
        "Switch flash_attn on, or set the V cache to f16.",
    ),
    (
        r"unknown pre-tokenizer type: '([^']*)'|unknown tokenizer: '([^']*)'",
        "This llama.cpp does not know the model's tokeniser ({0}).",
        "Update LoLLMa, or choose another model.",
    ),
    (
        r"key not found in model: (\S+)|missing tensor '([^']*)'|wrong number of tensors"
        r"|check_tensor_dims: ",
        "The model file is incomplete or was made for another version of llama.cpp.",
        "Download a newer conversion of this model.",
    ),
    (
        r"invalid magic|failed to read magic|gguf_init_from_\w+: |invalid ggml type|bad GGUF",
        "The file is not a whole GGUF model.",
        "Download it again.",
    ),
)

_ONLY_FAILED = "failed to load model"
#: The folders before the file's name in ``/a/b/ggml.c:42: GGML_ASSERT(...) failed``.
_FOLDERS = re.compile(r"^.*[/\\](?=[^/\\]+:\d+: GGML_ASSERT)")


def explain_load_failure(log_lines: list[str]) -> LollmaError:
    """A failed load in one sentence, from what llama.cpp printed.

    Args:
        log_lines: The last lines of llama.cpp's log, errors among them.
    """
    text = "\n".join(log_lines)
    for pattern, title, advice in LLAMA_REASONS:
        if match := re.search(pattern, text, re.IGNORECASE):
            found = next((group for group in match.groups() if group), "")
            return LollmaError(title.format(found), advice, text)
    # The last line of all only says that it failed.
    telling = [line for line in log_lines if _ONLY_FAILED not in line] or log_lines
    said = f" llama.cpp said: {telling[-1].strip()}" if telling else ""
    return LollmaError(
        f"llama.cpp could not load the model.{said}",
        "Look at the engine's log under Servers, or choose another model.",
        text,
    )


@dataclass(frozen=True)
class EngineExit:
    """How an engine's process ended.

    Attributes:
        code: Exit status; negative is the number of the signal that ended it (POSIX).
        wanted: Whether we asked it to end.
        last_lines: The last lines of its log.
    """

    code: int
    wanted: bool
    last_lines: tuple[str, ...] = ()

    def problem(self, advice: str = "") -> LollmaError | None:
        """The reason in one sentence, or None when it ended as it was asked to.

        Args:
            advice: Instead of loading again, where no model was loaded; a lack of memory keeps
                its own.
        """
        if self.wanted:
            return None
        details = "\n".join(self.last_lines)
        assertion = next((line for line in self.last_lines if "GGML_ASSERT" in line), "")
        if assertion:
            return LollmaError(
                # Without the folders of whoever built it.
                f"The engine stopped itself: {_FOLDERS.sub('', assertion.strip())}.",
                advice or "Load the model again, with fewer GPU layers or a shorter context.",
                details,
            )
        for pattern, title, smaller in LLAMA_REASONS[2:3]:
            if re.search(pattern, details, re.IGNORECASE):
                return LollmaError(title, smaller, details)
        title, usual = _exit_words(self.code)
        return LollmaError(title, advice or usual, details)


def _exit_words(code: int) -> tuple[str, str]:
    again = "Load the model again."
    if code in (-9, 137):
        return (
            "The engine was ended from outside, perhaps by the system for lack of memory.",
            f"{again} {_SMALLER}",
        )
    if code in (-6, 134, 3):
        return "The engine stopped itself (abort).", f"{again} Its log is under Servers."
    if code in (-4, 132, -1073741795, 3221225501):
        return (
            "This build of llama.cpp uses instructions that the processor does not have.",
            "Run packaging/run.py with --engine source to build one for this PC.",
        )
    if code in (-11, 139, -1073741819, 3221225477):
        return "The engine crashed (memory access).", f"{again} Its log is under Servers."
    return (
        f"The engine ended unexpectedly (exit code {code}).",
        f"{again} Its log is under Servers.",
    )
