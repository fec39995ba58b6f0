"""Look before you download: which file of a repository on the Hub suits this PC."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.family_advice import family_advice
from lollma_gui.core.fit_extras import extras_for
from lollma_gui.core.fit_view import Extra
from lollma_gui.core.model_family import families, quantisation_label
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.quantisation_adviser import Advice
from lollma_gui.qt.fit_session import FitSession
from lollma_gui.qt.hub_check import HubCheck, HubRow
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.services.http_stream import TransferError
from lollma_gui.tabs.fit_connection import connect_fit
from lollma_gui.widgets.adviser_table import AdviserTable
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.fit_panel import FitPanel
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_GAP = 12
_PANEL_WIDTH = 372
_EXAMPLE = "Qwen/Qwen3-8B-GGUF"
_WHAT_FOR = (
    "Write or paste the name of a repository on the Hub to see how each of its files would fit "
    "this PC. Only headers are fetched, some megabytes of each; nothing is downloaded."
)
_CHOOSE = "Choose a file to see what it needs on this PC."
_WHILE_WORKING = "The one for this PC is marked when all headers are there."
#: What a draft model is reckoned with; its cache is small at any length.
_DRAFT_CONTEXT = 8192


class HubPage(QWidget):
    """A line to name a repository, its files side by side, and the fit of the chosen one.

    Args:
        check: Looks into repositories.
        fit: The fit of the chosen file.
        knowledge: Facts of the PC; takes what is to stay free.
        theme: The colours.

    Signals:
        margins_chosen: Bytes to stay free on each GPU (None = automatic), and for games.
    """

    margins_chosen = Signal(object, object)

    def __init__(
        self, check: HubCheck, fit: FitSession, knowledge: Knowledge, theme: Theme
    ) -> None:
        super().__init__()
        self._check = check
        self._fit = fit
        self._chosen = ""
        self._extras: tuple[Extra, ...] = ()
        self._shown: tuple[Advice, str] | None = None
        self.line = QLineEdit()
        self.check_button = button("Check", primary=True, tooltip="Look into it (Enter)")
        self.cancel_button = button("Cancel", tooltip="Ask for no more (Esc)")
        self.notices = NoticeBar(theme)
        self.empty = EmptyState(
            "Look before you download", _WHAT_FOR, [("example", f"For example {_EXAMPLE}")]
        )
        self.card = Card()
        self.models = QComboBox()
        self.working = Working()
        self.adviser = AdviserTable(theme, "Files of the repository", gives_way=True)
        self.note = label("", TextRole.CAPTION, wrap=True, selectable=True)
        self.panel = FitPanel(theme)
        self._middle = QStackedLayout()
        self._build()
        self._connect(knowledge)
        self._show()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.line.setPlaceholderText("owner/repository, owner/repository/file.gguf or an address")
        self.line.setAccessibleName("Repository or file on the Hub")
        self.line.setToolTip("A repository or file on the Hub (Ctrl+L)")
        self.line.setClearButtonEnabled(True)
        self.models.setAccessibleName("Model of the repository")
        self.note.setAccessibleName("What was fetched")
        self.panel.setFixedWidth(_PANEL_WIDTH)
        self.panel.show_empty(_CHOOSE)
        asking = QHBoxLayout()
        asking.setSpacing(8)
        asking.addWidget(self.line, 1)
        asking.addWidget(self.check_button)
        asking.addWidget(self.cancel_button)
        self.card.header.addWidget(self.models)
        for part in (self.working, self.adviser, self.note):
            self.card.body.addWidget(part, 1 if part is self.adviser else 0)
        empty = Card()
        empty.body.addWidget(self.empty)
        self._middle.addWidget(empty)
        self._middle.addWidget(self.card)
        row = QHBoxLayout()
        row.setSpacing(_GAP)
        row.addLayout(self._middle, 1)
        row.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addLayout(asking)
        column.addWidget(self.notices)
        column.addLayout(row, 1)

    def _connect(self, knowledge: Knowledge) -> None:
        self.line.returnPressed.connect(self.look)
        self.check_button.clicked.connect(self.look)
        self.cancel_button.clicked.connect(self._check.cancel)
        self.empty.chosen.connect(lambda _key: self._take_example())
        self.models.activated.connect(self._choose_model)
        self.adviser.chosen.connect(self.choose)
        self._check.changed.connect(self._show)
        self._check.progress.connect(self._show_progress)
        self._check.failed.connect(self._show_error)
        connect_fit(self.panel, self._fit, knowledge, self.margins_chosen.emit)
        self._fit.changed.connect(lambda view: self._show_files() if view else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what is under way."""
        if event.key() == Qt.Key.Key_Escape and self._check.is_working:
            self._check.cancel()
        else:
            super().keyPressEvent(event)

    # ---- wishes ----------------------------------------------------------------------------

    def focus_line(self) -> None:
        """Write into the line; what stands there is marked, to be replaced."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def look(self) -> None:
        """Look into what stands in the line."""
        if self.line.text().strip():
            self.notices.clear("hub")
            self._check.look(self.line.text())
        else:
            self.focus_line()

    def choose(self, key: str) -> None:
        """Show the fit of this file."""
        info = self._info(key)
        self._chosen = key
        self._extras = extras_for(info, self._check.infos, _DRAFT_CONTEXT)
        facts, dry_run = self._check.facts(key), self._check.dry_run_of(key)
        name = quantisation_label(key, info.quantisation)
        self._fit.show_remote(key, facts, name, dry_run, self._extras)
        self._show_files()

    def _take_example(self) -> None:
        self.line.setText(_EXAMPLE)
        self.focus_line()

    def _choose_model(self, index: int) -> None:
        """Another model of the same repository: its file for this PC."""
        family = self._families()[index]
        self.choose(self._advice(family).recommended or family[0].info.files[0])

    # ---- what is shown ---------------------------------------------------------------------

    def _show(self) -> None:
        rows, is_working = self._check.rows, self._check.is_working
        self._follow_rows([row.info.files[0] for row in rows])
        self._middle.setCurrentIndex(1 if rows or is_working else 0)
        self.panel.setVisible(bool(rows))
        if self.cancel_button.hasFocus() and not is_working:
            self.line.setFocus()
        self.cancel_button.setVisible(is_working)
        self._show_progress()
        self._show_files()

    def _follow_rows(self, keys: list[str]) -> None:
        """Keep what is chosen while it is there; else choose what was asked for, or the best."""
        if self._chosen and self._chosen not in keys:
            self._chosen = ""
            self._fit.show_model("")
            self.panel.show_empty(_CHOOSE)
        if self._chosen:
            info = self._info(self._chosen)
            if extras_for(info, self._check.infos, _DRAFT_CONTEXT) != self._extras:
                self.choose(self._chosen)
        elif self._check.asked in keys:
            self.choose(self._check.asked)
        elif self._check.is_complete:
            family = self._families()[0]
            self.choose(self._advice(family).recommended or family[0].info.files[0])

    def _info(self, key: str) -> ModelInfo:
        return next(row.info for row in self._check.rows if row.info.files[0] == key)

    def _families(self) -> list[list[HubRow]]:
        """The models of the repository, each with all its files; most repositories have one."""
        rows = {row.info.files[0]: row for row in self._check.rows}
        groups = families([row.info for row in rows.values()])
        return [[rows[info.files[0]] for info in group] for group in groups]

    def _advice(self, family: list[HubRow]) -> Advice:
        view = self._fit.view
        key = self._chosen or family[0].info.files[0]
        wanted = self._check.wanted_context(key, view.asked.n_ctx if view else None)
        advice = family_advice([(row.info, row.fit) for row in family], wanted)
        if self._check.is_complete:
            return advice
        return advice._replace(recommended="", reason=_WHILE_WORKING)

    def _show_files(self) -> None:
        groups = self._families()
        keys = [[row.info.files[0] for row in group] for group in groups]
        current = next((n for n, group in enumerate(keys) if self._chosen in group), 0)
        self._show_models([group[0].info.name for group in groups], current)
        self.card.set_title(self._check.repository)
        self.card.set_subtitle(_facts(groups[current][0].info) if groups else "")
        self.adviser.setVisible(bool(groups))
        if groups:
            self._show_advice(self._advice(groups[current]))
        self.note.setText(self._fetched() if groups else "")

    def _show_advice(self, advice: Advice) -> None:
        if (advice, self._chosen) != self._shown:
            self._shown = (advice, self._chosen)
            self.adviser.show_advice(advice, self._chosen)

    def _show_models(self, names: list[str], current: int) -> None:
        if names != [self.models.itemText(n) for n in range(self.models.count())]:
            self.models.clear()
            self.models.addItems(names)
        self.models.setCurrentIndex(current)
        self.models.setVisible(len(names) > 1)

    def _fetched(self) -> str:
        check = self._check
        whole = sum(row.info.size_bytes for row in check.rows)
        words = [
            f"Only headers were fetched: {units.file_size(check.received)} of "
            f"{units.file_size(whole)}. Nothing is downloaded."
        ]
        if check.done < check.total and not check.is_working:
            words.append(f"{check.done} of {check.total} files were looked into.")
        if check.left_out:
            words.append(f"{check.left_out} larger ones are left out: write the name of a file.")
        return " ".join(words)

    def _show_progress(self) -> None:
        self.working.setVisible(self._check.is_working)
        self.working.show_count(self._check.done, self._check.total)

    def _show_error(self, error: LollmaError) -> None:
        role = Role.WARNING if self._check.rows else Role.BAD
        action = "Try again" if isinstance(error, TransferError) else ""
        notice = Notice(error.title, error.advice, role, action, key="hub")
        self.notices.show_notice(notice, self.look)


class Working(QWidget):
    """How many headers are there by now."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Headers fetched")
        self.words = label("", TextRole.MUTED)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.bar)
        column.addWidget(self.words)

    def show_count(self, done: int, total: int) -> None:
        """So many of so many; a total of 0 is one not known yet."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.words.setText(f"{done} of {total} headers" if total else "Asking the Hub…")


def _facts(info: ModelInfo) -> str:
    context = units.whole(info.context_length, "tokens of context")
    return f"{info.architecture} · {units.parameter_count(info.parameters)} · {context}"
