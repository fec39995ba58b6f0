"""Look before you download, by typing and clicking: one line, files side by side, the fit."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from fakes.hub_server import HubServer
from helpers.fit_parts import FitParts, card
from helpers.hub_models import REPOSITORY, add_file, add_projector, add_quants
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.engine_messages import Buffer, SettingValue
from lollma_gui.tabs.hub_page import HubPage
from lollma_gui.widgets.theme import Theme

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key
#: Only a hang takes this long.
PATIENCE_MS = 60_000
MIB = 1024**2
QUANTS = ("Q8_0", "Q6_K", "Q4_K_M")
BEST = "Model-8B-Q6_K.gguf"


def of_a_gpu(
    path: str, values: Mapping[str, SettingValue], cancelled: Callable[[], bool]
) -> DryRunResult:
    """What an engine with a GPU would say; there is none here."""
    assert Path(path).stat().st_size > 10**9, "the engine needs a file of the full size"
    buffers = (
        Buffer("CUDA0", "compute", 260 * MIB),
        Buffer("CUDA_Host", "compute", 16 * MIB),
        Buffer("CUDA_Host", "output", MIB),
    )
    n_ctx = int(values["n_ctx"])  # type: ignore[arg-type]
    return DryRunResult(buffers, 131_072 * n_ctx, True, n_ctx, 33, 33)


@pytest.fixture
def parts(qapp: object, tmp_path: Path, hub: HubServer) -> Iterator[FitParts]:
    made = FitParts(
        tmp_path / "home", gpus=(card(free=9, total=10),), dry_run=of_a_gpu, hub=hub.url
    )
    yield made
    made.close()


@pytest.fixture
def page(qtbot: QtBot, parts: FitParts, theme: Theme) -> HubPage:
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    made = HubPage(parts.hub, parts.knowledge, parts.library, theme)
    qtbot.addWidget(made)
    made.resize(1080, 640)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def full(hub: HubServer, tmp_path: Path) -> None:
    """A repository with three quantisations."""
    add_quants(hub, tmp_path / "m", *QUANTS)
    hub.list_repository(REPOSITORY)


def look(qtbot: QtBot, page: HubPage, parts: FitParts, text: str = REPOSITORY) -> None:
    """Write a name, press Enter, and wait for all verdicts."""
    page.focus_line()
    qtbot.keyClicks(page.line, text)
    qtbot.keyClick(page.line, KEY.Key_Return)
    qtbot.waitUntil(lambda: parts.hub_check.is_complete, timeout=PATIENCE_MS)


def column(page: HubPage, number: int) -> list[str]:
    rows = page.repository.adviser.rows
    return [rows.index(row, number).data() for row in range(rows.rowCount())]


def chosen_name(page: HubPage) -> str:
    return page.repository.adviser.rows.key_at(
        page.repository.adviser.table.currentIndex().row()
    ).rpartition("/")[2]


def until_fits(qtbot: QtBot, page: HubPage, words: str) -> None:
    qtbot.waitUntil(lambda: words in page.repository.panel.text(), timeout=PATIENCE_MS)


# ---- what a person gets --------------------------------------------------------------------


def test_at_first_it_says_what_it_is_for_and_gives_an_example(
    qtbot: QtBot, page: HubPage, hub: HubServer
) -> None:
    assert page.search.start.isVisible()
    assert not page.repository.panel.isVisible()
    assert not page.cancel_button.isVisible()
    assert page.search.start.accessibleDescription().count(". ") == 1
    qtbot.mouseClick(page.search.start.buttons["example"], LEFT)
    assert page.line.text() == "Qwen/Qwen3-8B-GGUF"
    assert page.line.hasFocus()
    assert hub.seen == []


@pytest.mark.usefixtures("full")
def test_a_name_and_enter_show_all_files_and_the_one_for_this_pc(
    qtbot: QtBot, page: HubPage, parts: FitParts
) -> None:
    look(qtbot, page, parts)
    assert column(page, 0) == ["Q8_0", "★ Q6_K", "Q4_K_M"]
    assert column(page, 2)[1:] == ["all", "all"]
    assert (
        "Q6_K is the best quality that lies wholly on the GPU"
        in page.repository.adviser.reason.text()
    )
    assert chosen_name(page) == BEST
    until_fits(qtbot, page, "Fits")
    assert page.repository.card.accessibleName() == REPOSITORY
    assert not page.repository.working.isVisible()
    assert not page.cancel_button.isVisible()


@pytest.mark.usefixtures("full")
def test_it_says_how_little_was_fetched(qtbot: QtBot, page: HubPage, parts: FitParts) -> None:
    look(qtbot, page, parts)
    fetched, whole = parts.hub_check.received, sum(r.info.size_bytes for r in parts.hub_check.rows)
    assert 0 < fetched < 4_000_000 < 18_000_000_000 < whole
    assert "MB of 2" in page.repository.note.text()
    assert "Nothing is downloaded." in page.repository.note.text()


@pytest.mark.usefixtures("full")
def test_the_button_checks_too(qtbot: QtBot, page: HubPage, parts: FitParts) -> None:
    qtbot.keyClicks(page.line, f"{REPOSITORY}:Q4_K_M")
    qtbot.mouseClick(page.go_button, LEFT)
    qtbot.waitUntil(lambda: parts.hub_check.is_complete, timeout=PATIENCE_MS)
    # What was asked for is what is shown; what is recommended stays marked.
    assert chosen_name(page) == "Model-8B-Q4_K_M.gguf"
    assert "★ Q6_K" in column(page, 0)


@pytest.mark.usefixtures("full")
def test_a_file_is_chosen_by_a_click_and_by_keys(
    qtbot: QtBot, page: HubPage, parts: FitParts
) -> None:
    look(qtbot, page, parts)
    table = page.repository.adviser.table
    at = table.visualRect(page.repository.adviser.rows.index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=QPoint(at))
    assert chosen_name(page) == "Model-8B-Q8_0.gguf"
    until_fits(qtbot, page, "Q8_0")
    table.setFocus()
    for key in (KEY.Key_Down, KEY.Key_Down, KEY.Key_Return):
        qtbot.keyClick(table, key)
    until_fits(qtbot, page, "Q4_K_M")
    assert chosen_name(page) == "Model-8B-Q4_K_M.gguf"


@pytest.mark.usefixtures("full")
def test_the_panel_shows_the_engines_word_beside_arithmetic(
    qtbot: QtBot, page: HubPage, parts: FitParts
) -> None:
    look(qtbot, page, parts)
    fit = parts.hub_fit
    qtbot.waitUntil(
        lambda: fit.view is not None and fit.view.plan.method == "dry-run", timeout=PATIENCE_MS
    )
    assert fit.view is not None
    assert fit.view.arithmetic_total is not None
    assert "engine" in page.repository.panel.method.method.text().lower()


@pytest.mark.usefixtures("full")
def test_settings_tried_here_hold_once_the_file_is_on_this_pc(
    qtbot: QtBot, page: HubPage, parts: FitParts
) -> None:
    look(qtbot, page, parts)
    until_fits(qtbot, page, "Fits")
    page.repository.panel.changed.emit({"n_ctx": 6144})
    qtbot.waitUntil(page.repository.panel.use_button.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(page.repository.panel.use_button, LEFT)
    assert parts.settings.values_of(f"/models/{BEST}")["n_ctx"] == 6144


@pytest.mark.usefixtures("full")
def test_advice_follows_the_context_that_is_tried(
    qtbot: QtBot, page: HubPage, parts: FitParts
) -> None:
    look(qtbot, page, parts)
    until_fits(qtbot, page, "Fits")
    page.repository.panel.changed.emit({"n_ctx": 20_480})
    qtbot.waitUntil(
        lambda: "20,480 tokens" in page.repository.adviser.reason.text(), timeout=PATIENCE_MS
    )
    assert "★ Q4_K_M" in column(page, 0)


@pytest.mark.usefixtures("full")
def test_what_is_to_stay_free_is_told_on(qtbot: QtBot, page: HubPage, parts: FitParts) -> None:
    look(qtbot, page, parts)
    until_fits(qtbot, page, "Fits")
    with qtbot.waitSignal(page.margins_chosen) as told:
        page.repository.panel.games_changed.emit(2 * 1024**3)
    assert told.args == [None, 2 * 1024**3]
    assert parts.knowledge.games_bytes == 2 * 1024**3


def test_a_projector_in_the_repository_can_be_counted(
    qtbot: QtBot, page: HubPage, parts: FitParts, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", "Q4_K_M")
    add_projector(hub, tmp_path / "m")
    hub.list_repository(REPOSITORY)
    look(qtbot, page, parts)
    fit = parts.hub_fit
    qtbot.waitUntil(lambda: fit.view is not None and bool(fit.view.extras), timeout=PATIENCE_MS)
    assert fit.view is not None
    assert [extra.kind for extra in fit.view.extras] == ["projector"]


def test_several_models_in_a_repository_are_kept_apart(
    qtbot: QtBot, page: HubPage, parts: FitParts, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", "Q8_0", "Q4_K_M")
    add_quants(hub, tmp_path / "n", "Q8_0", shape="smollm2-135m", stem="Small")
    hub.list_repository(REPOSITORY)
    look(qtbot, page, parts)
    assert page.repository.models.isVisible()
    assert [page.repository.models.itemText(n) for n in range(page.repository.models.count())] == [
        "Model-8B",
        "Small",
    ]
    assert len(column(page, 0)) == 2
    page.repository.models.setFocus()
    qtbot.keyClick(page.repository.models, KEY.Key_Down)
    assert chosen_name(page) == "Small-Q8_0.gguf"
    assert column(page, 0) == ["★ Q8_0"]


@pytest.mark.engine
def test_a_real_model_is_planned_by_the_real_engine(
    qtbot: QtBot, tmp_path: Path, theme: Theme, hub: HubServer, starter_model: Path
) -> None:
    parts = FitParts(tmp_path / "home", hub=hub.url)
    page = HubPage(parts.hub, parts.knowledge, parts.library, theme)
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    add_file(hub, "Starter-Q4_1.gguf", starter_model)
    hub.list_repository(REPOSITORY)
    look(qtbot, page, parts)
    fit = parts.hub_fit
    qtbot.waitUntil(
        lambda: fit.view is not None and fit.view.plan.method == "dry-run", timeout=PATIENCE_MS
    )
    assert not list(Path(tmp_path).glob("lollma-header-*"))
    parts.close()


# ---- while it works ------------------------------------------------------------------------


def test_progress_is_shown_and_a_cancel_keeps_what_is_there(
    qtbot: QtBot, page: HubPage, parts: FitParts, hub: HubServer, tmp_path: Path
) -> None:
    files = add_quants(hub, tmp_path / "m", *QUANTS)
    files["Q8_0"].hold_after = 1000
    hub.list_repository(REPOSITORY)
    qtbot.keyClicks(page.line, REPOSITORY)
    qtbot.keyClick(page.line, KEY.Key_Return)
    assert page.repository.working.isVisible()
    assert page.repository.working.words.text() == "Asking the Hub…"
    qtbot.waitUntil(
        lambda: page.repository.working.words.text() == "2 of 3 headers", timeout=PATIENCE_MS
    )
    assert not any(text.startswith("★") for text in column(page, 0))
    qtbot.mouseClick(page.cancel_button, LEFT)
    assert not page.repository.working.isVisible()
    assert not page.cancel_button.isVisible()
    assert "2 of 3 files were looked into." in page.repository.note.text()
    qtbot.waitUntil(lambda: parts.hub_check.is_complete, timeout=PATIENCE_MS)
    # The one without a header has its size all the same, and can be downloaded.
    assert column(page, 0) == ["Q8_0", "★ Q6_K", "Q4_K_M"]
    assert column(page, 2)[0] == "-"
    assert page.notices.titles == []


def test_escape_cancels(qtbot: QtBot, page: HubPage, hub: HubServer) -> None:
    hub.list_repository(REPOSITORY, hold_headers=True)
    qtbot.keyClicks(page.line, REPOSITORY)
    qtbot.keyClick(page.line, KEY.Key_Return)
    qtbot.waitUntil(hub.held.is_set, timeout=PATIENCE_MS)
    qtbot.keyClick(page.line, KEY.Key_Escape)
    assert not page.repository.working.isVisible()
    assert page.search.start.isVisible()


@pytest.mark.usefixtures("full")
def test_another_repository_takes_the_place_of_the_first(
    qtbot: QtBot, page: HubPage, parts: FitParts, hub: HubServer, tmp_path: Path
) -> None:
    look(qtbot, page, parts)
    until_fits(qtbot, page, "Q6_K")
    hub.list_repository("some/empty", hold_headers=True)
    page.focus_line()
    qtbot.keyClicks(page.line, "some/empty")
    qtbot.keyClick(page.line, KEY.Key_Return)
    assert column(page, 0) == [] or not page.repository.adviser.isVisible()
    assert not page.repository.panel.isVisible()
    assert page.repository.card.accessibleName() == "some/empty"
    assert parts.hub_fit.view is None
    page.cancel_button.click()


# ---- trouble -------------------------------------------------------------------------------


def test_an_empty_line_asks_nobody(qtbot: QtBot, page: HubPage, hub: HubServer) -> None:
    qtbot.mouseClick(page.go_button, LEFT)
    assert page.line.hasFocus()
    assert page.notices.titles == []
    assert hub.seen == []


def test_what_names_nothing_is_told_with_what_to_write(
    qtbot: QtBot, page: HubPage, hub: HubServer
) -> None:
    qtbot.keyClicks(page.line, "https://example.com/some/model")
    qtbot.keyClick(page.line, KEY.Key_Return)
    assert page.notices.titles == ["example.com is not the Hub."]
    assert page.search.start.isVisible()
    assert hub.seen == []


def test_after_trouble_one_can_try_again(
    qtbot: QtBot, page: HubPage, parts: FitParts, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", "Q4_K_M")
    listing = hub.list_repository(REPOSITORY, error=(503, "", "No."))
    qtbot.keyClicks(page.line, REPOSITORY)
    qtbot.keyClick(page.line, KEY.Key_Return)
    qtbot.waitUntil(lambda: bool(page.notices.titles), timeout=PATIENCE_MS)
    assert "trouble of its own" in page.notices.titles[0]
    listing.error = None
    again = next(b for b in page.notices.findChildren(QPushButton) if b.text() == "Try again")
    qtbot.mouseClick(again, LEFT)
    assert page.notices.titles == []
    qtbot.waitUntil(lambda: parts.hub_check.is_complete, timeout=PATIENCE_MS)
    assert column(page, 0) == ["★ Q4_K_M"]


def test_what_has_no_gguf_is_told(qtbot: QtBot, page: HubPage, hub: HubServer) -> None:
    hub.list_repository(REPOSITORY)
    qtbot.keyClicks(page.line, REPOSITORY)
    qtbot.keyClick(page.line, KEY.Key_Return)
    qtbot.waitUntil(lambda: bool(page.notices.titles), timeout=PATIENCE_MS)
    assert page.notices.titles == [f"{REPOSITORY} has no GGUF file."]
