"""The tab Servers in the whole app."""

from helpers.person import Person

from lollma_gui.app import LollmaApp
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.tabs.servers_tab import ServersTab


def servers_tab(person: Person, app: LollmaApp) -> ServersTab:
    person.wait(lambda: app.parts.server_parts.servers.is_loaded)
    tab = app.window.show_page("Servers")
    assert isinstance(tab, ServersTab)
    return tab


def session_of(app: LollmaApp, program: str) -> ServerSession:
    sessions = app.parts.server_parts.servers.sessions
    return next(one for one in sessions if one.config.program == program)
