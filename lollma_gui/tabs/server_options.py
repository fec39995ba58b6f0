"""How a server is started and what becomes of it: the things one sets once."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core.network_reach import opening_flag
from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.copy_line import CopyLine
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import TextRole, label

_AT_CLOSE = (
    (AtClose.ASK.value, "Ask me"),
    (AtClose.STOP.value, "Stop it"),
    (AtClose.KEEP.value, "Keep it running"),
)


class _Lines(QPlainTextEdit):
    """Lines that count when one is done with them.

    Signals:
        left: The keyboard went elsewhere.
    """

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class ServerOptions(QWidget):
    """A form over a ``ServerConfig``.

    Signals:
        changed: The new ``ServerConfig``.
        place_wanted: The person wants to choose where the program is.
    """

    changed = Signal(object)
    place_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._config: ServerConfig | None = None
        self.autostart = QCheckBox("Start it when LoLLMa starts")
        self.restart = QCheckBox("Start it again when it crashes")
        self.restart.setToolTip("After 2 s, then each time after twice as long; five times at most")
        self.at_close = SegmentedControl(_AT_CLOSE, "When LoLLMa closes")
        self.flags = QLineEdit()
        self.opening = label("", TextRole.CAPTION, wrap=True)
        self.environment = _Lines()
        self.place = CopyLine("Where the program is")
        self.command = CopyLine("Command line")
        self._build()
        self.autostart.clicked.connect(self._take)
        self.restart.clicked.connect(self._take)
        self.at_close.chosen.connect(self._take)
        self.flags.editingFinished.connect(self._take)
        self.flags.textChanged.connect(self._show_opening)
        self._show_opening()
        self.environment.left.connect(self._take)

    def _build(self) -> None:
        self.flags.setProperty("role", "mono")
        self.flags.setAccessibleName("Extra flags")
        self.flags.setPlaceholderText("--flag value …")
        self.environment.setProperty("role", "mono")
        self.environment.setAccessibleName("Environment variables")
        self.environment.setPlaceholderText("NAME=value, one a line")
        self.environment.setFixedHeight(self.fontMetrics().lineSpacing() * 3 + 22)
        self.environment.setTabChangesFocus(True)
        choose = button("Choose…", tooltip="Choose where the program is on this PC")
        choose.clicked.connect(self.place_wanted)
        self.place.add_button(choose)
        content = QWidget()
        form = self._form = QFormLayout(content)
        form.setContentsMargins(0, 0, 8, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(label("Program", TextRole.MUTED), self.place)
        starts = QVBoxLayout()
        starts.setSpacing(2)
        starts.addWidget(self.autostart)
        starts.addWidget(self.restart)
        form.addRow(label("Starting", TextRole.MUTED), starts)
        form.addRow(label("When LoLLMa closes", TextRole.MUTED), self.at_close)
        form.addRow(label("Extra flags", TextRole.MUTED), self.flags)
        form.addRow(self.opening)
        form.addRow(label("Environment", TextRole.MUTED), self.environment)
        form.addRow(label("Command line", TextRole.MUTED), self.command)
        fill_with_scrolled(self, content)

    def add_row(self, words: str, widget: QWidget) -> None:
        """One more row, of what only some programs have."""
        self._form.insertRow(self._form.rowCount() - 1, label(words, TextRole.MUTED), widget)

    # ---- showing ---------------------------------------------------------------------------

    def show_config(self, config: ServerConfig, place: str) -> None:
        """Show how a server is set, and where its program is."""
        self._config = config
        self.place.show_text(place)
        self.autostart.setChecked(config.autostart)
        self.restart.setChecked(config.restart.is_on)
        self.at_close.choose(config.at_close.value)
        # What is just being typed stays.
        if not self.flags.hasFocus():
            self.flags.setText(config.extra_flags)
        if not self.environment.hasFocus():
            lines = (f"{name}={value}" for name, value in config.environment)
            self.environment.setPlainText("\n".join(lines))

    def _show_opening(self) -> None:
        flag = opening_flag(self.flags.text())
        self.opening.setText(
            f"{flag} lets others connect, perhaps without a key. LoLLMa ends a server that listens "
            "to more than you chose above; choose “My network” instead."
            if flag
            else ""
        )
        self.opening.setVisible(bool(flag))

    def show_command(self, line: str) -> None:
        """The exact command line."""
        self.command.show_text(line)

    # ---- taking ----------------------------------------------------------------------------

    def _take(self) -> None:
        if self._config is None:
            return
        changed = replace(
            self._config,
            autostart=self.autostart.isChecked(),
            restart=replace(self._config.restart, is_on=self.restart.isChecked()),
            at_close=AtClose(self.at_close.current()),
            extra_flags=self.flags.text().strip(),
            environment=_variables(self.environment.toPlainText()),
        )
        if changed != self._config:
            self._config = changed
            self.changed.emit(changed)


def _variables(text: str) -> tuple[tuple[str, str], ...]:
    """Names and values of the lines that set something."""
    found = []
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and name.strip():
            found.append((name.strip(), value))
    return tuple(found)
