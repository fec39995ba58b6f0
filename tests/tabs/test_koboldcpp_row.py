"""KoboldCpp's files of settings, imported and exported in the window."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.servers_user import ServersDesk, ServersUser, open_desk
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from lollma_gui.core.readings import GpuSurvey
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.services.servers.koboldcpp import KoboldCpp
from lollma_gui.widgets.theme import Theme


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, keeper: Background) -> Iterator[ServersDesk]:
    programs = {"koboldcpp": KoboldCpp(GpuSurvey)}
    with open_desk(qtbot, tmp_path / "home", keeper, programs) as made:
        yield made


@pytest.fixture
def user(qtbot: QtBot, desk: ServersDesk, engine: Engine, theme: Theme) -> ServersUser:
    tab = desk.tab(engine, theme)
    qtbot.addWidget(tab)
    with qtbot.waitActive(tab):
        tab.show()
        tab.activateWindow()
    return ServersUser(qtbot, tab, desk.servers)


def test_a_file_is_imported_without_its_passwords_and_exported(
    desk: ServersDesk, user: ServersUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model.gguf"
    model.touch()
    theirs, ours = tmp_path / "theirs.kcpps", tmp_path / "ours.kcpps"
    keys = {"contextsize": 8192, "model_param": str(model), "password": "word-of-pass"}
    keys |= {"hordekey": "key-of-horde", "sdquant": 2, "host": "0.0.0.0"}
    theirs.write_text(json.dumps(keys))
    (session,) = desk.servers.sessions
    page = user.open(session)
    page.show_part("options")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(theirs), ""))
    user.click(page.options, "Import…")
    user.wait(lambda: desk.desk.taken)
    assert desk.desk.taken == [(str(model), {"n_ctx": 8192})]
    assert session.config.model_path == str(model)
    assert user.tab.notices.titles == ["1 setting is in the profile of model.gguf now."]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(ours), ""))
    user.click(page.options, "Export…")
    user.wait(lambda: len(user.tab.notices.titles) == 2)
    written = json.loads(ours.read_text())
    assert written["model_param"] == str(model)
    assert written["sdquant"] == 2, "what LoLLMa has no setting for is kept"
    assert "host" not in written

    kept = tmp_path / "home" / "servers.json"
    user.wait(lambda: "sdquant" in kept.read_text())
    for said in (kept.read_text(), ours.read_text()):
        assert "word-of-pass" not in said
        assert "key-of-horde" not in said


def test_settings_of_no_model_that_is_here_are_not_lost_in_silence(
    desk: ServersDesk, user: ServersUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs.kcpps"
    theirs.write_text(json.dumps({"contextsize": 8192, "model_param": "/gone/away.gguf"}))
    failures: list[object] = []
    user.tab.failed.connect(failures.append)
    page = user.open(desk.servers.sessions[0])
    page.show_part("options")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(theirs), ""))
    user.click(page.options, "Import…")
    user.wait(lambda: failures)
    assert "Choose the model" in str(failures[0])
    assert desk.desk.taken == []
