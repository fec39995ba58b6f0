"""Profiles in the Settings tab: choose, save, rename, delete, import, export, compare."""

import json

import pytest
from helpers.settings_user import MODEL, choose, click
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from lollma_gui.core.profile import GUIDE, RECOMMENDED
from lollma_gui.qt.settings import Settings
from lollma_gui.services.profile_store import ProfileStore
from lollma_gui.tabs.settings_tab import SettingsTab


@pytest.fixture
def tab(settings_tab: SettingsTab) -> SettingsTab:
    return settings_tab


def test_a_profile_is_chosen_from_the_menu_with_notes_built_in_ones_first(tab, settings, qtbot):
    menu = tab.tools.profile.menu
    assert menu.actions()[0].text() == RECOMMENDED
    assert menu.actions()[0].isChecked()
    assert menu.actions()[0].toolTip() == settings.profiles()[0].note
    click(qtbot, tab.tools.profile.button)
    qtbot.waitUntil(menu.isVisible)
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert settings.profile.name == GUIDE
    assert tab.tools.profile.button.accessibleName() == f"Profile: {GUIDE}"
    assert tab.page.rows["n_gpu_layers"].editor.box.text() == "63 layers"
    delete = next(a for a in menu.actions() if a.text() == "Delete")
    assert not delete.isEnabled(), "what comes with the app cannot be deleted"


def test_settings_for_one_model_alone(tab, settings):
    settings.set_model("/models/qwen.gguf")
    choose(tab, "Qwen3-14B-Instruct", "scope")
    assert settings.scope == "qwen.gguf"
    assert tab.tools.scope.button.accessibleName() == "For: Qwen3-14B-Instruct"


def test_save_rename_and_delete_a_profile_with_a_way_back(tab, settings, qtbot):
    settings.set_value("threads", 4)
    choose(tab, "Save as…")
    form = tab.profiles.form
    qtbot.keyClicks(form.name, GUIDE)
    qtbot.keyClick(form.name, Qt.Key.Key_Return)
    assert form.problem.text().startswith(f"There is a profile “{GUIDE}” already.")
    form.name.setText("Quiet")
    form.note.setText("For the night.")
    click(qtbot, form.ok_button)
    assert not form.isVisible()
    assert (settings.profile.name, settings.profile.note) == ("Quiet", "For the night.")
    choose(tab, "Rename…")
    form.name.setText("Still")
    qtbot.keyClick(form.name, Qt.Key.Key_Return)
    assert settings.profile.name == "Still"
    assert settings.values()["threads"] == 4
    choose(tab, "Delete")
    assert "Still" not in [p.name for p in settings.profiles()]
    assert tab.notices.titles == ["The profile “Still” was deleted."]
    undo = next(b for b in tab.notices.findChildren(QAbstractButton) if b.text() == "Undo")
    click(qtbot, undo)
    assert settings.profile.name == "Still"
    assert settings.values()["threads"] == 4


def test_the_undo_of_a_deletion_goes_when_something_else_was_changed(tab, settings):
    settings.save_as("Quiet")
    choose(tab, "Delete")
    settings.set_value("threads", 3)
    assert tab.notices.titles == []


def test_profiles_and_presets_go_out_and_come_in_again(tab, settings, tmp_path, qtbot):
    settings.set_value("temperature", 0.33)
    preset = tmp_path / "mine.yaml"
    tab.profiles.export_preset_to(preset)
    qtbot.waitUntil(lambda: any("preset is exported" in t for t in tab.notices.titles))
    settings.use_profile(RECOMMENDED)
    tab.profiles.import_from(preset)
    qtbot.waitUntil(lambda: settings.values()["temperature"] == 0.33)
    assert any("imported and in use" in t for t in tab.notices.titles)
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    tab.profiles.import_from(broken)
    qtbot.waitUntil(lambda: not any("imported" in t for t in tab.notices.titles))
    assert len(tab.notices.titles) == 1


def test_two_profiles_side_by_side_and_back(tab, settings, qtbot):
    settings.set_value("threads", 4)
    click(qtbot, tab.tools.compare_button)
    compare = tab.compare
    assert compare.isVisible()
    assert not tab.outcome.isVisible()
    assert compare.pair == ("My settings", RECOMMENDED)
    cells = [compare.table.model().index(0, column).data() for column in range(3)]
    assert cells == ["Threads", "4 threads", "16 threads"]
    assert compare.count.text() == "1 setting differs"
    compare.second.setFocus()
    qtbot.keyClicks(compare.second, "Guide")
    qtbot.keyClick(compare.second, Qt.Key.Key_Return)
    assert compare.pair[1] == GUIDE
    assert compare.table.model().rowCount() == len(settings.compare("My settings", GUIDE))
    qtbot.keyClick(compare, Qt.Key.Key_Escape)
    assert tab.outcome.isVisible()


def test_a_damaged_profile_is_reported(qtbot, keeper, engine, theme, tmp_path, expect_log):
    folder = tmp_path / "profiles"
    folder.mkdir()
    stored = {"name": "Mine", "values": {"threads": "lots"}}
    (folder / "mine.json").write_text(json.dumps(stored), encoding="utf-8")
    settings = Settings(ProfileStore(folder), keeper, lambda _path: MODEL)
    tab = SettingsTab(settings, engine, theme)
    qtbot.addWidget(tab)
    assert tab.notices.titles == ["Some stored profiles were not as they should be."]
