"""Figures and states are drawn as they are told, and said in words as well."""

import pytest
from helpers.pictures import colours_in, picture
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from lollma_gui.widgets.badge import Badge, StatusDot
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.chart import HistoryChart
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.logo import Wordmark
from lollma_gui.widgets.meter import Meter, Segment, StackedBar
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.theme import LIGHT, Role

PARTS = [
    Segment("Weights", 8.0, Role.WEIGHTS, "8.0 GiB"),
    Segment("KV cache", 4.0, Role.CACHE, "4.0 GiB"),
]


def shown(qtbot, widget: QWidget, width: int, height: int) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    return widget


def role_at(widget: QWidget, x: int, y: int) -> Role | None:
    found = picture(widget).pixelColor(QPoint(x, y))
    return next((role for role in Role if LIGHT.colour(role) == found), None)


def test_a_meter_is_filled_as_far_as_it_is_told(qtbot, theme):
    meter = shown(qtbot, Meter(theme, "VRAM"), 200, 40)
    meter.show_value("12 / 16 GiB", [(Role.WEIGHTS, 0.5), (Role.OTHERS, 0.25)])
    middle = meter.sizeHint().height() - 3
    assert role_at(meter, 50, middle) is Role.WEIGHTS
    assert role_at(meter, 98, middle) is Role.WEIGHTS
    assert role_at(meter, 102, middle) is Role.OTHERS
    assert role_at(meter, 148, middle) is Role.OTHERS
    assert role_at(meter, 160, middle) not in (Role.OTHERS, Role.WEIGHTS)
    assert (meter.accessibleName(), meter.accessibleDescription()) == ("VRAM", "12 / 16 GiB")


def test_a_meter_without_a_value_says_so(qtbot, theme):
    meter = shown(qtbot, Meter(theme, "GPU"), 120, 30)
    assert meter.accessibleDescription() == "-"
    assert LIGHT.colour(Role.WEIGHTS).name() not in colours_in(picture(meter))


def test_a_meter_does_not_give_room_back_when_its_text_gets_shorter(qtbot, theme):
    meter = shown(qtbot, Meter(theme, "RAM"), 200, 30)
    meter.show_value("100.0 / 128.0 GiB", [])
    wide = meter.minimumSizeHint().width()
    meter.show_value("9.0 / 128.0 GiB", [])
    assert meter.minimumSizeHint().width() == wide


def test_the_parts_of_a_bar_lie_side_by_side(qtbot, theme):
    bar = shown(qtbot, StackedBar(theme), 320, 60)
    bar.show_segments(PARTS, 16.0)
    assert role_at(bar, 80, 10) is Role.WEIGHTS
    assert role_at(bar, 200, 10) is Role.CACHE
    assert role_at(bar, 280, 10) not in (Role.WEIGHTS, Role.CACHE)
    assert bar.segment_at(QPointF(200, 10)) == PARTS[1]
    assert bar.segment_at(QPointF(300, 10)) is None
    assert bar.accessibleDescription() == "Weights 8.0 GiB, KV cache 4.0 GiB"


def test_a_bar_that_is_too_full_shows_where_the_end_is(qtbot, theme):
    bar = shown(qtbot, StackedBar(theme, legend=False), 300, 20)
    bar.show_segments(PARTS, 6.0)
    assert bar.is_over
    assert role_at(bar, 150, 10) is Role.TEXT
    assert "more than there is" in bar.accessibleDescription()
    bar.show_segments(PARTS, 16.0)
    assert LIGHT.colour(Role.TEXT).name() not in colours_in(picture(bar))


def test_a_narrow_bar_puts_its_legend_in_more_lines(qtbot, theme):
    bar = shown(qtbot, StackedBar(theme), 400, 60)
    bar.show_segments(PARTS, 16.0)
    narrow = bar.minimumSizeHint().width()
    assert narrow < 200
    assert bar.heightForWidth(narrow) > bar.heightForWidth(400)


def points(theme, qtbot, values):
    chart = shown(qtbot, HistoryChart(theme, Role.CACHE, maximum=100), 101, 60)
    chart.show_values(values)
    image = picture(chart)
    ground = QColor(LIGHT.colour(Role.WINDOW))
    return [any(image.pixelColor(x, y) != ground for y in range(58)) for x in range(101)]


def test_a_chart_has_a_gap_where_nothing_was_measured(qtbot, theme):
    drawn = points(theme, qtbot, [50.0, 50.0, 50.0, None, None, 50.0, 50.0, 50.0, 50.0, 50.0, 50.0])
    assert all(drawn[2:19])
    assert not any(drawn[23:48])
    assert all(drawn[52:99])


def test_one_value_between_two_gaps_is_seen(qtbot, theme):
    drawn = points(theme, qtbot, [None, None, 50.0, None, None])
    assert drawn[50]
    assert not any(drawn[:45] + drawn[56:])


def test_a_chart_that_finds_its_own_scale_has_room_above(qtbot, theme):
    chart = shown(qtbot, HistoryChart(theme, Role.CACHE, maximum=None), 100, 60)
    chart.show_values([4000.0] * 10)
    image = picture(chart)
    assert image.pixelColor(50, 3) == LIGHT.colour(Role.WINDOW)
    assert image.pixelColor(50, 30) != LIGHT.colour(Role.WINDOW)


def test_a_chart_says_its_last_value(qtbot, theme):
    chart = HistoryChart(theme, Role.CACHE, maximum=1.0, name="GPU", in_words=lambda v: f"{v} !")
    qtbot.addWidget(chart)
    chart.show_values([0.2, 0.9])
    assert (chart.accessibleName(), chart.accessibleDescription()) == ("GPU", "now 0.9 !")


