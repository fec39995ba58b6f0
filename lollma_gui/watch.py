"""What goes on beside the window: alerts, notifications of the system, the small window."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon

from lollma_gui.core.alerts import Alert, AlertKind
from lollma_gui.main_window import MainWindow
from lollma_gui.qt.alerts import HardwareAlerts
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.services.choices import Choices
from lollma_gui.services.places import resource
from lollma_gui.widgets.notice import Notice
from lollma_gui.widgets.small_monitor import SmallMonitor
from lollma_gui.widgets.theme import Role, Theme
from lollma_gui.widgets.tray import SystemNotifier


class Watch(QObject):
    """Keeps a person informed who looks elsewhere.

    Args:
        window: The window; notices are shown in it.
        monitor: Gives the readings.
        alerts: What to tell of.
        theme: The colours.
        small_window: Where the small window was last.

    Signals:
        choices_changed: ``remember`` would say something else now.
    """

    choices_changed = Signal()

    def __init__(
        self,
        window: MainWindow,
        monitor: HardwareMonitor,
        alerts: HardwareAlerts,
        theme: Theme,
        small_window: str,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._monitor = monitor
        self._alerts = alerts
        self._window_seen = True
        self._place = small_window
        self._theme = theme
        self.notifier = SystemNotifier(_icon, self)
        self.small: SmallMonitor | None = None
        alerts.raised.connect(self._tell)
        alerts.over.connect(window.notices.clear)
        alerts.choices_changed.connect(self.choices_changed)
        window.visibility_changed.connect(self._on_window_seen)
        self.notifier.clicked.connect(window.raise_to_front)

    def remember(self, choices: Choices) -> Choices:
        """The choices with those that were made here."""
        if self.small is not None:
            self._place = self.small.geometry_text()
        return choices._replace(
            alerts_off=tuple(sorted(self._alerts.off)),
            system_notifications=self._alerts.notify,
            small_window=self._place,
        )

    def show_small_window(self) -> None:
        """Show the small window, or hide it."""
        if self.small is None:
            self.small = SmallMonitor(self._theme)
            self.small.restore_geometry_text(self._place)
            self.small.shown.connect(self._show_pace)
            self.small.open_wanted.connect(self._window.raise_to_front)
            self._monitor.reading.connect(self.small.show_reading)
        if self.small.isVisible():
            self.small.close()
            return
        self.small.show()
        if self._monitor.latest is not None:
            self.small.show_reading(self._monitor.latest)

    def close(self) -> None:
        """End all of it."""
        self.notifier.hide()
        if self.small is not None:
            self.small.close()
            self.small.deleteLater()
            self.small = None

    def _on_window_seen(self, seen: bool) -> None:
        self._window_seen = seen
        self._show_pace()

    def _show_pace(self) -> None:
        small_seen = self.small is not None and self.small.isVisible()
        self._monitor.set_visible(self._window_seen, small_seen)

    def _tell(self, alert: Alert) -> None:
        # That the engine died, the window says by itself and offers to load again.
        if alert.kind is not AlertKind.ENGINE_DIED:
            notice = Notice(alert.title, alert.advice, Role.WARNING, "Not again", alert.key)
            self._window.notices.show_notice(
                notice, lambda: self._alerts.set_wanted(alert.kind, False)
            )
        if self._alerts.notify and not self._window.isActiveWindow():
            self.notifier.tell(alert.title, alert.advice)


def _icon() -> QIcon:
    return QIcon(str(resource("lollma.svg")))
