"""The log as a person uses it: it follows, filters, finds, is marked, copied and saved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.pictures import picture
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lollma_gui.qt.background import Background
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.widgets.log_view import LogView
from lollma_gui.widgets.theme import DARK, LIGHT, Role, Theme, ThemeChoice

KEY = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    made = Background()
    yield made
    assert made.shutdown()


@pytest.fixture
def log() -> LogStream:
    return LogStream(clock=lambda: 1_700_000_000.0)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, background: Background, log: LogStream) -> LogView:
    made = LogView(theme, background, "Log of the server", "Nothing was said yet.")
    qtbot.addWidget(made)
    made.resize(760, 420)
    made.show_stream(log)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def feed(qtbot: QtBot, view: LogView, log: LogStream, text: str) -> None:
    log.feed(text.encode())
    end = log.lines(0, 10**9)[-1].number + 1
    qtbot.waitUntil(lambda: view.text.rows.end == end)


def many(count: int) -> str:
    return "".join(f"line {number} of it\n" for number in range(count))


def seen(view: LogView) -> list[str]:
    return [line.text for line in view.text._seen()]


def clipboard(qtbot: QtBot, view: LogView) -> str:
    QApplication.clipboard().setText("nothing")
    qtbot.mouseClick(view.copy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: QApplication.clipboard().text() != "nothing")
    return QApplication.clipboard().text()


def test_new_lines_come_into_view_until_one_scrolls_up(
    qtbot: QtBot, view: LogView, log: LogStream
) -> None:
    feed(qtbot, view, log, many(200))
    assert seen(view)[-1] == "line 199 of it"
    assert view.follow.isChecked()
    view.text.setFocus()
    qtbot.keyClick(view.text, KEY.Key_PageUp)
    assert not view.follow.isChecked()
    before = seen(view)
    feed(qtbot, view, log, "a new one\n")
    assert seen(view) == before
    qtbot.mouseClick(view.follow, Qt.MouseButton.LeftButton)
    assert seen(view)[-1] == "a new one"
    qtbot.keyClick(view.text, KEY.Key_Home)
    assert seen(view)[0] == "line 0 of it"
    qtbot.keyClick(view.text, KEY.Key_End)
    assert view.follow.isChecked()


def test_what_one_reads_stays_while_the_oldest_lines_are_dropped(
    qtbot: QtBot, view: LogView, log: LogStream
) -> None:
    feed(qtbot, view, log, many(1000))
    view.text.follow(False)
    view.text.show_line(700)
    reading = seen(view)
    feed(qtbot, view, log, many(99_500))
    assert view.text.rows.first == 500
    assert seen(view) == reading
    assert "500 older ones dropped" in view._words.text()


def test_a_filter_works_as_one_types(qtbot: QtBot, view: LogView, log: LogStream) -> None:
    feed(qtbot, view, log, many(300) + "ERROR it failed\nWARNING take care\n")
    qtbot.keyClicks(view.filter, "LINE 29")
    qtbot.waitUntil(lambda: len(view.text.rows) == 11)
    assert seen(view)[:2] == ["line 29 of it", "line 290 of it"]
    log.feed(b"line 29 once more\n")
    qtbot.waitUntil(lambda: len(view.text.rows) == 12)
    view.filter.clear()
    qtbot.waitUntil(lambda: len(view.text.rows) == 303)


def test_only_warnings_or_errors(qtbot: QtBot, view: LogView, log: LogStream) -> None:
    feed(qtbot, view, log, many(50) + "ERROR it failed\nWARNING take care\n")
    buttons = view.level._buttons
    qtbot.mouseClick(buttons["errors"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seen(view) == ["ERROR it failed"])
    qtbot.mouseClick(buttons["warnings"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seen(view) == ["ERROR it failed", "WARNING take care"])
    assert view._words.text() == "2 of 52 lines"


def test_search_goes_round(qtbot: QtBot, view: LogView, log: LogStream) -> None:
    feed(qtbot, view, log, many(300))
    view.text.setFocus()
    qtbot.keyClick(view.text, KEY.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert view.finder.isVisible()
    qtbot.keyClicks(view.finder.words, "line 12")
    assert view.finder.count_words == "1 of 11"
    assert "line 12 of it" in seen(view)
    qtbot.keyClick(view.finder.words, KEY.Key_Return)
    assert "line 120 of it" in seen(view)
    assert view.finder.count_words == "2 of 11"
    qtbot.keyClick(view.finder.words, KEY.Key_Return, SHIFT)
    qtbot.keyClick(view.finder.words, KEY.Key_Return, SHIFT)
    assert view.finder.count_words == "11 of 11"
    assert "line 129 of it" in seen(view)
    qtbot.keyClick(view.finder.words, KEY.Key_Escape)
    assert not view.finder.isVisible()
    assert view.text.hasFocus()
    assert len(view.text.found.numbers) == 0


def test_all_is_copied_with_its_times(qtbot: QtBot, view: LogView, log: LogStream) -> None:
    feed(qtbot, view, log, "one\n\x1b[31mtwo\x1b[0m --api-key abcdefgh\nthree")
    lines = clipboard(qtbot, view).split("\n")
    assert [line.partition(" ")[2] for line in lines] == ["one", "two --api-key …", "three"]
    assert all(line[2] == line[5] == ":" for line in lines)


def test_letters_are_marked_by_mouse(qtbot: QtBot, view: LogView, log: LogStream) -> None:
    feed(qtbot, view, log, "abcdefgh\nsecond line\nthird\n")
    painter, port = view.text._painter, view.text.viewport()

    def at(row: int, column: int) -> QPoint:
        return QPoint(round(painter.left + painter._letter * column), row * painter.height + 5)

    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=at(0, 3))
    qtbot.mouseMove(port, at(1, 6))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=at(1, 6))
    assert clipboard(qtbot, view) == "defgh\nsecond"
    qtbot.mouseDClick(port, Qt.MouseButton.LeftButton, pos=at(1, 8))
    assert clipboard(qtbot, view) == "line"
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=at(0, 1))
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, SHIFT, pos=at(2, 2))
    assert clipboard(qtbot, view) == "bcdefgh\nsecond line\nth"


def test_letters_are_marked_by_keyboard(qtbot: QtBot, view: LogView, log: LogStream) -> None:
    feed(qtbot, view, log, many(100))
    view.text.go_to(10)
    view.text.setFocus()
    for key in (KEY.Key_Down, KEY.Key_Right, KEY.Key_Right):
        qtbot.keyClick(view.text, key, SHIFT)
    assert clipboard(qtbot, view) == "line 10 of it\nli"
    assert view.text.accessibleDescription() == "line 11 of it"
    qtbot.keyClick(view.text, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert clipboard(qtbot, view).split("\n") == many(100).splitlines()


def test_what_is_shown_is_saved(
    qtbot: QtBot, view: LogView, log: LogStream, tmp_path: Path
) -> None:
    feed(qtbot, view, log, many(3000))
    view.filter.setText("line 7")
    qtbot.waitUntil(lambda: len(view.text.rows) == 111 and not view.text._timer.isActive())
    view.save_text(tmp_path / "log.txt")
    qtbot.waitUntil(lambda: not view._background._tasks)
    saved = (tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert [line.partition(" ")[2] for line in saved][:2] == ["line 7 of it", "line 70 of it"]
    assert len(saved) == 111


def test_a_log_that_cannot_be_saved_says_why(
    qtbot: QtBot, view: LogView, log: LogStream, tmp_path: Path
) -> None:
    feed(qtbot, view, log, "one\n")
    with qtbot.waitSignal(view.failed) as failed:
        view.save_text(tmp_path / "not there" / "log.txt")
    assert "No such file" in failed.args[0].title


def test_an_empty_log_says_so(qtbot: QtBot, view: LogView, log: LogStream) -> None:
    assert view._empty.isVisible()
    qtbot.keyClick(view.text, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view.text, KEY.Key_Down, SHIFT)
    qtbot.mouseClick(view.text.viewport(), Qt.MouseButton.LeftButton)
    feed(qtbot, view, log, "one\n")
    assert not view._empty.isVisible()


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_a_bad_line_has_a_colour_and_a_shape(
    qtbot: QtBot, view: LogView, log: LogStream, theme: Theme, choice: ThemeChoice
) -> None:
    theme.choose(choice)
    palette = DARK if choice is ThemeChoice.DARK else LIGHT
    feed(qtbot, view, log, "INFO all is well\nERROR it failed\n")
    image = picture(view.text.viewport())
    height = view.text._painter.height

    def is_in_gutter(row: int) -> bool:
        places = [(x, y) for x in range(16) for y in range(row * height, (row + 1) * height)]
        return any(image.pixelColor(x, y) == palette.colour(Role.BAD) for x, y in places)

    assert [is_in_gutter(0), is_in_gutter(1)] == [False, True]


def test_another_log_is_shown_from_its_end(qtbot: QtBot, view: LogView, log: LogStream) -> None:
    feed(qtbot, view, log, many(300))
    view.text.follow(False)
    other = LogStream()
    other.add_line("another")
    view.show_stream(other)
    assert seen(view) == ["another"]
    assert view.follow.isChecked()
    log.add_line("not shown")
    view.show_stream(None)
    assert seen(view) == []


def test_wide_letters_are_marked_where_they_stand(
    qtbot: QtBot, view: LogView, log: LogStream
) -> None:
    feed(qtbot, view, log, "Gerät 完了 läuft\n")
    line = view.text._seen()[0]
    painter = view.text._painter
    for column in range(len(line.text) + 1):
        assert painter.column(line, painter.left + painter._x(line.text, column)) == column
