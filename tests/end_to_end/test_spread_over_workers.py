"""One model over several PCs, set up by clicks in the real window; the workers are on this PC."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.person import Person
from helpers.rpc_servers import rpc_library, rpc_servers
from helpers.servers_window import servers_tab, session_of
from helpers.trap_program import free_port
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from lollma_gui.core.server_config import AtClose
from lollma_gui.tabs.chat_tab import ChatTab
from lollma_gui.tabs.rpc_box import RpcBox

#: A Python whose llama_cpp has RPC, and a llama-server that has it.
PYTHON, BINARY = (os.environ.get(name, "") for name in ("LOLLMA_RPC_PYTHON", "LOLLMA_LLAMA_SERVER"))

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (PYTHON and BINARY), reason="LOLLMA_RPC_PYTHON and LOLLMA_LLAMA_SERVER are not named"
    ),
]


@pytest.fixture
def workers() -> Iterator[list[str]]:
    with rpc_servers(2, PYTHON, rpc_library(PYTHON)) as addresses:
        yield addresses


def test_a_model_is_spread_over_workers_and_answers(
    person: Person, with_starter: Path, workers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (BINARY, ""))
    app = person.start()
    app.parts.settings.set_value("n_ctx", 1024)
    app.parts.settings.set_value("max_new_tokens", 24)
    tab, session = servers_tab(person, app), session_of(app, "llama-server")
    tab.show_server(session.config.id)
    page = tab.page(session.config.id)
    person.wait(lambda: session.was_looked_for)
    person.click(page, "Install")
    person.click(page, "It is here already…")
    person.wait(lambda: session.found is not None)
    page.header.port.setText(str(free_port()))
    page.header.port.editingFinished.emit()
    menu = page.header.make_menu()
    next(action for action in menu.actions() if "SmolLM2" in action.text()).trigger()
    person.click(page, "Options")
    page.options.at_close.choose(AtClose.STOP.value)
    page.options.at_close.chosen.emit(AtClose.STOP.value)
    # With this its log says what lies where.
    page.options.flags.setText("--log-verbosity 4")
    page.options.flags.editingFinished.emit()
    box = page.findChild(RpcBox)
    assert box is not None
    for address in workers:
        box.line.setText(address)
        person.click(box, "Add")
        person.wait(lambda address=address: "free of" in box.words_of(address))
    person.qtbot.mouseClick(box.use, Qt.MouseButton.LeftButton)
    person.wait(lambda: box.spread.text().startswith("Fits with"))
    assert all(f"{address}: needs" in box.spread.text() for address in workers)

    person.click(page, "Start")
    person.wait(lambda: session.status.model or session.status.problem)
    assert session.status.problem == ""
    log = app.parts.server_parts.log_of(session.config.id)
    for address in workers:
        # Its number is that of the device among the worker's own.
        held = f"RPC0[{address}] model buffer size"
        person.wait(lambda held=held: any(held in line for line in log.texts()))

    chat = app.window.show_page("Chat")
    assert isinstance(chat, ChatTab)
    person.wait(lambda: chat.source.isVisible())
    chat.source.menu.aboutToShow.emit()
    next(a for a in chat.source.menu.actions() if a.text().startswith("llama-server")).trigger()
    chat.composer.set_text("Name the days of the week.")
    with person.qtbot.waitSignal(app.parts.session.answer_ended, timeout=60_000) as ended:
        person.qtbot.mouseClick(chat.composer.send_button, Qt.MouseButton.LeftButton)
    assert ended.args[0].text
    assert ended.args[0].model_name == session.status.model
