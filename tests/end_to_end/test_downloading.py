"""From a download to a loaded model, in the real window."""

from pathlib import Path

import pytest
from fakes.hub_server import HubFile, HubServer
from helpers.hub_downloads import FILE, offer, upload_anew
from helpers.person import Person
from helpers.stores import write_named
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.tabs.models_tab import ModelsTab

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def endpoint(monkeypatch: pytest.MonkeyPatch, hub: HubServer) -> None:
    """What ``HF_ENDPOINT`` would set, had it been there when the client was imported."""
    from huggingface_hub import constants

    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def below_the_bar(app: LollmaApp, widget: QWidget) -> int:
    """Pixels between the run bar and what is below it."""
    bar = app.window.run_bar
    under_bar = bar.mapTo(app.window, QPoint(0, bar.height())).y()
    return widget.mapTo(app.window, QPoint()).y() - under_bar


def says(app: LollmaApp, words: str) -> bool:
    return any(words in label.text() for label in app.window.findChildren(QLabel))


def test_a_download_is_counted_told_and_loaded_with_one_click(
    person: Person, hub: HubServer, starter_model: Path
) -> None:
    app = person.start()
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    file = HubFile(starter_model.read_bytes(), hold_after=1_000_000)
    app.parts.downloads.add(offer(hub, file, names=("Starter-Q4_1.gguf",), title="Starter"))
    person.wait(lambda: says(app, "1 download"))
    segments = [button.text() for button in tab.pages.findChildren(QPushButton)]
    assert "Downloads 1" in segments
    assert app.window.navigation._items[1].accessibleName() == "Models, 1"
    assert below_the_bar(app, tab) <= 1
    hub.release()
    person.wait(lambda: "Starter-Q4_1.gguf is here." in app.window.notices.titles)
    row = app.window.notices.findChildren(QPushButton)[0].parentWidget()
    person.wait(lambda: 8 <= below_the_bar(app, row) <= 16)
    assert not says(app, "1 download")
    assert app.window.navigation._items[1].accessibleName() == "Models"
    person.wait(lambda: [e.path.name for e in app.parts.library.entries] == ["Starter-Q4_1.gguf"])
    load = next(b for b in app.window.notices.findChildren(QPushButton) if b.text() == "Load it")
    person.qtbot.mouseClick(load, LEFT)
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)


def names(tab: ModelsTab) -> list[str]:
    rows = tab.models.rows
    return [rows.index(row, 0).data() for row in range(rows.rowCount())]


def test_a_newer_upload_is_marked_in_the_list_and_found_after_a_rename_too(
    person: Person, hub: HubServer, tmp_path: Path
) -> None:
    app = person.start()
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    old = HubFile(write_named(tmp_path / "old.gguf").read_bytes())
    app.parts.downloads.add(offer(hub, old))
    person.wait(lambda: names(tab) == ["Model-8B"])
    upload_anew(hub, FILE, HubFile(write_named(tmp_path / "new.gguf").read_bytes()))
    newer = app.parts.newer_uploads
    newer.check()
    person.wait(lambda: names(tab) == ["↑ Model-8B"])
    app.parts.actions.rename(app.parts.library.entries[0], "Mine")
    person.wait(lambda: names(tab) == ["↑ Mine"])
    person.wait(app.parts.keeper.is_idle)
    newer.check()
    assert names(tab) == ["Mine"]  # nothing is known while the Hub is asked
    person.wait(lambda: names(tab) == ["↑ Mine"])
    (answer,) = newer.newer
    newer.update(answer.paths[0])
    path = Path(answer.paths[0])
    assert path.name == "Mine.gguf"
    person.wait(lambda: names(tab) == ["Mine"])
    person.wait(lambda: path.read_bytes() == (tmp_path / "new.gguf").read_bytes())


def test_what_is_on_its_way_is_neither_renamed_nor_binned(person: Person, hub: HubServer) -> None:
    app = person.start()
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    key = app.parts.downloads.add(offer(hub, HubFile(b"GGUF" * 90_000, hold_after=100_000)))
    person.wait(lambda: app.parts.downloads.entry(key).done_bytes >= 100_000)
    app.parts.library.rescan()
    person.wait(lambda: app.parts.library.entries)
    (entry,) = app.parts.library.entries
    assert "under Downloads" in entry.advice
    for attempt in (app.parts.actions.move_to_bin, lambda e: app.parts.actions.rename(e, "Mine")):
        attempt(entry)
        assert tab.notices.titles == [f"{entry.name} is being downloaded."]
        tab.notices.clear("refused")
    app.parts.downloads.cancel(key)
    assert not app.parts.downloads.has_begun(str(entry.path))


def test_limits_are_remembered_and_the_app_closes_in_mid_download(
    person: Person, hub: HubServer
) -> None:
    app = person.start()
    downloads = app.parts.downloads
    downloads.set_at_once(3)
    downloads.set_speed(2500)
    file = HubFile(b"x" * 500_000, hold_after=100_000)
    key = downloads.add(offer(hub, file))
    person.wait(lambda: downloads.entry(key).done_bytes >= 100_000)
    person.close(app)
    app = person.start()
    person.wait(lambda: app.parts.downloads.entry(key) is not None)
    assert app.parts.downloads.entry(key).done_bytes == 100_000
    assert (app.parts.downloads.at_once, app.parts.downloads.speed_kb) == (3, 2500)
