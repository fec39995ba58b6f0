"""A conversation as the text a model was trained on, through its own chat template.

The template comes from the model file and is not trusted: it runs in llama-cpp-python's
sandboxed Jinja environment, and only in the engine's process.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lollma_gui.core.engine_messages import ChatMessage
from lollma_gui.core.errors import LollmaError


@dataclass(frozen=True)
class ChatPrompt:
    """The text to read, whether BOS is still to be added, and texts that end the answer."""

    text: str
    add_special: bool
    stop: tuple[str, ...] = ()


class ChatFormat:
    """Turns messages into a prompt.

    Args:
        template: The Jinja chat template; empty for a base model.
        bos: Text of the beginning-of-sequence token.
        eos: Text of the end-of-sequence token.

    Raises:
        LollmaError: If the template is not valid Jinja.
    """

    def __init__(self, template: str, bos: str, eos: str) -> None:
        self._bos = bos
        self._formatter = None
        if not template:
            return
        from jinja2 import TemplateError
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        try:
            self._formatter = Jinja2ChatFormatter(template, eos_token=eos, bos_token=bos)
        except TemplateError as error:
            raise LollmaError(
                f"The model's chat template is damaged: {error}.",
                "Give another chat template in the model's settings.",
            ) from error

    @property
    def is_chat(self) -> bool:
        """Whether the model has a chat template."""
        return self._formatter is not None

    def prompt(self, messages: Sequence[ChatMessage]) -> ChatPrompt:
        """The prompt that ends where the assistant's answer begins.

        Raises:
            LollmaError: If the template refuses the conversation.
        """
        if self._formatter is None:
            return _plain_prompt(messages)
        try:
            text = self._render(messages)
        except Exception as first:  # noqa: BLE001 - a template may raise anything at all
            text = self._render_without_system(messages, first)
        return ChatPrompt(text, add_special=not (self._bos and text.startswith(self._bos)))

    def _render(self, messages: Sequence[ChatMessage]) -> str:
        assert self._formatter is not None
        plain = [{"role": m.role, "content": m.content} for m in messages]
        return str(self._formatter(messages=plain).prompt)  # type: ignore[arg-type]

    def _render_without_system(self, messages: Sequence[ChatMessage], first: Exception) -> str:
        # Some models (Gemma 2 among them) have no system role and refuse it.
        try:
            return self._render(_system_folded_into_user(messages))
        except Exception as error:
            raise LollmaError(
                f"The model's chat template refused the conversation: {first}.",
                "Start a new chat, or give another chat template in the model's settings.",
            ) from error


def _system_folded_into_user(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    if system and rest and rest[0].role == "user":
        rest[0] = ChatMessage("user", f"{system}\n\n{rest[0].content}")
    return rest


def _plain_prompt(messages: Sequence[ChatMessage]) -> ChatPrompt:
    """For base models: a transcript they may carry on, ended where the next person speaks."""
    names = {"system": "", "user": "User: ", "assistant": "Assistant: "}
    lines = [f"{names.get(m.role, '')}{m.content}" for m in messages]
    return ChatPrompt("\n".join([*lines, "Assistant:"]), add_special=True, stop=("\nUser:",))
