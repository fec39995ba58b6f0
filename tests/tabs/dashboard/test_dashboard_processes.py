"""The table of processes: who is shown, and who can be ended, by clicks and keys."""

from dataclasses import replace

from helpers.dashboard_user import click, take
from helpers.readings import FULL, GIB, LEFT_OVER, OTHER, OWN, SERVER
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from lollma_gui.core.readings import ProcessesReading, ProcessReading
from lollma_gui.tabs.dashboard_tab import DashboardTab


def notice_button(tab: DashboardTab, words: str) -> QPushButton:
    return next(b for b in tab.notices.findChildren(QPushButton) if b.text() == words)


def select(tab: DashboardTab, process: ProcessReading) -> None:
    tab.processes.table.selectRow(tab.processes.rows.row_of(process))


def test_every_process_is_a_row_with_ours_marked(tab, monitor):
    take(monitor, FULL)
    rows, table = tab.processes.rows, []
    for row in range(rows.rowCount()):
        table.append([rows.index(row, column).data() for column in range(rows.columnCount())])
    assert table == [
        ["llama.cpp engine", "LoLLMa's engine", "18244", "9.0 GiB", "10.0 GiB", "112 %"],
        ["Xorg", "", "1210", "1.0 GiB", "1.0 GiB", "2 %"],
        ["KoboldCpp", "server", "777", "-", "1.0 GiB", "0 %"],
    ]


def test_where_the_system_keeps_vram_to_itself_it_is_said(tab, monitor):
    told = ProcessesReading((OWN,), "Windows does not tell.")
    take(monitor, replace(FULL, processes=told))
    assert tab.processes.note.text() == "Windows does not tell."
    take(monitor, FULL)
    assert not tab.processes.note.isVisible()


def test_our_engine_is_ended_by_a_click_and_nobody_asks(tab, monitor, actions, qtbot):
    take(monitor, FULL)
    select(tab, OWN)
    with qtbot.waitSignal(tab.end_engine_wanted):
        click(qtbot, tab.processes.end_button)
    assert actions.ended == []


def test_a_server_is_ended_only_when_that_was_confirmed(tab, monitor, actions, qtbot):
    take(monitor, FULL)
    select(tab, SERVER)
    click(qtbot, tab.processes.end_button)
    assert actions.ended == []
    assert tab.notices.titles == ["End KoboldCpp (PID 777)?"]
    click(qtbot, notice_button(tab, "End it"))
    assert actions.ended == [SERVER]


def test_what_is_not_ours_cannot_be_ended(tab, monitor):
    take(monitor, FULL)
    assert not tab.processes.end_button.isEnabled()
    select(tab, OTHER)
    assert not tab.processes.end_button.isEnabled()
    assert "does not belong to LoLLMa" in tab.processes.end_button.toolTip()


def test_the_delete_key_ends_too(tab, monitor, qtbot):
    take(monitor, FULL)
    select(tab, OWN)
    with qtbot.waitSignal(tab.end_engine_wanted):
        qtbot.keyClick(tab.processes.table, Qt.Key.Key_Delete)


def test_who_is_selected_stays_selected_when_others_come_and_go(tab, monitor):
    take(monitor, FULL)
    select(tab, SERVER)
    take(monitor, replace(FULL, processes=ProcessesReading((OWN, SERVER))))
    assert tab.processes.selected() == SERVER
    fuller = replace(SERVER, ram_bytes=2 * GIB)
    take(monitor, replace(FULL, processes=ProcessesReading((OWN, fuller))))
    assert tab.processes.selected() == fuller
    take(monitor, replace(FULL, processes=ProcessesReading((OWN,))))
    assert tab.processes.selected() is None


def test_what_is_left_over_is_offered_once_for_ending(tab, monitor, actions, qtbot):
    left = replace(FULL, processes=ProcessesReading((OWN, LEFT_OVER)))
    take(monitor, left)
    title = "llama-server (PID 666) is left over from an earlier run of LoLLMa."
    assert tab.notices.titles == [title]
    click(qtbot, notice_button(tab, "End it"))
    assert actions.ended == [LEFT_OVER]
    take(monitor, replace(left, taken_at=2.0))
    assert tab.notices.titles == []


def test_the_offer_goes_when_the_left_over_is_gone(tab, monitor):
    take(monitor, replace(FULL, processes=ProcessesReading((OWN, LEFT_OVER))))
    take(monitor, FULL)
    assert tab.notices.titles == []
