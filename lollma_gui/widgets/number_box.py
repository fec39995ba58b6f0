"""A box for one number: typed, stepped by keys, arrows or the wheel, special values in words."""

import math
from decimal import Decimal

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.setting import Kind, Setting

#: Steps count as one change when no other follows within this time.
_STEPS_END_MS = 400


class NumberBox(QAbstractSpinBox):
    """A number with its unit and limits.

    While nobody is in it, it shows the number with its unit, or a special value in its words. It
    is not one of Qt's own boxes: those know no numbers above 2,147,483,647, no words for more than
    one value, and put back what was typed wrong without a word.

    Args:
        setting: Says unit, limits, step and special values.

    Signals:
        committed: A valid number that the person wants.
        refused: What is wrong with what was typed, one sentence.
    """

    committed = Signal(object)
    refused = Signal(str)

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setting = setting
        self._value: SettingValue = setting.default
        self._shown = ""
        self._steps_end = QTimer(self)
        self._steps_end.setSingleShot(True)
        self._steps_end.setInterval(_STEPS_END_MS)
        self._steps_end.timeout.connect(self.finish)
        # Pointing at a page that scrolls must not change numbers: the wheel does not bring focus.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.editingFinished.connect(self.finish)
        self.show_value(setting.default)

    # ---- value -----------------------------------------------------------------------------

    @property
    def is_typed(self) -> bool:
        """Whether there is something in it that was not taken over yet."""
        return self.text() != self._shown

    def show_value(self, value: SettingValue) -> None:
        """Show the number in force, in place of anything typed."""
        self._value = value
        self._steps_end.stop()
        self._show()

    def finish(self) -> None:
        """Take over what was typed or stepped to."""
        self._steps_end.stop()
        if not self.is_typed:
            return
        try:
            value = self._parsed()
        except ValueError as error:
            self.refused.emit(str(error))
            return
        before, self._value = self._value, value
        self._show()
        self.refused.emit("")
        if value != before:
            self.committed.emit(value)

    def _parsed(self) -> SettingValue:
        """What was typed; the words of a special value are as good as its number.

        Raises:
            ValueError: With one sentence for the person.
        """
        text = self.text().strip()
        for value, words in self._setting.special.items():
            if text.lower() == words.lower():
                return value
        if self._setting.unit:
            text = text.removesuffix(self._setting.unit).strip()
        return self._setting.parse(text)

    def _show(self) -> None:
        words = self._setting.describe(self._value)
        if self.hasFocus() and self._value not in self._setting.special:
            words = self._setting.format(self._value)
        limits = self._setting.check(None)
        is_special = self._value in self._setting.special
        self.setToolTip(f"{words.capitalize()}. {limits}" if is_special else limits)
        if not self.hasFocus():
            room = self.lineEdit().contentsRect().width() - 6
            words = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
        self._shown = words
        self.lineEdit().setText(words)
        self.lineEdit().setCursorPosition(0)

    # ---- steps -----------------------------------------------------------------------------

    def stepBy(self, steps: int) -> None:  # noqa: N802
        """Go to the next multiple of the step, up or down."""
        try:
            value = self._parsed() if self.is_typed else self._value
        except ValueError:
            value = self._value
        self.lineEdit().setText(self._words_of(self._stepped(value, steps)))
        self.selectAll()
        self._steps_end.start()

    def _words_of(self, value: SettingValue) -> str:
        special = self._setting.special
        return special[value] if value in special else self._setting.format(value)

    def _stepped(self, value: SettingValue, steps: int) -> SettingValue:
        # Decimals, because 0.1 + 0.2 is not 0.3 in floating point.
        step = Decimal(repr(self._setting.step or 1))
        number = Decimal(repr(value)) / step
        whole = math.floor(number) if steps > 0 else math.ceil(number)
        found = float((whole + steps) * step)
        if self._setting.minimum is not None:
            found = max(found, self._setting.minimum)
        if self._setting.maximum is not None:
            found = min(found, self._setting.maximum)
        return int(found) if self._setting.kind is Kind.WHOLE else found

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:  # noqa: N802
        """Both ways, except beyond the limits."""
        flags = QAbstractSpinBox.StepEnabledFlag
        allowed = flags.StepNone
        if self._value != self._setting.maximum or self.is_typed:
            allowed |= flags.StepUpEnabled
        if self._value != self._setting.minimum or self.is_typed:
            allowed |= flags.StepDownEnabled
        return allowed

    # ---- what Qt tells ---------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel steps only where the keyboard is; elsewhere it scrolls the page."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the bare number to edit."""
        super().focusInEvent(event)
        if not self.is_typed:
            self._show()
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take over what was typed, and show it with its unit."""
        super().focusOutEvent(event)
        if not self.is_typed:
            self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts back the value in force."""
        if event.key() == Qt.Key.Key_Escape and self.is_typed:
            self.show_value(self._value)
            self.selectAll()
            self.refused.emit("")
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be room for more of the words."""
        super().resizeEvent(event)
        if not self.hasFocus() and not self.is_typed:
            self._show()

    def changeEvent(self, event: QEvent) -> None:
        """The letters may be others."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and not self.hasFocus() and not self.is_typed:
            self._show()
