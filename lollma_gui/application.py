"""Qt's application as LoLLMa has it."""

import sys

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from lollma_gui import __version__
from lollma_gui.widgets.theme import STYLE_ARGUMENTS


class Application(QApplication):
    """The application; macOS tells it which files a person opens.

    An event filter would be asked about every event of every object; this is not.

    Signals:
        open_wanted: Paths of files, a list.
    """

    open_wanted = Signal(list)

    def __init__(self) -> None:
        super().__init__([*sys.argv[:1], *STYLE_ARGUMENTS])
        self.setApplicationName("LoLLMa")
        self.setApplicationVersion(__version__)
        self.setDesktopFileName("lollma")
        self.setQuitOnLastWindowClosed(False)

    def event(self, event: QEvent) -> bool:
        """Hear of files; the rest is Qt's."""
        if isinstance(event, QFileOpenEvent):
            # The address of something on the net has no file: whoever opens it says so.
            self.open_wanted.emit([event.file() or event.url().toString()])
            return True
        return super().event(event)
