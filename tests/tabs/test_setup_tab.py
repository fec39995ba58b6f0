import threading
from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea

from lollma_gui.core.checks import Check, CheckState
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.pc_checks import WHATS
from lollma_gui.qt.background import Background
from lollma_gui.services.places import resource
from lollma_gui.tabs.setup_tab import SetupTab
from lollma_gui.widgets.theme import Role, Theme, ThemeChoice

GPU = Check("GPU", "RTX 4080, 16 GiB", "16 GB", CheckState.GOOD)
RAM = Check("RAM", "8.0 GiB", "64 GB", CheckState.WARNING, "Get more.")
GIT = Check("Git", "not found on PATH", "any", CheckState.BAD, "Install it.")


class Pc:
    """What is found on a PC, and when."""

    def __init__(self) -> None:
        self.found: Sequence[Check] | LollmaError = [GPU, RAM]
        self.looked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def look(self) -> Sequence[Check]:
        self.looked += 1
        assert self.may_answer.wait(20)
        if isinstance(self.found, LollmaError):
            raise self.found
        return self.found


@pytest.fixture
def pc() -> Pc:
    return Pc()


@pytest.fixture
def background(qapp, pc) -> Iterator[Background]:
    made = Background()
    yield made
    pc.may_answer.set()
    assert made.shutdown()


@pytest.fixture
def theme(qapp) -> Iterator[Theme]:
    yield Theme(qapp, resource("style.qss").read_text(encoding="utf-8"), ThemeChoice.DARK)
    qapp.setStyleSheet("")


@pytest.fixture
def tab(qtbot, theme, background, pc) -> SetupTab:
    made = SetupTab(background, theme, pc.look)
    qtbot.addWidget(made)
    made.resize(856, 615)
    return made


def show(tab: SetupTab, qtbot) -> None:
    with qtbot.waitExposed(tab):
        tab.show()


def shown(tab: SetupTab) -> list[tuple[str, str, str, str]]:
    return [
        (row.what.text(), row.found.text(), row.recommended.text(), row.advice.text())
        for row in tab.table.rows
        if row.what.isVisible()
    ]


def wait_until_checked(tab: SetupTab, qtbot) -> None:
    qtbot.waitUntil(lambda: not tab.is_checking)


def test_it_looks_when_first_shown_and_shows_what_was_found(tab, pc, qtbot):
    assert pc.looked == 0
    show(tab, qtbot)
    wait_until_checked(tab, qtbot)
    assert shown(tab) == [
        ("GPU", "RTX 4080, 16 GiB", "16 GB", ""),
        ("RAM", "8.0 GiB", "64 GB", "Get more."),
    ]
    assert [row.dot.role for row in tab.table.rows[:2]] == [Role.GOOD, Role.WARNING]
    assert [row.advice.isVisible() for row in tab.table.rows[:2]] == [False, True]
    assert (tab.badge.text(), tab.badge.role) == ("1 of 2 as recommended", Role.WARNING)
    tab.hide()
    show(tab, qtbot)
    assert pc.looked == 1, "coming back to the tab is no reason to look again"


def test_while_it_looks_it_says_so_and_looks_only_once(tab, pc, qtbot):
    pc.may_answer.clear()
    show(tab, qtbot)
    qtbot.waitUntil(lambda: pc.looked == 1)
    tab.check()
    assert tab.badge.text() == "Checking…"
    assert tab.progress.isVisible()
    assert not tab.check_button.isEnabled()
    assert not tab.copy_button.isEnabled()
    assert [row[0] for row in shown(tab)] == list(WHATS)
    pc.may_answer.set()
    wait_until_checked(tab, qtbot)
    assert pc.looked == 1
    assert not tab.progress.isVisible()
    assert tab.check_button.isEnabled()


def test_check_again_shows_what_has_changed(tab, pc, qtbot):
    show(tab, qtbot)
    wait_until_checked(tab, qtbot)
    pc.found = [GPU, RAM, GIT]
    qtbot.mouseClick(tab.check_button, Qt.MouseButton.LeftButton)
    wait_until_checked(tab, qtbot)
    assert shown(tab)[2] == ("Git", "not found on PATH", "any", "Install it.")
    assert tab.badge.role is Role.BAD
    pc.found = [GPU]
    tab.check()
    wait_until_checked(tab, qtbot)
    assert [row[0] for row in shown(tab)] == ["GPU"]
    assert (tab.badge.text(), tab.badge.role) == ("1 of 1 as recommended", Role.GOOD)


def test_a_look_that_fails_says_so_and_can_be_repeated(tab, pc, qtbot):
    pc.found = LollmaError("The PC cannot be looked at.", "Try again.")
    show(tab, qtbot)
    wait_until_checked(tab, qtbot)
    assert tab.notices.titles == ["The PC cannot be looked at."]
    assert tab.badge.text() == "Not checked yet"
    pc.found = [GPU]
    tab.check()
    wait_until_checked(tab, qtbot)
    assert tab.notices.titles == []
    assert [row[0] for row in shown(tab)] == ["GPU"]


def test_the_report_can_be_copied_as_text(tab, qtbot):
    show(tab, qtbot)
    wait_until_checked(tab, qtbot)
    qtbot.mouseClick(tab.copy_button, Qt.MouseButton.LeftButton)
    report = QGuiApplication.clipboard().text()
    assert "attention  RAM   8.0 GiB" in report
    assert "> Get more." in report
    assert "LoLLMa: " in report
    assert tab.notices.titles == ["The report was copied."]


def test_newcomers_get_their_two_first_steps(tab, qtbot):
    with qtbot.waitSignal(tab.starter_wanted):
        tab.starter_card.button.click()
    with qtbot.waitSignal(tab.folders_wanted):
        tab.folders_card.button.click()


def test_all_of_it_can_be_reached_in_a_small_window(tab, pc, qtbot):
    pc.found = [RAM] * 9
    tab.resize(700, 300)
    show(tab, qtbot)
    wait_until_checked(tab, qtbot)
    area = tab.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    assert area.widget().width() <= area.viewport().width(), "nothing is cut on the right"


def test_a_screen_reader_hears_what_each_row_says(tab, qtbot):
    show(tab, qtbot)
    wait_until_checked(tab, qtbot)
    row = tab.table.rows[1]
    assert row.dot.accessibleName() == "RAM: attention"
    assert row.found.accessibleName() == "RAM, found: 8.0 GiB"
    assert row.recommended.accessibleName() == "RAM, recommended: 64 GB"
