"""The Servers tab as a person clicks through it, over real small servers that misbehave."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.servers_user import PATIENCE_MS, ServersDesk, ServersUser
from helpers.trap_program import free_port
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QScrollArea, QScrollBar, QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.fit_changes import Change
from lollma_gui.core.server_config import Access, AtClose, RestartRule
from lollma_gui.core.server_state import ServerState
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.server_notices import ServerNotices
from lollma_gui.widgets.notice import NoticeBar
from lollma_gui.widgets.theme import Role, Theme

CRASHED, READY, STOPPED = ServerState.CRASHED, ServerState.READY, ServerState.STOPPED


def test_a_server_is_started_used_switched_and_stopped(
    desk: ServersDesk, user: ServersUser, theme: Theme
) -> None:
    session = desk.add()
    page = user.open(session)
    user.click(page, "Start")
    user.wait(lambda: session.status.is_answering)
    header = page.header
    assert header.facts["API"].value.text() == session.status.api_url
    health = header.facts["Health"].value
    assert "answering" in health.text()
    assert health.palette().color(QPalette.ColorRole.WindowText) == theme.palette.colour(Role.GOOD)
    assert f"PID {session.status.pid}" in header._subtitle.text()
    user.wait(lambda: header.facts["RAM"].value.text().endswith("MiB"))
    user.click(header, "Copy")
    assert QApplication.clipboard().text() == session.status.api_url
    user.wait(lambda: "listening with key" in " ".join(desk.log_of(session.config.id).texts()))

    menu = header.make_menu()
    next(action for action in menu.actions() if action.text().startswith("gpt-oss")).trigger()
    user.wait(lambda: session.status.model == "b.gguf" and session.status.is_answering)
    assert header.model.text().startswith("gpt-oss-20b")
    assert ", ready" in user.tab.list.words_of(session.config.id)

    first = session.status.pid
    user.click(page, "Restart")
    user.wait(lambda: session.status.is_answering and session.status.pid != first)
    user.click(page, "Stop")
    user.is_in(session, STOPPED)
    assert header.start.isVisible()
    assert not header.stop.isVisible()
    assert header.facts["RAM"].value.text() == "-"


def test_the_browser_opens_when_it_really_answers(
    desk: ServersDesk, user: ServersUser, tmp_path: Path
) -> None:
    session = desk.add(f"--slow {tmp_path / 'go'}")
    page = user.open(session)
    user.click(page, "Start")
    user.is_in(session, ServerState.STARTING)
    assert not page.header.browser.isVisible() or not page.header.browser.isEnabled()
    (tmp_path / "go").touch()
    user.wait(lambda: page.header.browser.isEnabled() and page.header.browser.isVisible())
    user.click(page, "Open in browser")
    assert desk.desk.shown == [session.status.web_url]


def test_a_slow_start_is_called_off(desk: ServersDesk, user: ServersUser, tmp_path: Path) -> None:
    session = desk.add(f"--slow {tmp_path / 'never'}")
    page = user.open(session)
    user.click(page, "Start")
    user.is_in(session, ServerState.STARTING)
    assert page.header.progress.isVisible()
    user.click(page, "Stop")
    user.is_in(session, STOPPED)
    assert page.problem.title == ""


def test_a_taken_port_is_told_and_the_next_one_used(desk: ServersDesk, user: ServersUser) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        session = desk.add(port=port)
        page = user.open(session)
        user.click(page, "Start")
        user.wait(lambda: page.problem.title)
        assert page.problem.title.startswith(f"Port {port} is taken by")
        assert f"PID {os.getpid()}" in page.problem.title
        taken = session.status.taken_port
        assert taken is not None
        user.click(page.problem, f"Use port {taken.next_free}")
        user.wait(lambda: session.status.is_answering)
    assert page.header.port.text() == str(taken.next_free)
    assert page.problem.title == ""


HOLDER = """
import socket, sys
with socket.socket() as port:
    port.bind(("127.0.0.1", 0))
    port.listen()
    print(port.getsockname()[1], flush=True)
    sys.stdin.read()