@pytest.mark.parametrize("role", [Role.GOOD, Role.WARNING, Role.BAD, Role.MUTED])
def test_a_badge_has_word_colour_and_ground_of_its_state(qtbot, theme, role):
    badge = shown(qtbot, Badge(theme), 90, 22)
    badge.show_state("Partly", role)
    colours = colours_in(picture(badge))
    assert LIGHT.colour(role).name() in colours
    assert LIGHT.tint(role).name() in colours
    assert badge.accessibleName() == "Partly"


def test_states_differ_in_shape_and_not_only_in_colour(qtbot, theme):
    dot = shown(qtbot, StatusDot(theme), 30, 30)
    shapes = set()
    for role in (Role.GOOD, Role.WARNING, Role.BAD, Role.MUTED):
        dot.show_role(role)
        image, colour = picture(dot), LIGHT.colour(role)
        inked = [(x, y) for x in range(30) for y in range(30) if image.pixelColor(x, y) == colour]
        shapes.add(tuple(inked))
    assert len(shapes) == 4


def test_a_text_without_room_ends_in_dots_and_its_tooltip_says_all(qtbot, theme):
    made = shown(qtbot, ElidedLabel("Qwen3-14B-Instruct-Q4_K_M.gguf", TextRole.STRONG), 90, 20)
    assert made.is_elided
    assert made.toolTip() == "Qwen3-14B-Instruct-Q4_K_M.gguf"
    made.resize(600, 20)
    assert made.toolTip() == ""
    made.setToolTip("where it lies")
    made.resize(90, 20)
    assert made.toolTip() == "where it lies"


def test_parts_that_have_no_room_go_as_a_whole_where_that_is_wanted(qtbot, theme):
    words = "6 models · 2 folders"
    made = shown(qtbot, ElidedLabel(words, in_parts=True), 600, 20)
    assert made.shown == words
    made.resize(made.fontMetrics().horizontalAdvance("6 models · 2"), 20)
    assert made.shown == "6 models"
    assert made.toolTip() == words
    made.resize(made.fontMetrics().horizontalAdvance("6 mode"), 20)
    assert made.shown.endswith("…")
    usual = shown(qtbot, ElidedLabel(words), 600, 20)
    usual.resize(usual.fontMetrics().horizontalAdvance("6 models · 2"), 20)
    assert usual.shown.startswith("6 models ")


def test_facts_stay_where_they_are_when_values_change(qtbot, theme):
    facts = shown(qtbot, FactList(), 300, 120)
    facts.show_facts([("Context", "4,096 tokens"), ("Licence", "")])
    values = facts.findChildren(QLineEdit)
    facts.show_facts([("Context", "8,192 tokens"), ("Licence", "MIT")])
    assert facts.findChildren(QLineEdit) == values
    assert facts.facts() == [("Context", "8,192 tokens"), ("Licence", "MIT")]
    assert [v.accessibleName() for v in values] == ["Context", "Licence"]
    facts.show_facts([("Licence", "")])
    assert facts.facts() == [("Licence", "-")]


def test_a_value_can_be_marked_and_copied_but_not_changed(qtbot, theme):
    facts = shown(qtbot, FactList(), 120, 60)
    facts.show_facts([("Model file", "/models/a/rather/long/path/to/a/model.gguf")])
    value = facts.findChild(QLineEdit)
    qtbot.keyClicks(value, "x")
    value.selectAll()
    assert value.selectedText() == "/models/a/rather/long/path/to/a/model.gguf"


def test_a_card_shows_its_header_only_when_there_is_one(qtbot, theme):
    card = shown(qtbot, Card(), 300, 100)
    card.body.addWidget(label("body"))
    bare = card.sizeHint().height()
    card.set_title("Will it fit?")
    card.set_subtitle("Qwen3 · Q4_K_M")
    assert card.accessibleName() == "Will it fit?"
    assert {t.text() for t in card.findChildren(QLabel) if t.isVisible()} >= {"Will it fit?"}
    assert card.sizeHint().height() > bare


def test_the_name_of_the_program_has_its_middle_in_the_accent(qtbot, theme):
    logo = shown(qtbot, Wordmark(theme), 120, 40)
    colours = colours_in(picture(logo))
    assert {LIGHT.colour(Role.ACCENT).name(), LIGHT.colour(Role.TEXT).name()} <= colours


@pytest.fixture
def letters(qapp):
    before = qapp.font()

    def of_size(points: float) -> None:
        font = qapp.font()
        font.setPointSizeF(points)
        qapp.setFont(font)

    yield of_size
    qapp.setFont(before)


@pytest.mark.parametrize("size", [9, 18])
def test_nothing_is_cut_at_the_least_size_with_small_and_large_letters(qtbot, theme, letters, size):
    letters(size)
    whole = QWidget()
    column = QVBoxLayout(whole)
    meter, bar = Meter(theme, "VRAM"), StackedBar(theme)
    meter.show_value("12.1 / 16.0 GiB", [(Role.WEIGHTS, 0.6)])
    bar.show_segments(PARTS, 16.0)
    column.addWidget(meter)
    column.addWidget(bar)
    shown(qtbot, whole, 1, 1)
    width = column.minimumSize().width()
    whole.resize(width, column.minimumHeightForWidth(width))
    words = meter.fontMetrics().horizontalAdvance("VRAM 12.1 / 16.0 GiB")
    assert meter.width() > words * 0.85  # captions are a tenth smaller than the widget's font
    assert meter.height() >= meter.sizeHint().height()
    assert bar.height() >= bar.heightForWidth(bar.width())
