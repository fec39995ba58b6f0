"""TextGen installed, updated, brought back and removed by clicks, from a real repository."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.git_source import GitSourceFolder, textgen_source
from helpers.servers_user import PATIENCE_MS, ServersDesk, open_desk
from helpers.tiny_wheel import make_wheel
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.git_facts import GitSource
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.server_state import ServerState
from lollma_gui.qt.background import Background
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.textgen_care import TextGenCare
from lollma_gui.services.servers.textgen import TextGen
from lollma_gui.tabs.textgen_setup import TextGenSetup
from lollma_gui.widgets.theme import Theme


@pytest.fixture
def origin(tmp_path: Path) -> GitSourceFolder:
    return textgen_source(tmp_path / "origin")


@pytest.fixture
def desk(
    qtbot: QtBot, tmp_path: Path, keeper: Background, origin: GitSourceFolder
) -> Iterator[ServersDesk]:
    (tmp_path / "wheels").mkdir()
    make_wheel(tmp_path / "wheels")
    pip_words = ("--no-index", "--find-links", str(tmp_path / "wheels"))
    source = GitSource((origin.url,), may_be_files=True)
    programs = {"textgen": TextGen(GpuSurvey, source, pip_words)}
    with open_desk(qtbot, tmp_path / "servers", keeper, programs) as made:
        yield made


class Person:
    """Clicks in the page, and waits."""

    def __init__(
        self, qtbot: QtBot, desk: ServersDesk, origin: GitSourceFolder, bin_: Path
    ) -> None:
        self.qtbot = qtbot
        self.session: ServerSession = desk.servers.add("textgen")
        source = GitSource((origin.url,), may_be_files=True)
        bin_.mkdir()
        self.care = TextGenCare(
            self.session, desk.background, source, lambda folder: shutil.move(folder, bin_)
        )
        self.setup = TextGenSetup(self.session, self.care)
        self.setup.chosen.connect(lambda _key: self.session.install(self.session.folder / "tg"))
        qtbot.addWidget(self.setup)
        self.setup.resize(560, 420)
        self.setup.show()

    def click(self, words: str) -> None:
        buttons = self.setup.findChildren(QPushButton)
        shown = [b for b in buttons if b.isVisible() and b.isEnabled()]
        found = [b for b in shown if b.text() == words]
        assert found, f"no “{words}” among {[b.text() for b in shown]}"
        self.qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def is_at(self, version: str) -> None:
        session = self.session
        self.wait(
            lambda: (
                session.found is not None
                and session.found.version == version
                and session.status.state is ServerState.STOPPED
            )
        )
        assert session.status.problem == ""


def buttons(within: QWidget) -> list[str]:
    """What can be clicked."""
    return [b.text() for b in within.findChildren(QPushButton) if b.isVisible()]


def test_the_whole_life_of_an_installation(
    qtbot: QtBot, desk: ServersDesk, origin: GitSourceFolder, theme: Theme, tmp_path: Path
) -> None:
    person = Person(qtbot, desk, origin, tmp_path / "bin")
    session, setup = person.session, person.setup
    person.wait(lambda: session.was_looked_for)
    assert "fetched with git" in setup.text.text()
    person.click("Show releases")
    person.wait(lambda: setup.release.count() == 4)
    setup.release.setCurrentText("v4.9")
    setup.release.textActivated.emit("v4.9")
    person.click("Install")
    person.is_at("v4.9")
    folder = session.folder / "tg"
    assert setup.text.text() == f"v4.9 in {folder}"

    person.click("Look for an update")
    person.wait(lambda: setup.said.text().startswith("v4.10: 1 change in 1 file."))
    assert "Say it better" in setup.changes.toPlainText()
    assert session.found is not None
    refused: list[LollmaError] = []
    desk.servers.failed.connect(refused.append)
    person.click("Update now")
    assert session.held == "updating"
    session.start()
    assert "cannot be started now (updating)" in refused[0].title
    person.is_at("v4.10")
    assert session.held == ""
    assert session.config.options["release"] == "v4.10"
    assert (folder / "README.md").read_text() == "TextGen, a good program\n"

    person.click("Look for an update")
    person.wait(lambda: setup.said.text() == "There is nothing newer.")
    person.click("Go back to the version before")
    person.is_at("v4.9")

    (folder / "user_data" / "models").mkdir()
    (folder / "user_data" / "models" / "mine.gguf").touch()
    person.click("Remove")
    person.wait(lambda: session.found is None and "is in the bin" in setup.said.text())
    assert not folder.exists()
    assert (tmp_path / "bin" / "tg" / "server.py").exists()
    kept = folder.with_name("tg-kept")
    assert (kept / "user_data" / "models" / "mine.gguf").exists()

    person.click("Install")
    person.is_at("v4.10")
    person.wait(lambda: "Bring back what was kept" in buttons(setup))
    person.click("Bring back what was kept")
    person.wait(lambda: "is here again" in setup.said.text())
    assert (folder / "user_data" / "models" / "mine.gguf").exists()
    assert not kept.exists()
    person.wait(lambda: "Bring back what was kept" not in buttons(setup))


def test_an_update_never_goes_over_local_changes(
    qtbot: QtBot, desk: ServersDesk, origin: GitSourceFolder, theme: Theme, tmp_path: Path
) -> None:
    person = Person(qtbot, desk, origin, tmp_path / "bin")
    session, setup = person.session, person.setup
    session.configure(session.config.with_options(release="v4.9"))
    person.wait(lambda: session.was_looked_for)
    person.click("Install")
    person.is_at("v4.9")
    (session.folder / "tg" / "README.md").write_text("my own words\n")
    person.click("Look for an update")
    person.wait(lambda: "would overwrite" in setup.said.text())
    assert setup.changes.toPlainText().startswith("README.md")
    assert not any(
        b.text() == "Update now" and b.isEnabled() for b in setup.findChildren(QPushButton)
    )


def test_one_that_was_here_before_is_not_touched(
    qtbot: QtBot, desk: ServersDesk, origin: GitSourceFolder, theme: Theme, tmp_path: Path
) -> None:
    person = Person(qtbot, desk, origin, tmp_path / "bin")
    session = person.session
    person.wait(lambda: session.was_looked_for)
    person.click("Install")
    person.wait(lambda: session.found is not None)
    folder = Path(session.config.folder)
    person.care.adopt(tmp_path / "bin")
    person.wait(lambda: "no TextGen" in person.setup.said.text())
    assert not session.config.options.get("adopted"), "a wrong folder changes nothing"
    person.care.adopt(folder)
    person.wait(lambda: person.setup.said.text().startswith("This is TextGen"))
    person.wait(lambda: "was here before LoLLMa" in person.setup.text.text())
    shown = [b.text() for b in person.setup.findChildren(QPushButton) if b.isVisible()]
    assert "Remove" not in shown
    assert "Look for an update" not in shown
