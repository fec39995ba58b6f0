"""Somebody who uses the whole app in a real window."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.app import LollmaApp
from lollma_gui.qt.single_instance import SingleInstance
from lollma_gui.services.places import Places

#: Only a hang takes this long.
PATIENCE_MS = 60_000


class Person:
    """Starts the app, looks and waits; clicks are made by the tests themselves."""

    def __init__(self, qtbot: QtBot, application: QApplication, places: Places) -> None:
        self.qtbot = qtbot
        self.places = places
        self._application = application
        self._apps: list[LollmaApp] = []

    def start(self, *files: str) -> LollmaApp:
        instance = SingleInstance(self.places.data)
        assert instance.is_first()
        app = LollmaApp(self._application, self.places, instance, lambda: None)
        self._apps.append(app)
        app.open_files(files)
        with self.qtbot.waitSignal(app.began, timeout=PATIENCE_MS):
            app.window.show()
        self.qtbot.waitSignal(app.parts.library.changed, timeout=PATIENCE_MS).wait()
        with self.qtbot.waitActive(app.window):
            app.window.activateWindow()
        return app

    def close(self, app: LollmaApp) -> None:
        with self.qtbot.waitSignal(app.ended, timeout=PATIENCE_MS):
            app.window.close()
        self.forget(app)

    def forget(self, app: LollmaApp) -> None:
        """It has ended."""
        self._apps.remove(app)
        app.window.deleteLater()
        app.deleteLater()

    def close_all(self) -> None:
        for app in list(self._apps):
            self.close(app)

    def click(self, within: QWidget, words: str) -> None:
        """Click the button that says this."""
        found = [b for b in within.findChildren(QPushButton) if b.text() == words and b.isVisible()]
        self.qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)
