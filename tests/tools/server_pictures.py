"""Pictures of the Servers tab in each of its states, light and dark, two sizes.

    xvfb-run -a python tests/tools/server_pictures.py FOLDER

Over the small real servers of the tests, in the main window's frame.
"""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import socket

from helpers.servers_user import ServersDesk
from PySide6.QtWidgets import QApplication, QWidget
from tools.screenshots import SIZES, rest, wait

from lollma_gui.app import TABS
from lollma_gui.core.fit_changes import Change
from lollma_gui.core.network_reach import OwnAddress
from lollma_gui.core.server_config import Access
from lollma_gui.core.server_state import ServerState
from lollma_gui.main_window import MainWindow
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.services.engine.links import ThreadLink
from lollma_gui.services.places import resource
from lollma_gui.services.servers.program import ServerProgram
from lollma_gui.services.servers.records import LeftOver, Record
from lollma_gui.tabs.servers_tab import ServersTab
from lollma_gui.widgets.theme import Theme, ThemeChoice

LOG = b"""git clone ... 100 % (14.2 MB, 2,061 objects)
python -m venv lollma
pip install -r requirements/portable/requirements.txt ... 94 packages
INFO     Starting TextGen
INFO     Loading "Qwen3-14B-Instruct-Q4_K_M.gguf"
\x1b[34m0.00.129.365\x1b[0m \x1b[32mI \x1b[0mload_tensors: offloaded 41/41 layers to GPU
\x1b[32mINFO     Loaded in 6.91 seconds.\x1b[0m
Running on local URL:  http://127.0.0.1:7860
WARNING  prompt truncated to 16384 tokens
0.13.127.894 W llama_context: n_ctx_seq (131072) < n_ctx_train (262144) -- not the full capacity
"""


class Camera:
    """The window, and what is put before it."""

    def __init__(self, folder: Path, window: MainWindow, theme: Theme) -> None:
        self._folder = folder
        self._window = window
        self._theme = theme

    def shoot(self, name: str) -> None:
        for size in SIZES:
            self._window.resize(size)
            for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
                self._theme.choose(choice)
                rest(150)
                picture = self._folder / f"server-{name}-{choice}-{size.width()}.png"
                self._window.grab().toImage().save(str(picture))


def ready(session: ServerSession) -> None:
    session.start()
    wait(lambda: session.status.is_answering and session.figures.ram_bytes)


def take(camera: Camera, tab: ServersTab, desk: ServersDesk, home: Path) -> None:
    session = desk.add(model_path="a.gguf", name="Oobabooga TextGen")
    page = tab.page(session.config.id)
    tab.show_server(session.config.id)
    camera.shoot("stopped")
    desk.log_of(session.config.id).feed(LOG)
    ready(session)
    rest(1500)
    camera.shoot("ready")
    page._set_access(Access.NETWORK)
    page._take_addresses([OwnAddress("wlan0", "192.168.1.20"), OwnAddress("eth0", "10.0.0.3")])
    camera.shoot("network")
    page.show_part("options")
    rest(300)
    camera.shoot("options")
    page._set_access(Access.THIS_PC)
    page.show_part("connect")
    camera.shoot("only-here")
    page.show_part("log")
    desk.desk.offered = [
        Change("Use q8_0 for the context", {}),
        Change("Shorten the context to 8,192 tokens", {}),
    ]
    session.stop()
    wait(lambda: session.status.state is ServerState.STOPPED)
    ready(session)
    session.switch_model("bad.gguf")
    wait(lambda: page.problem.title)
    camera.shoot("memory")
    session.stop(now=True)
    wait(lambda: session.status.state is ServerState.STOPPED)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        page._set_port(other.getsockname()[1])
        session.start()
        wait(lambda: page.problem.title)
        camera.shoot("port")
    slow = desk.add(f"--slow {home / 'go'}", name="Slow one")
    tab.show_server(slow.config.id)
    slow.start()
    wait(lambda: slow.status.state is ServerState.STARTING)
    camera.shoot("starting")
    slow.stop()
    left = LeftOver(Record(slow.config.id, "mark", 20417), (20417, 20418), True)
    wait(lambda: slow.status.state is ServerState.STOPPED)
    slow.set_left_over(left)
    slow.found_changed.emit()
    camera.shoot("left-over")
    slow.set_left_over(None)
    absent = next(one for one in desk.servers.sessions if one.config.program == "absent")
    tab.show_server(absent.config.id)
    rest(200)
    camera.shoot("absent")
    absent.install(home / "install")
    wait(lambda: absent.status.progress is not None)
    camera.shoot("installing")
    absent.stop()
    tab.list.choose("engine")
    camera.shoot("engine")


class Scene(NamedTuple):
    """What pictures of servers are taken of."""

    camera: Camera
    window: MainWindow
    desk: ServersDesk
    tab: ServersTab
    engine: Engine
    theme: Theme
    background: Background
    keeper: Background
    home: Path


@contextlib.contextmanager
def scene(
    pages: dict[str, QWidget], programs: Mapping[str, ServerProgram] | None = None
) -> Iterator[Scene]:
    """The main window with a Servers tab; pictures go into the folder that the tool is told.

    Args:
        pages: Further tabs by name; the tool puts them in.
        programs: As ``ServersDesk`` takes them.
    """
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setQuitOnLastWindowClosed(False)
    theme = Theme(application, resource("style.qss").read_text(encoding="utf-8"))
    window = MainWindow(theme, TABS)
    background, keeper, engine = Background(), Background(threads=1), Engine(ThreadLink)
    with tempfile.TemporaryDirectory() as home:
        desk = ServersDesk(Path(home), background, keeper, programs)
        desk.servers.load()
        wait(lambda: desk.servers.is_loaded)
        pages["Servers"] = tab = desk.tab(engine, theme)
        camera = Camera(folder, window, theme)
        yield Scene(camera, window, desk, tab, engine, theme, background, keeper, Path(home))
        ended: list[bool] = []
        desk.servers.ended.connect(lambda: ended.append(True))
        desk.servers.shut_down()
        wait(lambda: ended)
        desk.servers.close()
        keeper.shutdown()
        background.shutdown()
    window.close_for_good()


def show(window: MainWindow, pages: dict[str, QWidget]) -> None:
    """Show the window at its servers."""
    window.show()
    window.show_page("Servers")
    window.open_pages(lambda name: pages.get(name, pages["Servers"]))


def main() -> None:
    pages: dict[str, QWidget] = {}
    with scene(pages) as made:
        show(made.window, pages)
        take(made.camera, made.tab, made.desk, made.home)


if __name__ == "__main__":
    main()
