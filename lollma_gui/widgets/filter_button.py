"""What a list is narrowed to: a button with a menu of options, and a line of those that are on."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from lollma_gui.qt.models_filter import Group, Option
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.menu_button import MenuButton
from lollma_gui.widgets.text import ElidedLabel, TextRole

_NAME = "Filter"


class FilterButton(MenuButton):
    """Opens the options; several can be on.

    Args:
        groups: What can be chosen, asked each time the menu opens.

    Signals:
        changed: Group to the keys that are on.
    """

    changed = Signal(dict)

    def __init__(self, groups: Callable[[], Sequence[Group]]) -> None:
        super().__init__(_NAME)
        self._groups = groups
        self._on: dict[tuple[str, str], Option] = {}
        self._show()

    @property
    def words(self) -> list[str]:
        """The options that are on, as they are called."""
        return [option.words for option in self._on.values()]

    def clear(self) -> None:
        """Turn all options off."""
        self._on.clear()
        self._tell()

    def open_menu(self) -> None:
        """Open all options there are now."""
        self.menu.clear()
        for group in self._groups():
            if group.options:
                self._add(group)
        self.menu.addSeparator()
        clear = self.menu.addAction("Show all")
        clear.setEnabled(bool(self._on))
        clear.triggered.connect(self.clear)
        super().open_menu()

    def _add(self, group: Group) -> None:
        place = self.menu.addMenu(group.title) if group.title else self.menu
        for option in group.options:
            place.addAction(self._action(option, place))

    def _action(self, option: Option, menu: QMenu) -> QAction:
        action = QAction(f"{option.words}\t{option.models}".replace("&", "&&"), menu)
        action.setCheckable(True)
        action.setChecked((option.group, option.key) in self._on)
        action.toggled.connect(lambda on: self.turn(option, on))
        return action

    def turn(self, option: Option, on: bool) -> None:
        """Turn one option on or off."""
        self._on.pop((option.group, option.key), None)
        if on:
            self._on[option.group, option.key] = option
        self._tell()

    def _tell(self) -> None:
        self._show()
        wanted: dict[str, frozenset[str]] = {}
        for group, key in self._on:
            wanted[group] = wanted.get(group, frozenset()) | {key}
        self.changed.emit(wanted)

    def _show(self) -> None:
        count = len(self._on)
        self.button.setText(f"{_NAME}: {count} ▾" if count else f"{_NAME} ▾")
        self.button.setAccessibleName(f"{_NAME}: {', '.join(self.words) or 'all models'}")
        self.button.setToolTip("Narrow the list")
        self.updateGeometry()


class FilterLine(QWidget):
    """Says what the list is narrowed to, with a way out; takes no room where it is not.

    Signals:
        cleared: Everything is to be shown again.
    """

    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = ElidedLabel("", TextRole.CAPTION)
        self.clear_button = button("Show all")
        self.clear_button.setProperty("kind", "link")
        self.clear_button.clicked.connect(self.cleared)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.text)
        row.addWidget(self.clear_button)
        row.addStretch(1)
        self.hide()

    def show_words(self, words: Sequence[str]) -> None:
        """Show these options as being on."""
        self.text.setText(f"Only: {', '.join(words)}")
        self.setVisible(bool(words))
