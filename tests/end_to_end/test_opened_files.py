"""Opening a model from anywhere: seen, judged and offered; nothing loads by itself."""

import os
from pathlib import Path

import pytest
from helpers.person import Person
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit, QPushButton, QWidget

from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.widgets.offer_card import OfferCard

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction


@pytest.fixture
def outside(tmp_path: Path, starter_model: Path) -> Path:
    """The starter model in a folder that nobody searches."""
    folder = tmp_path / "Downloads with ümlaut"
    folder.mkdir()
    path = folder / "tiny.gguf"
    path.symlink_to(starter_model)
    return path


def offer(person: Person, app: LollmaApp, path: Path) -> OfferCard:
    """The card, once it says whether that model fits."""
    card = app.opened.card
    person.wait(lambda: app.opened.path == str(path) and card.badge.text())
    assert card.isVisible()
    return card


def models_of(app: LollmaApp) -> ModelsTab:
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    return tab


# ---- dragging, as the system tells a window of it ----------------------------------------------


class Drag:
    """Something that is dragged over the window. ``at`` is a widget of it."""

    def __init__(self, app: LollmaApp, data: QMimeData, actions: Qt.DropAction = COPY) -> None:
        self._app, self._data, self._actions = app, data, actions

    def _place(self, at: QWidget | None) -> QPoint:
        window = self._app.window
        return QPoint(300, 300) if at is None else at.mapTo(window, at.rect().center())

    def over(self, at: QWidget | None = None) -> bool:
        """Held there; whether it may be dropped."""
        place = self._place(at)
        enter = QDragEnterEvent(place, self._actions, self._data, LEFT, NO_KEY)
        QApplication.sendEvent(self._app.window.windowHandle(), enter)
        move = QDragMoveEvent(place, self._actions, self._data, LEFT, NO_KEY)
        if enter.isAccepted():  # as QGuiApplicationPrivate::processDrag does
            move.setDropAction(enter.dropAction())
            move.accept()
        QApplication.sendEvent(self._app.window.windowHandle(), move)
        return move.isAccepted()

    def leave(self) -> None:
        QApplication.sendEvent(self._app.window.windowHandle(), QDragLeaveEvent())

    def drop(self, at: QWidget | None = None) -> QDropEvent:
        event = QDropEvent(QPointF(self._place(at)), self._actions, self._data, LEFT, NO_KEY)
        QApplication.sendEvent(self._app.window.windowHandle(), event)
        return event


