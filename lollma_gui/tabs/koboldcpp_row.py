"""Buttons that import and export KoboldCpp's own files of settings."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QWidget

from lollma_gui.core.koboldcpp_config import Imported
from lollma_gui.qt.koboldcpp_file import KoboldCppFile
from lollma_gui.tabs.server_problem import ServerHelp
from lollma_gui.widgets.buttons import button

_FILES = "KoboldCpp settings (*.kcpps)"


class KoboldCppRow(QWidget):
    """*Import…* and *Export…*.

    Args:
        file: Does the work.
        help_: Puts settings into a model's profile.

    Signals:
        said: What was done, and what of the file was not taken over.
    """

    said = Signal(str, str)

    def __init__(self, file: KoboldCppFile, help_: ServerHelp) -> None:
        super().__init__()
        self._file = file
        self._help = help_
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for words, tip, work in (
            ("Import…", "Take over a .kcpps file", self._import),
            ("Export…", "Write the settings of now as a .kcpps file", self._export),
        ):
            made = button(words, tooltip=tip)
            made.clicked.connect(work)
            row.addWidget(made)
        row.addStretch(1)
        file.imported.connect(self._take)
        file.written.connect(lambda name: self.said.emit(f"The settings are in {name}.", ""))

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import settings of KoboldCpp", "", _FILES)
        if path:
            self._file.read(Path(path))

    def _export(self) -> None:
        words, usual = "Export settings for KoboldCpp", "settings.kcpps"
        path, _ = QFileDialog.getSaveFileName(self, words, usual, _FILES)
        if path:
            self._file.write(Path(path))

    def _take(self, model_path: str, imported: Imported) -> None:
        self._help.take(model_path, imported.values)
        count = len(imported.values)
        settings = "1 setting is" if count == 1 else f"{count} settings are"
        title = f"{settings} in the profile of {Path(model_path).name} now."
        self.said.emit(title, " ".join(imported.notes))
