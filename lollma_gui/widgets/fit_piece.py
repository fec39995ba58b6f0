"""What the pieces of the fit panel have in common."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.fit_view import FitView


class FitPiece(QWidget):
    """Shows its part of a view, cheaply enough for each step of a drag."""

    def show_view(self, view: FitView) -> None:
        """Show this piece's part of a view. Emits nothing."""
        raise NotImplementedError


class FitControl(FitPiece):
    """A piece that a person changes settings with.

    Signals:
        changed: Values that a person wants, by their names in the settings table.
    """

    changed = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(5)

    def want(self, **values: SettingValue) -> None:
        """Tell what a person wants."""
        self.changed.emit(values)
