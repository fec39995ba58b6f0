"""A server on another PC: added, looked at, removed and brought back by clicks."""

from collections.abc import Iterator

import pytest
from fakes.chat_server import ChatServerFake
from helpers.servers_user import ServersDesk, ServersUser

from lollma_gui.core.server_config import ELSEWHERE
from lollma_gui.qt.server_session import ServerSession

KEY = "sk-very-secret-key"


@pytest.fixture
def far() -> Iterator[ChatServerFake]:
    with ChatServerFake(models=("small", "large")) as fake:
        fake.key = KEY
        yield fake


def elsewhere(desk: ServersDesk) -> ServerSession:
    return next(one for one in desk.servers.sessions if one.config.program == ELSEWHERE)


def add(user: ServersUser, url: str, key: str = KEY) -> None:
    menu = user.tab.make_menu()
    next(action for action in menu.actions() if action.text() == "On another PC…").trigger()
    menu.deleteLater()
    form = user.tab.form
    form.url.setText(url)
    form.key.setText(key)
    form.name.setText("Gaming PC")
    user.click(form, "Add")


def test_it_is_added_and_shows_how_it_answers(
    desk: ServersDesk, user: ServersUser, far: ChatServerFake
) -> None:
    add(user, far.url.removesuffix("/v1"))
    session = elsewhere(desk)
    user.wait(lambda: session.status.is_answering)
    page = user.tab.elsewhere_page(session.config.id)
    assert page.isVisible()
    assert "Gaming PC, ready" in user.tab.list.words_of(session.config.id)
    facts = dict(page.facts.facts())
    assert facts["Address"] == far.url
    assert facts["Health"].startswith("answers after")
    assert facts["Models"] == "2"
    assert KEY not in str(facts)
    menu = page.model.menu
    menu.aboutToShow.emit()
    next(one for one in menu.actions() if one.text() == "large").trigger()
    user.wait(lambda: session.status.model == "large")
    user.click(page, "Disconnect")
    user.wait(lambda: session.status.is_at_rest)
    user.click(page, "Connect")
    user.wait(lambda: session.status.is_answering)


def test_a_wrong_key_is_said_and_mended(
    desk: ServersDesk, user: ServersUser, far: ChatServerFake
) -> None:
    add(user, far.url, "wrong")
    session = elsewhere(desk)
    page = user.tab.elsewhere_page(session.config.id)
    user.wait(lambda: "key" in page.problem.title)
    assert "does not answer" in user.tab.list.words_of(session.config.id)
    page.form.key.setText(KEY)
    user.click(page.form, "Save")
    user.wait(lambda: session.status.is_answering)
    assert page.problem.title == ""
    assert page.form.key.text() == ""


def test_removing_is_undone_with_its_key(
    desk: ServersDesk, user: ServersUser, far: ChatServerFake
) -> None:
    add(user, far.url)
    session = elsewhere(desk)
    config = session.config
    user.wait(lambda: session.status.is_answering)
    user.click(user.tab.elsewhere_page(config.id), "Remove")
    user.wait(lambda: desk.servers.session(config.id) is None)
    user.click(user.tab.notices, "Undo")
    user.wait(lambda: elsewhere(desk).status.is_answering)
    assert elsewhere(desk).config == config
    assert elsewhere(desk).key == KEY


def test_what_is_no_address_is_not_added(desk: ServersDesk, user: ServersUser) -> None:
    add(user, "http://name:word@pc/v1", "")
    assert "password" in user.tab.form.said.text()
    assert all(one.config.program != ELSEWHERE for one in desk.servers.sessions)
    user.tab.form.url.setText("http://203.0.113.9/v1")
    user.tab.form.key.setText(KEY)
    assert "clear text" in user.tab.form.said.text()
    user.click(user.tab.form, "Cancel")
    assert user.tab.engine_page.isVisible()
