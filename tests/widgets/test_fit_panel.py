"""The fit panel as a whole: what is seen, read out and copied, and the way to settings that fit."""

import pytest
from helpers.fit_desk import LEFT, FitDesk
from helpers.fit_views import (
    FIT_VIEWS,
    GUIDE_CASE,
    does_not_fit,
    fits,
    mixture,
    partly,
    two_gpus,
    view_of,
)
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QScrollArea,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.widgets.fit_panel import FitPanel
from lollma_gui.widgets.theme import Role, Theme

EVERY_VIEW = pytest.mark.parametrize("name", FIT_VIEWS)


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme) -> FitDesk:
    return FitDesk(qtbot, theme)


# ---- what is seen ----------------------------------------------------------------------------


def test_without_a_model_it_says_what_to_do(desk: FitDesk) -> None:
    desk.show(fits())
    desk.show(None)
    shown = [b for b in desk.panel.findChildren(QAbstractButton) if b.isVisible()]
    assert shown == []
    assert desk.panel.text() == ""
    desk.panel.show_empty("This file is no model.")
    assert desk.panel.empty.text() == "This file is no model."
    assert desk.panel.empty.isVisible()
    desk.show(fits())
    assert not desk.panel.empty.isVisible()
    assert desk.said == []


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("fits", Role.GOOD),
        ("ram_only", Role.GOOD),
        ("partly", Role.WARNING),
        ("mostly_in_ram", Role.WARNING),
        ("only_just", Role.WARNING),
        ("may_fit", Role.WARNING),
        ("does_not_fit", Role.BAD),
        ("refusal", Role.BAD),
        ("unknown", Role.MUTED),
    ],
)
def test_each_verdict_has_its_word_its_colour_and_its_sentences(
    desk: FitDesk, name: str, role: Role
) -> None:
    view = FIT_VIEWS[name]()
    desk.show(view)
    verdict = desk.panel.verdict
    assert verdict.badge.role is role
    assert verdict.badge.width() >= verdict.badge.sizeHint().width()
    if view.refusal is None:
        assert verdict.headline.text() == view.verdict.headline
        assert verdict.text.text() == view.verdict.text
    else:
        assert verdict.headline.text() == view.refusal.title
        assert verdict.text.text() == view.refusal.advice


@EVERY_VIEW
def test_there_is_a_bar_for_each_device_and_nothing_is_said_by_showing(
    desk: FitDesk, name: str
) -> None:
    view = FIT_VIEWS[name]()
    desk.show(view)
    bars = [bar for bar in desk.panel.bars.bars if bar.isVisible()]
    assert len(bars) == 1 + len(view.plan.gpus)
    for bar in bars:
        assert bar.bar.accessibleName().startswith("Memory of ")
        assert "Weights " in bar.bar.accessibleDescription()
        assert "GiB" in bar.bar.accessibleDescription()
    assert bars[0].bar.is_over is (name == "does_not_fit")
    assert desk.said == []


def right_end(widget: QWidget, panel: FitPanel) -> int:
    return widget.mapTo(panel, widget.rect().topRight()).x()


@EVERY_VIEW
def test_all_can_be_reached_and_no_control_is_cut(desk: FitDesk, name: str) -> None:
    panel = desk.panel
    content = panel.findChild(QScrollArea)
    desk.show(FIT_VIEWS[name]())
    for width, height in ((340, 520), (340, 640), (400, 520), (400, 640)):
        panel.setFixedSize(width, height)
        QApplication.processEvents()
        assert content.widget().width() <= content.viewport().width()
        for shown in panel.findChildren(QAbstractButton):
            if shown.isVisible() and shown is not panel.assumptions.fold_button:
                assert shown.width() >= shown.minimumSizeHint().width(), shown.text()
                assert right_end(shown, panel) <= width - 14, shown.text()
        for bottom in (panel.measure_button, panel.use_button):
            assert panel.rect().contains(bottom.mapTo(panel, bottom.rect().bottomRight()))
            needed = bottom.fontMetrics().horizontalAdvance(bottom.text())
            assert needed <= bottom.width() - 28


@EVERY_VIEW
def test_every_control_has_a_name_for_screen_readers(desk: FitDesk, name: str) -> None:
    desk.show(FIT_VIEWS[name]())
    kinds = (QAbstractButton, QComboBox, QSlider)
    for kind in kinds:
        for control in desk.panel.findChildren(kind):
            if control.isVisible() and control.focusPolicy() != Qt.FocusPolicy.NoFocus:
                assert control.accessibleName(), control


def test_what_a_model_does_not_have_is_not_shown(desk: FitDesk) -> None:
    desk.show(FIT_VIEWS["ram_only"]())
    panel = desk.panel
    hidden = (panel.layers.row, panel.experts, panel.split, panel.extras, panel.changes)
    assert not any(piece.isVisible() for piece in hidden)
    assert panel.layers.reason.isVisible()
    assert "RAM" in panel.layers.reason.text()
    desk.show(mixture())
    assert panel.experts.isVisible()
    assert panel.layers.row.isVisible()
    assert not panel.split.isVisible()
    desk.show(two_gpus())
    assert panel.split.isVisible()


# ---- what to do ------------------------------------------------------------------------------


def test_each_change_that_would_fit_is_one_press(desk: FitDesk) -> None:
    view = does_not_fit()
    desk.show(view)
    shown = [made for made in desk.panel.changes.buttons if made.isVisible()]
    assert len(shown) == len(view.changes) == 3
    for made, change in zip(shown, view.changes, strict=True):
        assert made.accessibleName() == change.words
        desk.qtbot.mouseClick(made, LEFT)
        assert desk.wanted[-1] == change.values


