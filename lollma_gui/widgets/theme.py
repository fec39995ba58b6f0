"""Colours by role, light and dark, and the one style sheet made of them.

This is the only file of the window that writes colours as numbers.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from lollma_gui.widgets.text import SCALES


class Role(StrEnum):
    """What a colour is for. The last four are the series of charts and bars."""

    WINDOW = "window"
    PANEL = "panel"
    FIELD = "field"
    LINE = "line"
    TEXT = "text"
    MUTED = "muted"
    ACCENT = "accent"
    ON_ACCENT = "on_accent"
    SELECTED = "selected"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    WEIGHTS = "weights"
    CACHE = "cache"
    COMPUTE = "compute"
    OTHERS = "others"


#: Roles that are legible as text on every background; the others are for areas only.
INKS = frozenset({Role.TEXT, Role.MUTED, Role.ACCENT, Role.GOOD, Role.WARNING, Role.BAD})

_TINT = 0.16
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Palette(NamedTuple):
    """All colours of one appearance.

    Attributes:
        is_dark: Whether light letters stand on dark ground.
        colours: The colour of each role, as ``#rrggbb``.
    """

    is_dark: bool
    colours: Mapping[Role, str]

    def colour(self, role: Role) -> QColor:
        """The colour of a role."""
        return QColor(self.colours[role])

    def ink(self, role: Role) -> QColor:
        """The colour of letters that speak of a role: its own where that is legible."""
        return self.colour(role if role in INKS else Role.TEXT)

    def tint(self, role: Role) -> QColor:
        """The role at 16 % over the panel, opaque: the ground of badges."""
        return self.blend(role, Role.PANEL, _TINT)

    def blend(self, role: Role, ground: Role, share: float) -> QColor:
        """A role laid over another with a share of 0 to 1, opaque."""
        over, under = self.colour(role), self.colour(ground)
        return QColor(
            round(over.red() * share + under.red() * (1 - share)),
            round(over.green() * share + under.green() * (1 - share)),
            round(over.blue() * share + under.blue() * (1 - share)),
        )

    @property
    def hover(self) -> QColor:
        """Ground of a button under the pointer."""
        return self.blend(Role.TEXT, Role.FIELD, 0.055)

    @property
    def pressed(self) -> QColor:
        """Ground of a button held down."""
        return self.blend(Role.TEXT, Role.FIELD, 0.12)

    @property
    def disabled(self) -> QColor:
        """Letters of what cannot be used now: paler, and still legible."""
        return self.blend(Role.MUTED, Role.PANEL, 0.78)

    @property
    def handle(self) -> QColor:
        """What is dragged: handles of scroll bars, ticks of charts."""
        return self.blend(Role.MUTED, Role.PANEL, 0.55)

    @property
    def accent_hover(self) -> QColor:
        """Ground of the primary button under the pointer; keeps its letters legible."""
        return self.blend(Role.TEXT, Role.ACCENT, 0.12)


def _palette(is_dark: bool, *colours: str) -> Palette:
    return Palette(is_dark, MappingProxyType(dict(zip(Role, colours, strict=True))))


DARK = _palette(
    True,
    *("#14161a", "#1b1e24", "#22262e", "#2e333d", "#e7eaf0", "#98a1b1", "#7aa2ff", "#0d1220"),
    *("#263149", "#5fd38d", "#f2b84b", "#f2716b", "#7aa2ff", "#b48cff", "#4fc4c9", "#5c6575"),
)
LIGHT = _palette(
    False,
    *("#f4f5f8", "#ffffff", "#f0f2f6", "#d9dde5", "#1a1e27", "#5d6675", "#2858cf", "#ffffff"),
    *("#e3ebff", "#157044", "#8a5800", "#b32d28", "#3f74f0", "#8a55e6", "#148e94", "#b4bbc7"),
)


class ThemeChoice(StrEnum):
    """What the person wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


#: For ``QApplication``: our style is made for Fusion. ``setStyle`` would do as well, but names
#: QStyle, whose enumerations cost 5 ms before the window is seen.
STYLE_ARGUMENTS = ("-style", "fusion")


