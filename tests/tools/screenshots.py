"""Pictures of every tab, to be looked at: light and dark, two sizes, empty and full.

    python tests/tools/screenshots.py FOLDER MODEL

Runs the real app with the real engine on the display there is (``xvfb-run`` makes one). Empty is
a first start with no model; full has the model loaded and an answer in the chat, and beside it the
headers of some well-known models for the list. Of Models, every part is shown.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.model_shapes import write_shape
from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication

from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.qt.single_instance import SingleInstance
from lollma_gui.services.model_places import ModelPlaces
from lollma_gui.services.places import Places
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.widgets.theme import ThemeChoice

SIZES = (QSize(1280, 820), QSize(1024, 700))
TABS = ("Dashboard", "Models", "Settings", "Chat", "Servers", "Setup")
WELL_KNOWN = (
    ("qwen3-8b", "Q4_K_M", "Qwen3-8B"),
    ("qwen3-8b", "Q8_0", "Qwen3-8B"),
    ("qwen3-8b", "F16", "Qwen3-8B"),
    ("gpt-oss-20b", "Q4_K_M", "gpt-oss-20b"),
    ("qwen3-30b-a3b", "Q4_K_M", "Qwen3-30B-A3B"),
    ("llama3.1-70b", "Q4_K_M", "Llama-3.3-70B-Instruct"),
)
QUESTION = "List three fruits, and show a line of Python code that prints them."


def wait(condition: Callable[[], object], milliseconds: int = 60_000) -> None:
    loop = QEventLoop()
    beat = QTimer()
    beat.setInterval(20)
    beat.timeout.connect(lambda: loop.quit() if condition() else None)
    beat.start()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def rest(milliseconds: int) -> None:
    wait(lambda: False, milliseconds)


def shoot(app: LollmaApp, folder: Path, name: str) -> None:
    for size in SIZES:
        app.window.resize(size)
        for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
            app.theme.choose(choice)
            ending = f"{name}-{choice}-{size.width()}.png"
            for tab in TABS:
                page = app.window.show_page(tab)
                rest(1500 if tab == "Setup" else 150)
                app.window.grab().toImage().save(str(folder / f"{tab.lower()}-{ending}"))
                if isinstance(page, ModelsTab):
                    shoot_models(app, page, folder, ending)


def shoot_models(app: LollmaApp, tab: ModelsTab, folder: Path, ending: str) -> None:
    """The parts of the models' tab that a click leads to."""
    for part in ("hub", "downloads", "planner", "library"):
        tab.show_part(part)
        rest(150)
        if part != "library":
            app.window.grab().toImage().save(str(folder / f"models-{part}-{ending}"))
    for page in ("quants", "details", "fit"):
        tab.side.show_page(page)
        rest(150)
        if page != "fit":
            app.window.grab().toImage().save(str(folder / f"models-{page}-{ending}"))
    if tab.models.entry() is not None:
        shoot_details(app, tab, folder, ending)
        shoot_list(app, tab, folder, ending)


def shoot_details(app: LollmaApp, tab: ModelsTab, folder: Path, ending: str) -> None:
    """The long parts of the details; a template is rendered by a process of its own."""
    tab.side.show_page("details")
    for page, milliseconds in (("template", 3000), ("tensors", 200), ("keys", 200), ("about", 200)):
        tab.side.details.show_page(page)
        rest(milliseconds)
        app.window.grab().toImage().save(str(folder / f"models-details-{page}-{ending}"))
    tab.side.show_page("fit")


def shoot_list(app: LollmaApp, tab: ModelsTab, folder: Path, ending: str) -> None:
    """The list grouped and narrowed, and the question before a load that will not fit."""
    tab.models.group_button.setChecked(True)
    rest(300)
    app.window.grab().toImage().save(str(folder / f"models-grouped-{ending}"))
    option = next(o for g in tab.models.rows.groups() if g.key == "quantisation" for o in g.options)
    tab.models.filter.turn(option, True)
    rest(300)
    app.window.grab().toImage().save(str(folder / f"models-filtered-{ending}"))
    tab.models.filter.clear()
    tab.models.group_button.setChecked(False)
    path = next(str(e.path) for e in app.parts.library.entries if "8B-Q8_0" in e.path.name)
    app.parts.settings.set_values_of(path, {"n_ctx": 131_072})
    app.load_model(path)
    wait(lambda: app.question, 10_000)
    rest(300)
    if app.question is not None:
        app.question.grab().toImage().save(str(folder / f"models-question-{ending}"))
        app.question.reject()


def add_well_known(folder: Path) -> None:
    """Headers of real models' shapes; there are no weights behind them."""
    for shape, quantisation, name in WELL_KNOWN:
        write_shape(folder, shape, quantisation).rename(folder / f"{name}-{quantisation}.gguf")


def start(application: QApplication, places: Places) -> LollmaApp:
    """The app as on a PC of somebody who has no models of other programs."""
    nobody = places.data / "nobody"
    ModelPlaces.usual = lambda: ModelPlaces(nobody, {}, sys.platform, nobody)  # type: ignore[method-assign]
    instance = SingleInstance(places.data)
    assert instance.is_first()
    app = LollmaApp(application, places, instance, lambda: None)
    app.window.show()
    rest(2500)
    return app


def close(app: LollmaApp) -> None:
    ended: list[bool] = []
    app.ended.connect(lambda: ended.append(True))
    app.window.close()
    wait(lambda: ended)


def main() -> None:
    folder, model = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as home:
        places = Places.below(Path(home))
        app = start(application, places)
        shoot(app, folder, "empty")
        close(app)
        places.models.mkdir(parents=True, exist_ok=True)
        (places.models / model.name).symlink_to(model)
        add_well_known(places.models)
        (places.models / "Half a model.gguf").write_bytes(model.read_bytes()[:3_000_000])
        app = start(application, places)
        app.load_model(str(places.models / model.name))
        wait(lambda: app.parts.engine.status.state is EngineState.READY)
        app.parts.session.send(QUESTION)
        wait(lambda: not app.parts.session.is_answering)
        shoot(app, folder, "full")
        close(app)


if __name__ == "__main__":
    main()
