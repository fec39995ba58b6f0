"""Editors for settings that are written: a line, several lines, files."""

from abc import abstractmethod

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPlainTextEdit, QToolButton, QWidget

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.setting import Kind, Setting
from lollma_gui.widgets.editor_base import SettingEditor

_LOWEST, _HIGHEST = 2, 8
_MODEL_FILES = "Models (*.gguf);;All files (*)"


class WrittenEditor(SettingEditor):
    """Text that is read as a value when the editing is finished."""

    def __init__(self, setting: Setting, control: QWidget) -> None:
        super().__init__(setting, control)
        self._shown = ""

    @abstractmethod
    def text(self) -> str:
        """What stands in it."""

    @abstractmethod
    def put_text(self, text: str) -> None:
        """Let this stand in it."""

    @property
    def is_typed(self) -> bool:
        """Whether there is something in it that was not taken over yet."""
        return self.text() != self._shown

    def put_in(self, value: SettingValue) -> None:
        """Show this value as text."""
        self._shown = self.setting.format(value)
        self.put_text(self._shown)

    def finish(self) -> None:
        """Read what was typed."""
        if not self.is_typed:
            return
        try:
            value = self.setting.parse(self.text())
        except ValueError as error:
            self.refused.emit(str(error))
            return
        self.refused.emit("")
        self.put_in(value)
        if value != self._value:
            self.committed.emit(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape puts back the value in force."""
        pressed = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if pressed and event.key() == Qt.Key.Key_Escape and self.is_typed:  # type: ignore[attr-defined]
            self.revert()
            return True
        return super().eventFilter(watched, event)

    def _empty_words(self) -> str:
        return self.setting.special.get("", "none")


class LineEditor(WrittenEditor):
    """One line: a text, or numbers with commas between them."""

    def __init__(self, setting: Setting) -> None:
        self.line = QLineEdit()
        super().__init__(setting, self.line)
        example = "none, or 60, 40" if setting.kind is Kind.FRACTIONS else self._empty_words()
        self.line.setPlaceholderText(example)
        self.line.editingFinished.connect(self.finish)

    def text(self) -> str:
        """What stands in it."""
        return self.line.text()

    def put_text(self, text: str) -> None:
        """Let this stand in it, seen from its beginning."""
        self.line.setText(text)
        self.line.setCursorPosition(0)
        self.line.setToolTip(text)


class PathEditor(LineEditor):
    """One file, typed or chosen."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.choose_button = _choose_button(setting)
        self.choose_button.clicked.connect(self._choose)
        self.row.addWidget(self.choose_button)

    @property
    def stops(self) -> list[QWidget]:
        """Where the Tab key stops, in order."""
        return [self.control, self.choose_button]

    def take_file(self, path: str) -> None:
        """Want this file."""
        self.put_text(path)
        self.finish()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.setting.label, self.text(), _MODEL_FILES)
        if path:
            self.take_file(path)


class LinesEditor(WrittenEditor):
    """Several lines, as high as what stands in it; Ctrl+Enter or going elsewhere finishes."""

    def __init__(self, setting: Setting) -> None:
        self.area = QPlainTextEdit()
        super().__init__(setting, self.area)
        is_list = setting.kind is not Kind.LINES
        self.area.setPlaceholderText(
            "none; one a line" if is_list else self._empty_words().capitalize()
        )
        self.area.setToolTip("Ctrl+Enter or a click elsewhere takes it over.")
        # Tab goes on to the next control, as everywhere in the table.
        self.area.setTabChangesFocus(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if setting.name != "system_prompt":
            self.area.setProperty("role", "mono")
        self.area.textChanged.connect(self._fit)
        self._fit()

    def text(self) -> str:
        """What stands in it."""
        return self.area.toPlainText()

    def put_text(self, text: str) -> None:
        """Let this stand in it."""
        if text != self.text():
            self.area.setPlainText(text)

    def _fit(self) -> None:
        lines = min(max(self.area.blockCount(), _LOWEST), _HIGHEST)
        margins = round(2 * self.area.document().documentMargin()) + 16
        self.area.setFixedHeight(lines * self.area.fontMetrics().lineSpacing() + margins)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Finish when the keyboard goes elsewhere, and on Ctrl+Enter."""
        if event.type() == QEvent.Type.FocusOut:
            # A menu over the field is no way out of it.
            if event.reason() != Qt.FocusReason.PopupFocusReason:  # type: ignore[attr-defined]
                self.finish()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            with_control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if with_control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.finish()
                return True
        return super().eventFilter(watched, event)


class PathsEditor(LinesEditor):
    """Several files, one a line, typed or chosen."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.choose_button = _choose_button(setting)
        self.choose_button.clicked.connect(self._choose)
        self.row.addWidget(self.choose_button, 0, Qt.AlignmentFlag.AlignTop)

    @property
    def stops(self) -> list[QWidget]:
        """Where the Tab key stops, in order."""
        return [self.control, self.choose_button]

    def add_files(self, paths: list[str]) -> None:
        """Want these files too."""
        here = [line for line in self.text().split("\n") if line]
        self.put_text("\n".join([*here, *(p for p in paths if p not in here)]))
        self.finish()

    def _choose(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, self.setting.label, "", _MODEL_FILES)
        if paths:
            self.add_files(paths)


def _choose_button(setting: Setting) -> QToolButton:
    made = QToolButton()
    made.setText("…")
    made.setToolTip("Choose a file")
    made.setAccessibleName(f"Choose a file for {setting.label}")
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made
