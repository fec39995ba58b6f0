"""Pictures of what opening a file looks like: the offer, refusals, and a drag over the window.

    python tests/tools/opened_pictures.py FOLDER MODEL

Runs the real app on the display there is (``xvfb-run`` makes one), light and dark, 1024 x 700.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from PySide6.QtWidgets import QApplication
from screenshots import add_well_known, close, rest, start

from lollma_gui.app import LollmaApp
from lollma_gui.qt.file_drops import Dragged
from lollma_gui.services.places import Places
from lollma_gui.widgets.theme import ThemeChoice


def shoot(app: LollmaApp, folder: Path, name: str) -> None:
    """The window as it is, in both appearances."""
    for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
        app.theme.choose(choice)
        rest(300)
        app.window.grab().toImage().save(str(folder / f"opened-{name}-{choice}.png"))


def shoot_offers(app: LollmaApp, folder: Path, desk: Path, model: Path) -> None:
    """What is said of models, of other files and of folders."""
    big = next(path for path in desk.iterdir() if "70B" in path.name)
    notes = desk / "notes.gguf"
    notes.write_text("Dear Sir or Madam")
    for name, paths in (
        ("fits", [model]),
        ("too-large", [big]),
        ("several", [model, big, notes]),
        ("refused", [desk / "gone.gguf"]),
        ("folder", [desk]),
    ):
        app.window.notices.clear("opened")
        app.open_files([str(path) for path in paths])
        rest(2500)
        shoot(app, folder, name)


def shoot_drag(app: LollmaApp, folder: Path) -> None:
    """Something held over the window."""
    for tab in ("Chat", "Models"):
        app.window.show_page(tab)
        app.opened.drops.hovering.emit(Dragged(("a.gguf",), ()))
        shoot(app, folder, f"drag-{tab.lower()}")
        app.opened.drops.left.emit()


def main() -> None:
    folder, model = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as home:
        desk, places = Path(home) / "Downloads", Places.below(Path(home))
        desk.mkdir()
        add_well_known(desk)
        app = start(application, places)
        app.window.resize(1024, 700)
        app.open_files([str(model)])
        rest(2500)
        shoot(app, folder, "first")
        close(app)
        places.models.mkdir(parents=True, exist_ok=True)
        add_well_known(places.models)
        app = start(application, places)
        app.window.resize(1024, 700)
        shoot_offers(app, folder, desk, model)
        shoot_drag(app, folder)
        close(app)


if __name__ == "__main__":
    main()
