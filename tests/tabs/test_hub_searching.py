"""Search on Hugging Face by typing, clicking and keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hub_catalog import Listed
from fakes.hub_server import HubServer
from helpers.fit_parts import FitParts, card
from helpers.hub_models import REPOSITORY, add_quants
from helpers.hub_pages import KEY, HubReader, some_repositories
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from lollma_gui.core.verdict import Fit
from lollma_gui.tabs import web_links
from lollma_gui.tabs.hub_page import HubPage
from lollma_gui.widgets.theme import Theme


@pytest.fixture
def parts(qapp: object, tmp_path: Path, hub: HubServer) -> Iterator[FitParts]:
    made = FitParts(tmp_path / "home", gpus=(card(free=9, total=10),), hub=hub.url)
    yield made
    made.close()


@pytest.fixture
def reader(qtbot: QtBot, parts: FitParts, theme: Theme, hub: HubServer) -> HubReader:
    hub.catalog.repositories += some_repositories()
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    page = HubPage(parts.hub, parts.knowledge, parts.library, theme)
    qtbot.addWidget(page)
    page.resize(1080, 640)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    return HubReader(qtbot, page, parts, hub)


# ---- asking --------------------------------------------------------------------------------


def test_nothing_is_asked_before_a_person_asks(reader: HubReader) -> None:
    assert reader.page.search.start.isVisible()
    assert reader.hub.seen == []


def test_trending_is_one_click_away(reader: HubReader) -> None:
    reader.show_trending()
    assert reader.names[0] == "a/Small-1B-GGUF"
    assert len(reader.names) == 4
    assert "sort=trendingScore" in reader.questions[0]


def test_typing_searches_after_a_pause_once(reader: HubReader) -> None:
    reader.type("2b gguf")
    assert reader.hub.seen == []
    reader.until_found()
    assert reader.names == ["b/Other-2B-GGUF"]
    assert len(reader.questions) == 1


def test_enter_searches_at_once_and_goes_to_the_results(reader: HubReader) -> None:
    reader.type("huge")
    reader.press(KEY.Key_Return)
    reader.until_found()
    assert reader.names == ["b/Huge-900B-GGUF"]
    assert len(reader.questions) == 1


def test_what_names_a_repository_waits_for_enter(reader: HubReader) -> None:
    reader.type("a/b")
    assert reader.page.go_button.text() == "Open"
    assert not reader.page._pause.isActive()
    reader.page.line.clear()
    assert reader.page.go_button.text() == "Search"


@pytest.mark.parametrize(
    ("change", "names", "asked"),
    [
        (lambda f: f.fitting.click(), ["a/Small-1B-GGUF", "b/Other-2B-GGUF"], ""),
        (lambda f: choose(f.licence, "mit"), ["c/Unsaid-GGUF"], "license:mit"),
        (lambda f: choose(f.quantisation, "Q8_0"), ["b/Other-2B-GGUF"], "expand=siblings"),
        (lambda f: choose(f.parameters, "over 130B"), ["b/Huge-900B-GGUF"], "min:130B"),
    ],
)
def test_filters_narrow_what_is_found(
    reader: HubReader, change: object, names: list[str], asked: str
) -> None:
    reader.show_trending()
    change(reader.page.search.filters)  # type: ignore[operator]
    reader.until(lambda: reader.names == names)
    assert asked in reader.questions[-1]
    # What the Hub has said already is not asked again.
    assert len(reader.questions) == (2 if asked else 1)


def choose(box: object, text: str) -> None:
    box.setCurrentText(text)  # type: ignore[attr-defined]
    box.activated.emit(box.currentIndex())  # type: ignore[attr-defined]


def test_an_author_is_a_filter(reader: HubReader) -> None:
    reader.show_trending()
    reader.page.search.filters.author.setFocus()
    reader.qtbot.keyClicks(reader.page.search.filters.author, "b")
    reader.until(lambda: len(reader.questions) == 2)
    reader.until_found()
    assert reader.names == ["b/Huge-900B-GGUF", "b/Other-2B-GGUF"]


def test_another_order_is_asked_for(reader: HubReader) -> None:
    reader.show_trending()
    choose(reader.page.search.filters.sort, "Newest")
    reader.until(lambda: len(reader.questions) == 2)
    assert "sort=createdAt" in reader.questions[-1]


def test_the_card_of_a_result_says_what_one_chooses_by(reader: HubReader) -> None:
    reader.show_trending()
    results = reader.page.search.results
    guesses = [results.hit(row).guess.fit for row in range(4)]
    assert guesses == [Fit.FITS, Fit.DOES_NOT_FIT, Fit.FITS, Fit.UNKNOWN]
    spoken = results.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    for words in ("b/Huge-900B-GGUF", "Likely too big", "gated", "100 downloads", "900.0 B"):
        assert words in spoken


# ---- many ----------------------------------------------------------------------------------


def test_further_pages_come_as_one_scrolls(reader: HubReader) -> None:
    reader.hub.catalog.repositories[:] = [Listed(f"a/m-{n}", trending=n) for n in range(120)]
    reader.show_trending()
    assert len(reader.names) == 50
    rows = reader.page.search.rows
    first = rows.model().index(0, 0)
    rows.setCurrentIndex(first)
    for count in (100, 120):
        rows.scrollToBottom()
        reader.until(lambda wanted=count: len(reader.names) == wanted)
    # What was chosen stays chosen: rows were added, not replaced.
    assert rows.currentIndex().row() == 0
    assert len(reader.questions) == 3


def test_a_page_that_does_not_come_is_told_once_and_what_is_there_stays(
    reader: HubReader,
) -> None:
    reader.hub.catalog.repositories[:] = [Listed(f"a/m-{n}", trending=n) for n in range(120)]
    reader.show_trending()
    reader.hub.catalog.error = (500, "")
    reader.page.search.rows.scrollToBottom()
    reader.until(lambda: bool(reader.page.notices.titles))
    reader.page.search.rows.scrollToTop()
    reader.page.search.rows.scrollToBottom()
    assert len(reader.names) == 50
    assert len(reader.questions) == 2
    reader.hub.catalog.error = None
    reader.click(reader.notice_button("Try again"))
    reader.until(lambda: len(reader.questions) >= 3)
    reader.until_found()
    assert reader.names[:50] == [f"a/m-{n}" for n in reversed(range(70, 120))]


def test_another_guess_at_what_fits_asks_nobody(reader: HubReader) -> None:
    reader.hub.catalog.repositories[:] = [
        Listed(f"a/m-{n}", trending=n, parameters=900 * 10**9) for n in range(400)
    ]
    reader.page.search.filters.fitting.setChecked(True)
    reader.show_trending()
    before = len(reader.hub.seen)
    with reader.qtbot.waitSignal(reader.parts.hub.finder.changed):
        reader.parts.knowledge.set_margins(5 * 2**30, 0)
    assert len(reader.hub.seen) == before


def test_a_filter_that_leaves_little_asks_for_more_but_not_without_end(reader: HubReader) -> None:
    reader.hub.catalog.repositories[:] = [
        Listed(f"a/m-{n}", trending=n, parameters=900 * 10**9) for n in range(400)
    ]
    reader.page.search.filters.fitting.setChecked(True)
    reader.show_trending()
    assert reader.names == []
    assert len(reader.questions) == 5
    assert reader.page.search.nothing.isVisible()


# ---- opening and back ----------------------------------------------------------------------


@pytest.fixture
def with_repository(hub: HubServer, tmp_path: Path) -> None:
    hub.catalog.repositories.append(Listed(REPOSITORY, trending=99))
    add_quants(hub, tmp_path / "m", "Q8_0", "Q4_K_M")
    hub.list_repository(REPOSITORY)


@pytest.mark.usefixtures("with_repository")
def test_enter_opens_a_result_and_escape_comes_back_to_it(reader: HubReader) -> None:
    reader.show_trending()
    page = reader.page
    page.search.focus_rows()
    reader.press(KEY.Key_Return, page.search.rows)
    assert page.is_in_repository
    reader.until_complete()
    reader.press(KEY.Key_Escape, page.repository.adviser.table)
    assert not page.is_in_repository
    assert page.search.rows.hasFocus()
    assert page.search.rows.currentIndex().row() == 0
    assert len(reader.names) == 5


@pytest.mark.usefixtures("with_repository")
def test_a_click_opens_and_results_comes_back(reader: HubReader) -> None:
    reader.show_trending()
    reader.click_row(0)
    reader.until_complete()
    reader.click(reader.page.repository.back_button)
    assert not reader.page.is_in_repository


@pytest.mark.usefixtures("with_repository")
def test_typing_words_in_a_repository_searches(reader: HubReader) -> None:
    reader.show_trending()
    reader.click_row(0)
    reader.until_complete()
    reader.type("huge")
    reader.until(lambda: reader.names == ["b/Huge-900B-GGUF"])
    assert not reader.page.is_in_repository


# ---- states --------------------------------------------------------------------------------


def test_nothing_found_offers_to_take_the_filters_off(reader: HubReader) -> None:
    choose(reader.page.search.filters.licence, "gemma")
    reader.until_found()
    assert reader.page.search.nothing.isVisible()
    reader.click(reader.page.search.nothing.buttons["clear"])
    reader.until(lambda: len(reader.names) == 4)


def test_while_it_asks_it_says_so_and_escape_gives_up(reader: HubReader) -> None:
    reader.hub.catalog.hold = True
    reader.click(reader.page.search.start.buttons["trending"])
    assert reader.page.search.waiting.isVisible()
    assert reader.page.cancel_button.isVisible()
    reader.until(reader.hub.held.is_set)
    reader.press(KEY.Key_Escape)
    assert not reader.page.cancel_button.isVisible()
    assert reader.page.search.start.isVisible()


def test_a_hub_in_trouble_is_told_and_asked_again(reader: HubReader) -> None:
    reader.hub.catalog.error = (503, "")
    reader.click(reader.page.search.start.buttons["trending"])
    failure = reader.page.search.failure
    reader.until(failure.isVisible)
    assert "trouble of its own" in failure.accessibleDescription()
    reader.hub.catalog.error = None
    reader.click(failure.buttons["again"])
    reader.until(lambda: len(reader.names) == 4)


def test_offline_what_was_kept_is_shown_with_its_age(reader: HubReader) -> None:
    reader.show_trending()
    reader.hub.__exit__()
    reader.parts.hub.finder.again()
    reader.until(lambda: reader.parts.hub.finder.kept_at is not None)
    assert len(reader.names) == 4
    assert "as of " in reader.page.search.count.text()
    assert "cannot be reached" in reader.page.notices.titles[0]


def test_who_wants_no_network_is_told_and_sees_what_was_kept(
    reader: HubReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    reader.show_trending()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    before = len(reader.hub.seen)
    reader.parts.hub.finder.again()
    reader.until(lambda: reader.page.notices.titles == ["HF_HUB_OFFLINE is set."])
    assert len(reader.names) == 4
    assert len(reader.hub.seen) == before


def test_leaderboards_are_opened_in_the_browser(
    reader: HubReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(web_links.QDesktopServices, "openUrl", opened.append)
    buttons = reader.page.search.card.findChildren(QPushButton)
    board = next(button for button in buttons if button.text() == "Open LLM Leaderboard")
    assert "frozen" in board.accessibleDescription()
    reader.click(board)
    assert [url.host() for url in opened] == ["huggingface.co"]
