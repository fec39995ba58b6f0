"""Pictures of About, to be looked at: every page, light and dark, in both sizes of the window.

    python tests/tools/about_pictures.py FOLDER

Runs the real app on the display there is (``xvfb-run`` makes one), once as it is in a checkout and
once as a release of a repository with a newer version, which is told by a server on this PC.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.release_server import ReleaseServer
from PySide6.QtWidgets import QApplication, QDialog
from tools.screenshots import SIZES, close, rest, start, wait

from lollma_gui import about
from lollma_gui.app import LollmaApp
from lollma_gui.core.build_info import BuildInfo
from lollma_gui.services import updates
from lollma_gui.services.places import Places
from lollma_gui.widgets.about_dialog import PAGES
from lollma_gui.widgets.theme import ThemeChoice

RELEASE = BuildInfo(
    "appimage", "0c1e570a1b2c3d4e5f60718293a4b5c6d7e8f901", "2026-11-25", "o/lollma"
)


def shoot(app: LollmaApp, folder: Path, name: str) -> None:
    app.about.open()
    dialog = app.about.dialog
    assert dialog is not None
    wait(lambda: dialog.licences.names and dialog.about.facts.facts())
    for size in SIZES:
        app.window.resize(size)
        dialog.resize(min(dialog.width(), size.width()), min(dialog.height(), size.height()))
        for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
            app.theme.choose(choice)
            ending = f"{name}-{choice}-{size.width()}.png"
            for page, _ in PAGES:
                dialog.open_page(page)
                rest(250)
                save(dialog, folder / f"{page}-{ending}")
            app.window.grab().toImage().save(str(folder / f"window-{ending}"))
            grab_screen(folder / f"screen-{ending}")
    dialog.close()


def save(dialog: QDialog, path: Path) -> None:
    dialog.grab().toImage().save(str(path))


def grab_screen(path: Path) -> None:
    QApplication.primaryScreen().grabWindow(0).toImage().save(str(path))


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as home, ReleaseServer("o/lollma", "v9.0.0") as server:
        app = start(application, Places.below(Path(home) / "checkout"))
        shoot(app, folder, "checkout")
        close(app)
        updates.GITHUB_API = server.url
        about.read_build = lambda: RELEASE
        app = start(application, Places.below(Path(home) / "release"))
        wait(lambda: app.about.updates.view.is_ready)
        app.about.updates.set_wanted(True)
        wait(lambda: app.about.updates.view.newer)
        shoot(app, folder, "release")
        close(app)


if __name__ == "__main__":
    main()
