"""Conversations with the real model, kept whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.servers_user import ServersDesk
from pytestqt.qtbot import QtBot

from lollma_gui.core.engine_status import EngineState
from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.answers import Answers
from lollma_gui.qt.background import Background
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.qt.engine import Engine
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.services.engine.links import ProcessLink

pytestmark = pytest.mark.engine

WEEK = "Name the days of the week."
PATIENCE_MS = 60_000


class Talk:
    """A session with its engine and store, and the settings that tests change."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.settings: dict = {"temperature": 0.0, "max_new_tokens": 24}
        self.keeper = Background(threads=1)
        self.engine = Engine(ProcessLink)
        self.store = ConversationStore(folder / "talk.sqlite")
        self.servers = ServersDesk(folder, self.keeper, self.keeper).servers
        self.answers = Answers(self.engine, lambda path: Path(path).stem, self.servers, self.keeper)
        self.session = ChatSession(self.answers, self.store, self.keeper, lambda: self.settings)
        self.session.failed.connect(lambda error: pytest.fail(str(error)))

    def load(self, model: Path) -> None:
        self.engine.load(str(model), {"n_ctx": 1024})
        self.wait(lambda: self.engine.status.state is EngineState.READY)

    def wait(self, condition) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def ask(self, text: str) -> str:
        with self.qtbot.waitSignal(self.session.answer_ended, timeout=PATIENCE_MS) as ended:
            self.session.send(text)
        return ended.args[0].text

    def close(self) -> None:
        gone = (EngineState.NOT_LOADED, EngineState.CRASHED)
        if self.engine.status.state not in gone:
            with self.qtbot.waitSignal(self.engine.ended, timeout=PATIENCE_MS):
                self.engine.shut_down()
        assert self.keeper.shutdown(cancel=False)
        self.store.close()


@pytest.fixture
def talk(qtbot: QtBot, tmp_path: Path) -> Iterator[Talk]:
    talk = Talk(qtbot, tmp_path)
    yield talk
    talk.close()


def test_without_a_model_nothing_is_changed_and_the_reason_is_told(talk: Talk) -> None:
    with pytest.raises(LollmaError, match="cannot answer"):
        talk.session.send("Hello")
    assert talk.session.conversation.turns == ()


def test_text_streams_and_the_whole_answer_is_kept(talk: Talk, starter_model: Path) -> None:
    talk.load(starter_model)
    pieces: list[str] = []
    talk.session.text.connect(pieces.append)
    answer = talk.ask(WEEK)
    assert len(pieces) > 1
    assert "".join(pieces) == answer
    talk.wait(talk.keeper.is_idle)
    kept = talk.store.load(talk.session.conversation.id)
    assert [turn.text for turn in kept.turns] == [WEEK, answer]
    assert kept.turns[1].model_name == starter_model.stem
    assert kept.turns[1].stats is not None


def test_with_streaming_off_the_text_comes_at_the_end(talk: Talk, starter_model: Path) -> None:
    talk.load(starter_model)
    talk.settings["streaming"] = False
    pieces: list[str] = []
    talk.session.text.connect(pieces.append)
    assert "Monday" in talk.ask(WEEK)
    assert pieces == []


def test_max_updates_second_is_handed_to_whoever_paints(talk: Talk, starter_model: Path) -> None:
    talk.load(starter_model)
    talk.settings["max_updates_second"] = 7
    with talk.qtbot.waitSignal(talk.session.answer_begun) as begun:
        talk.ask(WEEK)
    assert begun.args == [starter_model.stem, 7]


def test_the_system_prompt_of_the_settings_reaches_the_model(
    talk: Talk, starter_model: Path
) -> None:
    talk.load(starter_model)
    plain = talk.ask(WEEK)
    short = talk.session.conversation.last_answer.stats.prompt_tokens
    talk.session.begin()
    talk.settings["system_prompt"] = "You are a pirate. " * 20
    assert talk.ask(WEEK) != plain
    assert talk.session.conversation.last_answer.stats.prompt_tokens > short + 60


def test_another_conversation_can_be_opened_while_one_is_answered(
    talk: Talk, starter_model: Path
) -> None:
    talk.load(starter_model)
    talk.settings["max_new_tokens"] = 900
    talk.session.send("Write a long story.")
    first = talk.session.conversation
    talk.wait(lambda: talk.engine.status.state is EngineState.GENERATING)
    talk.session.begin()
    assert talk.session.conversation.turns == ()
    talk.wait(lambda: talk.engine.status.state is EngineState.READY)
    assert talk.session.conversation.turns == ()
    talk.wait(talk.keeper.is_idle)
    kept = talk.store.load(first.id)
    assert kept.turns[1].ending == "stopped"
    assert kept.turns[1].text
    with talk.qtbot.waitSignal(talk.session.opened):
        talk.session.open(first.id)
    assert talk.session.conversation == kept


def test_a_deleted_conversation_can_be_brought_back(talk: Talk, starter_model: Path) -> None:
    talk.load(starter_model)
    talk.ask(WEEK)
    old = talk.session.conversation
    deleted: list[object] = []
    talk.session.delete(old.id, deleted.append)
    talk.wait(lambda: bool(deleted))
    assert talk.session.conversation.id != old.id
    assert talk.store.list() == []
    talk.session.restore(deleted[0])
    talk.wait(lambda: [summary.id for summary in talk.session.summaries] == [old.id])
    assert talk.store.load(old.id) == old
