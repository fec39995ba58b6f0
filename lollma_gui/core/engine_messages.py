"""What the window and the engine say to each other: dataclasses here, JSON lines between them.

The window sends commands, the engine answers with events. Each is one line of JSON with the key
``kind``. The first event is ``Hello`` and carries the version of this protocol.
"""

import json
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

#: Raised whenever a message changes its meaning. Both ends come from one installation, so a
#: difference means a half-finished update.
PROTOCOL_VERSION = 1

SettingValue = bool | int | float | str | list[Any] | None


@dataclass(frozen=True)
class ChatMessage:
    """One message as the chat template sees it; role is system, user or assistant."""

    role: str
    content: str


# ---- commands ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """Load a model file with settings by their names in the settings table."""

    request: int
    model_path: str
    settings: dict[str, SettingValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Generate:
    """Answer a conversation. Settings are those of generation, by their names in the table."""

    request: int
    messages: tuple[ChatMessage, ...]
    settings: dict[str, SettingValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Stop:
    """Stop this request and every earlier one, also one that has not begun."""

    request: int


@dataclass(frozen=True)
class Quit:
    """Stop what is going on, free everything and end."""


# ---- events --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hello:
    """The engine is there."""

    protocol: int
    pid: int


@dataclass(frozen=True)
class LoadProgress:
    """How much of the weights is loaded, 0 to 1, as llama.cpp reports it."""

    request: int
    fraction: float


@dataclass(frozen=True)
class Buffer:
    """One buffer llama.cpp reported: ``kind`` is model, KV, RS, compute or output; bytes."""

    device: str
    kind: str
    n_bytes: int


@dataclass(frozen=True)
class Loaded:
    """The model is ready.

    Attributes:
        request: Number of the ``Load``.
        n_ctx: Context length in force, in tokens.
        n_ctx_train: Context length the model was trained on, in tokens.
        layers: Layers as llama.cpp counts them, the output layer included.
        gpu_layers: How many of them lie on a GPU.
        load_seconds: From the command to ready.
        engine: Name and version of what runs the model.
        devices: What computes, for example ``CPU`` or ``CUDA0 (NVIDIA GeForce RTX 4080)``.
        has_chat_template: False for base models, which were never taught to chat.
        buffers: What llama.cpp allocated, as it reported it.
        reported: Further values in force read back from the engine, for example ``flash_attn``.
    """

    request: int
    n_ctx: int
    n_ctx_train: int
    layers: int
    gpu_layers: int
    load_seconds: float
    engine: str
    devices: tuple[str, ...] = ()
    has_chat_template: bool = True
    buffers: tuple[Buffer, ...] = ()
    reported: dict[str, SettingValue] = field(default_factory=dict)


@dataclass(frozen=True)
class PromptProgress:
    """Prompt tokens read so far, the reused ones included."""

    request: int
    done: int
    total: int


@dataclass(frozen=True)
class Text:
    """The next piece of the answer, with the running count and speed."""

    request: int
    text: str
    generated: int
    tokens_per_second: float | None


@dataclass(frozen=True)
class Stats:
    """What an answer took. Tokens are counted, seconds are wall clock.

    ``first_token_seconds`` runs from the command to the first token; ``tokens_per_second`` is
    over the tokens after the first, None for fewer than two.
    """

    prompt_tokens: int = 0
    reused_tokens: int = 0
    generated_tokens: int = 0
    first_token_seconds: float | None = None
    tokens_per_second: float | None = None
    context_used: int = 0
    context_size: int = 0
    dropped_turns: int = 0


@dataclass(frozen=True)
class Finished:
    """An answer ended; ``reason`` is ``stop``, ``stopped``, ``length`` or ``context``."""

    request: int
    reason: str
    stats: Stats


@dataclass(frozen=True)
class Failed:
    """A request could not be done; the engine lives on."""

    request: int
    title: str
    advice: str = ""
    details: str = ""


Command = Load | Generate | Stop | Quit
Event = Hello | LoadProgress | Loaded | PromptProgress | Text | Finished | Failed

_KINDS: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        *(Load, Generate, Stop, Quit),
        *(Hello, LoadProgress, Loaded, PromptProgress, Text, Finished, Failed),
    )
}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be sent to or from the engine")


def encode(message: Command | Event) -> str:
    """One line of JSON, with its newline."""
    body = {"kind": type(message).__name__, **_plain(message)}
    return json.dumps(body, default=_plain, ensure_ascii=False, separators=(",", ":")) + "\n"


def decode(line: str | bytes) -> Command | Event:
    """The message of one line.

    Raises:
        ValueError: If the line is no message of this protocol.
    """
    try:
        body = json.loads(line)
        cls = _KINDS[body.pop("kind")]
        message = cls(**{name: _revive(name, value) for name, value in body.items()})
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"not a message of the engine's protocol: {line[:200]!r}") from error
    return message  # type: ignore[no-any-return]


def _revive(name: str, value: Any) -> Any:
    """Nested values back into their dataclasses; JSON has no tuples."""
    if name == "messages":
        return tuple(ChatMessage(**m) for m in value)
    if name == "buffers":
        return tuple(Buffer(**b) for b in value)
    if name == "stats":
        return Stats(**value)
    return tuple(value) if name == "devices" else value
