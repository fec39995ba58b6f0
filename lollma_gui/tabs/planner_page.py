"""The planner: the guide's table of memory as a grid, for this PC or for one to be bought."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lollma_gui.core.planner import (
    COLUMNS,
    EXAMPLE,
    USUAL_CONTEXT,
    Cell,
    PlannerFit,
    assumptions,
    difference,
    explanation,
    grid,
    need_formula,
    parse_parameters,
    rule_formula,
    speed,
    true_formula,
)
from lollma_gui.core.planner_pc import PlannerPc, counted
from lollma_gui.core.quality import quality_of
from lollma_gui.core.settings_facts import PcFacts
from lollma_gui.widgets.badge import Badge, StatusDot
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.pc_choice import ContextChoice, PcChoice
from lollma_gui.widgets.planner_cells import FIT_ROLES
from lollma_gui.widgets.planner_grid import PlannerGrid
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

_GAP = 12
#: Narrower than this the cards below the grid stand one above the other, in pixels.
_SIDE_BY_SIDE = 900
_SIZE_WIDTH = 150


class PlannerPage(QWidget):
    """What fits which PC, for any number of parameters."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.choice = PcChoice()
        self.context = ContextChoice(USUAL_CONTEXT)
        self.size_box = QLineEdit()
        self.copy_button = button("Copy table", tooltip="Copy the whole table for a spreadsheet")
        self.wrong = label("", TextRole.CAPTION)
        self.room = label("", TextRole.MUTED, wrap=True, selectable=True)
        self.grid = PlannerGrid(theme)
        self.example = CellCard(theme)
        self.assumptions = AssumptionsCard()
        self._extra: int | None = None
        self._below = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._dress_size()
        self._build(theme)
        self._connect()
        self._show_grid()
        self.grid.choose(*EXAMPLE)

    def show_pc(self, facts: PcFacts) -> None:
        """What this PC is and has free now."""
        self.choice.show_facts(facts)

    # ---- layout ----------------------------------------------------------------------------

    def _dress_size(self) -> None:
        self.size_box.setPlaceholderText("Any size: 27B")
        self.size_box.setAccessibleName("Any number of parameters")
        self.size_box.setToolTip(
            "Type a number of parameters, such as 27B or 600M, and press Enter"
        )
        self.size_box.setClearButtonEnabled(True)
        self.size_box.setFixedWidth(_SIZE_WIDTH)
        self.wrong.setAccessibleName("What is wrong with the number")
        self.wrong.hide()

    def _build(self, theme: Theme) -> None:
        card = Card("Memory by quantisation")
        for widget in (self.context, self.size_box, self.copy_button):
            card.header.addWidget(widget)
        card.body.addWidget(self.wrong, 0, Qt.AlignmentFlag.AlignRight)
        card.body.addWidget(self.grid)
        card.body.addLayout(_legend(theme))
        self._below.setSpacing(_GAP)
        self._below.addWidget(self.example, 1)
        self._below.addWidget(self.assumptions, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self.choice, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.room)
        column.addWidget(card)
        column.addLayout(self._below)
        column.addStretch(1)
        fill_with_scrolled(self, content)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The lower cards side by side, or one above the other."""
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        is_wide = self.width() >= _SIDE_BY_SIDE
        self._below.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)

    def _connect(self) -> None:
        self.choice.changed.connect(self._show_grid)
        self.context.changed.connect(self._show_grid)
        self.size_box.returnPressed.connect(self._take_size)
        self.size_box.textChanged.connect(self._follow_size)
        self.copy_button.clicked.connect(self.grid.copy_all)
        self.grid.cell_chosen.connect(self._show_cell)

    # ---- what is shown ---------------------------------------------------------------------

    @property
    def pc(self) -> PlannerPc:
        """The PC that is planned for."""
        return self.choice.pc

    def _show_grid(self) -> None:
        pc, n_ctx = self.pc, self.context.tokens
        columns = sorted({*COLUMNS, *([self._extra] if self._extra else [])})
        self.room.setText(f"{_begun(pc.name)}. {pc.room_sentence}")
        self.assumptions.show_lines((counted(pc, is_here=self.choice.is_here), *assumptions(n_ctx)))
        self.grid.show_grid(grid(pc, columns, n_ctx), pc)

    def _show_cell(self, found: Cell) -> None:
        self.example.show_cell(found, self.pc)

    def _take_size(self) -> None:
        """A column for what was typed, and its cell in the row that is looked at."""
        try:
            self._extra = parse_parameters(self.size_box.text())
        except ValueError as error:
            self._say_wrong(str(error))
            return
        current = self.grid.current_cell()
        self._show_grid()
        self.grid.choose(self._extra, current.row.mix if current else EXAMPLE[1])

    def _follow_size(self, text: str) -> None:
        self._say_wrong("")
        if not text and self._extra is not None:
            self._extra = None
            self._show_grid()

    def _say_wrong(self, words: str) -> None:
        self.wrong.setText(words)
        self.wrong.setVisible(bool(words))


def _begun(words: str) -> str:
    """As the beginning of a sentence; other capitals stay."""
    return words[:1].upper() + words[1:]


def _legend(theme: Theme) -> QHBoxLayout:
    """Shapes and their words, and what the two figures of a cell are."""
    row = QHBoxLayout()
    row.setSpacing(6)
    for fit in (PlannerFit.GPU, PlannerFit.PARTLY, PlannerFit.RAM, PlannerFit.NONE):
        dot = StatusDot(theme)
        dot.show_role(FIT_ROLES[fit])
        dot.setAccessibleName(fit.value)
        row.addWidget(dot)
        row.addWidget(label(fit.value, TextRole.CAPTION))
        row.addSpacing(8)
    row.addStretch(1)
    row.addWidget(label("above: true size · below: the guide's rule, GB", TextRole.CAPTION))
    return row


class CellCard(Card):
    """One cell worked out: both formulas, the context, the verdict, the quality."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Worked example")
        self.badge = Badge(theme)
        self.copy_button = button("Copy", tooltip="Copy these lines")
        self.facts = FactList()
        self.difference = label("", TextRole.CAPTION, wrap=True, selectable=True)
        self._text = ""
        self.header.addWidget(self.badge)
        self.header.addWidget(self.copy_button)
        self.body.addWidget(self.facts)
        self.body.addWidget(self.difference)
        self.body.addStretch(1)
        self.copy_button.clicked.connect(self._copy)

    def show_cell(self, found: Cell, pc: PlannerPc) -> None:
        """Work out this cell."""
        is_guides = (found.parameters, found.row.mix) == EXAMPLE
        self.set_title(found.title)
        self.set_subtitle(
            "The guide's worked example" if is_guides else "Worked out as the guide's"
        )
        self.badge.show_state(_begun(found.fit.value), FIT_ROLES[found.fit])
        quality, predicted = quality_of(found.row.mix), speed(found, pc)
        self.facts.show_facts(
            [
                ("Guide's rule", rule_formula(found)),
                ("True size", true_formula(found)),
                ("With context", need_formula(found)),
                ("Speed", f"{predicted.text} tok/s if dense" if predicted else ""),
                ("Quality", f"{quality.short} perplexity, {quality.grade}" if quality else ""),
            ]
        )
        words = (difference(found), quality.sentence if quality else "")
        self.difference.setText(" ".join(filter(None, words)))
        self._text = explanation(found, pc)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)


class AssumptionsCard(Card):
    """What the grid takes for granted."""

    def __init__(self) -> None:
        super().__init__("What is counted")
        self._lines = label("", TextRole.MUTED, wrap=True, selectable=True)
        self.body.addWidget(self._lines)
        self.body.addStretch(1)

    def show_lines(self, lines: tuple[str, ...]) -> None:
        """Show these sentences, a paragraph each."""
        self._lines.setText("\n\n".join(lines))
