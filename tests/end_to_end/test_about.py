"""About and what is said of versions, in the real window."""

import json
import socket
from collections.abc import Iterator

import pytest
from fakes.release_server import ReleaseServer
from helpers.person import Person
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from lollma_gui import __version__, about
from lollma_gui.app import LollmaApp
from lollma_gui.core.build_info import BuildInfo
from lollma_gui.services import updates
from lollma_gui.services.choices import Choices, ChoiceStore
from lollma_gui.services.places import Places
from lollma_gui.tabs import web_links
from lollma_gui.widgets.about_dialog import AboutDialog

OWN = "o/lollma"
RELEASE = BuildInfo("appimage", "0c1e570a1b2c", "2026-11-25", OWN)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReleaseServer]:
    """This is a release, and GitHub, which is on this PC, has a newer one."""
    with ReleaseServer(OWN, "v99.0.0") as server:
        monkeypatch.setattr(updates, "GITHUB_API", server.url)
        monkeypatch.setattr(about, "read_build", lambda: RELEASE)
        yield server


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were opened in the browser."""
    found: list[str] = []
    monkeypatch.setattr(
        web_links.QDesktopServices, "openUrl", lambda url: found.append(url.toString())
    )
    return found


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Where anybody in this process connected to, or which name was looked up."""
    found: list[object] = []
    real_connect, real_lookup = socket.socket.connect, socket.getaddrinfo

    def connect(self: socket.socket, address: object) -> None:
        if self.family != getattr(socket, "AF_UNIX", None):
            found.append(address)
        real_connect(self, address)  # type: ignore[arg-type]

    def look_up(*given: object, **named: object) -> object:
        found.append(given)
        return real_lookup(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return found


def open_about(person: Person, app: LollmaApp) -> AboutDialog:
    focus = app.window.focusWidget()
    assert focus is not None
    person.qtbot.keyClick(focus, Qt.Key.Key_F1)
    dialog = app.about.dialog
    assert dialog is not None
    person.wait(lambda: dialog.isActiveWindow() and dialog.about.facts.facts())
    return dialog


def click(person: Person, within: QWidget, words: str) -> None:
    found = next(b for b in within.findChildren(QPushButton) if b.text() == words and b.isVisible())
    person.qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def next_page(person: Person, dialog: AboutDialog) -> None:
    """As an arrow key does on the choice of pages."""
    chosen = next(b for b in dialog.pages.findChildren(QPushButton) if b.isChecked())
    person.qtbot.keyClick(chosen, Qt.Key.Key_Right)


def settle(person: Person, app: LollmaApp) -> None:
    person.wait(lambda: app.about.updates.view.is_ready)
    person.wait(lambda: app.parts.background.is_idle() and app.parts.keeper.is_idle())


def test_about_is_opened_copied_and_read_by_keyboard(person: Person) -> None:
    app = person.start()
    assert f"LoLLMa {__version__}" in app.window.about_button.text()
    dialog = open_about(person, app)
    assert app.window.isEnabled()
    person.qtbot.keyClick(dialog.about.copy_button, Qt.Key.Key_Space)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert f"LoLLMa: {__version__}" in lines
    assert "Build: from a checkout" in lines
    assert any(line.startswith("Engine: llama-cpp-python ") for line in lines)

    next_page(person, dialog)
    assert dialog.news.isVisible()
    assert __version__ in dialog.news.text()

    next_page(person, dialog)
    person.wait(lambda: dialog.licences.names)
    assert dialog.licences.names[0] == "LoLLMa"
    assert "MIT License" in dialog.licences.text.toPlainText()
    person.qtbot.keyClicks(dialog.licences.filter, "psutil")
    assert dialog.licences.names == ["psutil"]
    assert "Jay Loden" in dialog.licences.text.toPlainText()

    dialog.resize(700, 500)
    person.qtbot.keyClick(dialog.licences.filter, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    person.close(app)
    app = person.start()
    person.qtbot.mouseClick(app.window.about_button, Qt.MouseButton.LeftButton)
    assert app.about.dialog is not None
    assert (app.about.dialog.width(), app.about.dialog.height()) == (700, 500)
    # It closes with the window, and what is read just then is given up.
    person.close(app)


def test_a_checkout_has_nobody_to_ask(person: Person) -> None:
    app = person.start()
    box = open_about(person, app).about.updates
    assert not box.box.isEnabled()
    assert not box.check_button.isEnabled()
    assert "nobody to ask" in box.what.text()


def test_without_a_yes_nobody_is_asked_and_with_one_a_newer_version_is_told(
    person: Person,
    places: Places,
    github: ReleaseServer,
    opened: list[str],
    connections: list[object],
) -> None:
    app = person.start()
    settle(person, app)
    dialog = open_about(person, app)
    settle(person, app)
    assert connections == [], "no socket before a person says so"
    assert github.seen == []
    assert not (places.config / "updates.json").exists()

    person.qtbot.keyClick(dialog.about.updates.box, Qt.Key.Key_Space)
    person.wait(lambda: "LoLLMa 99.0.0 is there." in app.window.notices.titles)
    assert len(github.seen) == 1
    assert connections, "the guard sees what it has to"
    assert dialog.about.updates.result.text() == "LoLLMa 99.0.0 is there."
    dialog.close()

    click(person, app.window.notices, "See what is new")
    assert opened == [f"https://github.com/{OWN}/releases/tag/v99.0.0"]
    person.close(app)

    app = person.start()
    person.wait(lambda: "LoLLMa 99.0.0 is there." in app.window.notices.titles)
    click(person, app.window.notices, "Skip this version")
    person.close(app)

    app = person.start()
    settle(person, app)
    assert app.window.notices.titles == []
    assert app.about.updates.view.is_wanted
    assert len(github.seen) == 1, "once a day"


def test_check_now_says_what_went_wrong(
    person: Person, github: ReleaseServer, opened: list[str]
) -> None:
    github.status = 404
    app = person.start()
    settle(person, app)
    box = open_about(person, app).about.updates
    github.may_answer.clear()
    person.qtbot.mouseClick(box.check_button, Qt.MouseButton.LeftButton)
    assert box.progress.isVisible()
    github.may_answer.set()
    person.wait(box.result.text)
    assert box.result.text().startswith(f"GitHub knows no release of {OWN}.")
    assert app.window.notices.titles == []
    assert opened == []


def test_closing_lollma_does_not_wait_for_github(person: Person, github: ReleaseServer) -> None:
    github.may_answer.clear()
    app = person.start()
    settle(person, app)
    app.about.updates.set_wanted(True)
    person.wait(lambda: github.seen)
    person.close(app)


@pytest.mark.parametrize(
    ("seen", "told"), [("", []), ("0.0.1", [f"LoLLMa is now {__version__}."]), ("99.0", [])]
)
def test_a_new_version_is_told_once(
    person: Person, places: Places, seen: str, told: list[str]
) -> None:
    if seen:
        ChoiceStore(places.config / "choices.json").save(Choices(seen_version=seen))
    app = person.start()
    assert app.window.notices.titles == told
    if told:
        click(person, app.window.notices, "What's new")
        assert app.about.dialog is not None
        assert app.about.dialog.news.isVisible()
    person.close(app)
    kept = json.loads((places.config / "choices.json").read_text(encoding="utf-8"))
    assert kept["seen_version"] == __version__
    app = person.start()
    assert app.window.notices.titles == []
