"""What a person does in the Settings tab, and the PC and model it is tried with."""

from dataclasses import replace

from helpers.facts import QWEN
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.settings_facts import GpuFacts, PcFacts
from lollma_gui.tabs.settings_tab import SettingsTab
from lollma_gui.widgets.setting_row import SettingRow

GIB = 2**30
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
PC = PcFacts(
    physical_cores=16,
    logical_cores=32,
    ram_total_bytes=64 * GIB,
    ram_available_bytes=50 * GIB,
    gpus=(GpuFacts("RTX 4080", 16 * GIB, 15 * GIB, "NVIDIA"),),
    numa_nodes=1,
)
MODEL = replace(QWEN, name="Qwen3-14B-Instruct", rope_freq_base=1e6)


def click(qtbot: QtBot, widget: QWidget) -> None:
    assert widget.isVisible(), widget.accessibleName()
    qtbot.mouseClick(widget, LEFT)


def unfold(tab: SettingsTab, qtbot: QtBot) -> None:
    click(qtbot, tab.page.fold)
    qtbot.waitUntil(lambda: tab.page.is_complete)


def type_into(qtbot: QtBot, row: SettingRow, text: str) -> None:
    row.editor.control.setFocus()
    qtbot.keyClick(row.editor.control, "A", CONTROL)
    qtbot.keyClicks(row.editor.control, text)
    qtbot.keyClick(row.editor.control, Qt.Key.Key_Return)


def shown(tab: SettingsTab) -> list[str]:
    return [name for name, row in tab.page.rows.items() if row.isVisible()]


def choose(tab: SettingsTab, words: str, menu_of: str = "profile") -> None:
    menu = getattr(tab.tools, menu_of).menu
    action = next(a for a in menu.actions() if a.text() == words)
    assert action.isEnabled(), words
    action.trigger()
