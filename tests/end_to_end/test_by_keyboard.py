"""From a model file to an answer with the keyboard alone."""

from pathlib import Path

from helpers.person import PATIENCE_MS, Person
from PySide6.QtCore import Qt

from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.tabs.chat_tab import ChatTab
from lollma_gui.tabs.models_tab import ModelsTab

CTRL = Qt.KeyboardModifier.ControlModifier


def press(person: Person, app: LollmaApp, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    """Where the focus is, as for anybody who types."""
    focused = app.window.focusWidget()
    assert focused is not None
    person.qtbot.keyClick(focused, key, *modifiers)


def test_a_file_is_loaded_and_talked_to(person: Person, starter_model: Path) -> None:
    app = person.start(str(starter_model))
    card = app.opened.card
    person.wait(lambda: card.isVisible() and card.badge.text())
    press(person, app, Qt.Key.Key_Return)
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    assert not card.isVisible()
    press(person, app, Qt.Key.Key_4, CTRL)
    chat = app.window.show_page("Chat")
    assert isinstance(chat, ChatTab)
    assert chat.composer.draft.hasFocus()
    assert not chat.empty.buttons["models"].isVisible()
    person.qtbot.keyClicks(app.window.focusWidget(), "Hello")
    with person.qtbot.waitSignal(app.parts.session.answer_ended, timeout=PATIENCE_MS):
        press(person, app, Qt.Key.Key_Return)
    assert app.parts.session.conversation.turns[-1].text


def test_a_tab_is_gone_on_in_where_its_keys_lead_to(person: Person, with_starter: Path) -> None:
    app = person.start()
    press(person, app, Qt.Key.Key_4, CTRL)
    press(person, app, Qt.Key.Key_2, CTRL)
    models = app.window.show_page("Models")
    assert isinstance(models, ModelsTab)
    person.wait(lambda: models.models.entry() is not None)
    assert models.table.hasFocus()
    press(person, app, Qt.Key.Key_Return)
    person.wait(lambda: app.parts.engine.status.model_path == str(with_starter))
    # A tab without such a place leaves the focus in the list of tabs.
    press(person, app, Qt.Key.Key_6, CTRL)
    assert app.window.navigation.isAncestorOf(app.window.focusWidget())
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
