"""From a repository to downloads, its card, and past what is closed: by clicking."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hub_catalog import COMMIT
from fakes.hub_server import HubFile, HubServer
from helpers.fit_parts import FitParts, card
from helpers.header_only import llama_8b
from helpers.hub_models import REPOSITORY, SHAPE, add_projector, add_quants, add_split
from helpers.hub_pages import KEY, HubReader
from helpers.model_shapes import write_shape
from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from lollma_gui.core.hub_download import HubPart
from lollma_gui.services.hub_token import TokenPlace
from lollma_gui.tabs import web_links
from lollma_gui.tabs.hub_page import HubPage
from lollma_gui.widgets.theme import Theme

TOKEN = "hf_secretOfThisPerson42"
CARD = """---
license: mit
---
<h1>Model</h1>

![Logo](logo.png) ![Spy](http://spy.example/x.png) [there](https://there.example/page)
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder that is searched for models."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def parts(qapp: object, tmp_path: Path, hub: HubServer, here: Path) -> Iterator[FitParts]:
    made = FitParts(tmp_path / "home", gpus=(card(free=9, total=10),), folders=(here,), hub=hub.url)
    yield made
    made.close()


@pytest.fixture
def reader(qtbot: QtBot, parts: FitParts, theme: Theme, hub: HubServer) -> HubReader:
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    page = HubPage(parts.hub, parts.knowledge, parts.library, theme)
    qtbot.addWidget(page)
    page.resize(1080, 640)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    return HubReader(qtbot, page, parts, hub)


def look(reader: HubReader, text: str = REPOSITORY) -> None:
    reader.type(text)
    reader.press(KEY.Key_Return)


@pytest.fixture
def full(hub: HubServer, tmp_path: Path) -> dict[str, HubFile]:
    files = add_quants(hub, tmp_path / "m", "Q8_0", "Q6_K", "Q4_K_M")
    hub.list_repository(REPOSITORY)
    return files


# ---- files ---------------------------------------------------------------------------------


def test_all_sizes_are_there_before_any_header(reader: HubReader, full: dict[str, HubFile]) -> None:
    for file in full.values():
        file.hold_headers = True
    look(reader)
    rows = reader.page.repository.adviser.rows
    reader.until(lambda: rows.rowCount() == 3)
    assert [rows.index(row, 1).data() for row in range(3)] == ["8.5 GB", "6.6 GB", "4.9 GB"]
    assert reader.actions() == ["Download"] * 3
    reader.page.cancel()


def test_the_file_for_this_pc_is_downloaded_with_its_hash_and_commit(
    reader: HubReader, full: dict[str, HubFile]
) -> None:
    look(reader)
    reader.until_complete()
    reader.click(reader.page.repository.downloads.best_button)
    (wanted,) = reader.downloads
    name = "Model-8B-Q6_K.gguf"
    assert wanted.parts == (HubPart(name, full["Q6_K"].size, full["Q6_K"].sha256),)
    assert (wanted.repository, wanted.revision, wanted.commit) == (REPOSITORY, "main", COMMIT)
    assert wanted.title.endswith("Q6_K")
    assert reader.actions() == ["Download", "Added", "Download"]
    assert not reader.page.repository.downloads.best_button.isVisible()


@pytest.mark.usefixtures("full")
def test_any_file_is_downloaded_by_a_click_in_its_row_and_by_keys(reader: HubReader) -> None:
    look(reader)
    reader.until_complete()
    reader.click_action(2)
    table = reader.page.repository.adviser.table
    table.setFocus()
    for key in (KEY.Key_Up, KEY.Key_Up, KEY.Key_Return):
        reader.press(key, table)
    chosen = reader.page.repository.downloads.chosen_button
    assert chosen.text() == "Download Q8_0"
    reader.press(KEY.Key_Space, chosen)
    assert [w.parts[0].path for w in reader.downloads] == [
        "Model-8B-Q4_K_M.gguf",
        "Model-8B-Q8_0.gguf",
    ]
    reader.click_action(2)
    assert len(reader.downloads) == 2  # once is enough


def test_a_split_model_is_one_download(reader: HubReader) -> None:
    parts = llama_8b(parts=3)
    served = add_split(reader.hub, parts, "Model-8B-Q4_K_M")
    reader.hub.list_repository(REPOSITORY)
    look(reader)
    reader.until_complete()
    reader.click_action(0)
    (wanted,) = reader.downloads
    assert [part.sha256 for part in wanted.parts] == [file.sha256 for file in served]
    assert wanted.size == sum(size for _, size in parts)


def test_what_lets_a_model_see_comes_along_unless_one_says_no(
    reader: HubReader, tmp_path: Path
) -> None:
    add_quants(reader.hub, tmp_path / "m", "Q6_K", "Q4_K_M")
    add_projector(reader.hub, tmp_path / "m")
    reader.hub.list_repository(REPOSITORY)
    look(reader)
    reader.until_complete()
    downloads = reader.page.repository.downloads
    assert downloads.projector.isChecked()
    reader.click_action(0)
    downloads.projector.setChecked(False)
    reader.click_action(1)
    paths = [[part.path for part in wanted.parts] for wanted in reader.downloads]
    assert paths == [["Model-8B-Q6_K.gguf", "mmproj-F16.gguf"], ["Model-8B-Q4_K_M.gguf"]]


def test_what_is_here_already_is_marked(
    reader: HubReader, here: Path, tmp_path: Path, full: dict[str, HubFile]
) -> None:
    write_shape(here, SHAPE, "Q4_K_M").rename(here / "Model-8B-Q4_K_M.gguf")
    with reader.qtbot.waitSignal(reader.parts.library.changed):
        reader.parts.library.rescan()
    look(reader)
    reader.until_complete()
    assert reader.actions() == ["Download", "Download", "On this PC"]
    reader.click_action(2)
    assert reader.downloads == []


def test_offline_the_files_that_were_listed_are_shown_with_their_age(
    reader: HubReader, full: dict[str, HubFile]
) -> None:
    look(reader)
    reader.until_complete()
    reader.page.back()
    reader.hub.__exit__()
    look(reader)
    reader.until(lambda: bool(reader.page.notices.titles))
    assert "cannot be reached" in reader.page.notices.titles[0]
    assert "as of " in reader.page.repository.note.text()
    # Headers that were fetched before are still of use.
    assert reader.page.repository.adviser.rows.rowCount() == 3


# ---- the card ------------------------------------------------------------------------------


def png(width: int = 40, height: int = 30) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0x3F74F0)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


