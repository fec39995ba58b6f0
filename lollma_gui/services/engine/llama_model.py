"""One model in memory with one context, through llama.cpp's C interface.

The class ``llama_cpp.Llama`` hides what a control panel needs (progress of a load, abort in the
middle of a long prompt, buffers, samplers), so this uses the functions it is built on.
Importing this module imports llama_cpp (0.15 s) and with it llama.cpp itself.
"""

import ctypes
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import llama_cpp as llama

from lollma_gui.core.engine_exit import explain_load_failure
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.engine_settings import LoadArguments
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services.engine import llama_params
from lollma_gui.services.engine.llama_log import LlamaLog
from lollma_gui.services.engine.stop_flag import StopFlag

#: llama_decode's answer when the abort callback said so (include/llama.h).
_ABORTED = 2
#: A single token that takes no longer than this need not be interrupted.
_SHORT_SECONDS = 0.04


class DecodeError(Exception):
    """llama_decode refused or failed; the text says how."""


class LlamaModel:
    """A loaded model. Used by one thread at a time; only the stop flag is for others.

    Attributes:
        cached: The tokens whose keys and values lie in the context's memory, in order.
        n_ctx: Context length in force, in tokens.
        n_batch: Most tokens one decode may take.
    """

    def __init__(
        self,
        path: Path,
        arguments: LoadArguments,
        log: LlamaLog,
        stop: StopFlag,
        on_progress: Callable[[float], None],
    ) -> None:
        self._log = log
        self._stop = stop
        self._model = self._load(path, arguments, on_progress)
        self._context = self._make_context(arguments)
        self._memory = llama.llama_get_memory(self._context)
        self.vocab = llama.llama_model_get_vocab(self._model)
        self.n_ctx: int = llama.llama_n_ctx(self._context)
        self.n_batch: int = llama.llama_n_batch(self._context)
        self.cached: list[int] = []
        self._listens = True
        self._window = 0 if arguments.swa_full else llama.llama_model_n_swa(self._model)
        self._add_lora(arguments)

    # ---- loading ---------------------------------------------------------------------------

    def _load(
        self, path: Path, arguments: LoadArguments, on_progress: Callable[[float], None]
    ) -> ctypes.c_void_p:
        def progress(fraction: float, _data: object) -> bool:
            on_progress(fraction)
            return not self._stop.is_set()

        # Kept in a name until the load is over, or ctypes would free what llama.cpp still calls.
        callback = llama.llama_progress_callback(progress)
        if arguments.numa:
            llama.llama_numa_init(arguments.numa)
        params, keep = llama_params.model_params(arguments)
        params.progress_callback = callback
        model = llama.llama_model_load_from_file(str(path).encode(), params)
        del keep
        if self._stop.is_set():
            if model:
                llama.llama_model_free(model)
            raise Cancelled
        if not model:
            raise explain_load_failure(list(self._log.errors))
        return model  # type: ignore[no-any-return]

    def _make_context(self, arguments: LoadArguments) -> ctypes.c_void_p:
        params = llama_params.context_params(arguments)
        params.abort_callback = ctypes.cast(self._stop.callback, llama.ggml_abort_callback)
        params.abort_callback_data = self._stop.callback_data
        context = llama.llama_init_from_model(self._model, params)
        if not context:
            llama.llama_model_free(self._model)
            raise explain_load_failure(list(self._log.errors))
        return context  # type: ignore[no-any-return]

    def _add_lora(self, arguments: LoadArguments) -> None:
        for adapter_path, scale in arguments.lora:
            adapter = llama.llama_adapter_lora_init(self._model, adapter_path.encode())
            if not adapter or llama.llama_set_adapter_lora(self._context, adapter, scale) != 0:
                self.close()
                raise LollmaError(
                    f"The LoRA adapter {Path(adapter_path).name} does not fit this model.",
                    "Remove it from the model's settings, or choose the model it was made for.",
                    "\n".join(self._log.errors),
                )

    def close(self) -> None:
        """Give all memory back. Safe to call twice."""
        if self._context:
            llama.llama_free(self._context)
            self._context = ctypes.c_void_p(None)
        if self._model:
            llama.llama_model_free(self._model)
            self._model = ctypes.c_void_p(None)

    # ---- what it is ------------------------------------------------------------------------

    def reported(self) -> dict[str, SettingValue]:
        """Values in force, read back from llama.cpp rather than from what was asked for."""
        return {
            "n_ctx": self.n_ctx,
            "n_batch": self.n_batch,
            "n_ubatch": int(llama.llama_n_ubatch(self._context)),
            "threads": int(llama.llama_n_threads(self._context)),
            "threads_batch": int(llama.llama_n_threads_batch(self._context)),
            "flash_attn": self._log.flash_attention,
        }

    @property
    def context(self) -> ctypes.c_void_p:
        """llama.cpp's context, for samplers."""
        return self._context

    @property
    def n_ctx_train(self) -> int:
        """Context length the model was trained on, in tokens."""
        return int(llama.llama_model_n_ctx_train(self._model))

    @property
    def layers(self) -> int:
        """Layers as llama.cpp counts them for offloading: the blocks and the output layer."""
        return int(llama.llama_model_n_layer(self._model)) + 1

    def chat_template(self) -> str:
        """The model's own chat template (Jinja), empty for base models."""
        template = llama.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", "replace") if template else ""

    def token_text(self, token: int) -> str:
        """Text of a special token such as BOS; empty where the model has none."""
        if token < 0:
            return ""
        text: bytes = llama.llama_vocab_get_text(self.vocab, token)
        return text.decode("utf-8", "replace")

    def bos_text(self) -> str:
        """Text of the beginning-of-sequence token."""
        return self.token_text(llama.llama_vocab_bos(self.vocab))

    def eos_text(self) -> str:
        """Text of the end-of-sequence token."""
        return self.token_text(llama.llama_vocab_eos(self.vocab))

    # ---- tokens ----------------------------------------------------------------------------

    def tokenize(self, text: str, *, add_special: bool) -> list[int]:
        """Tokens of a text in which special tokens are written out, as templates do."""
        data = text.encode("utf-8")
        room = len(data) + 8
        tokens = (llama.llama_token * room)()
        n = llama.llama_tokenize(self.vocab, data, len(data), tokens, room, add_special, True)
        if n < 0:
            room = -n
            tokens = (llama.llama_token * room)()
            n = llama.llama_tokenize(self.vocab, data, len(data), tokens, room, add_special, True)
        return list(tokens[:n])

    def piece(self, token: int, _room: int = 128) -> bytes:
        """The bytes a token stands for; may be part of a character. Control tokens are empty."""
        buffer = ctypes.create_string_buffer(_room)
        n = llama.llama_token_to_piece(self.vocab, token, buffer, _room, 0, False)
        return self.piece(token, -n) if n < 0 else buffer.raw[:n]

    def ends_answer(self, token: int) -> bool:
        """Whether the model says with this token that it is done."""
        return bool(llama.llama_vocab_is_eog(self.vocab, token))

    # ---- computing -------------------------------------------------------------------------

    def decode(self, tokens: Sequence[int]) -> None:
        """Run tokens through the model behind those already cached.

        Raises:
            Cancelled: The stop flag was set; nothing of these tokens stays in memory.
            DecodeError: llama.cpp refused or failed.
        """
        array = (llama.llama_token * len(tokens))(*tokens)
        began = time.monotonic()
        code = llama.llama_decode(self._context, llama.llama_batch_get_one(array, len(tokens)))
        if code == 0:
            self.cached.extend(tokens)
            self._listen_within(len(tokens) > 1 or time.monotonic() - began > _SHORT_SECONDS)
            return
        self._forget_after(len(self.cached))
        if code == _ABORTED or self._stop.is_set():
            raise Cancelled
        if code == 1:
            raise DecodeError("the context is full")
        raise DecodeError(f"llama_decode failed with code {code}")

    def _listen_within(self, wanted: bool) -> None:
        """Whether the next decode can be stopped in its middle.

        Asking costs a small model two percent; where a token takes no time, the stop is heard
        between two of them just as well.
        """
        if wanted != self._listens:
            self._listens = wanted
            callback = self._stop.callback if wanted else ctypes.c_void_p(None)
            llama.llama_set_abort_callback(
                self._context,
                ctypes.cast(callback, llama.ggml_abort_callback),
                self._stop.callback_data,
            )

    def reuse_prefix(self, tokens: Sequence[int]) -> int:
        """Keep in memory what these tokens begin with; return how many need not be read again.

        At least the last token is always left to decode, since its logits are needed.
        """
        self._listen_within(True)
        common = 0
        for old, new in zip(self.cached, tokens[:-1], strict=False):
            if old != new:
                break
            common += 1
        if common < len(self.cached):
            self._forget_after(common)
        return len(self.cached)

    def _forget_after(self, n: int) -> None:
        """Drop all cached tokens from position n on, or all of them where no less is possible."""
        if n == 0 or not self._can_rewind_to(n) or not self._remove_from(n):
            llama.llama_memory_clear(self._memory, True)
            n = 0
        del self.cached[n:]

    def _can_rewind_to(self, n: int) -> bool:
        # A sliding-window layer has forgotten what lies before its window: after rewinding
        # behind that, tokens would attend to nothing (llama-server has the same check).
        if not self._window:
            return True
        oldest = llama.llama_memory_seq_pos_min(self._memory, 0)
        return bool(oldest <= max(0, n - self._window))

    def _remove_from(self, n: int) -> bool:
        # False for recurrent models, whose state cannot be taken back in part.
        return bool(llama.llama_memory_seq_rm(self._memory, 0, n, -1))
