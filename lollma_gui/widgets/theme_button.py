"""The choice between light, dark and what the system has."""

from PySide6.QtGui import QAction, QActionGroup

from lollma_gui.widgets.menu_button import MenuButton
from lollma_gui.widgets.theme import Theme, ThemeChoice

_WORDS = {
    ThemeChoice.SYSTEM: "As the system",
    ThemeChoice.LIGHT: "Light",
    ThemeChoice.DARK: "Dark",
}
_SHORT = {**_WORDS, ThemeChoice.SYSTEM: "System"}


class ThemeButton(MenuButton):
    """Shows which theme was chosen, and lets one choose another.

    Args:
        theme: Is told of the choice.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__("Theme")
        self._theme = theme
        group = QActionGroup(self)
        self.choices: dict[ThemeChoice, QAction] = {}
        for choice, words in _WORDS.items():
            action = QAction(words, group)
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, c=choice: theme.choose(c))
            self.menu.addAction(action)
            self.choices[choice] = action
        theme.chosen.connect(self._show)
        self._show()

    def _show(self) -> None:
        choice = self._theme.choice
        self.choices[choice].setChecked(True)
        self.show_choice(_SHORT[choice], "Light or dark (Ctrl+Shift+L switches)")
