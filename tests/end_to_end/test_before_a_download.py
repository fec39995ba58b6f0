"""Look before you download, in the real window: from Ctrl+L to the engine's word, and the end."""

from pathlib import Path

import pytest
from fakes.hub_server import HubServer
from helpers.hub_models import REPOSITORY, add_file
from helpers.person import Person
from PySide6.QtCore import Qt

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
def test_a_model_on_the_hub_is_looked_into_and_nothing_is_kept(
    person: Person, hub: HubServer, starter_model: Path
) -> None:
    add_file(hub, "Starter-Q4_1.gguf", starter_model)
    hub.list_repository(REPOSITORY)
    hub.list_repository("some/silent", hold_headers=True)
    app = person.start()
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    assert hub.seen == []
    person.qtbot.keyClick(app.window, KEY.Key_L, Qt.KeyboardModifier.ControlModifier)
    person.qtbot.keyClicks(tab.hub.line, REPOSITORY)
    person.qtbot.keyClick(tab.hub.line, KEY.Key_Return)
    fit = app.parts.hub.fit
    person.wait(lambda: fit.view is not None and fit.view.plan.method == "dry-run")
    assert "Fits" in tab.hub.repository.panel.text()
    assert not list(person.places.models.glob("*"))
    # The app ends also while the Hub is being asked.
    tab.hub.focus_line()
    person.qtbot.keyClicks(tab.hub.line, "some/silent")
    person.qtbot.keyClick(tab.hub.line, KEY.Key_Return)
    person.wait(hub.held.is_set)
    person.close(app)
