"""The menu in which each alert is turned on and off."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from lollma_gui.core.alerts import WORDS, AlertKind
from lollma_gui.qt.alerts import HardwareAlerts
from lollma_gui.widgets.buttons import button


class AlertMenu(QWidget):
    """A button with the menu below it.

    Args:
        alerts: What is turned on and off.
    """

    def __init__(self, alerts: HardwareAlerts) -> None:
        super().__init__()
        self._alerts = alerts
        self.button: QPushButton = button("Alerts ▾", tooltip="What you want to hear of")
        self.button.setAccessibleName("Alerts")
        self.menu = QMenu(self)
        self.kinds = {kind: self._add(words) for kind, words in WORDS.items()}
        self.menu.addSeparator()
        self.system = self._add("Tell me by the system too, while I do something else")
        for kind, action in self.kinds.items():
            action.toggled.connect(lambda on, k=kind: alerts.set_wanted(k, on))
        self.system.toggled.connect(alerts.set_notify)
        alerts.choices_changed.connect(self._show_choices)
        self.button.clicked.connect(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button)
        self._show_choices()

    def _add(self, words: str) -> QAction:
        action = self.menu.addAction(words)
        action.setCheckable(True)
        return action

    def _show_choices(self) -> None:
        for kind, action in self.kinds.items():
            action.setChecked(str(AlertKind(kind)) not in self._alerts.off)
        self.system.setChecked(self._alerts.notify)

    def _open(self) -> None:
        self.menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
