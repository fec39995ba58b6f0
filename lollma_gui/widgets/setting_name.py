"""What a setting is called, and the button that explains it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from lollma_gui.core.setting import Setting
from lollma_gui.widgets.text import ElidedLabel, TextRole, label

_GAP = 6
_BUTTON_WIDTH = 22
#: Pixels before the label.
LABEL_INDENT = _BUTTON_WIDTH + _GAP


class SettingName(QWidget):
    """Label and name of a setting, a mark where it was changed, and the button that unfolds more.

    Signals:
        unfolded: Whether the person wants to see more.
    """

    unfolded = Signal(bool)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._setting = setting
        self.more_button = QToolButton()
        self.more_button.setCheckable(True)
        self.more_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more_button.setFixedWidth(_BUTTON_WIDTH)
        self.label = ElidedLabel(setting.label, TextRole.STRONG)
        self.mark = label("●")
        self.mark.setForegroundRole(QPalette.ColorRole.Accent)
        self.mark.hide()
        self.name = ElidedLabel(setting.name, TextRole.MONO)
        # The style sheet gives code no colour of its own.
        self.name.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        # The gap is part of each text, so that what is hidden takes none.
        for text in (self.label, self.mark, self.name):
            text.setContentsMargins(_GAP, 0, 0, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(0)
        self._grid.addWidget(self.more_button, 0, 0)
        self._grid.addWidget(self.label, 0, 1)
        self._grid.addWidget(self.mark, 0, 2)
        self._grid.addWidget(self.name, 0, 3)
        self._grid.setColumnStretch(3, 1)
        self.more_button.toggled.connect(self._unfold)
        self._show_arrow(unfolded=False)

    def show_changed(self, changed: bool, source: str) -> None:
        """Mark it as changed by the person."""
        self.mark.setVisible(changed)
        self.mark.setToolTip(f"Changed. {source}")
        self.mark.setAccessibleName(f"{self._setting.label} is changed")

    def set_width(self, width: int) -> None:
        """Take this width; the name stands below the label where both do not fit in a line."""
        self.setFixedWidth(width)
        texts = (self.label, self.mark, self.name)
        needed = _BUTTON_WIDTH + sum(text.sizeHint().width() for text in texts)
        in_one_line = needed <= width
        for widget in (self.name, self.more_button):
            self._grid.removeWidget(widget)
        self._grid.addWidget(self.more_button, 0, 0, 1 if in_one_line else 2, 1)
        self._grid.addWidget(self.name, *((0, 3) if in_one_line else (1, 1, 1, 3)))

    def _unfold(self, unfolded: bool) -> None:
        self._show_arrow(unfolded=unfolded)
        self.unfolded.emit(unfolded)

    def _show_arrow(self, *, unfolded: bool) -> None:
        self.more_button.setText("▾" if unfolded else "▸")
        words = f"Explain {self._setting.label}" if not unfolded else "Show less"
        self.more_button.setAccessibleName(words)
        self.more_button.setToolTip(words)