@pytest.fixture
def with_card(hub: HubServer, full: dict[str, HubFile]) -> None:
    readme = HubFile(CARD.encode(), is_large=False)
    hub.add_to_repository(REPOSITORY, "main", "README.md", readme)
    hub.add_to_repository(REPOSITORY, "main", "logo.png", HubFile(png(), is_large=False))


def asked(reader: HubReader, ending: str) -> list[str]:
    return [seen.path for seen in reader.hub.seen if seen.path.endswith(ending)]


def show_card(reader: HubReader) -> None:
    look(reader)
    reader.until_complete()
    reader.click(reader.page.repository.parts._buttons["card"])
    text = reader.page.repository.card_view.text
    reader.until(lambda: "Model" in text.toPlainText() and not text.is_streaming)


@pytest.mark.usefixtures("with_card")
def test_a_card_is_fetched_when_it_is_wanted_and_its_images_are_not(reader: HubReader) -> None:
    look(reader)
    reader.until_complete()
    assert asked(reader, "README.md") == []
    show_card(reader)
    view = reader.page.repository.card_view
    assert view.text.toPlainText().splitlines() == ["Model", "Logo Spy there"]
    assert len(asked(reader, "README.md")) == 1
    assert asked(reader, ".png") == []
    assert view.pictures_button.isVisible()
    assert "mit" in [line.text() for line in view.facts.findChildren(type(reader.page.line))]


@pytest.mark.usefixtures("with_card")
def test_images_are_fetched_once_they_are_wanted_and_for_that_card_alone(
    reader: HubReader, hub: HubServer
) -> None:
    show_card(reader)
    view = reader.page.repository.card_view
    reader.click(view.pictures_button)
    reader.until(lambda: bool(reader.parts.hub.card.pictures))
    assert list(reader.parts.hub.card.pictures) == ["logo.png"]
    assert "\ufffc" in view.text.toPlainText()
    assert "Spy" in view.text.toPlainText()
    assert not view.pictures_button.isVisible()
    assert len(asked(reader, ".png")) == 1
    # Another card, or this one another time, begins without.
    add_other(hub)
    reader.page.look("some/other")
    reader.page.repository.show_part("card")
    reader.until(lambda: "Other" in view.text.toPlainText())
    reader.page.look(REPOSITORY)
    reader.page.repository.show_part("card")
    reader.until(lambda: "Logo" in view.text.toPlainText())
    assert "\ufffc" not in view.text.toPlainText()


