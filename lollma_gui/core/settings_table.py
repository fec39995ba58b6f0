"""Both halves of the settings table as one: look-up, defaults, the table in Markdown."""

from collections.abc import Iterable, Iterator, Mapping

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.program_name import Program
from lollma_gui.core.setting import Section, Setting
from lollma_gui.core.settings_generation import GENERATION_SETTINGS
from lollma_gui.core.settings_model import MODEL_SETTINGS


class SettingsTable:
    """Settings in order, by name.

    Args:
        settings: The rows.

    Raises:
        ValueError: If two rows have the same name.
    """

    def __init__(self, settings: Iterable[Setting]) -> None:
        self._rows: dict[str, Setting] = {}
        for setting in settings:
            if setting.name in self._rows:
                raise ValueError(f"two settings are called {setting.name}")
            self._rows[setting.name] = setting

    def __iter__(self) -> Iterator[Setting]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __getitem__(self, name: str) -> Setting:
        return self._rows[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All names in order."""
        return tuple(self._rows)

    def section(self, section: Section) -> tuple[Setting, ...]:
        """The rows of one of the guide's tables, in order."""
        return tuple(s for s in self if s.section is section)

    def groups(self, section: Section) -> dict[str, tuple[Setting, ...]]:
        """The rows of a section under their headings, in order of first appearance."""
        groups: dict[str, tuple[Setting, ...]] = {}
        for setting in self.section(section):
            groups[setting.group] = (*groups.get(setting.group, ()), setting)
        return groups

    def find(self, text: str) -> tuple[Setting, ...]:
        """Rows that speak of every word of the text: in name, label, explanation or a flag."""
        words = text.lower().split()
        return tuple(s for s in self if all(word in _searchable(s) for word in words))

    def defaults(self, section: Section | None = None) -> dict[str, SettingValue]:
        """What everything starts from."""
        rows = self if section is None else self.section(section)
        return {s.name: _copy(s.default) for s in rows}

    def needing_reload(
        self, before: Mapping[str, object], after: Mapping[str, object]
    ) -> list[str]:
        """Names of settings that differ and count only after the model is loaded again."""
        start = self.defaults()
        return [
            s.name
            for s in self
            if s.needs_reload
            and before.get(s.name, start[s.name]) != after.get(s.name, start[s.name])
        ]


def _copy(value: SettingValue) -> SettingValue:
    """A list of one's own, so that nobody changes the table."""
    return list(value) if isinstance(value, list) else value


def _searchable(setting: Setting) -> str:
    flags = " ".join(name.name for name in setting.programs.values())
    parts = (setting.name, setting.guide_name, setting.label, setting.group, setting.explanation)
    return f"{' '.join(parts)} {flags}".lower()


#: Every setting there is.
SETTINGS = SettingsTable((*MODEL_SETTINGS, *GENERATION_SETTINGS))


def defaults() -> dict[str, SettingValue]:
    """What every setting starts from."""
    return SETTINGS.defaults()


def as_markdown() -> str:
    """The whole table for the README, ending with a line break."""
    return "\n".join(
        line for section in Section for line in _markdown_of(SETTINGS.section(section), section)
    )


def _markdown_of(rows: Iterable[Setting], section: Section) -> list[str]:
    programs = list(Program)[1:]
    head = ["Setting", "Default", "Guide", "What it does", *programs]
    lines = [f"### {section.capitalize()} settings", "", _row(head), _row(["---"] * len(head))]
    lines += [_row(_cells(setting, programs)) for setting in rows]
    return [*lines, ""]


def _cells(setting: Setting, programs: Iterable[Program]) -> list[str]:
    guide = "" if setting.guide_value is None else _shown(setting, setting.guide_value)
    return [
        f"{setting.label} `{setting.name}`",
        _shown(setting, setting.default),
        guide,
        setting.explanation,
        *(_program_cell(setting, program) for program in programs),
    ]


def _shown(setting: Setting, value: SettingValue) -> str:
    words = setting.describe(value).replace("\n", " ")
    is_special = isinstance(value, int | float) and value in setting.special
    return f"{setting.format(value)} ({words})" if is_special else words


def _program_cell(setting: Setting, program: Program) -> str:
    name = setting.programs[program]
    if name.exists:
        return f"`{name.name}`"
    return f"no longer ({name.gone_since})" if name.gone_since else "-"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
