"""What the editors of settings have in common."""

from abc import abstractmethod

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QWidget

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.setting import Setting


class SettingEditor(QWidget):
    """What all editors have in common.

    Nothing is emitted while somebody types: a value is wanted when the editing is finished, by
    Enter or by going elsewhere. Values that cannot be read stay where they were typed.

    Args:
        setting: What is edited.
        control: The widget that takes the keyboard.

    Signals:
        committed: A valid value that the person wants.
        refused: What is wrong with what was typed, one sentence; empty when it is right again.
    """

    committed = Signal(object)
    refused = Signal(str)

    def __init__(self, setting: Setting, control: QWidget) -> None:
        super().__init__()
        self.setting = setting
        self.control = control
        self._value: SettingValue = None  # no setting's value, so the first is always shown
        control.setAccessibleName(f"{setting.label} ({setting.name})")
        control.installEventFilter(self)
        self.setFocusProxy(control)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(4)
        self.row.addWidget(control)

    @property
    def stops(self) -> list[QWidget]:
        """Where the Tab key stops, in order."""
        return [self.control]

    @property
    def is_typed(self) -> bool:
        """Whether there is something in it that was not taken over yet."""
        return False

    def show_value(self, value: SettingValue) -> None:
        """Follow the value in force; what somebody is typing just now is left alone."""
        known, self._value = self._value, value
        if value == known or (self.is_typed and self.control.hasFocus()):
            return
        self.refused.emit("")
        self.put_in(value)

    def revert(self) -> None:
        """Show the value in force instead of what was typed."""
        self.put_in(self._value)
        self.refused.emit("")

    @abstractmethod
    def put_in(self, value: SettingValue) -> None:
        """Show this value, without telling anybody."""

    def describe(self, words: str) -> None:
        """More about it for screen readers."""
        self.control.setAccessibleDescription(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let undo and redo reach the window while nothing was typed here."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence.StandardKey
            steps = event.matches(keys.Undo) or event.matches(keys.Redo)
            if steps and not self.is_typed:
                event.ignore()
                return True
        return super().eventFilter(watched, event)
