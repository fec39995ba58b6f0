"""From an empty PC to an answer, by clicking."""

import os
import signal
from pathlib import Path

import psutil
from helpers.person import Person
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.tabs.chat_tab import ChatTab
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.tabs.settings_tab import SettingsTab
from lollma_gui.widgets.theme import ThemeChoice

WEEK = "Name the days of the week."


def chat_of(app: LollmaApp) -> ChatTab:
    tab = app.window.show_page("Chat")
    assert isinstance(tab, ChatTab)
    return tab


def models_of(app: LollmaApp) -> ModelsTab:
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    return tab


def pick(person: Person, app: LollmaApp, name: str) -> None:
    """Choose a model in the run bar's list, as a click there does."""
    menu = app.window.run_bar.picker.make_menu()
    next(a for a in menu.actions() if name.lower() in a.text().lower()).trigger()
    menu.deleteLater()


def load(person: Person, app: LollmaApp) -> None:
    pick(person, app, "SmolLM2")
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)


def ask(person: Person, app: LollmaApp, text: str) -> ChatTab:
    # The likeliest words, so that the starter model says the same each time.
    app.parts.settings.set_values({"temperature": 0.0, "max_new_tokens": 200})
    chat = chat_of(app)
    chat.composer.set_text(text)
    person.qtbot.keyClick(chat.composer.draft, Qt.Key.Key_Return)
    return chat


def wait_for_answer(person: Person, app: LollmaApp) -> str:
    person.wait(lambda: not app.parts.session.is_answering)
    answer = app.parts.session.conversation.last_answer
    assert answer is not None
    return answer.text


def test_a_newcomer_gets_the_starter_model_and_an_answer(
    person: Person, starter_model: Path
) -> None:
    app = person.start()
    models = models_of(app)
    assert models.models.empty.isVisible()
    assert not models.table.isVisible()
    assert app.parts.engine.status.state is EngineState.NOT_LOADED

    person.qtbot.mouseClick(models.models.empty.buttons["starter"], Qt.MouseButton.LeftButton)
    assert models.starter_card.isVisible()
    person.wait(lambda: app.parts.library.entries)
    assert models.table.isVisible()
    assert not models.starter_card.isVisible()

    person.wait(lambda: models.load_button.isEnabled())
    person.qtbot.mouseClick(models.load_button, Qt.MouseButton.LeftButton)
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)

    ask(person, app, WEEK)
    assert "Monday" in wait_for_answer(person, app)


def test_an_answer_is_stopped_by_a_click(person: Person, with_starter: Path) -> None:
    app = person.start()
    load(person, app)
    chat = ask(person, app, "Write a very long story about a dragon.")
    person.wait(lambda: app.parts.engine.status.state is EngineState.GENERATING)
    person.qtbot.mouseClick(chat.composer.stop_button, Qt.MouseButton.LeftButton)
    person.wait(lambda: not app.parts.session.is_answering)
    answer = app.parts.session.conversation.last_answer
    assert answer is not None
    assert answer.ending == "stopped"
    assert answer.text
    assert app.parts.engine.status.state is EngineState.READY


def test_the_conversation_stays_when_the_model_is_switched(
    person: Person, with_starter: Path
) -> None:
    other = with_starter.with_name("Other.gguf")
    other.write_bytes(with_starter.read_bytes())
    app = person.start()
    load(person, app)
    ask(person, app, WEEK)
    first = wait_for_answer(person, app)
    pid = app.parts.engine.status.pid

    app.window.run_bar.picker.chosen.emit(str(other))
    person.wait(lambda: app.parts.engine.status.model_path == str(other))
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    assert not psutil.pid_exists(pid)
    assert [t.text for t in app.parts.session.conversation.turns] == [WEEK, first]
    ask(person, app, "And again, please.")
    wait_for_answer(person, app)
    assert len(app.parts.session.conversation.turns) == 4

    app.window.run_bar.unload_wanted.emit()
    person.wait(lambda: app.parts.engine.status.state is EngineState.NOT_LOADED)
    assert len(app.parts.session.conversation.turns) == 4


