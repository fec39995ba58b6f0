"""Every setting with its recommendation, its reason and its price; profiles; the command line."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from lollma_gui.core import units
from lollma_gui.core.engine_messages import Loaded, SettingValue
from lollma_gui.core.engine_status import EngineStatus
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.profile import RECOMMENDED
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.settings import Settings
from lollma_gui.tabs.settings_profiles import ProfileActions
from lollma_gui.tabs.settings_states import row_states
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.profile_compare import ProfileCompare
from lollma_gui.widgets.setting_page import SettingPage
from lollma_gui.widgets.setting_row import RowState
from lollma_gui.widgets.settings_outcome import SettingsOutcome
from lollma_gui.widgets.settings_tools import SettingsTools
from lollma_gui.widgets.theme import Role, Theme


class SettingsTab(QWidget):
    """The two tables of settings, and what they amount to.

    Args:
        settings: The values, profiles and recommendations.
        engine: Tells whether a model is loaded, and how long that took.
        theme: For shapes that are drawn.

    Signals:
        reload_wanted: The person wants the model loaded again, with the values in force.
    """

    reload_wanted = Signal()

    def __init__(self, settings: Settings, engine: Engine, theme: Theme) -> None:
        super().__init__()
        self._settings = settings
        self._engine = engine
        self._theme = theme
        self._states: dict[str, RowState] = {}
        self._is_stale = True
        self._loaded: Loaded | None = None
        self.tools = SettingsTools()
        self.notices = NoticeBar(theme)
        self.profiles = ProfileActions(settings, self.notices, self)
        self.pages: dict[Section, SettingPage] = {}
        self._tables = QStackedWidget()
        self.outcome = SettingsOutcome()
        self._compare: ProfileCompare | None = None
        self._settings_view = QWidget()
        self.views = QStackedWidget()
        self._build()
        self._connect()
        self._refresh()
        if settings.problems:
            title = "Some stored profiles were not as they should be."
            notice = Notice(title, " ".join(settings.problems), Role.WARNING, key="stored")
            self.notices.show_notice(notice)

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        table = Card()
        table.body.setContentsMargins(12, 10, 2, 4)
        table.body.addWidget(self._tables)
        view = QVBoxLayout(self._settings_view)
        view.setContentsMargins(0, 0, 0, 0)
        view.setSpacing(12)
        view.addWidget(self.tools)
        view.addLayout(self.profiles.place)
        view.addWidget(table, 1)
        view.addWidget(self.outcome)
        self.views.addWidget(self._settings_view)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.notices)
        column.addWidget(self.views, 1)

    def _connect(self) -> None:
        settings, tools, outcome = self._settings, self.tools, self.outcome
        settings.changed.connect(self._follow)
        settings.failed.connect(self.profiles.show_error)
        self._engine.status_changed.connect(self._follow_engine)
        tools.section_chosen.connect(lambda _section: self._refresh())
        tools.scope_chosen.connect(settings.set_scope)
        tools.profile_chosen.connect(self._use_profile)
        tools.action_chosen.connect(self.profiles.do)
        tools.search_changed.connect(lambda: self._search())
        tools.compare_wanted.connect(self.open_compare)
        outcome.undo_wanted.connect(settings.undo_stack.undo)
        outcome.apply_wanted.connect(self._apply_recommended)
        outcome.reload_wanted.connect(self.reload_wanted)
        outcome.program_chosen.connect(self._show_command)
        outcome.copy_wanted.connect(self._copy_command)
        settings.undo_stack.undoTextChanged.connect(outcome.show_undo)
        self._add_shortcut(QKeySequence.StandardKey.Find, self._begin_search)
        self._add_shortcut(QKeySequence.StandardKey.Undo, settings.undo_stack.undo)
        self._add_shortcut("Ctrl+Shift+Z", settings.undo_stack.redo)

    def _add_shortcut(self, keys: QKeySequence.StandardKey | str, work: Callable[[], None]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self, work)
        # Other tabs of the window have such keys of their own.
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # ---- the table -------------------------------------------------------------------------

    @property
    def section(self) -> Section:
        """Which of the two tables is shown."""
        return Section(self.tools.section.current())

    @property
    def page(self) -> SettingPage:
        """The table shown, made when it is first looked at."""
        section = self.section
        if section not in self.pages:
            shown = SETTINGS.section(section)
            has_prices = any(setting.costs_memory for setting in shown)
            self.pages[section] = page = SettingPage(self._theme, shown, has_prices=has_prices)
            page.committed.connect(self._set_value)
            page.reset_wanted.connect(self._settings.reset)
            page.take_wanted.connect(lambda name: self._settings.take([name]))
            self._tables.addWidget(page)
            page.show_states(self._states)
            page.build_now()
        return self.pages[section]

    def _follow(self) -> None:
        """The settings changed: show it now, or when somebody looks."""
        self._is_stale = True
        if self.isVisible():
            # What was just put right stays where it is: a row must not go from under the hand.
            self._refresh(frozenset(self.page.shown()))

    def _refresh(self, kept: frozenset[str] = frozenset()) -> None:
        self._is_stale = False
        settings, shown = self._settings, SETTINGS.section(self.section)
        self._states = row_states(settings, shown)
        self.tools.show_scopes(settings.scopes(), settings.scope)
        self.tools.show_profiles(settings.profiles(), settings.profile)
        self.tools.fit()
        page = self.page
        page.show_states(self._states)
        self._tables.setCurrentWidget(page)
        self._search(kept)
        self.outcome.show_undo(settings.undo_stack.undoText())
        labels = [SETTINGS[name].label for name in self._differing()]
        self.outcome.show_differing(labels, self.section.value)
        self._show_pending()
        self._show_command()
        if self.is_comparing:
            self.open_compare()

    def showEvent(self, event: QShowEvent) -> None:
        """What changed while nobody looked."""
        super().showEvent(event)
        if self._is_stale:
            self._refresh()

    def _use_profile(self, name: str) -> None:
        self._settings.use_profile(name)
        self._search()

    def _set_value(self, name: str, value: SettingValue) -> None:
        try:
            self._settings.set_value(name, value)
        except LollmaError as error:
            self.page.rows[name].revert(error.title)

    def _differing(self) -> list[str]:
        return [name for name, state in self._states.items() if state.differs(SETTINGS[name])]

    def _apply_recommended(self) -> None:
        self._settings.take(self._differing())

    # ---- search ----------------------------------------------------------------------------

    def _begin_search(self) -> None:
        self.close_compare()
        self.tools.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.tools.search.selectAll()

    def _search(self, kept: frozenset[str] = frozenset()) -> None:
        words, only = self.tools.search.text().strip(), self.tools.differing.isChecked()
        if not words and not only:
            self.page.show_only(None)
            return
        found = frozenset(setting.name for setting in SETTINGS.find(words))
        here = found & frozenset(self._differing() if only else self._states)
        self.page.show_only(here | (kept if only else frozenset()), self._no_such(words, found))

    def _no_such(self, words: str, found: frozenset[str]) -> str:
        """What to say where no row is left to be seen."""
        section = self.section.value
        if found & frozenset(self._states):
            return f"No {section} setting of these differs from what suits this PC."
        elsewhere = f" {len(found)} of the other table do." if found else ""
        return f"No {section} setting speaks of “{words}”.{elsewhere}"

    # ---- below the table -------------------------------------------------------------------

    def _follow_engine(self, status: EngineStatus) -> None:
        """Of all that an engine tells, only what it has loaded matters here."""
        if status.loaded != self._loaded:
            self._loaded = status.loaded
            self._follow()

    def _show_pending(self) -> None:
        status = self._engine.status
        names = self._settings.pending() if status.is_loaded else []
        seconds = units.seconds(status.loaded.load_seconds) if status.loaded else ""
        self.outcome.show_pending([SETTINGS[name].label for name in names], seconds)

    def _show_command(self) -> None:
        self.outcome.show_command(self._settings.command_line(self.outcome.program))

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self.outcome.command.toPlainText())
        self.notices.show_notice(Notice("The command line was copied.", role=Role.GOOD, key="copy"))

    # ---- side by side ----------------------------------------------------------------------

    @property
    def compare(self) -> ProfileCompare:
        """The view of two profiles, made when it is first looked at."""
        if self._compare is None:
            self._compare = ProfileCompare()
            self._compare.pair_chosen.connect(self._show_differences)
            self._compare.closed.connect(self.close_compare)
            self.views.addWidget(self._compare)
        return self._compare

    @property
    def is_comparing(self) -> bool:
        """Whether two profiles are shown in place of the table."""
        return self.views.currentWidget() is not self._settings_view

    def open_compare(self) -> None:
        """Show two profiles side by side, in place of the table."""
        names = [profile.name for profile in self._settings.profiles()]
        first, second = self.compare.pair
        if first not in names or second not in names:
            first = self._settings.profile.name
            second = next(n for n in (RECOMMENDED, *names) if n != first)
        self.compare.show_names(names, first, second)
        self._show_differences(first, second)
        self.views.setCurrentWidget(self.compare)

    def close_compare(self) -> None:
        """Back to the table."""
        if self.is_comparing:
            self.views.setCurrentWidget(self._settings_view)
            self.tools.compare_button.setFocus()

    def _show_differences(self, first: str, second: str) -> None:
        self.compare.show_differences(self._settings.compare(first, second))
