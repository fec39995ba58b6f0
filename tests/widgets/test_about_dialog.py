"""About by mouse and keyboard: its pages, the copy, the licences, and what it says of updates."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.releases import Release, UpdateView
from lollma_gui.core.third_party import ThirdParty
from lollma_gui.services.places import resource
from lollma_gui.widgets.about_dialog import AboutDialog
from lollma_gui.widgets.theme import Theme

WORKS = (
    ThirdParty("LoLLMa", "0.1.0", "MIT", "MIT License"),
    ThirdParty("numpy", "2.3", "BSD-3-Clause", "Copyright NumPy", "https://numpy.org"),
    ThirdParty("Qt", "6.11", "LGPL-3.0-only", "<b>GNU</b> LESSER"),
    ThirdParty("tiny", "1", "BSD-2-Clause"),
)
NEW = Release("0.2.0", "https://github.com/o/lollma/releases/tag/v0.2.0")


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[AboutDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    made = AboutDialog(theme, resource("lollma.svg"), window)
    made.licences.show_works(WORKS)
    with qtbot.waitActive(made):
        made.open_page("about")
    yield made
    made.close()


@pytest.fixture
def view_of(dialog: AboutDialog) -> Callable[..., None]:
    return lambda **given: dialog.about.updates.show_view(
        UpdateView("o/lollma", is_ready=True)._replace(**given)
    )


def test_escape_closes_it_and_the_window_can_be_used_meanwhile(
    qtbot: QtBot, dialog: AboutDialog
) -> None:
    assert not dialog.isModal()
    focus = dialog.focusWidget()
    assert focus is not None
    qtbot.keyClick(focus, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_arrow_keys_go_from_page_to_page(qtbot: QtBot, dialog: AboutDialog) -> None:
    for page in (dialog.news, dialog.licences):
        focus = dialog.focusWidget()
        assert focus is not None
        qtbot.keyClick(focus, Qt.Key.Key_Right)
        assert page.isVisible()
    assert not dialog.about.isVisible()


def test_all_of_it_is_copied_as_text(qtbot: QtBot, dialog: AboutDialog) -> None:
    dialog.about.show_facts([("LoLLMa", "0.1.0"), ("Build", "AppImage"), ("Driver", "")])
    qtbot.mouseClick(dialog.about.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "LoLLMa: 0.1.0\nBuild: AppImage\nDriver: -"
    assert dialog.about.copied.text() == "Copied"


def test_our_licence_comes_first_and_others_are_found_by_name_or_licence(
    qtbot: QtBot, dialog: AboutDialog
) -> None:
    page = dialog.licences
    dialog.open_page("licences")
    assert page.names == ["LoLLMa", "numpy", "Qt", "tiny"]
    assert page.text.toPlainText() == "MIT License"
    qtbot.keyClicks(page.filter, "bsd")
    assert page.names == ["numpy", "tiny"]
    assert page.count.text() == "2 of 4 works"
    assert page.title.text() == "numpy 2.3"
    assert page.text.toPlainText() == "Copyright NumPy"
    qtbot.keyClicks(page.filter, " tin")
    assert page.names == ["tiny"]
    assert "No text" in page.text.toPlainText()
    qtbot.keyClicks(page.filter, "x")
    assert page.count.text() == "No work of that name or licence."
    page.filter.clear()
    assert page.count.text() == "4 works"


def test_what_a_licence_says_is_shown_to_the_letter(dialog: AboutDialog) -> None:
    dialog.licences.list.setCurrentRow(2)
    assert dialog.licences.text.toPlainText() == "<b>GNU</b> LESSER"
    assert dialog.licences.licence.text() == "LGPL-3.0-only"


def test_the_page_of_a_work_is_opened_only_by_a_click(qtbot: QtBot, dialog: AboutDialog) -> None:
    dialog.open_page("licences")
    assert not dialog.licences.page_button.isVisible(), "LoLLMa's own has none"
    dialog.licences.list.setCurrentRow(1)
    with qtbot.waitSignal(dialog.page_wanted) as wanted:
        qtbot.mouseClick(dialog.licences.page_button, Qt.MouseButton.LeftButton)
    assert wanted.args == ["https://numpy.org"]


def test_what_cannot_be_read_is_told_beside_what_can(dialog: AboutDialog) -> None:
    dialog.licences.show_works(WORKS[:1], "The list is missing. Install LoLLMa anew.")
    assert dialog.licences.names == ["LoLLMa"]
    assert "Install LoLLMa anew." in dialog.licences.count.text()


def test_a_build_that_knows_nobody_to_ask_says_why(dialog: AboutDialog) -> None:
    box = dialog.about.updates
    box.show_view(UpdateView())
    assert not box.box.isEnabled()
    assert not box.check_button.isEnabled()
    assert "nobody to ask" in box.what.text()


def test_the_words_say_who_is_asked_and_what_is_sent(
    dialog: AboutDialog, view_of: Callable[..., None]
) -> None:
    box = dialog.about.updates
    view_of()
    assert box.box.isEnabled()
    assert not box.box.isChecked()
    for words in ("once a day at most", "o/lollma", "the name LoLLMa", "ETag", "nothing else"):
        assert words in box.what.text()


def test_choices_and_clicks_are_wishes(
    qtbot: QtBot, dialog: AboutDialog, view_of: Callable[..., None]
) -> None:
    box = dialog.about.updates
    view_of(newer=NEW)
    with qtbot.waitSignal(box.wanted_chosen) as chosen:
        qtbot.keyClick(box.box, Qt.Key.Key_Space)
    assert chosen.args == [True]
    with qtbot.waitSignal(box.check_wanted):
        qtbot.mouseClick(box.check_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(dialog.page_wanted) as page:
        qtbot.mouseClick(box.page_button, Qt.MouseButton.LeftButton)
    assert page.args == [NEW.page]


def test_the_state_of_a_question_is_seen(dialog: AboutDialog, view_of: Callable[..., None]) -> None:
    box = dialog.about.updates
    view_of(is_checking=True, words="old news")
    assert box.progress.isVisible()
    assert not box.check_button.isEnabled()
    assert box.result.text() == ""
    view_of(words="GitHub knows no release of o/lollma.", advice="Ask again later.")
    assert not box.progress.isVisible()
    assert box.result.text() == "GitHub knows no release of o/lollma. Ask again later."
    assert not box.page_button.isVisible()
    view_of(newer=NEW)
    assert box.result.text() == "LoLLMa 0.2.0 is there.", "known from an earlier start"
    assert box.page_button.isVisible()


def test_size_and_place_come_back(qtbot: QtBot, dialog: AboutDialog, theme: Theme) -> None:
    dialog.resize(700, 500)
    text = dialog.geometry_text()
    other = AboutDialog(theme, resource("lollma.svg"), dialog.parentWidget())
    other.restore_geometry_text(text)
    assert other.size() == dialog.size()


def test_every_control_has_a_name_and_it_fits_the_smallest_window(dialog: AboutDialog) -> None:
    for kind in (QAbstractButton, QLineEdit):
        for control in dialog.findChildren(kind):
            if control.objectName().startswith("qt_") or isinstance(control.parent(), QLineEdit):
                continue
            name = control.accessibleName() or getattr(control, "text", str)()
            assert name or not control.isVisible(), control
    assert dialog.width() <= 1024
    assert dialog.height() <= 700
