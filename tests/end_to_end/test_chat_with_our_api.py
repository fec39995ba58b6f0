"""The real window chats with a real server: our engine's API, started by a click."""

from pathlib import Path

import pytest
from fakes.chat_server import ChatServerFake
from helpers.person import Person
from helpers.servers_window import servers_tab, session_of
from helpers.trap_program import free_port
from PySide6.QtCore import Qt

from lollma_gui.app import LollmaApp
from lollma_gui.core.conversation import Turn
from lollma_gui.core.server_config import ELSEWHERE, AtClose
from lollma_gui.qt.answers import ENGINE
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.services.places import Places
from lollma_gui.tabs.chat_tab import ChatTab
from lollma_gui.tabs.servers_tab import ServersTab


def ask(person: Person, app: LollmaApp, chat: ChatTab, text: str) -> Turn:
    chat.composer.set_text(text)
    with person.qtbot.waitSignal(app.parts.session.answer_ended, timeout=60_000) as ended:
        person.qtbot.mouseClick(chat.composer.send_button, Qt.MouseButton.LeftButton)
    turn: Turn = ended.args[0]
    return turn


def choose(chat: ChatTab, name: str) -> None:
    chat.source.menu.aboutToShow.emit()
    next(one for one in chat.source.menu.actions() if one.text().startswith(name)).trigger()


@pytest.mark.engine
def test_the_chat_is_answered_by_our_api_and_by_the_engine_again(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    tab, session = servers_tab(person, app), session_of(app, "engine-api")
    tab.show_server(session.config.id)
    page = tab.page(session.config.id)
    page.options.at_close.choose(AtClose.STOP.value)
    page.options.at_close.chosen.emit(AtClose.STOP.value)
    page.header.port.setText(str(free_port()))
    page.header.port.editingFinished.emit()
    app.parts.server_parts.servers.set_key(session, "sk-only-in-the-header")
    menu = page.header.make_menu()
    next(action for action in menu.actions() if "SmolLM2" in action.text()).trigger()
    person.click(page, "Start")
    person.wait(lambda: session.status.is_answering or session.status.problem)
    assert session.status.problem == ""

    chat = app.window.show_page("Chat")
    assert isinstance(chat, ChatTab)
    person.wait(lambda: chat.source.isVisible())
    choose(chat, session.config.name)
    app.parts.settings.set_value("max_new_tokens", 24)
    turn = ask(person, app, chat, "Name the days of the week.")
    assert turn.ending in ("", "length"), turn.ending
    assert turn.text
    assert turn.model_name == session.status.model
    assert turn.stats is not None
    assert turn.stats.tokens_per_second is not None
    assert turn.stats.first_token_seconds is not None

    tab.show_server(session.config.id)
    app.window.show_page("Servers")
    person.click(page, "Stop")
    person.wait(lambda: app.parts.answers.chosen == ENGINE)
    assert not chat.source.isVisible()
    person.close(app)


def test_a_server_elsewhere_is_there_again_after_a_restart_with_its_key(
    person: Person, places: Places
) -> None:
    key = "sk-only-with-the-secrets"
    with ChatServerFake() as far:
        far.key = key
        app = person.start()
        person.wait(lambda: app.parts.server_parts.servers.is_loaded)
        tab = app.window.show_page("Servers")
        assert isinstance(tab, ServersTab)
        menu = tab.make_menu()
        next(action for action in menu.actions() if action.text() == "On another PC…").trigger()
        menu.deleteLater()
        tab.form.url.setText(far.url)
        tab.form.key.setText(key)
        tab.form.name.setText("Gaming PC")
        person.click(tab.form, "Add")
        person.wait(lambda: elsewhere(app).status.is_answering)
        person.close(app)
        assert key not in (places.config / "servers.json").read_text()

        app = person.start()
        person.wait(lambda: app.parts.server_parts.servers.is_loaded)
        person.wait(lambda: elsewhere(app).status.is_answering)
        chat = app.window.show_page("Chat")
        assert isinstance(chat, ChatTab)
        choose(chat, "Gaming PC")
        assert ask(person, app, chat, "Hello").text == "Good day."
        assert far.asked[0][1] == f"Bearer {key}"
        person.close(app)


def elsewhere(app: LollmaApp) -> ServerSession:
    sessions = app.parts.server_parts.servers.sessions
    return next(one for one in sessions if one.config.program == ELSEWHERE)
