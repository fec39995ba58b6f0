"""A server in the real window: set up by clicks, asked about when the window closes."""

import json
from pathlib import Path

import pytest
from helpers.person import Person
from helpers.servers_window import servers_tab, session_of
from helpers.trap_program import free_port

from lollma_gui.core.server_config import ELSEWHERE, AtClose
from lollma_gui.services.places import Places


def test_every_program_has_its_place_and_nothing_runs_by_itself(person: Person) -> None:
    app = person.start()
    tab = servers_tab(person, app)
    sessions = app.parts.server_parts.servers.sessions
    programs = set(app.parts.server_parts.servers.programs)
    assert {one.config.program for one in sessions} == programs - {ELSEWHERE}
    for session in sessions:
        tab.show_server(session.config.id)
        assert session.config.name in tab.list.words_of(session.config.id)
    person.wait(lambda: all(one.was_looked_for for one in sessions))
    assert all(one.status.is_at_rest for one in sessions)
    # What servers take of the GPUs is read while somebody looks at them.
    person.wait(lambda: app.parts.monitor.latest and app.parts.monitor.latest.processes)
    person.close(app)


@pytest.mark.engine
def test_our_api_runs_with_a_click_and_closing_asks_once(
    person: Person, places: Places, with_starter: Path
) -> None:
    app = person.start()
    tab = servers_tab(person, app)
    session = session_of(app, "engine-api")
    tab.show_server(session.config.id)
    page = tab.page(session.config.id)
    page.header.port.setText(str(free_port()))
    page.header.port.editingFinished.emit()
    menu = page.header.make_menu()
    next(action for action in menu.actions() if "SmolLM2" in action.text()).trigger()
    person.click(page, "Start")
    person.wait(lambda: session.status.is_answering or session.status.problem)
    assert session.status.problem == ""
    assert session.status.api_url.endswith("/v1")
    person.wait(lambda: "answering" in page.header.facts["Health"].value.text())

    app.window.close()
    assert app.window.isVisible()
    assert any(session.config.name in title for title in app.window.notices.titles)
    with person.qtbot.waitSignal(app.ended, timeout=60_000):
        person.click(app.window.notices, "Stop")
    person.forget(app)
    kept = json.loads((places.config / "servers.json").read_text())
    assert AtClose.STOP in [one["at_close"] for one in kept["servers"]]
