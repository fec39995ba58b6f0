"""Hugging Face in the real window: silent until asked, and what is asked for reaches the app."""

import os
import sys
from pathlib import Path

import pytest
from fakes.hub_catalog import Listed
from fakes.hub_server import COMMIT, HubServer
from helpers.hub_models import REPOSITORY, add_quants
from helpers.person import Person
from PySide6.QtCore import Qt

from lollma_gui.app import TABS
from lollma_gui.tabs.models_tab import ModelsTab

KEY = Qt.Key


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch, hub: HubServer) -> None:
    """What ``HF_ENDPOINT`` would set, had it been there when the client was imported."""
    from huggingface_hub import constants

    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.mark.usefixtures("endpoint")
def test_nobody_is_asked_anything_by_starting_and_looking_round(
    person: Person, hub: HubServer
) -> None:
    app = person.start()
    for name in TABS:
        tab = app.window.show_page(name)
        if isinstance(tab, ModelsTab):
            for part in ("hub", "planner", "library"):
                tab.show_part(part)
    person.close(app)
    assert hub.seen == []


@pytest.mark.usefixtures("endpoint")
def test_from_words_to_a_download_by_keys_alone(
    person: Person, hub: HubServer, tmp_path: Path
) -> None:
    hub.catalog.repositories.append(Listed(REPOSITORY))
    for name, file in add_quants(hub, tmp_path / "m", "Q3_K_M", "Q2_K").items():
        file.hold_after = 64 * 1024**2  # far behind the headers, long before the end
        hub.add_to_repository(REPOSITORY, COMMIT, f"Model-8B-{name}.gguf", file)
    hub.list_repository(REPOSITORY)
    app = person.start()
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    tab.show_part("hub")
    assert tab.hub.line.hasFocus()
    person.qtbot.keyClicks(tab.hub.line, "model 8b")
    finder, check = app.parts.hub.finder, app.parts.hub.check
    person.wait(lambda: finder.hits)
    person.qtbot.keyClick(tab.hub.line, KEY.Key_Return)
    person.qtbot.keyClick(tab.hub.search.rows, KEY.Key_Return)
    person.wait(lambda: check.is_complete)
    person.wait(tab.hub.repository.downloads.isVisible)
    downloads = app.parts.downloads
    person.qtbot.keyClick(tab.hub.repository.downloads.best_button, KEY.Key_Space)
    (queued,) = downloads.entries
    assert queued.what.repository == REPOSITORY
    person.wait(lambda: (m := downloads.moment(queued.key)) and m.progress)
    person.close(app)


@pytest.mark.usefixtures("endpoint")
def test_a_download_that_was_cancelled_is_offered_again(
    person: Person, hub: HubServer, tmp_path: Path
) -> None:
    add_quants(hub, tmp_path / "m", "Q2_K")
    hub.list_repository(REPOSITORY)
    app = person.start()
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    tab.show_part("hub")
    tab.hub.open(REPOSITORY)
    person.wait(lambda: app.parts.hub.check.is_complete)
    offered = tab.hub.repository.downloads
    person.wait(offered.isVisible)
    app.parts.downloads.set_speed(50)
    person.qtbot.keyClick(offered.best_button, KEY.Key_Space)
    assert not offered.isVisible()
    (queued,) = app.parts.downloads.entries
    app.parts.downloads.cancel(queued.key)
    assert offered.isVisible()
    person.close(app)


def test_the_environments_hub_is_searched_and_nobody_is_told_more(
    hub: HubServer, tmp_path: Path
) -> None:
    import subprocess

    hub.catalog.repositories.append(Listed(REPOSITORY))
    code = (
        "from lollma_gui.core.hub_query import HubQuery\n"
        "from lollma_gui.services.hub_search import search\n"
        "print(search(HubQuery('model'), lambda: False).results[0].repository)"
    )
    own = {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    hidden = {"HF_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"}
    rest = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", code], env=rest | own, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == REPOSITORY
    (asked,) = hub.seen
    assert asked.path.startswith("/api/models?")
    assert "authorization" not in asked.headers
