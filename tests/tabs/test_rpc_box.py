"""RPC workers in a server's options: added, checked, used, removed by clicks."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.rpc_worker import rpc_worker
from helpers.servers_user import PATIENCE_MS, ServersDesk, ServersUser
from helpers.trap_program import TrapProgram, free_port
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lollma_gui.core.server_config import AtClose
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.tabs.rpc_box import RpcBox
from lollma_gui.widgets.theme import Theme


class LlamaLike(TrapProgram):
    """Under the key of the program that knows ``--rpc``."""

    key = "llama-server"


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, keeper: Background) -> Iterator[ServersDesk]:
    background = Background()
    made = ServersDesk(tmp_path, background, keeper, {"llama-server": LlamaLike()})
    made.servers.load()
    qtbot.waitUntil(lambda: made.servers.is_loaded, timeout=PATIENCE_MS)
    yield made
    with qtbot.waitSignal(made.servers.ended, timeout=PATIENCE_MS):
        made.servers.shut_down()
    made.servers.close()
    assert background.shutdown()


def test_workers_are_listed_checked_used_and_removed(
    qtbot: QtBot, desk: ServersDesk, engine: Engine, theme: Theme
) -> None:
    session = desk.servers.add("llama-server", at_close=AtClose.STOP, port=free_port())
    tab = desk.tab(engine, theme)
    qtbot.addWidget(tab)
    tab.resize(1096, 720)
    with qtbot.waitActive(tab):
        tab.show()
        tab.activateWindow()
    user = ServersUser(qtbot, tab, desk.servers)
    page = user.open(session)
    user.click(page, "Options")
    box = page.findChild(RpcBox)
    assert box is not None
    box.line.setText("nonsense:x")
    user.click(box, "Add")
    assert "no address" in box.said.text()
    nobody = f"127.0.0.1:{free_port()}"
    with rpc_worker() as address:
        for one in (address, nobody):
            box.line.setText(one)
            user.click(box, "Add")
        user.wait(lambda: "15.0 GiB free of 16.0 GiB" in box.words_of(address))
        assert "answers" in box.words_of(address)
        user.wait(lambda: "Nothing answers" in box.words_of(nobody))
        assert not box.said.isVisible()
        box.use.click()
        assert session.config.options == {"rpc": True, "rpc_workers": [address, nobody]}
        assert box.spread.text() == "Choose a model to see what would lie on them."
        session.configure(replace(session.config, model_path="a.gguf"))
        assert box.spread.text() == f"a.gguf over {address}"
    user.click(box, "Check")
    user.wait(lambda: "Nothing answers" in box.words_of(address))
    assert "None of them counts yet" in box.spread.text()
    # A field that was changed elsewhere on the page does not lose them.
    page.options.flags.setText("--verbose")
    page.options.flags.editingFinished.emit()
    qtbot.mouseClick(box._rows[nobody].remove, Qt.MouseButton.LeftButton)
    assert session.config.options == {"rpc": True, "rpc_workers": [address]}
    assert session.config.extra_flags == "--verbose"
