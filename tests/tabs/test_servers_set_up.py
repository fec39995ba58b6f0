"""A server set up by clicks: who can connect, options, installation."""

from pathlib import Path

from helpers.servers_user import ServersDesk, ServersUser
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from lollma_gui.core.server_config import Access, AtClose
from lollma_gui.core.server_state import ServerState

STOPPED = ServerState.STOPPED


def test_my_network_makes_a_key_and_says_what_it_means(
    desk: ServersDesk, user: ServersUser
) -> None:
    session = desk.add()
    page = user.open(session)
    user.click(page, "My network")
    assert session.config.access is Access.NETWORK
    assert len(session.key) > 20
    assert page.connect_card.isVisible()
    assert page.connect_card.key.text == session.key
    assert "only the key keeps" in page.connect_card.warning.text()
    user.wait(lambda: page.connect_card.code.side or page.connect_card._nowhere.isVisible())
    before = session.key
    user.click(page, "New key")
    assert session.key != before
    user.click(page, "Log")
    user.click(page, "Start")
    user.wait(lambda: session.status.pid is not None and desk.log_of(session.config.id).hear()[1])
    seen = " ".join(desk.log_of(session.config.id).texts())
    assert session.key not in seen
    user.click(page, "This PC only")
    assert session.config.access is Access.THIS_PC


def test_what_is_set_once_is_kept(
    qtbot: QtBot, desk: ServersDesk, user: ServersUser, tmp_path: Path
) -> None:
    session = desk.add()
    page = user.open(session)
    user.click(page, "Options")
    options = page.options
    user.wait(lambda: "trap_server.py" in options.command.text)
    qtbot.mouseClick(options.autostart, Qt.MouseButton.LeftButton, pos=QPoint(12, 12))
    qtbot.mouseClick(options.restart, Qt.MouseButton.LeftButton, pos=QPoint(12, 12))
    user.click(options, "Keep it running")
    options.flags.setFocus()
    qtbot.keyClicks(options.flags, "--deaf")
    options.environment.setFocus()
    qtbot.keyClicks(options.environment, "ONE=1")
    qtbot.keyClick(options.environment, Qt.Key.Key_Return)
    qtbot.keyClicks(options.environment, "nothing")
    options.flags.setFocus()
    config = session.config
    assert (config.autostart, config.restart.is_on) == (True, True)
    assert config.at_close is AtClose.KEEP
    assert config.extra_flags == "--deaf"
    assert config.environment == (("ONE", "1"),)
    user.wait(lambda: "--deaf" in options.command.text)
    user.wait(lambda: '"at_close": "keep running"' in (tmp_path / "servers.json").read_text())
    user.click(options, "Stop it")


def test_what_is_not_there_is_installed_with_progress_and_can_be_cancelled(
    desk: ServersDesk, user: ServersUser, tmp_path: Path
) -> None:
    user.wait(lambda: any(one.config.program == "absent" for one in desk.servers.sessions))
    session = next(one for one in desk.servers.sessions if one.config.program == "absent")
    user.wait(lambda: session.was_looked_for)
    page = user.open(session)
    assert "not installed" in user.tab.list.words_of(session.config.id)
    assert not page.header.start.isEnabled()
    assert page.setup.isVisible()
    user.click(page, "Install")
    if page.part.current() == "install":
        user.click(page.setup, "Install")
    user.is_in(session, ServerState.INSTALLING)
    user.wait(lambda: "downloading" in user.tab.list.words_of(session.config.id))
    user.wait(lambda: page.header.progress.value() == 420)
    user.wait(lambda: page.log.isVisible() and page.log.text.rows.end == 2)
    user.click(page, "Cancel")
    user.is_in(session, STOPPED)

    user.click(page, "Install")
    user.click(page.setup, "Install")
    user.is_in(session, ServerState.INSTALLING)
    (session.folder / "program" / "go").touch()
    user.wait(lambda: session.found is not None)
    assert "v1.102" in page.header._subtitle.text()
    assert page.header.start.isEnabled()


def test_a_flag_that_opens_the_door_is_warned_of(
    qtbot: QtBot, desk: ServersDesk, user: ServersUser
) -> None:
    page = user.open(desk.add())
    user.click(page, "Options")
    assert not page.options.opening.isVisible()
    qtbot.keyClicks(page.options.flags, "--host 0.0.0.0")
    assert page.options.opening.text().startswith("--host 0.0.0.0 lets others connect")
    page.options.flags.clear()
    assert not page.options.opening.isVisible()
