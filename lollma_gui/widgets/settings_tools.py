"""What stands above the settings table: section, for whom, profile, search."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from lollma_gui.core.profile import Profile
from lollma_gui.core.setting import Section
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.menu_button import MenuButton

_GAP = 8
_SEARCH_WIDTH = 150
#: What can be done with profiles: key, words, whether only with one of the person's own.
ACTIONS = (
    ("save", "Save as…", False),
    ("rename", "Rename…", True),
    ("delete", "Delete", True),
    ("", "", False),
    ("import", "Import…", False),
    ("json", "Export as JSON…", False),
    ("preset", "Export as TextGen preset…", False),
)


class SettingsTools(QWidget):
    """One line of tools, two where there is little room.

    Signals:
        section_chosen: Which table, a ``Section``.
        scope_chosen: Key of the model the edits are for; empty for all.
        profile_chosen: Name of a profile.
        action_chosen: Key of something to do with profiles, see ``ACTIONS``.
        search_changed: Words searched for, or whether only what differs is wanted, changed.
        compare_wanted: The person wants to see two profiles side by side.
    """

    section_chosen = Signal(str)
    scope_chosen = Signal(str)
    profile_chosen = Signal(str)
    action_chosen = Signal(str)
    search_changed = Signal()
    compare_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        sections = [(Section.MODEL.value, "Model"), (Section.GENERATION.value, "Generation")]
        self.section = SegmentedControl(sections, "Which settings")
        self.scope = MenuButton("For")
        self.profile = MenuButton("Profile")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a setting…")
        self.search.setAccessibleName("Find a setting")
        self.search.setToolTip("Name, words or flag (Ctrl+F)")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(_SEARCH_WIDTH)
        self.differing = QCheckBox("Only what differs")
        self.differing.setToolTip("Show only what differs from what suits this PC")
        self.compare_button = button("Compare…", tooltip="See two profiles side by side")
        self._is_narrow: bool | None = None
        self._build()
        self.section.chosen.connect(self.section_chosen)
        self.search.textChanged.connect(self.search_changed)
        self.differing.toggled.connect(self.search_changed)
        self.compare_button.clicked.connect(self.compare_wanted)

    def _build(self) -> None:
        self._choices, self._finding = QHBoxLayout(), QHBoxLayout()
        for row in (self._choices, self._finding):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(_GAP)
        for widget in (self.section, self.scope, self.profile):
            self._choices.addWidget(widget)
        self._finding.addWidget(self.search, 1)
        self._finding.addWidget(self.differing)
        self._finding.addWidget(self.compare_button)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._arrange(narrow=False)

    # ---- what is shown ---------------------------------------------------------------------

    def show_scopes(self, scopes: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer these models; ``chosen`` is the key of the one that edits are for."""
        self.scope.menu.clear()
        for key, words in scopes:
            action = self._choice(self.scope, words, taken=key == chosen)
            action.triggered.connect(lambda _=False, k=key: self.scope_chosen.emit(k))
        words = next((words for key, words in scopes if key == chosen), chosen)
        self.scope.show_choice(words)

    def show_profiles(self, profiles: Sequence[Profile], used: Profile) -> None:
        """Offer these profiles, and what can be done with them."""
        menu = self.profile.menu
        menu.clear()
        was_built_in = True
        for profile in profiles:
            if was_built_in and not profile.built_in:
                menu.addSeparator()
            was_built_in = profile.built_in
            action = self._choice(self.profile, profile.name, taken=profile.name == used.name)
            action.setToolTip(_tooltip(profile))
            action.triggered.connect(lambda _=False, n=profile.name: self.profile_chosen.emit(n))
        menu.addSeparator()
        for key, words, needs_own in ACTIONS:
            if not key:
                menu.addSeparator()
                continue
            action = menu.addAction(words)
            action.setEnabled(not (needs_own and used.built_in))
            action.triggered.connect(lambda _=False, k=key: self.action_chosen.emit(k))
        self.profile.show_choice(used.name, _tooltip(used))

    @staticmethod
    def _choice(place: MenuButton, words: str, *, taken: bool) -> QAction:
        action = place.menu.addAction(words.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(taken)
        return action

    # ---- room ------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One line or two."""
        super().resizeEvent(event)
        self.fit()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the wider of two lines."""
        widths = (row.minimumSize().width() for row in (self._choices, self._finding))
        return QSize(max(widths), super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape ends the search."""
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        else:
            super().keyPressEvent(event)

    def fit(self) -> None:
        """One line, or two where the words need more room."""
        needed = self._choices.minimumSize().width() + self._finding.minimumSize().width() + _GAP
        self._arrange(narrow=needed > self.width())

    def _arrange(self, *, narrow: bool) -> None:
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        for row in (self._choices, self._finding):
            self._grid.removeItem(row)
        left = Qt.AlignmentFlag.AlignLeft
        self._grid.addLayout(self._choices, 0, 0, left)
        place = (1, 0) if narrow else (0, 1)
        self._grid.addLayout(self._finding, *place)
        self._grid.setColumnStretch(0, 1 if narrow else 0)
        self._grid.setColumnStretch(1, 0 if narrow else 1)
        self.updateGeometry()


def _tooltip(profile: Profile) -> str:
    base = f"Builds upon “{profile.base}”." if profile.base else ""
    return " ".join(words for words in (profile.note, base) if words)
