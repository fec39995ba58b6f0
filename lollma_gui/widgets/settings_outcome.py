"""What the settings amount to: how far from recommended, what is to be done, the command line."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit

from lollma_gui.core.program_name import Program
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.card import Card

_PROGRAMS = (
    Program.LLAMA_SERVER,
    Program.TEXTGEN,
    Program.KOBOLDCPP,
    Program.LLAMA_CPP_PYTHON,
)
#: Lines of a command that are seen at once; more can be scrolled to.
_LINES, _PYTHON_LINES = 2, 5
_WHEN = "Model settings act when a model is loaded, generation settings at the next answer."


class SettingsOutcome(Card):
    """The card below the table.

    Signals:
        undo_wanted: Take back the last change.
        apply_wanted: Take all recommended values of the section shown.
        reload_wanted: Load the model again.
        program_chosen: The command line of another ``Program`` is wanted.
        copy_wanted: The command line is wanted on the clipboard.
    """

    undo_wanted = Signal()
    apply_wanted = Signal()
    reload_wanted = Signal()
    program_chosen = Signal(str)
    copy_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Settings")
        self.subtitle = ""
        self.undo_button = button("Undo")
        self.apply_button = button("Apply recommended")
        self.reload_button = button("Reload now", primary=True)
        self.programs = SegmentedControl([(p.value, p.value) for p in _PROGRAMS], "Program")
        self.copy_button = button("Copy", tooltip="Copy the command line")
        self.command = QPlainTextEdit()
        self._build()
        self.undo_button.clicked.connect(self.undo_wanted)
        self.apply_button.clicked.connect(self.apply_wanted)
        self.reload_button.clicked.connect(self.reload_wanted)
        self.copy_button.clicked.connect(self.copy_wanted)
        self.programs.chosen.connect(self.program_chosen)

    def _build(self) -> None:
        for made in (self.undo_button, self.apply_button, self.reload_button):
            self.header.addWidget(made)
        self.command.setReadOnly(True)
        # Whole lines only: the margin would show a slice of the next one.
        self.command.document().setDocumentMargin(0)
        self.command.setProperty("role", "mono")
        self.command.setAccessibleName("Command line")
        self.command.setTabChangesFocus(True)
        self.command.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.command.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.programs)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        self.body.addLayout(row)
        self.body.addWidget(self.command)

    @property
    def program(self) -> Program:
        """The program whose command line is shown."""
        return Program(self.programs.current())

    def show_command(self, text: str) -> None:
        """Show this command line."""
        if text != self.command.toPlainText():
            self.command.setPlainText(text)
        self.command.ensurePolished()
        lines = _PYTHON_LINES if self.program is Program.LLAMA_CPP_PYTHON else _LINES
        # 14 for the padding and the frame of the style sheet.
        self.command.setFixedHeight(lines * self.command.fontMetrics().lineSpacing() + 15)

    def show_undo(self, words: str) -> None:
        """What the last change was; empty where there is none."""
        self.undo_button.setEnabled(bool(words))
        self.undo_button.setToolTip(f"Take back: {words} (Ctrl+Z)" if words else "")

    def show_differing(self, labels: Sequence[str], section: str) -> None:
        """How many settings differ from what suits this PC."""
        count = len(labels)
        what = "setting differs" if count == 1 else "settings differ"
        words = f"{count} {section} {what} from what suits this PC"
        self.set_title(words if count else f"All {section} settings are as recommended")
        self.apply_button.setEnabled(bool(count))
        self.apply_button.setToolTip(", ".join(labels))

    def show_pending(self, labels: Sequence[str], seconds: str) -> None:
        """Which settings count only after a reload, and how long that takes."""
        self.reload_button.setVisible(bool(labels))
        self.reload_button.setToolTip(", ".join(labels))
        count = len(labels)
        what = "1 change needs" if count == 1 else f"{count} changes need"
        about = f" (about {seconds})" if seconds else ""
        words = f"{what} the model to be loaded again{about}: {', '.join(labels)}."
        self.subtitle = words if count else _WHEN
        self.set_subtitle(self.subtitle)