def add_other(hub: HubServer) -> None:
    hub.add_to_repository("some/other", "main", "m-Q8_0.gguf", HubFile(b"GGUF", zeros=100))
    hub.add_to_repository("some/other", "main", "README.md", HubFile(b"# Other", is_large=False))
    hub.list_repository("some/other")


@pytest.mark.usefixtures("with_card")
@pytest.mark.parametrize("content", [png(9000, 5000), b"<svg/>", b"", png()[:60]])
def test_an_image_that_is_none_or_too_large_stays_its_words(
    reader: HubReader, hub: HubServer, content: bytes
) -> None:
    hub.add_to_repository(REPOSITORY, "main", "logo.png", HubFile(content, is_large=False))
    show_card(reader)
    reader.click(reader.page.repository.card_view.pictures_button)
    reader.until(lambda: not reader.parts.hub.card.is_working)
    assert reader.parts.hub.card.pictures == {}
    assert "Logo" in reader.page.repository.card_view.text.toPlainText()


@pytest.mark.usefixtures("with_card")
def test_a_link_in_a_card_is_opened_only_after_it_was_read(
    reader: HubReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        web_links.QDesktopServices, "openUrl", lambda url: opened.append(url.host())
    )
    show_card(reader)
    reader.page.repository.card_view.text.link_clicked.emit("https://there.example/page")
    assert opened == []
    reader.click(reader.notice_button("Open"))
    assert opened == ["there.example"]


# ---- closed --------------------------------------------------------------------------------


def test_gated_says_what_to_accept_and_where_and_goes_on_once_it_is_accepted(
    reader: HubReader, hub: HubServer, full: dict[str, HubFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        web_links.QDesktopServices, "openUrl", lambda url: opened.append(url.toString())
    )
    for file in full.values():
        file.error = (403, "GatedRepo", "No.")
    look(reader)
    access = reader.page.access
    reader.until(access.isVisible)
    assert access.accessibleName() == "Terms to accept first"
    assert REPOSITORY in access.what.text()
    reader.until(lambda: "No access token is known" in access.state.text())
    reader.click(access.page_button)
    assert opened == [f"{hub.url}/{REPOSITORY}"]
    for file in full.values():
        file.error = None
    reader.click(access.again_button)
    reader.until_complete()
    assert not access.isVisible()


def test_a_private_one_is_told_apart(reader: HubReader, hub: HubServer) -> None:
    hub.list_repository(REPOSITORY, error=(401, "RepoNotFound", "No."))
    look(reader)
    reader.until(reader.page.access.isVisible)
    assert "private" in reader.page.access.what.text()


def test_a_token_is_pasted_checked_kept_and_forgotten(
    reader: HubReader, hub: HubServer, own_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hub.catalog.tokens[TOKEN] = "somebody"
    access = reader.page.access
    with caplog.at_level("DEBUG"):
        reader.click(reader.page.token_button)
        reader.until(lambda: not reader.parts.hub.account.is_working)
        assert hub.seen == []
        reader.qtbot.keyClicks(access.line, TOKEN)
        assert access.line.displayText() != TOKEN
        reader.click(access.save_button)
        reader.until(lambda: "somebody" in access.state.text())
        assert access.line.text() == ""
        assert reader.parts.hub.account.account.place is TokenPlace.FILE
        assert "in a file that only you can read" in access.state.text()
        reader.click(access.forget_button)
        reader.until(lambda: "No access token" in access.state.text())
    assert TOKEN not in caplog.text
    assert not any(
        TOKEN in p.read_text(errors="ignore") for p in own_home.rglob("*") if p.is_file()
    )


def test_a_token_that_the_hub_does_not_know_is_not_kept(reader: HubReader, hub: HubServer) -> None:
    access = reader.page.access
    reader.click(reader.page.token_button)
    reader.qtbot.keyClicks(access.line, TOKEN)
    reader.press(KEY.Key_Return, access.line)
    reader.until(lambda: "does not know this token" in access.state.text())
    assert TOKEN not in access.state.text()
    reader.parts.hub.account.look()
    reader.until(lambda: not reader.parts.hub.account.is_working)
    assert reader.parts.hub.account.account.place is TokenPlace.NOWHERE


def test_a_token_of_hugging_faces_programs_is_shown_as_found_there(
    reader: HubReader, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.catalog.tokens[TOKEN] = "somebody"
    access = reader.page.access
    reader.click(reader.page.token_button)
    reader.until(lambda: "HF_TOKEN" in access.state.text())
    assert not access.forget_button.isVisible()
    reader.click(access.check_button)
    reader.until(lambda: "somebody" in access.state.text())
    reader.press(KEY.Key_Escape, access.line)
    assert not access.isVisible()
