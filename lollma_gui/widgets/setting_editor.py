"""One editor for each kind of setting: shows the value in force, emits the one that is wanted."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.setting import Kind, Setting
from lollma_gui.widgets.editor_base import SettingEditor
from lollma_gui.widgets.number_box import NumberBox
from lollma_gui.widgets.text_editors import LineEditor, LinesEditor, PathEditor, PathsEditor


class SwitchEditor(SettingEditor):
    """A check box that also says On or Off."""

    def __init__(self, setting: Setting) -> None:
        self.box = QCheckBox("Off")
        super().__init__(setting, self.box)
        self.row.addStretch(1)
        self.box.toggled.connect(self._show_word)
        self.box.clicked.connect(lambda: self.committed.emit(self.box.isChecked()))

    def put_in(self, value: SettingValue) -> None:
        """Show this value."""
        self.box.setChecked(bool(value))

    def _show_word(self, on: bool) -> None:
        self.box.setText("On" if on else "Off")


class ChoiceBox(QComboBox):
    """A list of choices that the wheel changes only where the keyboard is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # As wide as the column, whatever the longest words are.
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.setSizeAdjustPolicy(policy)
        self.setMinimumContentsLength(4)

    def showPopup(self) -> None:  # noqa: N802
        """The list is as wide as its longest words."""
        words = (self.itemText(index) for index in range(self.count()))
        widest = max(self.fontMetrics().horizontalAdvance(text) for text in words)
        self.view().setMinimumWidth(widest + 32)
        super().showPopup()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Words that are too long end in "…"; Qt would cut them off."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        kind = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(kind, option, part, self).width() - 4
        elide = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(self.currentText(), elide, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(kind, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Elsewhere the wheel scrolls the page."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceEditor(SettingEditor):
    """A list of choices in words."""

    def __init__(self, setting: Setting) -> None:
        self.box = ChoiceBox()
        super().__init__(setting, self.box)
        for value, words in setting.choices.items():
            self.box.addItem(words, value)
        self.box.activated.connect(lambda index: self.committed.emit(self.box.itemData(index)))
        self.box.currentTextChanged.connect(self.box.setToolTip)

    def put_in(self, value: SettingValue) -> None:
        """Show this value."""
        self.box.setCurrentIndex(self.box.findData(value))


class NumberEditor(SettingEditor):
    """A box for a number."""

    def __init__(self, setting: Setting) -> None:
        self.box = NumberBox(setting)
        super().__init__(setting, self.box)
        self.box.committed.connect(self.committed)
        self.box.refused.connect(self.refused)

    @property
    def is_typed(self) -> bool:
        """Whether there is something in it that was not taken over yet."""
        return self.box.is_typed

    def put_in(self, value: SettingValue) -> None:
        """Show this value."""
        self.box.show_value(value)


def editor_for(setting: Setting) -> SettingEditor:
    """The editor for this kind of setting."""
    return _EDITORS[setting.kind](setting)


_EDITORS: dict[Kind, Callable[[Setting], SettingEditor]] = {
    Kind.SWITCH: SwitchEditor,
    Kind.WHOLE: NumberEditor,
    Kind.DECIMAL: NumberEditor,
    Kind.CHOICE: ChoiceEditor,
    Kind.FRACTIONS: LineEditor,
    Kind.TEXT: LineEditor,
    Kind.PATH: PathEditor,
    Kind.LINES: LinesEditor,
    Kind.TEXTS: LinesEditor,
    Kind.PATHS: PathsEditor,
}
