"""One answer: fit the conversation into the context, read the prompt, then token by token."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from lollma_gui.core.engine_messages import (
    ChatMessage,
    Finished,
    Generate,
    PromptProgress,
    Stats,
    Text,
)
from lollma_gui.core.engine_settings import SamplingArguments
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services.engine.chat_prompt import ChatFormat
from lollma_gui.services.engine.llama_model import DecodeError, LlamaModel
from lollma_gui.services.engine.llama_sampler import Sampler
from lollma_gui.services.engine.stop_flag import StopFlag
from lollma_gui.services.engine.text_stream import Coalescer, TextStream

#: How long one step through the prompt should take: short enough that progress moves and a stop
#: is heard even where a single operation cannot be interrupted.
_STEP_SECONDS = 0.25
_FIRST_STEP_TOKENS = 64
#: How often text is sent, unless the settings say so: twenty times a second.
_TEXT_SECONDS = 0.05


@dataclass(frozen=True)
class _Prompt:
    tokens: list[int]
    stop_texts: tuple[str, ...]
    dropped_turns: int


class Answer:
    """Answers one ``Generate`` with the model it is given.

    Args:
        model: The loaded model; its cache is reused as far as the prompts agree.
        chat: How a conversation becomes a prompt for this model.
        command: What to answer.
        sampling: The command's settings as llama.cpp takes them.
        stop: Set by another thread to stop.
        send: Takes the events.
    """

    def __init__(
        self,
        model: LlamaModel,
        chat: ChatFormat,
        command: Generate,
        sampling: SamplingArguments,
        stop: StopFlag,
        send: Callable[[PromptProgress | Text | Finished], None],
    ) -> None:
        self._model = model
        self._chat = chat
        self._command = command
        self._sampling = sampling
        self._stop = stop
        self._send = send
        self._began = time.monotonic()
        self._first_token_at: float | None = None
        self._generated = 0
        self._stats = Stats(context_size=model.n_ctx)

    def run(self) -> None:
        """Send the answer; always ends with ``Finished``.

        Raises:
            LollmaError: If the conversation cannot be turned into a prompt that fits.
        """
        prompt = self._fitting_prompt()
        self._stats = replace(
            self._stats, prompt_tokens=len(prompt.tokens), dropped_turns=prompt.dropped_turns
        )
        try:
            self._read(prompt.tokens)
            reason = self._write(prompt)
        except Cancelled:
            reason = "stopped"
        self._send(Finished(self._command.request, reason, self._final_stats()))

    # ---- the prompt ------------------------------------------------------------------------

    def _fitting_prompt(self) -> _Prompt:
        """The prompt with as many of the newest turns as leave room to answer."""
        messages = list(self._command.messages)
        limit = self._prompt_limit()
        dropped = 0
        while True:
            rendered = self._chat.prompt(messages)
            tokens = self._model.tokenize(rendered.text, add_special=rendered.add_special)
            if len(tokens) <= limit:
                stops = (*rendered.stop, *self._sampling.stop)
                return _Prompt(tokens, stops, dropped)
            if not _drop_oldest_turn(messages):
                raise LollmaError(
                    f"The message is too long: {len(tokens):,} tokens, and the context holds "
                    f"{self._model.n_ctx:,}.",
                    "Shorten it, or load the model with a larger n_ctx.",
                )
            dropped += 1

    def _prompt_limit(self) -> int:
        n_ctx = self._model.n_ctx
        room_to_answer = min(max(self._sampling.max_new_tokens, 1), n_ctx // 4)
        limit = n_ctx - room_to_answer
        wanted = self._sampling.truncation_length
        return min(limit, wanted) if wanted > 0 else limit

    def _read(self, tokens: list[int]) -> None:
        done = self._model.reuse_prefix(tokens)
        self._stats = replace(self._stats, reused_tokens=done)
        step = min(_FIRST_STEP_TOKENS, self._model.n_batch)
        while done < len(tokens):
            self._send(PromptProgress(self._command.request, done, len(tokens)))
            if self._stop.is_set():
                raise Cancelled
            began = time.monotonic()
            self._decode(tokens[done : done + step])
            done += step
            step = self._next_step(step, time.monotonic() - began)
        self._send(PromptProgress(self._command.request, len(tokens), len(tokens)))

    def _next_step(self, step: int, took: float) -> int:
        wished = int(step * min(4.0, _STEP_SECONDS / max(took, 1e-6)))
        return max(min(wished // 32 * 32, self._model.n_batch), min(32, self._model.n_batch))

    def _decode(self, tokens: list[int]) -> None:
        try:
            self._model.decode(tokens)
        except DecodeError as error:
            raise LollmaError(
                f"llama.cpp could not go on: {error}.",
                "Start a new chat, or load the model again.",
            ) from error

    # ---- the answer ------------------------------------------------------------------------

    def _write(self, prompt: _Prompt) -> str:
        stream = TextStream(prompt.stop_texts)
        updates = self._sampling.max_updates_second
        out = Coalescer(self._send_text, 1 / updates if updates > 0 else _TEXT_SECONDS)
        pace = _Pace(self._sampling.max_tokens_second)
        with Sampler(self._model, self._sampling, prompt.tokens) as sampler:
            try:
                return self._token_by_token(sampler, stream, out, pace)
            finally:
                out.push(stream.rest())
                out.flush()

    def _token_by_token(
        self, sampler: Sampler, stream: TextStream, out: Coalescer, pace: "_Pace"
    ) -> str:
        while True:
            token = sampler.next_token()
            if self._first_token_at is None:
                self._first_token_at = time.monotonic()
            if self._model.ends_answer(token):
                return "stop"
            self._generated += 1
            out.push(stream.push(self._model.piece(token)))
            if stream.stopped:
                return "stop"
            if 0 < self._sampling.max_new_tokens <= self._generated:
                return "length"
            if len(self._model.cached) + 1 >= self._model.n_ctx:
                return "context"
            pace.wait(self._generated, self._stop)
            if self._stop.is_set():
                raise Cancelled
            self._decode([token])

    def _send_text(self, text: str) -> None:
        self._send(Text(self._command.request, text, self._generated, self._speed()))

    # ---- figures ---------------------------------------------------------------------------

    def _speed(self) -> float | None:
        if self._first_token_at is None or self._generated < 2:
            return None
        seconds = time.monotonic() - self._first_token_at
        return (self._generated - 1) / seconds if seconds > 0 else None

    def _final_stats(self) -> Stats:
        first = self._first_token_at
        return replace(
            self._stats,
            generated_tokens=self._generated,
            first_token_seconds=None if first is None else first - self._began,
            tokens_per_second=self._speed(),
            context_used=len(self._model.cached),
        )


class _Pace:
    """Holds the answer to so many tokens a second, for people who read along; 0 is no limit."""

    def __init__(self, tokens_per_second: float) -> None:
        self._seconds_each = 1 / tokens_per_second if tokens_per_second > 0 else 0.0
        self._began = time.monotonic()

    def wait(self, generated: int, stop: StopFlag) -> None:
        due = self._began + generated * self._seconds_each
        while (left := due - time.monotonic()) > 0 and not stop.is_set():
            time.sleep(min(left, 0.02))


def _drop_oldest_turn(messages: list[ChatMessage]) -> bool:
    """Take out the oldest question with its answer; never the system prompt, never the last."""
    start = next((i for i, m in enumerate(messages) if m.role != "system"), len(messages))
    end = start + 1
    while end < len(messages) and messages[end].role != "user":
        end += 1
    if end >= len(messages):
        return False
    del messages[start:end]
    return True
