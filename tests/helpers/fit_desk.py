"""A fit panel in a window, and a person in front of it."""

from dataclasses import replace
from typing import Any

from helpers.fit_views import GUIDE_CASE, view_of
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QPushButton,
    QScrollArea,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from lollma_gui.core.fit_view import FitView
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.widgets.fit_panel import FitPanel
from lollma_gui.widgets.theme import Theme

LEFT = Qt.MouseButton.LeftButton
NAME = "Llama-3.1-8B-Instruct"
SIGNALS = (
    *("changed", "change_chosen", "extra_toggled", "margin_changed", "games_changed"),
    *("measure_wanted", "use_wanted", "reset_wanted", "forget_wanted"),
)
#: Those that want other values.
_WANTED = ("changed", "change_chosen")


class FitDesk:
    """The panel in a window, and somebody who does at once what is wanted, as the app does."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.qtbot = qtbot
        self.panel = FitPanel(theme)
        self.said: list[tuple[str, tuple[Any, ...]]] = []
        self.follows = False
        for name in SIGNALS:
            getattr(self.panel, name).connect(lambda *args, n=name: self._heard(n, args))
        qtbot.addWidget(self.panel)
        self.panel.setFixedSize(372, 640)
        with qtbot.waitActive(self.panel):
            self.panel.show()
            self.panel.activateWindow()

    def _heard(self, name: str, args: tuple[Any, ...]) -> None:
        self.said.append((name, args))
        if self.follows and name in _WANTED:
            values = {**args[0]}
            if "flash_attn" in values:
                values["flash_attn"] = values["flash_attn"] == "on"
            self.asked = replace(self.asked, **values)
            self.show(view_of(GUIDE_CASE, self.asked, NAME, is_changed=True))

    @property
    def wanted(self) -> list[dict[str, Any]]:
        return [args[0] for name, args in self.said if name in _WANTED]

    def show(self, view: FitView | None) -> None:
        self.panel.show_view(view)

    def follow(self, asked: PlanSettings) -> None:
        self.asked, self.follows = asked, True
        self.show(view_of(GUIDE_CASE, asked, NAME))

    def click(self, widget: QWidget) -> None:
        self.scroll_to(widget)
        self.qtbot.mouseClick(widget, LEFT)

    def scroll_to(self, widget: QWidget) -> None:
        self.panel.findChild(QScrollArea).ensureWidgetVisible(widget)

    def focus(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        self.qtbot.waitUntil(widget.hasFocus)

    def choose(self, box: QComboBox, text: str) -> None:
        """Choose by keyboard: from the first entry down to the one with this text."""
        self.focus(box)
        self.qtbot.keyClick(box, Qt.Key.Key_Home)
        while box.currentText() != text:
            before = box.currentIndex()
            self.qtbot.keyClick(box, Qt.Key.Key_Down)
            assert box.currentIndex() > before, f"there is no {text}"

    def segment(self, control: QWidget, text: str) -> QPushButton:
        return next(b for b in control.findChildren(QPushButton) if b.text() == text)


def handle(slider: QSlider) -> QPoint:
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    part = QStyle.SubControl.SC_SliderHandle
    kind = QStyle.ComplexControl.CC_Slider
    return slider.style().subControlRect(kind, option, part, slider).center()