def test_a_change_makes_it_fit_and_the_keyboard_is_not_lost(desk: FitDesk) -> None:
    desk.follow(PlanSettings(n_ctx=131_072, n_gpu_layers=33))
    first = desk.panel.changes.buttons[0]
    desk.focus(first)
    desk.qtbot.keyClick(first, Qt.Key.Key_Space)
    assert desk.panel.verdict.badge.role is Role.GOOD
    assert not desk.panel.changes.isVisible()
    assert desk.panel.use_button.hasFocus()


def test_long_changes_are_written_in_several_lines(desk: FitDesk) -> None:
    words = "4,096 tokens of context in q8_0, 20 of 33 layers on the GPU, and more & more"
    change = does_not_fit().changes[0]._replace(words=words)
    desk.panel.setFixedSize(340, 640)
    desk.show(does_not_fit()._replace(changes=(change,)))
    made = desk.panel.changes.buttons[0]
    assert made.text().replace("\n", " ").replace("&&", "&") == words
    for line in made.text().splitlines():
        assert made.fontMetrics().horizontalAdvance(line) <= made.width() - 28
    desk.qtbot.waitUntil(lambda: made.height() >= made.sizeHint().height())


def test_the_buttons_below_tell_what_is_wanted(desk: FitDesk) -> None:
    desk.show(fits())
    panel = desk.panel
    for made in (panel.measure_button, panel.use_button, panel.reset_button):
        desk.qtbot.mouseClick(made, LEFT)
    assert [name for name, _ in desk.said] == ["measure_wanted", "use_wanted", "reset_wanted"]


def test_buttons_that_would_do_nothing_are_off(desk: FitDesk) -> None:
    panel = desk.panel
    desk.show(partly())
    assert not panel.measure_button.isEnabled()
    assert not panel.use_button.isEnabled()
    assert not panel.reset_button.isEnabled()
    desk.show(FIT_VIEWS["refusal"]())
    assert not panel.use_button.isEnabled()
    assert panel.reset_button.isEnabled()


# ---- keyboard and copying --------------------------------------------------------------------


def test_the_tab_key_reaches_every_control(desk: FitDesk) -> None:
    desk.show(fits())
    panel = desk.panel
    controls = {
        *(panel.copy_button, panel.reset_button, panel.context.slider, panel.layers.slider),
        *(panel.context.editor.control, panel.context.longest_button, panel.layers.auto_box),
        *(panel.compute.ubatch, *panel.extras.boxes, panel.assumptions.fold_button),
        *(panel.method.forget_button, panel.measure_button, panel.use_button),
    }
    desk.focus(panel.copy_button)
    seen: set[QWidget] = set()
    for _ in range(60):
        seen.add(panel.focusWidget())
        desk.qtbot.keyClick(panel.focusWidget(), Qt.Key.Key_Tab)
    assert controls <= seen


def test_copying_takes_the_whole_panel(desk: FitDesk) -> None:
    view = fits()
    desk.show(view)
    desk.qtbot.mouseClick(desk.panel.copy_button, LEFT)
    copied = QGuiApplication.clipboard().text()
    assert copied == desk.panel.text()
    assert f"{view.plan.gpus[0].weights:,} bytes" in copied
    QGuiApplication.clipboard().clear()
    desk.focus(desk.panel.layers.slider)
    desk.qtbot.keyClick(desk.panel.layers.slider, "C", Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == copied


def test_what_is_marked_is_copied_by_itself(desk: FitDesk) -> None:
    desk.show(fits())
    headline = desk.panel.verdict.headline
    desk.focus(headline)
    headline.setSelection(0, 4)
    desk.qtbot.keyClick(headline, "C", Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Fits"


def test_nothing_moves_and_nothing_is_new_while_values_change(desk: FitDesk) -> None:
    desk.show(view_of(GUIDE_CASE, PlanSettings(n_ctx=131_072), "Llama"))
    QApplication.processEvents()
    pieces = [w for w in desk.panel.findChildren(QWidget) if w.isVisible()]
    tops = [w.mapTo(desk.panel, QPoint()).y() for w in pieces]
    for n_ctx in (131_072, 65_536, 8192, 512):
        desk.show(view_of(GUIDE_CASE, PlanSettings(n_ctx=n_ctx), "Llama"))
        QApplication.processEvents()
        assert [w for w in desk.panel.findChildren(QWidget) if w.isVisible()] == pieces
        assert [w.mapTo(desk.panel, QPoint()).y() for w in pieces] == tops


@pytest.mark.parametrize("points", [9, 18])
def test_with_large_letters_the_panel_is_wider_and_nothing_is_cut(
    qtbot: QtBot, theme: Theme, points: int, qapp: QApplication
) -> None:
    before, font = qapp.font(), qapp.font()
    font.setPointSizeF(points)
    qapp.setFont(font)
    try:
        panel = FitPanel(theme)
        qtbot.addWidget(panel)
        panel.show_view(two_gpus())
        panel.show()
        panel.resize(panel.minimumSizeHint().width(), 700)
        assert panel.minimumSizeHint().width() >= 340 * max(1, points / 11)
        content = panel.findChild(QScrollArea)
        qtbot.waitUntil(lambda: content.widget().width() <= content.viewport().width())
        for made in (panel.measure_button, panel.use_button):
            assert made.width() >= made.sizeHint().width()
    finally:
        qapp.setFont(before)