def test_a_killed_engine_leaves_the_window_and_the_talk_whole(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    load(person, app)
    chat = ask(person, app, "Write a very long story about a dragon.")
    person.wait(lambda: app.parts.engine.status.state is EngineState.GENERATING)
    person.wait(lambda: chat.transcript is not None)
    os.kill(app.parts.engine.status.pid, signal.SIGKILL)
    person.wait(lambda: app.parts.engine.status.state is EngineState.CRASHED)

    person.wait(lambda: not app.parts.session.is_answering)
    answer = app.parts.session.conversation.last_answer
    assert answer is not None
    assert answer.has_failed
    assert "ended from outside" in app.window.notices.titles[0]
    app.window.run_bar.reload_wanted.emit()
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    chat.transcript.retry_wanted.emit()
    person.wait(lambda: app.parts.engine.status.state is EngineState.GENERATING)
    app.parts.session.stop()
    person.wait(lambda: not app.parts.session.is_answering)
    assert [t.role for t in app.parts.session.conversation.turns] == ["user", "assistant"]


def test_a_damaged_file_is_listed_with_its_reason_and_not_loaded(
    person: Person, with_starter: Path
) -> None:
    bad = with_starter.with_name("bad.gguf")
    bad.write_bytes(with_starter.read_bytes()[:1_000_000])
    os.utime(bad, (1e9, 1e9))  # nobody is writing it just now
    app = person.start()
    models = models_of(app)
    person.wait(lambda: len(app.parts.library.entries) == 2)
    models.select(str(bad))
    assert not models.load_button.isEnabled()
    entry = app.parts.library.entry(str(bad))
    assert entry is not None
    assert entry.problem.endswith(".")
    models.select(str(with_starter))
    assert models.load_button.isEnabled()


def test_closing_while_generating_leaves_no_process(person: Person, with_starter: Path) -> None:
    app = person.start()
    load(person, app)
    ask(person, app, "Write a very long story about a dragon.")
    person.wait(lambda: app.parts.engine.status.state is EngineState.GENERATING)
    pid = app.parts.engine.status.pid
    person.close(app)
    assert not psutil.pid_exists(pid)

    again = person.start()
    person.wait(lambda: again.parts.session.conversation.turns)
    turns = again.parts.session.conversation.turns
    assert turns[0].text == "Write a very long story about a dragon."
    assert turns[1].text


def test_the_window_comes_back_as_it_was_left(person: Person, with_starter: Path) -> None:
    app = person.start()
    app.window.show_page("Chat")
    app.window.theme_button.choices[ThemeChoice.DARK].trigger()
    assert app.theme.is_dark
    app.window.resize(1100, 720)
    person.close(app)
    again = person.start()
    assert again.window.page == "Chat"
    assert str(again.theme.choice) == "dark"
    assert (again.window.width(), again.window.height()) == (1100, 720)


def test_every_tab_opens_by_its_key(person: Person, with_starter: Path) -> None:
    app = person.start()
    for number, name in enumerate(
        ["Dashboard", "Models", "Settings", "Chat", "Servers", "Setup"], start=1
    ):
        key = getattr(Qt.Key, f"Key_{number}")
        person.qtbot.keyClick(app.window, key, Qt.KeyboardModifier.ControlModifier)
        assert app.window.page == name


def test_a_changed_model_setting_acts_after_reload_now(person: Person, with_starter: Path) -> None:
    app = person.start()
    load(person, app)
    tab = app.window.show_page("Settings")
    assert isinstance(tab, SettingsTab)
    before = app.parts.engine.status.pid
    app.parts.settings.set_value("n_ctx", 1536)
    assert app.parts.settings.pending() == ["n_ctx"]
    button = next(b for b in tab.findChildren(QPushButton) if b.text() == "Reload now")
    person.wait(button.isVisible)
    person.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    person.wait(lambda: app.parts.engine.status.pid not in (before, None))
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    loaded = app.parts.engine.status.loaded
    assert loaded is not None
    assert loaded.n_ctx == 1536
    assert app.parts.settings.pending() == []


def test_settings_survive_a_restart(person: Person, with_starter: Path) -> None:
    app = person.start()
    app.parts.settings.set_value("temperature", 0.15)
    person.close(app)
    again = person.start()
    assert again.parts.settings.values()["temperature"] == 0.15
