"""The engine as the window knows it: signals out, wishes in."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.engine_messages import ChatMessage, SettingValue
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.qt.owner_thread import OwnerThread
from lollma_gui.services.engine.client import ClientCallbacks, EngineClient
from lollma_gui.services.engine.link import EngineLink, LinkCallbacks


class Engine(QObject):
    """One engine, watched.

    Signals:
        status_changed: The new ``EngineStatus``.
        text: The next piece of the answer.
        prompt_read: Prompt tokens read so far, and all.
        answer_ended: An ``AnswerEnd``.
        log_line: A line of the engine's log.
        ended: There is no engine process (any more) after ``shut_down``.
    """

    status_changed = Signal(object)
    text = Signal(str)
    prompt_read = Signal(int, int)
    answer_ended = Signal(object)
    log_line = Signal(str)
    ended = Signal()

    def __init__(
        self, make_link: Callable[[LinkCallbacks], EngineLink], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._shutting_down = False
        self._client = EngineClient(
            make_link,
            OwnerThread(self),
            ClientCallbacks(
                on_status=self._on_status,
                on_text=self.text.emit,
                on_prompt=self.prompt_read.emit,
                on_answer_end=self.answer_ended.emit,
                on_log=self.log_line.emit,
            ),
        )

    @property
    def status(self) -> EngineStatus:
        """What the engine is doing now."""
        return self._client.status

    def load(self, model_path: str, settings: Mapping[str, SettingValue]) -> None:
        """Load a model, in place of the one that is there."""
        if not self._shutting_down:
            self._client.load(model_path, settings)

    def generate(
        self, messages: Sequence[ChatMessage], settings: Mapping[str, SettingValue]
    ) -> None:
        """Ask for an answer.

        Raises:
            LollmaError: If no model is ready.
        """
        self._client.generate(messages, settings)

    def stop(self) -> None:
        """Stop the answer under way."""
        self._client.stop()

    def unload(self) -> None:
        """End the engine, or cancel a load."""
        self._client.unload()

    def shut_down(self) -> None:
        """Unload and load no more; ``ended`` is emitted when no engine is left."""
        self._shutting_down = True
        if self._is_gone(self.status):
            self.ended.emit()
        else:
            self._client.unload()

    def _on_status(self, status: EngineStatus) -> None:
        self.status_changed.emit(status)
        if self._shutting_down and self._is_gone(status):
            self.ended.emit()

    @staticmethod
    def _is_gone(status: EngineStatus) -> bool:
        return status.state in (EngineState.NOT_LOADED, EngineState.CRASHED)
