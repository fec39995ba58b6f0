"""Talk to the model: conversations on the left, the talk in the middle."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core import conversation as talk
from lollma_gui.core.conversation import Conversation, ConversationSummary, Turn
from lollma_gui.core.engine_status import EngineStatus
from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.answers import Answers
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.qt.engine import Engine
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.composer import Composer, Mode
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.menu_button import MenuButton
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.tables import dress_list
from lollma_gui.widgets.theme import Role, Theme
from lollma_gui.widgets.transcript import Transcript

#: What an empty conversation says while nobody could answer, and when somebody can.
_CHOOSE = "Choose a model in the bar at the top, then write below."
_WRITE = "Write below: the model is ready."
_ID_ROLE = int(Qt.ItemDataRole.UserRole)


class ChatTab(QWidget):
    """The chat.

    Signals:
        models_wanted: The person has no model yet and asks for one.
    """

    models_wanted = Signal()

    def __init__(
        self, session: ChatSession, answers: Answers, engine: Engine, theme: Theme
    ) -> None:
        super().__init__()
        self._session = session
        self._answers = answers
        self._engine = engine
        self.notices = NoticeBar(theme)
        self.conversations = _ConversationList()
        self.transcript = Transcript(theme)
        self.composer = Composer(theme)
        self.source = MenuButton("Answers from")
        self.empty = EmptyState(
            "Talk to a model",
            _CHOOSE,
            [("models", "See the models")],
        )
        self.setFocusProxy(self.composer)
        self._middle = QStackedLayout()
        self._build()
        self._connect()
        self._list(session.summaries)
        self._show_conversation(session.conversation)
        self._show_answers()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        self._middle.addWidget(self.empty)
        self._middle.addWidget(self.transcript)
        talk_card = Card()
        talk_card.body.setContentsMargins(0, 0, 0, 0)
        talk_card.body.addLayout(self._middle)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self.notices)
        column.addWidget(talk_card, 1)
        column.addWidget(self.composer)
        self.composer.add_choice(self.source)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(12)
        row.addWidget(self.conversations)
        row.addLayout(column, 1)

    def _connect(self) -> None:
        session = self._session
        self.composer.send_wanted.connect(self._send)
        self.composer.stop_wanted.connect(session.stop)
        self.transcript.retry_wanted.connect(self._retry)
        self.transcript.link_clicked.connect(self._offer_link)
        self.empty.chosen.connect(lambda _key: self.models_wanted.emit())
        self.conversations.new_wanted.connect(self.begin_chat)
        self.conversations.chosen.connect(session.open)
        self.conversations.delete_wanted.connect(self._delete)
        session.opened.connect(self._show_conversation)
        session.turn_added.connect(self._add_turn)
        session.answer_begun.connect(self.transcript.begin_answer)
        session.text.connect(self.transcript.append_text)
        session.prompt_read.connect(self._show_prompt_progress)
        session.answer_ended.connect(self._finish_answer)
        session.listed.connect(self._list)
        session.failed.connect(self._show_error)
        self._answers.changed.connect(self._show_answers)
        self.source.menu.aboutToShow.connect(self._fill_sources)
        QShortcut(QKeySequence("Ctrl+N"), self, self.begin_chat)

    # ---- wishes ----------------------------------------------------------------------------

    def begin_chat(self) -> None:
        """Show a new, empty conversation."""
        self._session.begin()
        self.composer.setFocus()

    def _send(self, text: str) -> None:
        try:
            self._session.send(text)
        except LollmaError as error:
            self._show_error(error)
        else:
            self.composer.accept()

    def _retry(self) -> None:
        try:
            self._session.retry()
        except LollmaError as error:
            self._show_error(error)

    def _delete(self, conversation_id: str) -> None:
        def offer_undo(deleted: object) -> None:
            notice = Notice("The chat was deleted.", action="Undo", key="deleted")
            self.notices.show_notice(notice, lambda: self._session.restore(deleted))  # type: ignore[arg-type]

        self._session.delete(conversation_id, offer_undo)

    def _offer_link(self, address: str) -> None:
        # What a model writes is not trusted: a link is opened only after it was read whole.
        notice = Notice("Open this address in the browser?", address, action="Open", key="link")
        self.notices.show_notice(notice, lambda: _open_in_browser(address))

    # ---- what is shown ---------------------------------------------------------------------

    def _show_conversation(self, conversation: Conversation) -> None:
        self.transcript.show_conversation(conversation)
        self._middle.setCurrentWidget(self.transcript if conversation.turns else self.empty)
        self.conversations.mark(conversation.id)
        self._show_last_figures(conversation)

    def _add_turn(self, turn: Turn) -> None:
        self._middle.setCurrentWidget(self.transcript)
        self.transcript.add_turn(turn)

    def _finish_answer(self, turn: Turn) -> None:
        self.transcript.finish_answer(turn)
        self._show_last_figures(self._session.conversation)
        if turn.stats is not None and turn.stats.dropped_turns:
            self._tell_dropped(turn.stats.dropped_turns)

    def _tell_dropped(self, count: int) -> None:
        questions = "question and its answer" if count == 1 else "questions and their answers"
        self.notices.show_notice(
            Notice(
                f"The model no longer sees the oldest {count} {questions}: its context is full.",
                "A larger n_ctx lets it see more; a new chat begins afresh.",
                key="dropped",
            )
        )

    def _show_prompt_progress(self, done: int, total: int) -> None:
        words = f"Reading the prompt, {done:,} of {total:,} tokens"
        self.transcript.show_progress(words, done / max(total, 1))

    def _show_last_figures(self, conversation: Conversation) -> None:
        answer = conversation.last_answer
        stats = answer.stats if answer else None
        used = stats.context_used if stats else 0
        loaded = self._engine.status.loaded if self._answers.is_engine else None
        size = loaded.n_ctx if loaded else (stats.context_size if stats else 0)
        self.composer.set_status(used, size, talk.speed_line(stats))

    def _show_answers(self) -> None:
        """Who answers, and what that one is doing."""
        answers, status = self._answers, self._engine.status
        self.composer.set_mode(_composer_mode(answers))
        name = answers.model_name()
        self._show_first_step(not answers.is_engine or status.is_loaded)
        waiting = not answers.is_engine or status.is_loaded or status.is_busy
        self.composer.set_placeholder(f"Message {name}…" if waiting and name else "Message…")
        choices = answers.choices()
        self.source.setVisible(len(choices) > 1)
        self.source.show_choice(next(c.name for c in choices if c.key == answers.chosen))
        self._show_base_model(status if answers.is_engine else None)

    def _show_first_step(self, is_ready: bool) -> None:
        """What an empty conversation says."""
        self.empty.set_text(_WRITE if is_ready else _CHOOSE)
        self.empty.buttons["models"].setVisible(not is_ready)

    def _show_base_model(self, status: EngineStatus | None) -> None:
        """Whether our engine is to answer with a model that cannot chat."""
        if status and status.loaded is not None and not status.loaded.has_chat_template:
            self.notices.show_notice(
                Notice(
                    "This is a base model: it was never taught to chat.",
                    "It carries texts on; for conversations choose an instruct or chat model.",
                    key="base model",
                )
            )
        else:
            self.notices.clear("base model")

    def _fill_sources(self) -> None:
        menu = self.source.menu
        menu.clear()
        for choice in self._answers.choices():
            words = f"{choice.name}\t{choice.model}".rstrip().replace("&", "&&")
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(choice.key == self._answers.chosen)
            action.triggered.connect(lambda _=False, key=choice.key: self._answers.choose(key))

    def _list(self, summaries: Sequence[ConversationSummary]) -> None:
        self.conversations.show_summaries(summaries, self._session.conversation.id)

    def _show_error(self, error: LollmaError) -> None:
        self.notices.show_notice(Notice(error.title, error.advice, role=Role.BAD, key="error"))


def _open_in_browser(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))


def _composer_mode(answers: Answers) -> Mode:
    if answers.is_stopping:
        return "stopping"
    return "generating" if answers.is_answering else "idle"


class _ConversationList(Card):
    """All conversations, newest first, under headings by age.

    Signals:
        new_wanted: A new chat.
        chosen: The id of the conversation to show.
        delete_wanted: The id of the conversation to delete.
    """

    new_wanted = Signal()
    chosen = Signal(str)
    delete_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(210)
        self.new_button = button("New chat", primary=True, tooltip="Begin a new chat (Ctrl+N)")
        self.new_button.clicked.connect(self.new_wanted)
        self.list = QListWidget()
        dress_list(self.list, "Chats")
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete_current)
        self.body.addWidget(self.new_button)
        self.body.addWidget(self.list, 1)

    def show_summaries(self, summaries: Sequence[ConversationSummary], shown_id: str) -> None:
        """Show these; the one that is open is marked."""
        now = datetime.now().astimezone()
        self.list.clear()
        heading = ""
        for summary in summaries:
            group = talk.age_group(summary.updated, now)
            if group != heading:
                heading = group
                self._add_heading(group)
            item = QListWidgetItem(summary.title)
            item.setData(_ID_ROLE, summary.id)
            item.setToolTip(summary.title)
            self.list.addItem(item)
        self.mark(shown_id)

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setSizeHint(QSize(0, 28))
        self.list.addItem(item)

    def mark(self, conversation_id: str) -> None:
        """Mark this one as open; none, if it is not in the list yet."""
        self.list.setCurrentRow(-1)
        for row in range(self.list.count()):
            if self.list.item(row).data(_ID_ROLE) == conversation_id:
                self.list.setCurrentRow(row)

    def _choose(self, item: QListWidgetItem) -> None:
        if conversation_id := item.data(_ID_ROLE):
            self.chosen.emit(conversation_id)

    def _open_menu(self, position: QPoint) -> None:
        if not (item := self.list.itemAt(position)) or not item.data(_ID_ROLE):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        delete = menu.addAction("Delete chat")
        delete.triggered.connect(lambda: self.delete_wanted.emit(item.data(_ID_ROLE)))
        menu.popup(self.list.viewport().mapToGlobal(position))

    def _delete_current(self) -> None:
        item = self.list.currentItem()
        if item is not None and item.data(_ID_ROLE):
            self.delete_wanted.emit(item.data(_ID_ROLE))
