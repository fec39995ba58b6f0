"""The models on this PC as a table for a view: searched, narrowed, sorted and grouped by itself.

Not by a proxy: with thousands of rows each key typed would ask Python for every row several times.
Search texts are made once, and the order is kept between two keys.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFont

from lollma_gui.core.fit_summary import FitSummary
from lollma_gui.core.model_family import family_name
from lollma_gui.core.model_info import ModelInfo, ModelKind
from lollma_gui.core.model_page import ModelPage
from lollma_gui.core.model_pairs import projectors_for
from lollma_gui.core.plain_tip import plain_tip
from lollma_gui.qt.model_columns import COLUMNS, FIT_COLUMN, NAMES, Row, search_text, tip
from lollma_gui.qt.models_filter import Group, Wanted, accepts, groups
from lollma_gui.qt.titled_table import Index, TitledTable
from lollma_gui.services.model_library import LibraryEntry

_ROLE = Qt.ItemDataRole
#: Role under which a row gives its ``LibraryEntry``; None for a heading.
ENTRY_ROLE = int(_ROLE.UserRole)
#: Role under which a cell gives its ``FitSummary``, where it has one.
FIT_ROLE = ENTRY_ROLE + 1
#: A view asks for ten roles of each cell; these have an answer. Whole numbers, as it gives them:
#: comparing with an enumeration costs more than many an answer.
_TEXT, _ALIGNMENT = int(_ROLE.DisplayRole), int(_ROLE.TextAlignmentRole)
_TIP, _FONT = int(_ROLE.ToolTipRole), int(_ROLE.FontRole)
_ANSWERED = frozenset({_TEXT, _ALIGNMENT, _TIP, _FONT, ENTRY_ROLE, FIT_ROLE})
#: Made once: a view asks for each cell it paints.
_OF_MODELS = (
    Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
)
#: Before the name of a model that stands below a heading.
_INSET = "\u2003"
#: Verdicts come in one after the other: the list is not sorted anew for each.
_SETTLED_MS = 200


class Arrangement(NamedTuple):
    """How a person wants the list.

    Attributes:
        sort: Key of the column it is sorted by, with a minus before it for the other way round.
        grouped: Whether the quantisations of a model stand together below its name.
        columns: Places and widths of columns as Qt saves them, base64; empty leaves them to us.
    """

    sort: str = "name"
    grouped: bool = False
    columns: str = ""


class _Heading(NamedTuple):
    """The name of a model above its quantisations."""

    key: str
    words: str


class ModelsTable(TitledTable):
    """One row a model; headings between them where they are grouped.

    Args:
        fit_of: What is known of a model's fit, by its path.
        page_of: Its page in the book, by its path.
        has_newer: Whether the Hub has a newer upload of it, by its path.
        parent: The Qt parent.

    Signals:
        shown_changed: Other rows are shown, or in another order.
    """

    shown_changed = Signal()

    def __init__(
        self,
        fit_of: Callable[[str], FitSummary | None],
        page_of: Callable[[str], ModelPage],
        has_newer: Callable[[str], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(COLUMNS, parent)
        self._fit_of = fit_of
        self._page_of = page_of
        self._has_newer = has_newer
        self._speed_factor: float | None = None
        self._entries: dict[str, LibraryEntry] = {}
        self._texts: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._sorted: list[str] = []
        self._lines: list[str | _Heading] = []
        self._line_of: dict[str, int] = {}
        self._members: set[str] = set()
        self._projectors: list[ModelInfo] = []
        self._company: dict[str, str] = {}
        self._words: list[str] = []
        self._wanted: Wanted = {}
        self._is_grouped = False
        self._column, self._is_descending = 0, False
        self._alignments = [self.alignment(column) for column in range(len(COLUMNS))]
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._sort)

    # ---- what there is ---------------------------------------------------------------------

    def set_entries(self, entries: Sequence[LibraryEntry]) -> None:
        """Show these from now on; rows that stay keep selection and place."""
        before, self._entries = self._entries, {str(entry.path): entry for entry in entries}
        for path in before.keys() - self._entries.keys():
            del self._texts[path], self._names[path]
        for path, entry in self._entries.items():
            if before.get(path) is not entry:
                self._names[path] = entry.name
                self._texts[path] = search_text(entry, self._page_of(path))
        infos = [entry.info for entry in entries if entry.info and not entry.problem]
        self._projectors = [info for info in infos if info.kind is ModelKind.PROJECTOR]
        self._company.clear()
        self._sort()
        self._tell_all()

    def fit_changed(self, path: str) -> None:
        """What is known of this model's fit is new."""
        self._tell(path)
        if NAMES[self._column] in ("fit", "speed") or self._wanted.get("fit"):
            self._settled.start()

    def set_speed_factor(self, factor: float | None) -> None:
        """What measured runs on this PC teach, see ``speed.calibration``."""
        if factor != self._speed_factor:
            self._speed_factor = factor
            self._tell_all()
            if NAMES[self._column] == "speed":
                self._settled.start()

    def page_changed(self, path: str) -> None:
        """This model's page in the book is new; with an empty path those of all are."""
        for changed in [path] if path else list(self._entries):
            if changed in self._entries:
                self._texts[changed] = search_text(self._entries[changed], self._page_of(changed))
                self._tell(changed)
        self._sort()

    def marks_changed(self) -> None:
        """Others have a newer upload now."""
        self._tell_all()
        self._lay_out()

    def _tell(self, path: str) -> None:
        row = self.row_of(path)
        if row >= 0:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def _tell_all(self) -> None:
        if self._lines:
            last = self.index(len(self._lines) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    @property
    def known(self) -> int:
        """How many models there are, shown or not."""
        return len(self._entries)

    @property
    def shown(self) -> int:
        """How many models are shown."""
        return len(self._line_of)

    def groups(self) -> list[Group]:
        """What the list can be narrowed to."""
        return groups(map(self._row, self._entries))

    def _row(self, path: str) -> Row:
        return Row(
            *(self._entries[path], self._fit_of(path), self._page_of(path)),
            *(self._speed_factor, self._has_newer(path)),
        )

    # ---- what is shown ---------------------------------------------------------------------

    def search(self, text: str) -> None:
        """Show only models in which every word occurs."""
        self._words = text.casefold().split()
        self._lay_out()

    def narrow(self, wanted: Mapping[str, frozenset[str]]) -> None:
        """Show only models that are wanted."""
        self._wanted = {group: keys for group, keys in wanted.items() if keys}
        self._lay_out()

    def set_grouped(self, grouped: bool) -> None:
        """Whether the quantisations of a model stand together below its name."""
        self._is_grouped = grouped
        self._lay_out()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by this column; called by the view."""
        self._column, self._is_descending = column, order is Qt.SortOrder.DescendingOrder
        self._sort()

    @property
    def sorted_by(self) -> str:
        """The column it is sorted by, as ``Arrangement`` has it."""
        return f"{'-' * self._is_descending}{NAMES[self._column]}"

    def _sort(self) -> None:
        key, name = COLUMNS[self._column].sort_key, COLUMNS[0].sort_key
        rows = {path: self._row(path) for path in self._entries}
        ordered = sorted(rows, key=lambda path: (name(rows[path]), path))  # type: ignore[arg-type,return-value]
        ordered.sort(key=lambda path: key(rows[path]), reverse=self._is_descending)  # type: ignore[arg-type,return-value]
        self._sorted = ordered
        self._lay_out()

    def _lay_out(self) -> None:
        """Work out anew which line is where; whoever holds on to a line keeps it."""
        lines = self._made_lines()
        if lines == self._lines:
            return
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        keys = [self._lines[index.row()] for index in held]
        self._lines = lines
        places = {line: number for number, line in enumerate(lines)}
        self._line_of = {line: n for line, n in places.items() if isinstance(line, str)}
        self.changePersistentIndexList(
            held,
            [
                self.createIndex(places[key], index.column()) if key in places else QModelIndex()
                for key, index in zip(keys, held, strict=True)
            ],
        )
        self.layoutChanged.emit()
        self.shown_changed.emit()

    def _made_lines(self) -> list[str | _Heading]:
        texts, shown = self._texts, self._sorted
        for word in self._words:
            shown = [path for path in shown if word in texts[path]]
        if self._wanted:
            shown = [path for path in shown if accepts(self._row(path), self._wanted)]
        self._members.clear()
        return self._with_headings(shown) if self._is_grouped else [*shown]

    def _with_headings(self, paths: Sequence[str]) -> list[str | _Heading]:
        """The lines with those of one model together, in the order of each one's first."""
        names, together = self._names, defaultdict[str, list[str]](list)
        for path in paths:
            together[family_name(names[path])].append(path)
        lines: list[str | _Heading] = []
        for key, members in together.items():
            if len(members) == 1:
                lines += members
                continue
            self._members.update(members)
            name = min((names[path] for path in members), key=len)
            lines += [_Heading(key, f"{name} · {len(members)} files"), *members]
        return lines

    # ---- for the view ----------------------------------------------------------------------

    def count(self) -> int:
        """How many lines there are, headings included."""
        return len(self._lines)

    def row_of(self, path: str) -> int:
        """The line of a model file, -1 when it is not shown."""
        return self._line_of.get(path, -1)

    def paths(self, first: int, last: int) -> list[str]:
        """The models on these lines."""
        return [line for line in self._lines[first : last + 1] if isinstance(line, str)]

    def first_row(self) -> int:
        """The first line with a model to talk to, else the first with any; -1 for none."""
        lines, infos = self._line_of, {path: e.info for path, e in self._entries.items()}
        usable = (n for path, n in lines.items() if (info := infos[path]) and info.can_chat)
        return next(usable, next(iter(lines.values()), -1))

    def is_heading(self, row: int) -> bool:
        """Whether a line is the name of a model above its quantisations."""
        return isinstance(self._lines[row], _Heading)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be chosen; keys go past them."""
        is_model = index.isValid() and not self.is_heading(index.row())
        return _OF_MODELS if is_model else Qt.ItemFlag.NoItemFlags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _TEXT) -> object:
        """Titles, and what they mean."""
        if role == _TIP and orientation is Qt.Orientation.Horizontal:
            return COLUMNS[section].meaning or None
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = _TEXT) -> object:
        """Texts, alignment, and the reason why a file cannot be used."""
        if role not in _ANSWERED or not index.isValid():
            return None
        line, column = self._lines[index.row()], index.column()
        if isinstance(line, _Heading):
            return _heading_data(line, column, role)
        if role == _TEXT:
            return self._text(line, column)
        if role == _ALIGNMENT:
            return self._alignments[column]
        if role == FIT_ROLE:
            return self._fit_of(line) if column == FIT_COLUMN else None
        if role == _TIP:
            return plain_tip(tip(self._row(line), column, self._company_of(line)))
        return self._entries[line] if role == ENTRY_ROLE else None

    def _text(self, path: str, column: int) -> str:
        words = COLUMNS[column].text(self._row(path))
        if column:
            return words
        inset = _INSET if path in self._members else ""
        return f"{inset}{words}{' + projector' if self._company_of(path) else ''}"

    def _company_of(self, path: str) -> str:
        """What belongs to a model; found out when it is seen first."""
        known = self._company.get(path)
        if known is None:
            info = self._entries[path].info
            names = (
                ", ".join(Path(p.files[0]).name for p in projectors_for(info, self._projectors))
                if info is not None and info.can_chat and self._projectors
                else ""
            )
            known = self._company[path] = f"With its projector: {names}" if names else ""
        return known


def _heading_data(heading: _Heading, column: int, role: int) -> object:
    if column:
        return None
    if role == _FONT:
        font = QFont()
        font.setWeight(QFont.Weight.DemiBold)
        return font
    return heading.words if role == _TEXT else None
