"""The conversation on the screen: asked, answered, kept, whatever happens to who answers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from lollma_gui.core import conversation as talk
from lollma_gui.core.conversation import Conversation, ConversationSummary, Turn
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.qt.answers import Answers
from lollma_gui.qt.background import Background
from lollma_gui.services.conversation_store import ConversationStore, DeletedConversation
from lollma_gui.services.engine.client import AnswerEnd

#: An answer under way is saved this often, so that losing power costs no more of it.
_SAVE_EVERY_SECONDS = 2.0

_ENDINGS = {
    "stop": "",
    "stopped": talk.STOPPED,
    "length": talk.LENGTH,
    "context": talk.CONTEXT,
}


class ChatSession(QObject):
    """One conversation is shown; at most one is being answered.

    Args:
        answers: Whoever answers.
        store: Keeps conversations; called only through ``keeper``.
        keeper: A background of one thread, so that saves happen in order.
        settings: The generation settings in force, by name.

    Signals:
        opened: The ``Conversation`` now shown, whole.
        turn_added: A ``Turn`` of the person was added to it.
        answer_begun: The name of the model that begins to answer, and how often a second new
            text is to be painted (``max_updates_second``; 0 is as usual).
        text: The next piece of the answer shown.
        prompt_read: Prompt tokens read, and all.
        answer_ended: The finished ``Turn`` of the answer shown, in place of what was streamed.
        listed: All ``ConversationSummary``, newest first.
        failed: A ``LollmaError`` of the store.
    """

    opened = Signal(object)
    turn_added = Signal(object)
    answer_begun = Signal(str, int)
    text = Signal(str)
    prompt_read = Signal(int, int)
    answer_ended = Signal(object)
    listed = Signal(list)
    failed = Signal(object)

    def __init__(
        self,
        answers: Answers,
        store: ConversationStore,
        keeper: Background,
        settings: Callable[[], Mapping[str, SettingValue]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._answers = answers
        self._store = store
        self._keeper = keeper
        self._settings = settings
        self._shown = store.begin()
        self._answered: Conversation | None = None
        self._answer = Turn("assistant", "")
        self._saved_at = 0.0
        self._is_streaming = True
        self._updates_per_second = 0
        self._summaries: list[ConversationSummary] = []
        answers.text.connect(self._on_text)
        answers.prompt_read.connect(self._on_prompt_read)
        answers.answer_ended.connect(self._on_answer_ended)

    @property
    def conversation(self) -> Conversation:
        """What is shown."""
        return self._shown

    @property
    def summaries(self) -> list[ConversationSummary]:
        """All conversations as last listed, newest first."""
        return self._summaries

    @property
    def is_answering(self) -> bool:
        """Whether the conversation shown is being answered."""
        return self._answered is not None and self._answered.id == self._shown.id

    # ---- asking ----------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """Add a message and ask for the answer.

        Raises:
            LollmaError: If no model can answer now; nothing is changed then.
        """
        asked = talk.append(self._shown, Turn("user", text))
        self._ask(asked)
        self.turn_added.emit(asked.turns[-1])
        self.answer_begun.emit(self._answer.model_name, self._updates_per_second)

    def retry(self) -> None:
        """Ask for the last answer again, in place of the one there is.

        Raises:
            LollmaError: If no model can answer now; nothing is changed then.
        """
        asked = talk.without_last_answer(self._shown)
        if not asked.turns:
            return
        self._ask(asked)
        self.opened.emit(asked)
        self.answer_begun.emit(self._answer.model_name, self._updates_per_second)

    def stop(self) -> None:
        """Stop the answer under way."""
        self._answers.stop()

    def _ask(self, asked: Conversation) -> None:
        settings = self._settings()
        self._answers.generate(talk.messages_to_send(_with_system(asked, settings)), settings)
        self._is_streaming = bool(settings.get("streaming", True))
        self._updates_per_second = int(str(settings.get("max_updates_second") or 0))
        self._answer = Turn("assistant", "", self._answers.model_name(), ending=talk.ANSWERING)
        self._shown = self._answered = asked
        self._save(asked)

    # ---- answers ---------------------------------------------------------------------------

    def _on_text(self, text: str) -> None:
        if self._answered is None:
            return
        self._answer = replace(self._answer, text=self._answer.text + text)
        if self.is_answering and self._is_streaming:
            self.text.emit(text)
        if time.monotonic() - self._saved_at > _SAVE_EVERY_SECONDS:
            self._save(talk.replace_last_answer(self._answered, self._answer))

    def _on_prompt_read(self, done: int, total: int) -> None:
        if self.is_answering:
            self.prompt_read.emit(done, total)

    def _on_answer_ended(self, end: AnswerEnd) -> None:
        if self._answered is None:
            return
        ending = _ENDINGS.get(end.reason)
        if ending is None:
            ending = talk.failed(f"{end.problem} {end.advice}".strip())
        answer = replace(self._answer, stats=end.stats, ending=ending)
        whole = talk.replace_last_answer(self._answered, answer)
        was_shown = self.is_answering
        self._answered = None
        self._save(whole)
        if was_shown:
            self._shown = whole
            self.answer_ended.emit(answer)

    # ---- conversations ---------------------------------------------------------------------

    def begin(self) -> None:
        """Show a new, empty conversation; an answer under way is stopped and kept."""
        self._leave()
        self._show(self._store.begin())

    def open(self, conversation_id: str) -> None:
        """Show a conversation that was kept."""
        if conversation_id == self._shown.id:
            return
        self._leave()
        self._keeper.run(
            lambda _job: self._store.load(conversation_id),
            on_result=self._show,
            on_error=self.failed.emit,
            owner=self,
        )

    def open_newest(self) -> None:
        """Show the conversation last spoken in, if there is one, and list them all."""

        def newest(_job: object) -> Conversation | None:
            summaries = self._store.list()
            return self._store.load(summaries[0].id) if summaries else None

        def show(found: Conversation | None) -> None:
            # The person may have begun to talk meanwhile.
            if found is not None and not self._shown.turns:
                self._show(found)

        self._keeper.run(newest, on_result=show, on_error=self.failed.emit, owner=self)
        self._list()

    def delete(self, conversation_id: str, on_deleted: Callable[[object], None]) -> None:
        """Delete a conversation; ``on_deleted`` gets what ``restore`` needs to undo it."""
        if conversation_id == self._shown.id:
            self.begin()

        def tell(deleted: DeletedConversation) -> None:
            self._list()
            on_deleted(deleted)

        self._keeper.run(
            lambda _job: self._store.delete(conversation_id),
            on_result=tell,
            on_error=self.failed.emit,
            owner=self,
        )

    def restore(self, deleted: DeletedConversation) -> None:
        """Undo a deletion."""
        self._keeper.run(
            lambda _job: self._store.restore(deleted),
            on_result=lambda _none: self._list(),
            on_error=self.failed.emit,
            owner=self,
        )

    def _take_list(self, summaries: list[ConversationSummary]) -> None:
        self._summaries = summaries
        self.listed.emit(summaries)

    def _leave(self) -> None:
        if self.is_answering:
            self._answers.stop()

    def _show(self, conversation: Conversation) -> None:
        self._shown = conversation
        self.opened.emit(conversation)

    def _save(self, conversation: Conversation) -> None:
        self._saved_at = time.monotonic()

        def save(_job: object) -> list[ConversationSummary]:
            self._store.save(conversation)
            return self._store.list()

        self._keeper.run(save, on_result=self._take_list, on_error=self.failed.emit, owner=self)

    def _list(self) -> None:
        self._keeper.run(
            lambda _job: self._store.list(),
            on_result=self._take_list,
            on_error=self.failed.emit,
            owner=self,
        )


def _with_system(conversation: Conversation, settings: Mapping[str, SettingValue]) -> Conversation:
    """The conversation under the system prompt of the settings, unless it has its own."""
    prompt = settings.get("system_prompt")
    if conversation.system_prompt or not isinstance(prompt, str) or not prompt:
        return conversation
    return replace(conversation, system_prompt=prompt)
