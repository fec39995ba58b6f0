"""``lollma --smoke``: shows the window, says when it was painted, and ends. For builds to be tried.

Everything is as on any day, from the saved choices to the end in good order; only nobody is needed.
"""

import json
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lollma_gui.app import LollmaApp


def run() -> int:
    """Show the window until it is painted and all behind it is there. Returns the exit status."""
    from lollma_gui import app

    return app.run(on_made=_end_when_begun)


def _end_when_begun(app: "LollmaApp") -> None:
    app.window.painted.connect(_say)
    app.began.connect(app.window.close)


def _say() -> None:
    """One line of JSON: when it was painted first, in seconds since 1970, and Qt's platform."""
    from PySide6.QtGui import QGuiApplication

    said = {"painted_at": time.time(), "platform": QGuiApplication.platformName()}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
