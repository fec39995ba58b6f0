"""Will it fit: from the list to the settings a model is loaded with, in the real window."""

import json
from pathlib import Path

from helpers.person import Person
from PySide6.QtCore import Qt

from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.core.errors import LollmaError
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.widgets.fit_panel import FitPanel

LEFT = Qt.MouseButton.LeftButton


def models_of(app: LollmaApp) -> ModelsTab:
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    return tab


def panel_of(person: Person, app: LollmaApp) -> FitPanel:
    """The fit panel, once it shows the only model there is."""
    tab = models_of(app)
    person.wait(lambda: app.parts.fit.view is not None)
    assert tab.side.panel.isVisible()
    return tab.side.panel


def test_what_is_tried_in_the_panel_is_what_the_engine_loads(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    panel = panel_of(person, app)
    box = panel.context.editor.control
    box.setFocus()
    person.qtbot.keyClick(box, "A", Qt.KeyboardModifier.ControlModifier)
    person.qtbot.keyClicks(box, "2048")
    person.qtbot.keyClick(box, Qt.Key.Key_Return)
    person.wait(lambda: panel.use_button.isEnabled())
    person.qtbot.mouseClick(panel.use_button, LEFT)
    person.wait(lambda: not panel.use_button.isEnabled())
    person.qtbot.mouseClick(models_of(app).load_button, LEFT)
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    loaded = app.parts.engine.status.loaded
    assert loaded is not None
    assert loaded.n_ctx == 2048


def test_the_engine_confirms_the_plan_and_a_load_is_remembered_over_a_restart(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    panel_of(person, app)
    person.wait(lambda: app.parts.fit.view.plan.method == "dry-run")
    app.load_model(str(with_starter))
    person.wait(lambda: app.parts.fit.view.past.loads == 1)
    assert abs(app.parts.fit.view.past.model) < 0.01
    person.close(app)
    again = person.start()
    panel = panel_of(person, again)
    person.wait(lambda: again.parts.fit.view.past.loads == 1)
    assert "Last load of this model" in panel.method.past.text()


def test_a_load_that_fails_for_memory_leads_to_what_fits_and_one_click_loads_it(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    panel = panel_of(person, app)
    app.parts.settings.set_values_of(str(with_starter), {"n_ctx": 10_485_760})
    app.load_model(str(with_starter))
    person.wait(lambda: app.question is not None)
    person.qtbot.mouseClick(app.question.anyway_button, LEFT)
    person.wait(lambda: app.parts.engine.status.problem)
    assert app.parts.engine.status.problem.startswith("There is not enough memory")
    app.window.show_page("Chat")
    notices = app.window.notices
    button = next(b for b in notices.findChildren(type(panel.use_button)) if "fits" in b.text())
    person.qtbot.mouseClick(button, LEFT)
    assert app.window.page == "Models"
    person.wait(lambda: panel.changes.buttons and panel.changes.isVisible())
    person.qtbot.mouseClick(panel.changes.buttons[0], LEFT)
    person.wait(lambda: app.parts.engine.status.state is EngineState.READY)
    assert app.parts.engine.status.loaded.n_ctx < 10_485_760


def test_margins_are_remembered(person: Person, with_starter: Path) -> None:
    app = person.start()
    panel = panel_of(person, app)
    panel.games_changed.emit(4 * 2**30)
    panel.margin_changed.emit(512 * 2**20)
    person.wait(lambda: app.parts.keeper.is_idle())
    person.close(app)
    stored = json.loads((person.places.config / "choices.json").read_text())
    assert (stored["gpu_margin_mib"], stored["games_mib"]) == (512, 4096)
    again = person.start()
    assert again.parts.knowledge.games_bytes == 4 * 2**30
    assert again.parts.knowledge.margin_bytes == 512 * 2**20


def test_the_planner_is_one_click_away(person: Person, with_starter: Path) -> None:
    app = person.start()
    tab = models_of(app)
    segment = next(b for b in tab.pages.findChildren(type(tab.load_button)) if "Plan" in b.text())
    person.qtbot.mouseClick(segment, LEFT)
    assert tab.planner.isVisible()
    assert not tab.table.isVisible()
    assert not tab.load_button.isVisible()
    tab.show_part("library")
    assert tab.table.isVisible()


def test_trouble_that_comes_every_second_is_told_once(person: Person, with_starter: Path) -> None:
    app = person.start()
    error = LollmaError("The hardware could not be read.", "Look at the log.")
    for _ in range(3):
        app.parts.monitor.failed.emit(error)
    assert app.window.notices.titles.count(error.title) == 1
    app.window.notices.clear(error.title)
    app.parts.monitor.failed.emit(error)
    assert error.title not in app.window.notices.titles
