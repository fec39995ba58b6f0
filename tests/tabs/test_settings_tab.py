"""The Settings tab, used as a person does: with the real settings over a folder of their own."""

import pytest
from helpers.settings_user import CONTROL, click, shown, type_into, unfold
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QWidget

from lollma_gui.core.profile import RECOMMENDED
from lollma_gui.core.program_name import Program
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.tabs.settings_tab import SettingsTab
from lollma_gui.widgets.theme import Role


@pytest.fixture
def tab(settings_tab: SettingsTab) -> SettingsTab:
    return settings_tab


def test_essentials_are_shown_first_and_all_others_unfold_under_headings(tab, qtbot):
    essential = [s.name for s in SETTINGS.section(Section.MODEL) if s.essential]
    assert shown(tab) == essential
    unfold(tab, qtbot)
    everything = {s.name for s in SETTINGS.section(Section.MODEL)}
    qtbot.waitUntil(lambda: set(shown(tab)) == everything)
    assert {h.text() for h in tab.page.headings.values()} == {
        s.group for s in SETTINGS.section(Section.MODEL) if not s.essential
    }
    tops = [tab.page.rows[name].y() for name in tab.page.shown()]
    assert tops == sorted(tops), "rows stand in the order of the table"
    click(qtbot, tab.page.fold)
    assert shown(tab) == essential


def test_the_other_table_is_a_click_away_and_its_rows_stay_as_they_were_made(tab, qtbot):
    model_rows = dict(tab.page.rows)
    generation = next(
        b for b in tab.tools.section.findChildren(QAbstractButton) if not b.isChecked()
    )
    click(qtbot, generation)
    qtbot.waitUntil(lambda: tab.page.is_complete)
    assert "temperature" in shown(tab)
    assert "n_ctx" not in shown(tab)
    type_into(qtbot, tab.page.rows["temperature"], "0.3")
    assert tab.page.rows["temperature"].recommended.button.isVisible()
    model = next(b for b in tab.tools.section.findChildren(QAbstractButton) if not b.isChecked())
    click(qtbot, model)
    assert tab.page.rows == model_rows


def test_a_row_says_value_recommendation_reason_and_names_everywhere(tab, settings, qtbot):
    settings.set_model("/models/qwen.gguf")
    row = tab.page.rows["n_ctx"]
    advice = settings.advice()["n_ctx"]
    assert row.editor.box.text() == "32,768 tokens"
    assert row.recommended.words.text() == "32,768 tokens"
    assert row.why.text() == advice.reason
    assert row.why.toolTip() == SETTINGS["n_ctx"].explanation
    assert row.price.text().endswith("GiB")
    assert row.details is None
    click(qtbot, tab.page.rows["flash_attn"].name.more_button)
    said = [t.text() for t in tab.page.rows["flash_attn"].details.findChildren(type(row.why))]
    assert SETTINGS["flash_attn"].explanation in said
    assert any("TextGen no longer has it (since 2025-08-30)" in text for text in said)
    assert any(RECOMMENDED in text for text in said)


def test_a_typed_value_is_kept_marked_and_can_be_reset(tab, settings, qtbot):
    row = tab.page.rows["threads"]
    assert not row.name.mark.isVisible()
    type_into(qtbot, row, "4")
    assert settings.values()["threads"] == 4
    assert settings.own("threads")
    assert row.name.mark.isVisible()
    assert "changed" in row.name.mark.accessibleName()
    assert "Changed." in row.editor.control.accessibleDescription()
    assert row.reset_button.toolTip() == (
        f"Back to: 16 threads. This value comes from {RECOMMENDED}."
    )
    click(qtbot, row.reset_button)
    assert settings.values()["threads"] == 16
    assert not row.name.mark.isVisible()
    assert not row.reset_button.isVisible()


