"""One repository on the Hub: its files side by side, their fit, its card, and downloads."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core import units
from lollma_gui.core.family_advice import family_advice
from lollma_gui.core.fit_extras import extras_for
from lollma_gui.core.fit_view import Extra
from lollma_gui.core.hub_download import HubDownload
from lollma_gui.core.hub_files import HubFile
from lollma_gui.core.model_family import families, family_name, quantisation_label
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.quantisation_adviser import Advice, Candidate
from lollma_gui.qt.hub import Hub
from lollma_gui.qt.hub_check import HubRow
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.tabs.fit_connection import connect_fit
from lollma_gui.tabs.hub_card_view import HubCardView
from lollma_gui.tabs.hub_downloads_row import HubDownloadsRow
from lollma_gui.tabs.hub_search_page import as_of
from lollma_gui.widgets.adviser_table import AdviserTable
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.fit_panel import FitPanel
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

_GAP = 12
_PANEL_WIDTH = 372
_CHOOSE = "Choose a file to see what it needs on this PC."
_NOT_READ = "The header of this file is not here, so nothing more is known of it."
_WHILE_WORKING = "The one for this PC is marked when all headers are there."
#: What a draft model is reckoned with; its cache is small at any length.
_DRAFT_CONTEXT = 8192
_FILES, _CARD = "files", "card"
_HERE, _ADDED, _DOWNLOAD = "On this PC", "Added", "Download"


class HubRepositoryPage(QWidget):
    """The repository that is looked into.

    Args:
        hub: What speaks with the Hub.
        knowledge: Facts of the PC; takes what is to stay free.
        is_here: Whether a file of this name and size is on this PC.
        theme: The colours.

    Signals:
        margins_chosen: Bytes to stay free on each GPU (None = automatic), and for games.
        download_wanted: A ``HubDownload`` to be fetched.
        back_wanted: Back to what was found.
        page_wanted: Open the repository's page in the browser.
        link_clicked: An address in the model card.
    """

    margins_chosen = Signal(object, object)
    download_wanted = Signal(object)
    back_wanted = Signal()
    page_wanted = Signal()
    link_clicked = Signal(str)

    def __init__(
        self, hub: Hub, knowledge: Knowledge, is_here: Callable[[HubFile], bool], theme: Theme
    ) -> None:
        super().__init__()
        self._hub = hub
        self._check, self._fit = hub.check, hub.fit
        self._is_here = is_here
        self._chosen = ""
        self._best = ""
        self._added: set[HubDownload] = set()
        self._extras: tuple[Extra, ...] = ()
        self._shown: tuple[Advice, str, tuple[str, ...]] | None = None
        self.card = Card()
        self.models = QComboBox()
        self.parts = SegmentedControl(((_FILES, "Files"), (_CARD, "Model card")), "What to show")
        self.back_button = button("Results", quiet=True, tooltip="Back to the results (Esc)")
        self.page_button = button("Page", quiet=True, tooltip="Open its page in the browser")
        self.working = Working()
        self.adviser = AdviserTable(
            theme, "Files of the repository", gives_way=True, action=self._action
        )
        self.downloads = HubDownloadsRow()
        self.note = label("", TextRole.CAPTION, wrap=True, selectable=True)
        self.card_view = HubCardView(hub.card, theme)
        self.panel = FitPanel(theme)
        self._middle = QStackedWidget()
        self._build()
        self._connect(knowledge)

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.models.setAccessibleName("Model of the repository")
        self.note.setAccessibleName("What was fetched")
        self.panel.setFixedWidth(_PANEL_WIDTH)
        self.panel.show_empty(_CHOOSE)
        self.card.header.addWidget(self.back_button)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.parts)
        tools.addWidget(self.models)
        tools.addStretch(1)
        tools.addWidget(self.page_button)
        self.card.body.addLayout(tools)
        files = QWidget()
        column = QVBoxLayout(files)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.working, self.adviser, self.downloads, self.note):
            column.addWidget(part, 1 if part is self.adviser else 0)
        self._middle.addWidget(files)
        self._middle.addWidget(self.card_view)
        self.card.body.addWidget(self._middle, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self.card, 1)
        row.addWidget(self.panel)

    def _connect(self, knowledge: Knowledge) -> None:
        self.models.activated.connect(self._choose_model)
        self.parts.chosen.connect(self.show_part)
        self.back_button.clicked.connect(self.back_wanted)
        self.page_button.clicked.connect(self.page_wanted)
        self.adviser.chosen.connect(self.choose)
        self.adviser.acted.connect(self._download)
        self.downloads.best_wanted.connect(lambda: self._download(self._best))
        self.downloads.chosen_wanted.connect(lambda: self._download(self._chosen))
        self.card_view.link_clicked.connect(self.link_clicked)
        self._check.changed.connect(self.refresh)
        self._check.progress.connect(self._show_progress)
        connect_fit(self.panel, self._fit, knowledge, self.margins_chosen.emit)
        self._fit.changed.connect(lambda view: self._show_files() if view else None)

    # ---- wishes ----------------------------------------------------------------------------

    def show_part(self, key: str) -> None:
        """Show the files, or the model card, which is fetched when it is wanted."""
        self.parts.choose(key)
        self._middle.setCurrentIndex([_FILES, _CARD].index(key))
        if key == _CARD and self._check.repository:
            self._hub.card.show_card(self._check.repository, self._check.revision)

    def show_wanted(self, wanted: set[HubDownload]) -> None:
        """These are among the downloads, and no others."""
        if wanted != self._added:
            self._added = set(wanted)
            self._show_files()

    def choose(self, key: str) -> None:
        """Show the fit of this file."""
        self._chosen = key
        info = self._info(key)
        if info is None:
            self._extras = ()
            self._fit.show_model("")
            self.panel.show_empty(_NOT_READ)
        else:
            self._extras = extras_for(info, self._check.infos, _DRAFT_CONTEXT)
            facts, dry_run = self._check.facts(key), self._check.dry_run_of(key)
            name = quantisation_label(key, info.quantisation)
            self._fit.show_remote(key, facts, name, dry_run, self._extras)
        self._show_files()

    def _choose_model(self, index: int) -> None:
        """Another model of the same repository: its file for this PC."""
        family = self._families()[index]
        self.choose(self._advice(family).recommended or family[0].info.files[0])

    def _download(self, key: str) -> None:
        wanted = self._check.download(key, with_projector=self._with_projector)
        if wanted is not None and self._action_of(key) == _DOWNLOAD:
            self._added.add(wanted)
            self.download_wanted.emit(wanted)
            self._show_files()

    @property
    def _with_projector(self) -> bool:
        return self.downloads.with_projector

    def _action(self, candidate: Candidate) -> str:
        return self._action_of(candidate.key)

    def _action_of(self, key: str) -> str:
        """What can be done with a file, in a word."""
        file = self._check.file(key)
        if file is None:
            return ""
        if self._is_here(file):
            return _HERE
        wishes = (self._check.download(key, with_projector=w) for w in (True, False))
        return _ADDED if any(wish in self._added for wish in wishes) else _DOWNLOAD

    # ---- what is shown ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is known now."""
        rows = self._check.rows
        keys = [row.info.files[0] for row in rows]
        self._follow_rows(keys, [self._check.key_of(file) for file in self._check.pending])
        # Before the first header: laying it out takes longer than anything else here.
        self.panel.setVisible(bool(self._check.files))
        self._show_progress()
        self._show_files()

    def _follow_rows(self, keys: list[str], pending: list[str]) -> None:
        """Keep what is chosen while it is there; else choose what was asked for, or the best."""
        if self._chosen and self._chosen not in (*keys, *pending):
            self._chosen = ""
            self._fit.show_model("")
            self.panel.show_empty(_CHOOSE)
        if self._chosen in keys:
            info = self._info(self._chosen)
            assert info is not None
            extras = extras_for(info, self._check.infos, _DRAFT_CONTEXT)
            if extras != self._extras or self._fit.path != self._chosen:
                self.choose(self._chosen)
        elif self._check.asked in keys and not self._chosen:
            self.choose(self._check.asked)
        elif self._check.is_complete and not self._chosen:
            family = self._families()[0]
            self.choose(self._advice(family).recommended or family[0].info.files[0])

    def _info(self, key: str) -> ModelInfo | None:
        infos = (row.info for row in self._check.rows)
        return next((info for info in infos if info.files[0] == key), None)

    def _families(self) -> list[list[HubRow]]:
        """The models of the repository, each with all its files; most repositories have one."""
        rows = {row.info.files[0]: row for row in self._check.rows}
        groups = families([row.info for row in rows.values()])
        return [[rows[info.files[0]] for info in group] for group in groups]

    def _advice(self, family: list[HubRow]) -> Advice:
        view, check = self._fit.view, self._check
        unread = [(check.key_of(f), f.path, f.size or 0) for f in self._unread(family)]
        wanted = 0
        if family:
            known = [row.info.files[0] for row in family]
            key = self._chosen if self._chosen in known else known[0]
            wanted = check.wanted_context(key, view.asked.n_ctx if view else None)
        advice = family_advice([(row.info, row.fit) for row in family], wanted, unread)
        if check.is_complete:
            return advice
        return advice._replace(recommended="", reason=_WHILE_WORKING if check.is_working else "")

    def _unread(self, family: list[HubRow]) -> list[HubFile]:
        """Files without a header that go by the name of this model; of no model yet, all."""
        names = {family_name(row.info.files[0]) for row in family}
        files = self._check.pending
        return [f for f in files if not names or family_name(f.path) in names]

    def _show_files(self) -> None:
        groups = self._families()
        keys = [[row.info.files[0] for row in group] for group in groups]
        current = next((n for n, group in enumerate(keys) if self._chosen in group), 0)
        self._show_models([group[0].info.name for group in groups], current)
        self.card.set_title(self._check.repository)
        self.card.set_subtitle(_facts(groups[current][0].info) if groups else "")
        advice = self._advice(groups[current] if groups else [])
        self.adviser.setVisible(bool(advice.rows))
        self._show_advice(advice)
        self._show_downloads(advice)
        self.note.setText(self._fetched())

    def _show_advice(self, advice: Advice) -> None:
        actions = tuple(self._action(candidate) for candidate in advice.rows)
        if advice.rows and (advice, self._chosen, actions) != self._shown:
            self._shown = (advice, self._chosen, actions)
            self.adviser.show_advice(advice, self._chosen)

    def _show_downloads(self, advice: Advice) -> None:
        self._best = advice.recommended

        def offered(key: str) -> HubFile | None:
            return self._check.file(key) if self._action_of(key) == _DOWNLOAD else None

        best, chosen = offered(self._best), offered(self._chosen)
        self.downloads.show_files(best, chosen, self._check.projector)
        self.downloads.setVisible(bool(best or chosen))

    def _show_models(self, names: list[str], current: int) -> None:
        if names != [self.models.itemText(n) for n in range(self.models.count())]:
            self.models.clear()
            self.models.addItems(names)
        self.models.setCurrentIndex(current)
        self.models.setVisible(len(names) > 1)

    def _fetched(self) -> str:
        check = self._check
        if not check.files:
            return ""
        words = []
        if check.rows:
            whole = sum(row.info.size_bytes for row in check.rows)
            words.append(
                f"Only headers were fetched: {units.file_size(check.received)} of "
                f"{units.file_size(whole)}. Nothing is downloaded."
            )
        if check.done < check.total and not check.is_working:
            words.append(f"{check.done} of {check.total} files were looked into.")
        if check.left_out and check.kept_at is None:
            words.append(f"{check.left_out} larger ones were not looked into.")
        if check.kept_at is not None:
            words.append(f"The files {as_of(check.kept_at)}.")
        return " ".join(words)

    def _show_progress(self) -> None:
        self.working.setVisible(self._check.is_working)
        self.working.show_count(self._check.done, self._check.total)


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