def files(*paths: Path) -> QMimeData:
    """Files as file managers give them: as addresses, and as text too."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    data.setText("\n".join(str(path) for path in paths))
    return data


# ---- the offer ---------------------------------------------------------------------------------


def test_a_model_from_anywhere_is_judged_and_loaded_by_one_click(
    person: Person, outside: Path
) -> None:
    app = person.start()
    app.open_files([str(outside)])
    card = offer(person, app, outside)
    person.wait(lambda: card.badge.text() == "Fits")
    assert app.window.page == "Models"
    panel = models_of(app).side.panel
    assert panel.isVisible()
    assert app.parts.fit.path == str(outside)
    assert "needs" in card.words.text()
    assert " of " in card.words.text()
    assert str(outside) in card.path.text()
    assert app.parts.engine.status.state is EngineState.NOT_LOADED
    assert app.parts.library.entry(str(outside)) is None
    person.qtbot.mouseClick(card.load_button, LEFT)
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    assert app.parts.engine.status.model_path == str(outside)
    assert not card.isVisible()


def test_a_file_given_at_the_start_is_there_soon_after_the_first_painting(
    person: Person, outside: Path, with_starter: Path
) -> None:
    app = person.start(str(outside))
    card = offer(person, app, outside)
    person.wait(lambda: not app.parts.library.is_scanning)
    # What the library finds meanwhile does not take its place.
    assert models_of(app).models.entry().path == outside
    assert card.isVisible()


def test_its_folder_can_be_searched_from_now_on(person: Person, outside: Path) -> None:
    app = person.start()
    app.open_files([str(outside)])
    card = offer(person, app, outside)
    person.wait(card.folder_button.isVisible)
    person.qtbot.mouseClick(card.folder_button, LEFT)
    person.wait(lambda: app.parts.library.entry(str(outside)) is not None)
    assert outside.parent in app.parts.library.folders
    assert not card.folder_button.isVisible()
    assert card.isVisible()
    person.wait(lambda: models_of(app).table.selected() is not None)
    assert models_of(app).table.selected().path == outside


def test_a_model_of_the_library_is_selected_there(person: Person, with_starter: Path) -> None:
    app = person.start()
    app.window.show_page("Chat")
    app.open_files([str(with_starter)])
    card = offer(person, app, with_starter)
    assert models_of(app).table.selected().path == with_starter
    assert not card.folder_button.isVisible()


def test_the_offer_goes_when_another_model_is_chosen(
    person: Person, outside: Path, with_starter: Path
) -> None:
    app = person.start()
    app.open_files([str(outside)])
    card = offer(person, app, outside)
    models_of(app).select(str(with_starter))
    assert not card.isVisible()
    assert app.opened.path == ""


def test_a_model_that_is_loaded_already_is_not_offered_again(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    app.load_model(str(with_starter))
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    app.open_files([str(with_starter)])
    card = offer(person, app, with_starter)
    assert card.badge.text() == "Loaded"
    assert not card.load_button.isVisible()
    app.parts.engine.unload()
    person.wait(lambda: app.parts.engine.status.state is EngineState.NOT_LOADED)
    person.wait(lambda: card.badge.text() == "Fits")
    assert card.load_button.isVisible()


def test_of_several_each_is_looked_at(
    person: Person, outside: Path, with_starter: Path, tmp_path: Path
) -> None:
    app = person.start()
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"no model")
    app.open_files([str(outside), str(bad), str(with_starter), str(outside)])
    card = offer(person, app, outside)
    assert card.next_button.text() == "Next (1 of 2)"
    assert any("bad.gguf" in title for title in app.window.notices.titles)
    person.qtbot.mouseClick(card.next_button, LEFT)
    offer(person, app, with_starter)
    assert card.next_button.text() == "Next (2 of 2)"
    person.qtbot.mouseClick(card.next_button, LEFT)
    offer(person, app, outside)


def test_the_offer_is_taken_and_closed_by_keyboard(person: Person, outside: Path) -> None:
    app = person.start()
    app.open_files([str(outside)])
    card = offer(person, app, outside)
    assert card.load_button.hasFocus()
    person.qtbot.keyClick(card.load_button, Qt.Key.Key_Escape)
    assert not card.isVisible()
    app.open_files([str(outside)])
    offer(person, app, outside)
    person.qtbot.keyClick(card.load_button, Qt.Key.Key_Return)
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)


# ---- ways in -----------------------------------------------------------------------------------


def test_a_file_is_opened_by_key_from_any_tab_and_the_folder_is_remembered(
    person: Person, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def dialog(_window: QWidget, _title: str, folder: str, kinds: str) -> tuple[list[str], str]:
        assert "*.gguf" in kinds
        asked.append(folder)
        return [str(outside)], kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", dialog)
    app = person.start()
    app.window.show_page("Setup")
    person.qtbot.keyClick(app.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    offer(person, app, outside)
    person.close(app)
    again = person.start()
    person.qtbot.mouseClick(models_of(again).open_button, LEFT)
    offer(person, again, outside)
    assert asked == ["", str(outside.parent)]


@pytest.mark.parametrize("tab", ["Dashboard", "Models", "Settings", "Chat", "Servers", "Setup"])
def test_a_model_can_be_dropped_on_every_tab(person: Person, outside: Path, tab: str) -> None:
    app = person.start()
    app.window.show_page(tab)
    drag = Drag(app, files(outside))
    assert drag.over()
    overlay = app.opened.overlay
    assert overlay.isVisible()
    assert overlay.size() == app.window.size()
    assert overlay.words == "Drop to see whether it fits"
    drag.leave()
    assert not overlay.isVisible()
    drag.over()
    assert drag.drop().isAccepted()
    assert not overlay.isVisible()
    offer(person, app, outside)


def test_fields_for_text_do_not_swallow_a_model(person: Person, outside: Path) -> None:
    app = person.start()
    page = app.window.show_page("Chat")
    assert page is not None
    draft = next(field for field in page.findChildren(QPlainTextEdit) if field.acceptDrops())
    drag = Drag(app, files(outside))
    assert drag.over(draft)
    drag.drop(draft)
    offer(person, app, outside)
    assert draft.toPlainText() == ""


def test_text_is_still_dropped_into_the_message(person: Person) -> None:
    app = person.start()
    page = app.window.show_page("Chat")
    assert page is not None
    draft = next(field for field in page.findChildren(QPlainTextEdit) if field.acceptDrops())
    data = QMimeData()
    data.setText("a thought")
    drag = Drag(app, data)
    assert drag.over(draft)
    assert not app.opened.overlay.isVisible()
    drag.drop(draft)
    assert draft.toPlainText() == "a thought"
    assert not drag.over(app.window.run_bar)


def test_other_files_are_refused(person: Person, tmp_path: Path) -> None:
    app = person.start()
    page = app.window.show_page("Chat")
    assert page is not None
    draft = next(field for field in page.findChildren(QPlainTextEdit) if field.acceptDrops())
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear …")
    drag = Drag(app, files(letter))
    assert not drag.over()
    assert not drag.over(draft)
    assert not app.opened.overlay.isVisible()
    assert not drag.drop(draft).isAccepted()
    assert draft.toPlainText() == ""


def test_a_model_is_never_taken_as_moved(person: Person, outside: Path) -> None:
    """Else the program that it is dragged from would delete the file."""
    app = person.start()
    assert not Drag(app, files(outside), MOVE).over()
    drag = Drag(app, files(outside), COPY | MOVE)
    assert drag.over()
    event = drag.drop()
    assert event.isAccepted()
    assert event.dropAction() is COPY
    offer(person, app, outside)


def test_a_folder_that_is_dropped_can_be_searched(person: Person, outside: Path) -> None:
    app = person.start()
    drag = Drag(app, files(outside.parent))
    assert drag.over()
    assert app.opened.overlay.words == "Drop to search this folder for models"
    drag.drop()
    notices = app.window.notices
    person.wait(lambda: notices.titles)
    assert str(outside.parent) in notices.titles[0]
    assert outside.parent not in app.parts.library.folders
    add = next(b for b in notices.findChildren(QPushButton) if b.text() == "Add folder")
    person.qtbot.mouseClick(add, LEFT)
    person.wait(lambda: app.parts.library.entry(str(outside)) is not None)
    app.open_files([str(outside.parent)])
    person.wait(lambda: any("searched" in title for title in notices.titles))


def test_a_drag_that_ends_elsewhere_leaves_no_veil(person: Person, outside: Path) -> None:
    app = person.start()
    Drag(app, files(outside)).over()
    person.qtbot.mouseMove(app.window.windowHandle(), QPoint(200, 200))
    person.wait(lambda: not app.opened.overlay.isVisible())


# ---- what cannot be opened ---------------------------------------------------------------------


def sentence(person: Person, app: LollmaApp, path: Path | str) -> str:
    """What is said of a file that cannot be opened."""
    notices = app.window.notices
    notices.clear("opened")
    app.open_files([str(path)])
    person.wait(lambda: notices.titles)
    row = next(w for w in notices.findChildren(QWidget) if w.accessibleName() == notices.titles[0])
    assert row.accessibleDescription(), "a next step"
    assert not app.opened.card.isVisible()
    return notices.titles[0]


def test_what_cannot_be_opened_is_told_in_a_sentence(
    person: Person, tmp_path: Path, starter_model: Path
) -> None:
    app = person.start()
    said = sentence(person, app, tmp_path / "gone.gguf")
    assert "There is no file" in said
    letter = tmp_path / "letter.gguf"
    letter.write_text("Dear Sir or Madam, this is no model at all.")
    assert sentence(person, app, letter) == "letter.gguf: The file is not a GGUF model."
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(starter_model.read_bytes()[:2_000_000])
    assert sentence(person, app, cut).startswith("cut.gguf: ")
    assert "not a file on this PC" in sentence(person, app, "https://example.org/a.gguf")
    part = tmp_path / "big-00002-of-00003.gguf"
    os.link(letter, part)
    assert "parts" in sentence(person, app, part)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_that_may_not_be_read_is_told_so(person: Person, outside: Path) -> None:
    app = person.start()
    locked = outside.with_name("locked.gguf")
    locked.write_bytes(b"GGUF")
    locked.chmod(0)
    assert "permission denied" in sentence(person, app, locked)
