"""What a person does from the dashboard, done off the window's thread."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.readings import ProcessReading
from lollma_gui.qt.background import Background, Job
from lollma_gui.services.files import write_atomically
from lollma_gui.services.process_ending import end_program


class HardwareActions(QObject):
    """Ends programs and saves readings.

    Args:
        background: Where it is done.
        end_server: Stops the server of ours that a process belongs to; whether there is one.
        parent: The Qt parent.

    Signals:
        done: What was done, one sentence.
        failed: The ``LollmaError`` that kept it from being done.
    """

    done = Signal(str)
    failed = Signal(LollmaError)

    def __init__(
        self,
        background: Background,
        end_server: Callable[[int], bool] = lambda _pid: False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._end_server = end_server
        self._background = background

    def end(self, process: ProcessReading) -> None:
        """End a program that runs models, and what it started."""
        name = f"{process.name} (PID {process.pid})"
        if self._end_server(process.pid):
            # Stopped as under Servers: it has not crashed, and is not started again by itself.
            self.done.emit(f"{process.name} is being stopped.")
            return
        self._background.run(
            lambda _job: end_program(process.pid, process.started_at),
            on_result=lambda _none: self.done.emit(f"{name} has ended."),
            on_error=self.failed.emit,
            owner=self,
        )

    def save(self, path: Path, make_text: Callable[[], str]) -> None:
        """Write a text into a file; what it held is replaced once all is written.

        Args:
            path: The file.
            make_text: Gives the text; called off the window's thread.
        """

        def write(_job: Job) -> None:
            try:
                write_atomically(path, make_text().encode("utf-8"))
            except OSError as error:
                raise LollmaError(
                    f"{path.name} could not be saved.",
                    "Check that there is free space, and that the folder may be written to.",
                    str(error),
                ) from error

        self._background.run(
            write,
            on_result=lambda _none: self.done.emit(f"Saved as {path}."),
            on_error=self.failed.emit,
            owner=self,
        )
