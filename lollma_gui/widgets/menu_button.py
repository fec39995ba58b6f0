"""A button that says what is chosen and opens the choices below it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from lollma_gui.widgets.buttons import button

_WIDEST_LETTERS = 26


class MenuButton(QWidget):
    """The button; ``menu`` is filled by its owner before it opens.

    Args:
        name: What is chosen here; stands before the choice.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.button: QPushButton = button(name)
        self.button.setParent(self)
        # After the button: before it, Qt 6 leaves the button out of the order of the Tab key.
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.setFocusProxy(self.button)
        self.button.clicked.connect(self.open_menu)
        self.setSizePolicy(self.button.sizePolicy())

    def show_choice(self, words: str, tooltip: str = "") -> None:
        """Show this as chosen; long words are shortened, the tooltip then says all."""
        room = self.fontMetrics().averageCharWidth() * _WIDEST_LETTERS
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room)
        self.button.setText(f"{self._name}: {shown} ▾".replace("&", "&&"))
        self.button.setAccessibleName(f"{self._name}: {words}")
        self.button.setToolTip(tooltip or (words if shown != words else ""))
        self.updateGeometry()

    def open_menu(self) -> None:
        """Open the choices below the button."""
        self.menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down opens, as everywhere."""
        if event.key() == Qt.Key.Key_Down:
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """That of the button."""
        return self.button.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """That of the button."""
        return self.button.sizeHint()

    def resizeEvent(self, _event: object) -> None:
        """The button fills it."""
        self.button.setGeometry(self.rect())
