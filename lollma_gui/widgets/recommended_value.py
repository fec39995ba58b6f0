"""The value that suits this PC, and the button that takes it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.setting import Setting
from lollma_gui.widgets.text import TextRole, label


class RecommendedValue(QWidget):
    """The recommended value; where another is in force, a button that takes it."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._setting = setting
        self._value: SettingValue = None
        self.words = label("", TextRole.MUTED)
        self.button = _SmallButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.words)
        row.addWidget(self.button)
        row.addStretch(1)

    def show_value(self, value: SettingValue, *, differs: bool) -> None:
        """Show this as what suits."""
        self._value = value
        words = value_words(self._setting, value)
        self.words.setVisible(not differs)
        self.button.setVisible(differs)
        self.button.setAccessibleName(f"Take {words} for {self._setting.label}")
        self.button.setToolTip(f"Take the recommended value: {words}")
        self._fit()

    def setFixedWidth(self, width: int) -> None:  # noqa: N802
        """More or less room for the words."""
        super().setFixedWidth(width)
        self._fit()

    def _fit(self) -> None:
        words = value_words(self._setting, self._value)
        room = self.maximumWidth()
        elide = Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(words, elide, room - 2)
        self.words.setText(shown)
        self.words.setToolTip(words if shown != words else "")
        self.words.setAccessibleName(f"{self._setting.label}, recommended: {words}")
        short = words.removesuffix(self._setting.unit).rstrip()
        self.button.setText(self.fontMetrics().elidedText(f"← {short}", elide, room - 24))


class _SmallButton(QPushButton):
    """A button that fits into a row of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.setAutoDefault(False)
        self.setStyleSheet("QPushButton { padding: 4px 9px; border-radius: 7px; }")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


def value_words(setting: Setting, value: SettingValue) -> str:
    """A value as the editor beside it says it."""
    if isinstance(value, bool):
        return "On" if value else "Off"
    return setting.describe(value)