class Theme(QObject):
    """Gives the app its palette and style sheet, and follows the system if asked to.

    Args:
        app: The application to dress, made with ``STYLE_ARGUMENTS``.
        style_template: Text of ``resources/style.qss``; ``{role}`` stands for a colour.
        choice: What the person wants.

    Signals:
        changed: The colours are others now; self-drawn widgets repaint.
        chosen: The person chose, perhaps what was shown before.
    """

    changed = Signal()
    chosen = Signal()

    def __init__(
        self, app: QApplication, style_template: str, choice: ThemeChoice = ThemeChoice.SYSTEM
    ) -> None:
        super().__init__()
        self._app = app
        self._template = style_template
        self._choice = choice
        self._palette: Palette | None = None
        _use_tabular_figures(app)
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        self.choose(choice)

    @property
    def palette(self) -> Palette:
        """The colours to draw with now."""
        return self._palette or LIGHT

    @property
    def is_dark(self) -> bool:
        """Whether the dark colours are shown."""
        return self.palette.is_dark

    @property
    def choice(self) -> ThemeChoice:
        """What the person wants."""
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        """Show the light or dark colours, or those of the system from now on."""
        self._choice = choice
        hints = self._app.styleHints()
        # The system draws title bars and file dialogs: they should match.
        if choice is ThemeChoice.SYSTEM:
            hints.unsetColorScheme()
        else:
            dark = choice is ThemeChoice.DARK
            hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
        self._apply()
        self.chosen.emit()

    def _follow_system(self) -> None:
        if self._choice is ThemeChoice.SYSTEM:
            self._apply()

    def _wanted(self) -> Palette:
        if self._choice is ThemeChoice.SYSTEM:
            scheme = self._app.styleHints().colorScheme()
            return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._choice is ThemeChoice.DARK else LIGHT

    def _apply(self) -> None:
        wanted = self._wanted()
        if wanted is self._palette:
            return
        self._palette = wanted
        self._app.setPalette(qt_palette(wanted))
        for kind in ("QCheckBox", "QRadioButton"):
            # The stubs ask for bytes, which the call itself refuses.
            self._app.setPalette(_box_palette(wanted), kind)  # type: ignore[arg-type]
        self._app.setStyleSheet(style_sheet(self._template, wanted, self._app.font()))
        self.changed.emit()


def _use_tabular_figures(app: QApplication) -> None:
    # Digits of one width: numbers that change every second must not dance.
    font = app.font()
    font.setFeature(QFont.Tag("tnum"), 1)
    app.setFont(font)


def qt_palette(palette: Palette) -> QPalette:
    """The colours for what Qt draws by itself."""
    group, part = QPalette.ColorGroup, QPalette.ColorRole
    roles = {
        part.Window: Role.WINDOW,
        part.WindowText: Role.TEXT,
        part.Base: Role.FIELD,
        part.AlternateBase: Role.PANEL,
        part.ToolTipBase: Role.FIELD,
        part.ToolTipText: Role.TEXT,
        part.PlaceholderText: Role.MUTED,
        part.Text: Role.TEXT,
        part.Button: Role.FIELD,
        part.ButtonText: Role.TEXT,
        part.BrightText: Role.BAD,
        part.Light: Role.LINE,
        part.Midlight: Role.LINE,
        part.Mid: Role.LINE,
        part.Dark: Role.LINE,
        part.Shadow: Role.WINDOW,
        part.Highlight: Role.ACCENT,
        part.HighlightedText: Role.ON_ACCENT,
        part.Link: Role.ACCENT,
        part.LinkVisited: Role.ACCENT,
        part.Accent: Role.ACCENT,
    }
    made = QPalette()
    for slot, role in roles.items():
        made.setColor(slot, palette.colour(role))
    for slot in (part.WindowText, part.Text, part.ButtonText, part.PlaceholderText):
        made.setColor(group.Disabled, slot, palette.disabled)
    made.setColor(group.Disabled, part.Accent, palette.disabled)
    return made


def _box_palette(palette: Palette) -> QPalette:
    # Fusion frames the box of a check box with a darker window colour: invisible on dark ground.
    made = qt_palette(palette)
    made.setColor(QPalette.ColorRole.Window, palette.colour(Role.MUTED).lighter(140))
    return made


def style_sheet(template: str, palette: Palette, font: QFont) -> str:
    """The style sheet for these colours and this font.

    Args:
        template: Style sheet in which ``{name}`` stands for a colour or a size of letters.
        palette: The colours.
        font: The system's UI font, which all sizes are relative to.

    Raises:
        KeyError: If the template asks for a name that does not exist.
    """
    words = _words(palette) | _sizes(font)
    return _PLACEHOLDER.sub(lambda found: words[found[1]], template)


def _words(palette: Palette) -> dict[str, str]:
    words = {role.value: colour for role, colour in palette.colours.items()}
    words |= {f"{role.value}_tint": palette.tint(role).name() for role in INKS}
    for name in ("hover", "pressed", "disabled", "handle", "accent_hover"):
        words[name] = getattr(palette, name).name()
    return words


def _sizes(font: QFont) -> dict[str, str]:
    in_points = font.pointSizeF() > 0
    size, unit = (font.pointSizeF(), "pt") if in_points else (float(font.pixelSize()), "px")
    words = {f"{role.value}_size": f"{_size(size * scale, unit)}" for role, scale in SCALES.items()}
    words["mono_family"] = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    return words


def _size(value: float, unit: str) -> str:
    # Style sheets take broken points, but only whole pixels.
    return f"{value:.1f}{unit}" if unit == "pt" else f"{round(value)}{unit}"
