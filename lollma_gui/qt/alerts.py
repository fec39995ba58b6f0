"""Watches the readings, and says what a person should hear of."""

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.alerts import Alert, AlertKind, Alerts
from lollma_gui.core.readings import Reading
from lollma_gui.qt.hardware_monitor import HardwareMonitor


class HardwareAlerts(QObject):
    """Alerts from the monitor's readings, as far as the person wants them.

    Args:
        monitor: Gives the readings.
        off: Kinds that are not wanted.
        notify: Whether the system tells them too while the window is not in use.
        parent: The Qt parent.

    Signals:
        raised: A new ``Alert``.
        over: Key of an alert whose reason is gone.
        choices_changed: ``off`` or ``notify`` are others now.
    """

    raised = Signal(Alert)
    over = Signal(str)
    choices_changed = Signal()

    def __init__(
        self,
        monitor: HardwareMonitor,
        off: Collection[str] = (),
        notify: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._alerts = Alerts()
        self._off = frozenset(off)
        self._notify = notify
        self._alerts.turn_off(self._off)
        monitor.reading.connect(self._check)

    @property
    def off(self) -> frozenset[str]:
        """Kinds that are not wanted."""
        return self._off

    @property
    def notify(self) -> bool:
        """Whether the system tells alerts too."""
        return self._notify

    def set_wanted(self, kind: AlertKind, wanted: bool) -> None:
        """Tell of this kind from now on, or no more."""
        off = self._off - {str(kind)} if wanted else self._off | {str(kind)}
        if off != self._off:
            self._off = off
            self._alerts.turn_off(off)
            self.choices_changed.emit()

    def set_notify(self, notify: bool) -> None:
        """Whether the system tells alerts too from now on."""
        if notify != self._notify:
            self._notify = notify
            self.choices_changed.emit()

    def _check(self, reading: Reading) -> None:
        new, over = self._alerts.check(reading)
        for alert in new:
            self.raised.emit(alert)
        for key in over:
            self.over.emit(key)
