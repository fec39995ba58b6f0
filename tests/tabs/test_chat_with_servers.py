"""The chat answered by a server: chosen, streamed, stopped, lost, by clicks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.chat_server import ChatServerFake, Stage, usual
from helpers.servers_user import PATIENCE_MS, ServersDesk
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lollma_gui.core.server_config import ELSEWHERE, AtClose
from lollma_gui.qt.answers import ENGINE, Answers
from lollma_gui.qt.background import Background
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.tabs.chat_tab import ChatTab
from lollma_gui.widgets.theme import Theme

KEY = "sk-very-secret-key"


class ChatUser:
    """Chats through the tab."""

    def __init__(
        self, qtbot: QtBot, desk: ServersDesk, engine: Engine, theme: Theme, folder: Path
    ) -> None:
        self.qtbot = qtbot
        self.desk = desk
        self.settings: dict = {"temperature": 0.5, "system_prompt": "Be brief."}
        self.talker = Background(threads=1)
        self.keeper = Background(threads=1)
        self.store = ConversationStore(folder / "talk.sqlite")
        self.answers = Answers(engine, lambda path: path, desk.servers, self.talker)
        self.session = ChatSession(self.answers, self.store, self.keeper, lambda: self.settings)
        self.tab = ChatTab(self.session, self.answers, engine, theme)
        qtbot.addWidget(self.tab)
        self.tab.resize(1096, 720)
        with qtbot.waitActive(self.tab):
            self.tab.show()
            self.tab.activateWindow()

    def wait(self, condition) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def add(self, url: str) -> ServerSession:
        options = {"url": url}
        session = self.desk.servers.add(
            ELSEWHERE, name="Gaming PC", at_close=AtClose.STOP, options=options
        )
        self.desk.servers.set_key(session, KEY)
        session.start()
        self.wait(lambda: session.status.is_answering)
        return session

    def choose(self, name: str) -> None:
        menu = self.tab.source.menu
        menu.aboutToShow.emit()
        next(one for one in menu.actions() if one.text().startswith(name)).trigger()

    def send(self, text: str) -> None:
        self.tab.composer.set_text(text)
        self.qtbot.mouseClick(self.tab.composer.send_button, Qt.MouseButton.LeftButton)

    def answered(self):
        self.wait(lambda: not self.session.is_answering)
        self.wait(self.keeper.is_idle)
        return self.store.load(self.session.conversation.id).turns[-1]

    def close(self) -> None:
        assert self.talker.shutdown()
        assert self.keeper.shutdown(cancel=False)
        self.store.close()


@pytest.fixture
def chat(
    qtbot: QtBot, desk: ServersDesk, engine: Engine, theme: Theme, tmp_path: Path
) -> Iterator[ChatUser]:
    user = ChatUser(qtbot, desk, engine, theme, tmp_path)
    yield user
    user.close()


def test_a_server_that_is_ready_is_chosen_and_answers(chat: ChatUser) -> None:
    assert not chat.tab.source.isVisible()
    with ChatServerFake() as fake:
        chat.add(fake.url)
        assert chat.answers.chosen == ENGINE
        assert chat.tab.source.isVisible()
        chat.choose("Gaming PC")
        assert "Gaming PC" in chat.tab.source.button.text()
        assert "small" in chat.tab.composer.draft.placeholderText()
        pieces: list[str] = []
        chat.session.text.connect(pieces.append)
        chat.send("Hello")
        turn = chat.answered()
        assert "".join(pieces) == turn.text == "Good day."
        assert (turn.model_name, turn.ending) == ("small", "")
        assert turn.stats.first_token_seconds is not None
        body, authorization = fake.asked[0]
        assert authorization == f"Bearer {KEY}"
        assert body["model"] == "small"
        assert body["messages"][0] == {"role": "system", "content": "Be brief."}
        assert body["temperature"] == 0.5


def test_stop_is_heard_at_once_and_the_next_question_is_answered(chat: ChatUser) -> None:
    def endless(stage: Stage) -> None:
        stage.begin()
        stage.until_gone()

    with ChatServerFake(endless) as fake:
        chat.add(fake.url)
        chat.choose("Gaming PC")
        chat.send("Count")
        chat.wait(lambda: chat.tab.composer.mode == "generating")
        chat.wait(lambda: chat.session._answer.text)
        chat.qtbot.mouseClick(chat.tab.composer.stop_button, Qt.MouseButton.LeftButton)
        turn = chat.answered()
        assert turn.ending == "stopped"
        assert turn.text.startswith("on ")
        assert fake.gone.wait(60)
        assert chat.tab.composer.mode == "idle"
        fake.act = usual
        chat.send("And now?")
        assert chat.answered().text == "Good day."


def test_a_server_that_goes_in_mid_answer_leaves_what_it_said_and_a_reason(chat: ChatUser) -> None:
    def half(stage: Stage) -> None:
        stage.begin()
        stage.say("Half a")

    with ChatServerFake(half) as fake:
        session = chat.add(fake.url)
        chat.choose("Gaming PC")
        chat.send("Hello")
        turn = chat.answered()
    assert turn.text == "Half a"
    assert turn.has_failed
    assert "Gaming PC broke off" in turn.ending
    session.stop()
    chat.wait(lambda: chat.answers.chosen == ENGINE)
    assert not chat.tab.source.isVisible()


def test_a_server_that_is_gone_when_asked_is_said_in_a_sentence(chat: ChatUser) -> None:
    with ChatServerFake() as fake:
        chat.add(fake.url)
        chat.choose("Gaming PC")
    chat.send("Hello")
    chat.wait(lambda: chat.tab.composer.mode == "idle")
    endings = [turn.ending for turn in chat.session.conversation.turns]
    said = " ".join([*chat.tab.notices.titles, *endings])
    assert "Gaming PC" in said


def test_a_server_without_a_model_is_not_asked(chat: ChatUser) -> None:
    with ChatServerFake(models=()) as fake:
        chat.add(fake.url)
        chat.choose("Gaming PC")
        chat.send("Hello")
        assert "Gaming PC has no model loaded." in chat.tab.notices.titles
        assert fake.asked == []
        assert chat.tab.composer.text() == "Hello"


def test_one_that_was_chosen_stays_while_it_is_silent(chat: ChatUser) -> None:
    with ChatServerFake() as fake:
        session = chat.add(fake.url)
        chat.choose("Gaming PC")
        fake.key = "another"
        session.start()
        chat.wait(lambda: session.status.problem)
        assert chat.answers.chosen == session.config.id
        chat.send("Hello")
        assert any("cannot answer now" in title for title in chat.tab.notices.titles)
        fake.key = ""
        session.start()
        chat.wait(lambda: session.status.is_answering)
        chat.send("Hello")
        assert chat.answered().text == "Good day."
