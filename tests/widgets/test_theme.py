"""Colours by role: legible in both appearances, and switched everywhere at once."""

import re

import pytest
from helpers.pictures import picture
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget

from lollma_gui.services.places import resource
from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import DARK, INKS, LIGHT, Palette, Role, ThemeChoice, style_sheet

TEMPLATE = resource("style.qss").read_text(encoding="utf-8")
BOTH = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])


def luminance(colour: QColor) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio of WCAG 2.2, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def grounds(palette: Palette) -> dict[str, QColor]:
    roles = (Role.WINDOW, Role.PANEL, Role.FIELD, Role.SELECTED)
    return {role.value: palette.colour(role) for role in roles} | {"hover": palette.hover}


def test_contrast_is_computed_as_the_standard_says():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)


@BOTH
def test_every_text_is_legible_on_every_ground(palette):
    faint = {
        (ink.value, ground): round(ratio, 2)
        for ink in INKS
        for ground, colour in grounds(palette).items()
        if (ratio := contrast(palette.ink(ink), colour)) < 4.5
    }
    assert faint == {}


@BOTH
def test_a_badge_of_any_role_is_legible_on_its_tint(palette):
    faint = {
        role.value: round(ratio, 2)
        for role in Role
        if (ratio := contrast(palette.ink(role), palette.tint(role))) < 4.5
    }
    assert faint == {}


@BOTH
def test_the_words_of_the_primary_button_are_legible(palette):
    words = palette.colour(Role.ON_ACCENT)
    assert contrast(words, palette.colour(Role.ACCENT)) >= 4.5
    assert contrast(words, palette.accent_hover) >= 4.5


@BOTH
def test_buttons_held_down_and_disabled_are_still_legible(palette):
    assert contrast(palette.colour(Role.TEXT), palette.pressed) >= 4.5
    for ground in (Role.PANEL, Role.FIELD, Role.WINDOW):
        assert contrast(palette.disabled, palette.colour(ground)) >= 3.0


@BOTH
def test_the_ring_of_the_focus_can_be_seen_on_every_ground(palette):
    assert min(contrast(palette.colour(Role.ACCENT), g) for g in grounds(palette).values()) >= 3.0


@BOTH
def test_the_style_sheet_is_filled_completely(palette, qapp):
    text = style_sheet(TEMPLATE, palette, qapp.font())
    assert not re.search(r"\{\w*\}", text)
    assert palette.colour(Role.ACCENT).name() in text


def test_no_colour_is_written_as_a_number_outside_the_theme():
    folder = resource("style.qss").parent.parent / "lollma_gui"
    floors = ("widgets", "tabs", "qt")
    written = [
        path.name
        for floor in floors
        for path in (folder / floor).glob("*.py")
        if path.name != "theme.py" and re.search(r"#[0-9a-fA-F]{6}\b", path.read_text("utf-8"))
    ]
    assert written == []
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!\w)[;\s]", TEMPLATE)


def test_switching_the_theme_changes_text_ground_and_what_draws_itself(qtbot, theme):
    whole = QWidget()
    qtbot.addWidget(whole)
    words = label("words", TextRole.MUTED)
    words.setParent(whole)
    dot = StatusDot(theme)
    dot.setParent(whole)
    dot.show_role(Role.GOOD)
    dot.move(0, 40)
    whole.resize(120, 80)
    whole.show()
    seen = []
    for choice, palette in ((ThemeChoice.LIGHT, LIGHT), (ThemeChoice.DARK, DARK)):
        theme.choose(choice)
        image = picture(whole)
        centre = dot.geometry().center()
        assert image.pixelColor(centre) == palette.colour(Role.GOOD)
        assert image.pixelColor(119, 79) == palette.colour(Role.WINDOW)
        seen.append(words.palette().color(words.foregroundRole()))
    assert seen == [LIGHT.colour(Role.MUTED), DARK.colour(Role.MUTED)]


def test_everyone_is_told_once_when_the_colours_change(qtbot, theme):
    with qtbot.waitSignal(theme.changed):
        theme.choose(ThemeChoice.DARK)
    assert theme.is_dark
    with qtbot.assertNotEmitted(theme.changed):
        theme.choose(ThemeChoice.DARK)


def test_the_system_is_followed_only_while_it_should_be(qapp, theme):
    hints = qapp.styleHints()
    theme.choose(ThemeChoice.DARK)
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.is_dark
    theme.choose(ThemeChoice.SYSTEM)
    assert theme.is_dark == (hints.colorScheme() == Qt.ColorScheme.Dark)
    assert theme.choice is ThemeChoice.SYSTEM


def test_sizes_of_letters_follow_the_font_of_the_system(qapp, theme):
    def title_size(points: float) -> float:
        font = qapp.font()
        font.setPointSizeF(points)
        rule = re.search(
            r'QLabel\[role="title"\] \{ font-size: ([\d.]+)pt', style_sheet(TEMPLATE, LIGHT, font)
        )
        return float(rule[1])

    assert title_size(18) == pytest.approx(2 * title_size(9), abs=0.1)


def test_a_text_from_a_file_is_never_read_as_markup(qtbot, theme):
    made: QLabel = label("<b>model</b>")
    qtbot.addWidget(made)
    assert made.textFormat() == Qt.TextFormat.PlainText
