"""The details of a model, by clicking: words, template, tensors, keys, checksum, note, name."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts
from helpers.gguf_files import write_model
from helpers.model_shapes import write_shape
from helpers.models_user import ModelsPage, open_tab
from helpers.stores import OllamaStore, write_named
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_source import ModelSource
from lollma_gui.qt import model_actions
from lollma_gui.services.model_library import scan
from lollma_gui.services.model_places import Place
from lollma_gui.tabs import details_page
from lollma_gui.tabs.details_page import ModelDetails
from lollma_gui.widgets.duplicates_dialog import DuplicatesDialog
from lollma_gui.widgets.theme import Role

LEFT = Qt.MouseButton.LeftButton
EVIL = "{{ ''.__class__.__mro__[1].__subclasses__() }}"


@pytest.fixture
def parts(qapp: QApplication, tmp_path: Path) -> Iterator[FitParts]:
    made = FitParts(tmp_path / "home", folders=(tmp_path / "models",))
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path, starter_model: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "Starter-Q4_1.gguf").symlink_to(starter_model)
    write_model(folder / "Evil.gguf", {"tokenizer.chat_template": EVIL, "llama.block_count": 1})
    return folder


@pytest.fixture
def tab(
    qtbot: QtBot, qapp: QApplication, parts: FitParts, tmp_path: Path, folder: Path
) -> ModelsPage:
    made = open_tab(qtbot, qapp, parts, tmp_path / "starter")
    with qtbot.waitSignal(made.library.changed, timeout=20_000):
        made.library.rescan()
    return made


def details_of(qtbot: QtBot, tab: ModelsPage, path: Path) -> ModelDetails:
    tab.select(str(path))
    tab.side.show_page("details")
    details = tab.side.details
    qtbot.waitUntil(lambda: details.tensors.rows.rowCount() > 0)
    return details


def test_details_are_read_only_for_those_who_look(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    with qtbot.assertNotEmitted(tab.session.changed):
        tab.select(str(folder / "Starter-Q4_1.gguf"))
    details = details_of(qtbot, tab, folder / "Starter-Q4_1.gguf")
    assert details.about.sections.titles()[:2] == ["What it is", "Size"]
    assert details.about.sections.facts()["Licence"] == "apache-2.0"


def test_the_template_is_shown_with_what_it_makes_of_a_conversation(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    details = details_of(qtbot, tab, folder / "Starter-Q4_1.gguf")
    details.show_page("template")
    qtbot.waitUntil(lambda: details.template.text.toPlainText() != "", timeout=20_000)
    assert "<|im_start|>user\nHello, who are you?<|im_end|>" in details.template.text.toPlainText()
    assert "{% for message in messages %}" in details.template.source.toPlainText()


def test_a_template_that_attacks_is_only_text(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    details = details_of(qtbot, tab, folder / "Evil.gguf")
    with qtbot.waitSignal(tab.session.not_rendered, timeout=20_000):
        details.show_page("template")
    assert details.template.words.text().startswith("The model's chat template refused")
    assert details.template.source.toPlainText() == EVIL
    assert details.template.text.toPlainText() == ""


def test_tensors_are_summed_and_sorted_by_value(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    details = details_of(qtbot, tab, folder / "Starter-Q4_1.gguf")
    details.show_page("tensors")
    page = details.tensors
    assert page.rows.rowCount() == 272
    assert page.sums.text().startswith("Q4_1 66.4 MB in 210 · Q8_0 30.1 MB in 1")
    assert page.rows.index(0, 0).data() == "token_embd.weight"  # the file's order
    page.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert page.rows.index(0, 3).data() == "30.1 MB"
    page.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert page.rows.index(20, 0).data().startswith("blk.2.")


def test_thousands_of_tensors_are_no_trouble(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    path = write_shape(folder, "deepseek-v3", "Q8_0")
    with qtbot.waitSignal(tab.library.changed, timeout=20_000):
        tab.library.rescan()
    details = details_of(qtbot, tab, path)
    assert details.tensors.rows.rowCount() > 1000
    assert details.about.sections.facts()["Experts of a layer"] == "256"


def test_keys_are_found_by_typing_and_a_long_value_is_shown_whole(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    details = details_of(qtbot, tab, folder / "Starter-Q4_1.gguf")
    details.show_page("keys")
    page = details.keys
    qtbot.keyClicks(page.search, "CHAT_temp")
    assert page.filter.rowCount() == 1
    assert page.filter.index(0, 1).data().endswith("…")
    page.table.setCurrentIndex(page.filter.index(0, 0))
    assert page.whole.toPlainText().endswith("{% endif %}")


def test_a_checksum_is_computed_on_request_and_compared(
    qtbot: QtBot, tab: ModelsPage, folder: Path, starter_model: Path
) -> None:
    checksum = details_of(qtbot, tab, folder / "Starter-Q4_1.gguf").about.checksum
    with qtbot.waitSignal(tab.session.hashed, timeout=20_000):
        qtbot.mouseClick(checksum.start_button, LEFT)
    true = hashlib.sha256(starter_model.read_bytes()).hexdigest()
    assert checksum.facts.facts() == [("SHA-256", true)]
    checksum.expected.setText(f"sha256:{true.upper()}")
    assert (checksum.verdict.text(), checksum.verdict.role) == ("The same", Role.GOOD)
    checksum.expected.setText(true.replace(true[0], "0" if true[0] != "0" else "1"))
    assert (checksum.verdict.text(), checksum.verdict.role) == ("Not the same", Role.BAD)
    checksum.expected.setText("abc")
    assert checksum.verdict.role is Role.WARNING


def test_a_checksum_can_be_given_up(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    path = write_shape(folder, "llama3.1-70b", "F16")  # 141 GB, of which nothing is there
    with qtbot.waitSignal(tab.library.changed, timeout=20_000):
        tab.library.rescan()
    checksum = details_of(qtbot, tab, path).about.checksum
    with qtbot.waitSignal(tab.session.hash_progress):
        qtbot.mouseClick(checksum.start_button, LEFT)
    with qtbot.waitSignal(tab.session.not_hashed):
        qtbot.mouseClick(checksum.cancel_button, LEFT)
    assert checksum.start_button.isVisible()
    assert not checksum.bar.isVisible()


def test_another_models_note_is_not_overwritten(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    first, second = folder / "Starter-Q4_1.gguf", folder / "Evil.gguf"
    details = details_of(qtbot, tab, first)
    qtbot.keyClicks(details.about.note, "small and quick")
    tab.select(str(second))
    assert tab.book.page(str(first)).note == "small and quick"
    assert tab.book.page(str(second)).note == ""
    assert details.about.note.toPlainText() == ""


def test_a_model_that_loads_unasked_says_so_with_a_way_back(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    path = folder / "Starter-Q4_1.gguf"
    details = details_of(qtbot, tab, path)
    assert not details.about.unasked.isVisible()
    tab.book.set_loads_anyway(str(path), True)
    assert details.about.unasked.isVisible()
    qtbot.mouseClick(details.about.ask_again_button, LEFT)
    assert not tab.book.page(str(path)).loads_anyway


def test_the_file_is_shown_in_its_folder(
    qtbot: QtBot, tab: ModelsPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(model_actions, "reveal", lambda path: bool(asked.append(path)))
    opened: list[QUrl] = []
    monkeypatch.setattr(details_page.QDesktopServices, "openUrl", opened.append)
    details = details_of(qtbot, tab, folder / "Starter-Q4_1.gguf")
    with qtbot.waitSignal(tab.actions.folder_wanted):
        qtbot.mouseClick(details.folder_button, LEFT)
    assert asked == [folder / "Starter-Q4_1.gguf"]
    assert opened == [QUrl.fromLocalFile(str(folder))]


def test_what_cannot_be_done_is_said(qtbot: QtBot, tab: ModelsPage) -> None:
    tab.actions.failed.emit(LollmaError("There is a file b already.", "Choose another name."))
    assert tab.notices.titles == ["There is a file b already."]


def test_a_name_is_not_even_asked_for_where_another_program_keeps_the_file(
    qtbot: QtBot, tab: ModelsPage, tmp_path: Path
) -> None:
    store = OllamaStore(tmp_path / "ollama")
    digest = store.blob(write_named(tmp_path / "m.gguf"))
    store.manifest("registry.ollama.ai/library/llama3.2/3b", model=digest)
    place = Place(ModelSource.OLLAMA, store.folder)
    (entry,) = scan([place]).entries
    details = tab.side.details
    details.show_entry(entry, [entry])
    details.ask_name()
    assert not details.rename_form.isVisibleTo(details)
    assert tab.notices.titles == ["Ollama keeps this file and finds it by its name."]
    tab.show_part("downloads")
    assert tab.notices.titles == []


# ---- copies --------------------------------------------------------------------------------------


@pytest.fixture
def twice(folder: Path, starter_model: Path) -> Path:
    """The starter model as two files of their own."""
    (folder / "Starter-Q4_1.gguf").unlink()
    content = starter_model.read_bytes()
    for name in ("One-Q4_1.gguf", "Two-Q4_1.gguf"):
        (folder / name).write_bytes(content)
        os.utime(folder / name, (1e9, 1e9))
    return folder


def test_copies_are_told_linked_on_request_and_separated_again(
    qtbot: QtBot, qapp: QApplication, parts: FitParts, tmp_path: Path, twice: Path
) -> None:
    tab = open_tab(qtbot, qapp, parts, tmp_path / "starter")
    tab.library.rescan()
    qtbot.waitUntil(lambda: tab.models.copies_button.isVisible(), timeout=20_000)
    assert tab.models.copies.text() == "1 model is here more than once: 98.4 MB could be saved."
    qtbot.mouseClick(tab.models.copies_button, LEFT)
    dialog = tab.copies
    assert isinstance(dialog, DuplicatesDialog)
    assert dialog.isVisible()
    dialog.boxes[0].setChecked(False)
    assert not dialog.link_button.isEnabled()
    dialog.boxes[0].setChecked(True)
    qtbot.mouseClick(dialog.link_button, LEFT)
    one, two = twice / "One-Q4_1.gguf", twice / "Two-Q4_1.gguf"
    qtbot.waitUntil(lambda: bool(tab.notices.titles), timeout=20_000)
    assert one.samefile(two)
    assert tab.notices.titles == ["98.4 MB are free now: copies share their bytes."]
    qtbot.waitUntil(lambda: not dialog.isVisible())
    undo = next(b for b in tab.notices.findChildren(QPushButton) if b.text() == "Undo")
    qtbot.mouseClick(undo, LEFT)
    qtbot.waitUntil(lambda: not one.samefile(two), timeout=20_000)
    qtbot.waitUntil(lambda: tab.models.copies_button.isVisible(), timeout=20_000)


def test_a_name_that_looks_like_html_is_only_words_in_a_tooltip(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    evil = "<img src='//elsewhere/share/x.png'>"
    write_model(folder / "Odd.gguf", {"general.name": evil, "llama.block_count": 1})
    with qtbot.waitSignal(tab.library.changed, timeout=20_000):
        tab.library.rescan()
    details = details_of(qtbot, tab, folder / "Odd.gguf")
    keys = details.keys.rows
    tips = [keys.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in range(keys.rowCount())]
    shown = next(tip for tip in tips if "elsewhere" in tip)
    assert "<img" not in shown
    assert "&lt;img" in shown
