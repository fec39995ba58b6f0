"""The app's log file, and what becomes of errors nobody caught."""

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from lollma_gui.core.redaction import redact

_log = logging.getLogger(__name__)


class RedactingFormatter(logging.Formatter):
    """Takes keys and tokens out of every line, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written to the file."""
        return redact(super().format(record))


class LogFile:
    """Writes the log to a file while it is open.

    Args:
        folder: Where ``lollma.log`` and ``crash.log`` go.
        on_unexpected: Told, on the thread it happened in, of each error that nobody caught.
    """

    def __init__(self, folder: Path, on_unexpected: Callable[[str], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "lollma.log"
        self._on_unexpected = on_unexpected
        self._handler = RotatingFileHandler(
            self.path, maxBytes=1_000_000, backupCount=2, encoding="utf-8"
        )
        form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        self._handler.setFormatter(RedactingFormatter(form))
        self._crash_file = (folder / "crash.log").open("a", encoding="utf-8")

    def open(self) -> None:
        """Begin: log, uncaught errors and fatal signals go to the files."""
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        root.addHandler(self._handler)
        faulthandler.enable(self._crash_file)
        sys.excepthook = self._on_exception
        threading.excepthook = lambda args: self._on_exception(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def close(self) -> None:
        """End; everything is as it was before."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        faulthandler.disable()
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
        self._crash_file.close()

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
            return
        _log.error("nobody caught this", exc_info=(kind, error, traceback))
        self._on_unexpected(f"{kind.__name__}: {error}")