"""


def test_who_has_the_port_is_ended(desk: ServersDesk, user: ServersUser, tmp_path: Path) -> None:
    # It may be ended because it runs models, as far as its command line says.
    script = tmp_path / "koboldcpp.py"
    script.write_text(HOLDER)
    holder = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        session = desk.add(port=int(holder.stdout.readline()))
        page = user.open(session)
        user.click(page, "Start")
        user.wait(lambda: page.problem.title)
        taken = session.status.taken_port
        assert taken is not None
        user.click(page.problem, f"End {taken.program} (PID {holder.pid})")
        user.wait(lambda: session.status.is_answering)
        assert holder.wait() != 0
    finally:
        holder.kill()
        holder.communicate()


def test_a_crash_is_told_with_its_lines_and_mended(
    desk: ServersDesk, user: ServersUser, tmp_path: Path
) -> None:
    session = desk.add(f"--dies-when {tmp_path / 'die'}")
    page = user.open(session)
    user.click(page, "Start")
    user.wait(lambda: session.status.is_answering)
    (tmp_path / "die").touch()
    user.is_in(session, CRASHED)
    user.wait(lambda: page.problem.title)
    assert ", crashed" in user.tab.list.words_of(session.config.id)
    assert "error: no kernel image is available" in page.problem._lines.text()
    (tmp_path / "die").unlink()
    user.click(page.problem, "Start again")
    user.wait(lambda: session.status.is_answering)
    assert page.problem.title == ""


def test_too_little_memory_offers_settings_that_fit(desk: ServersDesk, user: ServersUser) -> None:
    desk.desk.offered = [
        Change("Use q8_0 for the context", {"type_k": "q8_0"}),
        Change("Shorten the context to 8,192 tokens", {"n_ctx": 8192}),
    ]
    session = desk.add("--lies", model_path="a.gguf")
    page = user.open(session)
    user.click(page, "Start")
    user.wait(lambda: session.status.is_answering)
    session.switch_model("bad.gguf")
    user.wait(lambda: page.problem.title)
    assert "not enough memory" in page.problem.title
    user.click(page.problem, "Show what fits")
    assert desk.desk.shown == ["fit bad.gguf"]
    pid = session.status.pid
    user.click(page.problem, "Shorten the context to 8,192 tokens")
    assert desk.desk.taken == [("bad.gguf", {"n_ctx": 8192})]
    user.wait(lambda: session.status.pid not in (pid, None))


def test_taking_the_model_from_one_that_needs_it_says_that_it_stops_and_stops_it(
    desk: ServersDesk, user: ServersUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.add(model_path="a.gguf")
    monkeypatch.setattr(session.program, "needs_model", True)
    page = user.open(session)
    assert page.header.make_menu().actions()[0].text().startswith("No model\t")
    user.click(page, "Start")
    user.wait(lambda: session.status.is_answering)
    none = page.header.make_menu().actions()[0]
    assert none.text().startswith("No model (it is stopped)")
    none.trigger()
    user.is_in(session, STOPPED)
    assert page.problem.title == ""
    assert session.config.model_path == ""


def test_it_is_started_again_after_a_crash_unless_called_off(
    desk: ServersDesk, user: ServersUser
) -> None:
    rule = RestartRule(is_on=True, first_seconds=60.0)
    session = desk.add("--exits 3", restart=rule)
    page = user.open(session)
    user.click(page, "Start")
    user.wait(lambda: session.status.restart_at is not None)
    assert "starts again in" in page.header._subtitle.text()
    user.click(page, "Stay stopped")
    user.wait(lambda: session.status.restart_at is None)
    assert user.tab.list.words_of(session.config.id).endswith(", stopped")
    assert page.problem.title == ""


def test_a_flood_of_lines_is_shown_and_stopped(desk: ServersDesk, user: ServersUser) -> None:
    session = desk.add("--floods")
    page = user.open(session)
    user.click(page, "Start")
    rows = page.log.text.rows
    user.wait(lambda: rows.first > 100_000 and session.status.is_answering)
    assert rows.end - rows.first == 100_000
    assert "again and again" in page.log.text._seen()[-2].text
    user.click(page, "Stop")
    user.is_in(session, STOPPED)


def test_what_an_earlier_run_left_running_is_taken_over(
    qtbot: QtBot,
    tmp_path: Path,
    keeper: Background,
    desk: ServersDesk,
    engine: Engine,
    theme: Theme,
) -> None:
    before = desk.add(at_close=AtClose.KEEP)
    before.start()
    qtbot.waitUntil(lambda: before.status.is_answering, timeout=PATIENCE_MS)
    pid = before.status.pid
    with qtbot.waitSignal(desk.servers.ended, timeout=PATIENCE_MS):
        desk.servers.shut_down()

    later = ServersDesk(tmp_path, desk.background, keeper)
    tab = later.tab(engine, theme)
    qtbot.addWidget(tab)
    tab.show()
    later.servers.load()
    user = ServersUser(qtbot, tab, later.servers)
    user.wait(lambda: later.servers.session(before.config.id) is not None)
    session = later.servers.session(before.config.id)
    assert session is not None
    page = tab.page(session.config.id)
    assert tab.list.current == session.config.id
    assert "still runs from before" in tab.list.words_of(session.config.id)
    assert f"PID {pid}" in page.problem.title
    user.click(page.problem, "Take it over")
    user.wait(lambda: session.status.is_answering)
    assert session.status.pid == pid
    assert page.problem.title == ""
    user.click(page, "Stop")
    user.is_in(session, STOPPED)
    with qtbot.waitSignal(later.servers.ended, timeout=PATIENCE_MS):
        later.servers.shut_down()
    later.servers.close()


@pytest.mark.parametrize("place", ["notice", "page"])
def test_what_is_left_over_is_ended_in_one_place_and_gone_from_both(
    qtbot: QtBot,
    tmp_path: Path,
    keeper: Background,
    desk: ServersDesk,
    engine: Engine,
    theme: Theme,
    place: str,
) -> None:
    before = desk.add(at_close=AtClose.KEEP)
    before.start()
    qtbot.waitUntil(lambda: before.status.is_answering, timeout=PATIENCE_MS)
    with qtbot.waitSignal(desk.servers.ended, timeout=PATIENCE_MS):
        desk.servers.shut_down()

    later = ServersDesk(tmp_path, desk.background, keeper)
    tab, notices = later.tab(engine, theme), NoticeBar(theme)
    speaker = ServerNotices(later.servers, notices, tab.close, later)
    for widget in (notices, tab):
        qtbot.addWidget(widget)
        widget.show()
    later.servers.load()
    user = ServersUser(qtbot, tab, later.servers)
    user.wait(lambda: notices.titles)
    session = later.servers.session(before.config.id)
    assert session is not None
    page = user.open(session)
    user.click(notices if place == "notice" else page.problem, "End it")
    user.wait(lambda: not page.problem.title and not notices.titles)
    assert tab.list.words_of(session.config.id).endswith(", stopped")
    assert speaker.may_close()
    with qtbot.waitSignal(later.servers.ended, timeout=PATIENCE_MS):
        later.servers.shut_down()
    later.servers.close()


def test_what_was_changed_while_it_runs_asks_for_a_restart(
    desk: ServersDesk, user: ServersUser
) -> None:
    session = desk.add()
    page = user.open(session)
    user.click(page, "Start")
    user.wait(lambda: session.status.is_answering)
    assert not page.header.hint.isVisible()
    page._set_port(free_port())
    assert page.header.hint.isVisible()
    user.click(page, "Restart")
    user.wait(lambda: not page.header.hint.isVisible() and session.status.is_answering)
    assert session.status.api_url.endswith(f":{session.config.port}/v1")


def test_every_control_has_a_name_and_the_tab_works_by_keyboard_alone(
    qtbot: QtBot, desk: ServersDesk, user: ServersUser
) -> None:
    session = desk.add()
    page = user.open(session)
    for part in ("options", "install", "connect", "log"):
        page.show_part(part)
        nameless = [
            f"{type(one).__name__} {one.objectName()}"
            for one in user.tab.findChildren(QWidget)
            if one.isVisible()
            and one.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not isinstance(one, QScrollArea | QScrollBar)
            and not one.accessibleName()
            and not getattr(one, "text", str)()
        ]
        assert nameless == []
    user.tab.list._items[session.config.id].setFocus()
    for _ in range(40):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is page.header.start:
            break
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    user.wait(lambda: session.status.is_answering)


def test_the_list_is_walked_by_keyboard(qtbot: QtBot, desk: ServersDesk, user: ServersUser) -> None:
    user.wait(lambda: len(desk.servers.sessions) == 2)
    items = user.tab.list._items
    items["engine"].setFocus()
    qtbot.keyClick(items["engine"], Qt.Key.Key_Down)
    assert user.tab.list.current == next(iter(desk.servers.sessions)).config.id
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Home)
    assert user.tab.list.current == "engine"


def test_one_more_server_is_added_named_and_removed_and_that_is_undone(
    desk: ServersDesk, user: ServersUser
) -> None:
    user.wait(lambda: len(desk.servers.sessions) == 2)
    first = next(one for one in desk.servers.sessions if one.config.program == "trap")
    page = user.open(first)
    page.show_part("options")
    assert not page.options.remove.isEnabled(), "of each program one stays"
    menu = user.tab.make_menu()
    next(action for action in menu.actions() if action.text() == "Trap").trigger()
    second = desk.servers.sessions[-1]
    assert user.tab.list.current == second.config.id
    assert second.config.name == "Trap 2"
    assert second.config.port == first.program.ports(first.config)[0].number + 1
    page = user.tab.page(second.config.id)
    page.show_part("options")
    page.options.name.setText("For the phone")
    page.options.name.editingFinished.emit()
    assert "For the phone" in user.tab.list.words_of(second.config.id)
    desk.servers.set_access(second, Access.NETWORK)
    config, key = second.config, second.key
    user.click(page, "Remove from the list")
    assert desk.servers.session(config.id) is None
    assert user.tab.list.current == "engine"
    user.click(user.tab.notices, "Undo")
    again = desk.servers.session(config.id)
    assert again is not None
    assert (again.config, again.key) == (config, key)
    assert user.tab.list.current == config.id
    user.click(user.tab.page(config.id), "Start")
    user.wait(lambda: again.status.is_answering)
    assert user.tab.list.words_of(config.id).startswith("For the phone, ready")
