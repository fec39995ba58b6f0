"""What is wrong, the lines that show it, and what can be done with one click."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.flow_row import FlowRow
from lollma_gui.widgets.style_property import set_style_property
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_MOST_LINES = 4


class ProblemCard(QFrame):
    """A problem; takes no room while there is none.

    Signals:
        chosen: Key of the button that was pressed.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._dot = StatusDot(theme)
        self._title: QLabel = label("", TextRole.STRONG, wrap=True, selectable=True)
        self._advice: QLabel = label("", TextRole.MUTED, wrap=True, selectable=True)
        self._lines: QLabel = label("", TextRole.MONO, wrap=True, selectable=True)
        self._buttons = FlowRow()
        self._shown: object = None
        texts = QVBoxLayout()
        texts.setSpacing(3)
        for text in (self._title, self._advice, self._lines, self._buttons):
            texts.addWidget(text)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(14, 10, 14, 10)
        whole.setSpacing(10)
        whole.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        whole.addLayout(texts, 1)
        self.hide()

    @property
    def title(self) -> str:
        """What is said now; empty for nothing."""
        return "" if self.isHidden() else self._title.text()

    def show_problem(
        self,
        title: str,
        advice: str = "",
        lines: Sequence[str] = (),
        actions: Sequence[tuple[str, str]] = (),
        role: Role = Role.BAD,
    ) -> None:
        """Show a problem.

        Args:
            title: What happened, one sentence; empty hides it all.
            advice: What to do.
            lines: The lines that show it.
            actions: Key and words of each button, the best first.
            role: How bad it is.
        """
        shown = (title, advice, tuple(lines), tuple(actions), role)
        if shown == self._shown:
            return
        self._shown = shown
        set_style_property(self, "notice", role.value)
        self.setAccessibleName(title)
        self._dot.show_role(role)
        self._title.setText(title)
        self._advice.setText(advice)
        self._lines.setText("\n".join(line.strip() for line in lines[-_MOST_LINES:]))
        self._advice.setVisible(bool(advice))
        self._lines.setVisible(bool(lines))
        self._show_actions(actions)
        self.setVisible(bool(title))

    def _show_actions(self, actions: Sequence[tuple[str, str]]) -> None:
        made = []
        for number, (key, words) in enumerate(actions):
            one = button(words, primary=number == 0)
            one.clicked.connect(lambda _=False, k=key: self.chosen.emit(k))
            made.append(one)
        self._buttons.show_widgets(made)
        self._buttons.setVisible(bool(actions))