def test_one_button_takes_a_recommended_value_and_another_takes_all(tab, settings, qtbot):
    assert tab.outcome.accessibleName() == "All model settings are as recommended"
    assert not tab.outcome.apply_button.isEnabled()
    settings.set_values({"threads": 4, "n_batch": 256, "n_gpu_layers": 1})
    assert tab.outcome.accessibleName() == "3 model settings differ from what suits this PC"
    row = tab.page.rows["threads"]
    assert row.recommended.button.text() == "← 16"
    click(qtbot, row.recommended.button)
    assert settings.values()["threads"] == 16
    assert not row.recommended.button.isVisible()
    assert settings.values()["n_batch"] == 256
    click(qtbot, tab.outcome.apply_button)
    assert tab.outcome.accessibleName() == "All model settings are as recommended"
    assert settings.values()["n_batch"] == 2048


def test_applying_all_leaves_matters_of_taste_alone(tab, settings, qtbot):
    settings.set_values({"lora": ["a.gguf"], "threads": 4})
    click(qtbot, tab.outcome.apply_button)
    assert settings.values()["lora"] == ["a.gguf"]
    assert settings.values()["threads"] == 16


def test_undo_and_redo_by_keys_also_from_within_a_field(tab, settings, qtbot):
    row = tab.page.rows["threads"]
    type_into(qtbot, row, "4")
    qtbot.keyClick(row.editor.control, "Z", CONTROL)
    assert settings.values()["threads"] == 16
    qtbot.keyClick(row.editor.control, "Z", CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert settings.values()["threads"] == 4
    assert "Threads" in tab.outcome.undo_button.toolTip()
    click(qtbot, tab.outcome.undo_button)
    assert settings.values()["threads"] == 16
    assert not tab.outcome.undo_button.isEnabled()


def test_what_is_wrong_is_said_under_the_row_at_once(tab, settings, qtbot):
    row, before = tab.page.rows["threads"], tab.page.rows["threads"].editor.y()
    type_into(qtbot, row, "40")
    assert row.finding.isVisible()
    assert row.finding.words.text() == settings.findings()["threads"][0].sentence
    assert row.finding.dot.role is Role.WARNING
    assert row.editor.y() == before
    assert row.finding.words.text() in row.editor.control.accessibleDescription()
    settings.set_values({"flash_attn": "off", "type_v": "q8_0"})
    assert tab.page.rows["type_v"].finding.dot.role is Role.BAD
    type_into(qtbot, row, "16")
    assert not row.finding.isVisible()


def test_a_refused_value_is_told_and_the_old_one_stays_in_force(tab, settings, qtbot):
    row = tab.page.rows["threads"]
    type_into(qtbot, row, "lots")
    assert row.finding.words.text() == (
        "Threads must be a whole number from 0 to 1,024. It stays as it was: 16 threads."
    )
    assert settings.values()["threads"] == 16
    qtbot.keyClick(row.editor.control, Qt.Key.Key_Escape)
    assert not row.finding.isVisible()


def test_search_finds_by_words_names_and_flags_folded_or_not(tab, qtbot):
    qtbot.keyClick(tab, "F", CONTROL)
    assert tab.tools.search.hasFocus()
    qtbot.keyClicks(tab.tools.search, "yarn beta")
    qtbot.waitUntil(lambda: shown(tab) == ["yarn_beta_fast", "yarn_beta_slow"])
    assert [h.text() for h in tab.page.headings.values() if h.isVisible()] == ["Longer contexts"]
    tab.tools.search.setText("--ctx-size")
    assert shown(tab) == ["n_ctx"]
    tab.tools.search.setText("temperature")
    assert shown(tab) == []
    assert tab.page.nothing.text().startswith("No model setting speaks of “temperature”. ")
    qtbot.keyClick(tab.tools.search, Qt.Key.Key_Escape)
    assert "n_ctx" in shown(tab)
    assert not tab.page.nothing.isVisible()


def test_only_what_differs_keeps_a_row_that_was_just_put_right(tab, settings, qtbot):
    settings.set_values({"threads": 4, "swa_full": True})
    tab.tools.differing.click()
    qtbot.waitUntil(lambda: sorted(shown(tab)) == ["swa_full", "threads"])
    click(qtbot, tab.page.rows["threads"].recommended.button)
    assert sorted(shown(tab)) == ["swa_full", "threads"]
    tab.tools.differing.click()
    tab.tools.differing.click()
    assert shown(tab) == ["swa_full"]


def test_the_command_line_follows_the_values_and_is_copied(tab, settings, qtbot):
    settings.set_value("n_ctx", 12345)
    assert "--ctx-size 12345" in tab.outcome.command.toPlainText()
    python = next(
        b
        for b in tab.outcome.programs.findChildren(QAbstractButton)
        if b.text() == Program.LLAMA_CPP_PYTHON
    )
    click(qtbot, python)
    assert "n_ctx=12345" in tab.outcome.command.toPlainText()
    click(qtbot, tab.outcome.copy_button)
    assert QGuiApplication.clipboard().text() == settings.command_line(Program.LLAMA_CPP_PYTHON)


@pytest.mark.engine
def test_a_change_that_needs_it_offers_to_load_the_model_again(
    tab, settings, engine, starter_model, qtbot
):
    assert not tab.outcome.reload_button.isVisible()
    path = str(starter_model)
    settings.set_model(path)
    loaded_with = {"n_ctx": 512, "n_gpu_layers": 0}
    engine.load(path, loaded_with)
    qtbot.waitUntil(lambda: engine.status.is_loaded, timeout=60_000)
    settings.set_loaded(settings.load_values(path))
    assert not tab.outcome.reload_button.isVisible()
    type_into(qtbot, tab.page.rows["n_batch"], "300")
    assert tab.outcome.reload_button.isVisible()
    said = tab.outcome.subtitle
    assert said.startswith("1 change needs the model to be loaded again (about ")
    assert said.endswith("): Batch size.")
    with qtbot.waitSignal(tab.reload_wanted):
        click(qtbot, tab.outcome.reload_button)
    # Nothing to reload once nothing is loaded.
    engine.unload()
    qtbot.waitUntil(lambda: not tab.outcome.reload_button.isVisible(), timeout=60_000)


def test_the_tab_key_goes_through_the_rows_as_they_are_seen(tab, qtbot):
    tab.tools.search.setText("rope base")
    qtbot.waitUntil(lambda: tab.page.is_complete)
    tab.tools.search.clear()
    unfold(tab, qtbot)
    seen, stop = [], tab.page.rows["n_gpu_layers"].name.more_button
    last = tab.page.rows[tab.page.shown()[-1]].editor.control
    while stop is not last:
        stop = stop.nextInFocusChain()
        owner = next((n for n, r in tab.page.rows.items() if r.editor.control is stop), None)
        if owner:
            seen.append(owner)
        assert stop is not tab.page.rows["n_gpu_layers"].name.more_button
    assert seen == tab.page.shown()


def test_every_control_has_a_name_and_nothing_is_cut_off_at_the_narrowest_size(tab, qtbot):
    unfold(tab, qtbot)
    for size in ((856, 615), (1112, 735)):
        tab.resize(*size)
        assert (tab.width(), tab.height()) == size
        qtbot.waitUntil(lambda: tab.page.area.widget().width() <= tab.page.area.viewport().width())
        for row in tab.page.rows.values():
            assert row.width() <= tab.page.area.viewport().width()
            assert not row.name.label.is_elided, row.setting.name
    for control in tab.findChildren(QWidget):
        if control.focusPolicy() & Qt.FocusPolicy.TabFocus and control.isVisible():
            named = control.accessibleName() or getattr(control, "text", str)()
            assert named or control.focusProxy(), control


def test_what_changed_while_the_tab_was_hidden_is_shown_when_it_comes_back(tab, settings):
    tab.hide()
    settings.set_value("threads", 5)
    row = tab.page.rows["threads"]
    assert row.editor.box.text() == "16 threads"
    tab.show()
    assert row.editor.box.text() == "5 threads"
