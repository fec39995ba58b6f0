"""Pictures of servers on other PCs, RPC workers, and the chat over them, light and dark, two sizes.

    xvfb-run -a python tests/tools/elsewhere_pictures.py FOLDER

Over the small real servers of the tests, in the main window's frame.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from fakes.chat_server import ChatServerFake
from fakes.rpc_worker import rpc_worker
from helpers.servers_user import ServersDesk
from helpers.trap_program import TrapProgram
from PySide6.QtWidgets import QApplication, QWidget
from tools.screenshots import rest, wait
from tools.server_pictures import Camera

from lollma_gui.app import TABS
from lollma_gui.core.server_config import ELSEWHERE, AtClose
from lollma_gui.main_window import MainWindow
from lollma_gui.qt.answers import Answers
from lollma_gui.qt.background import Background
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.qt.engine import Engine
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.services.engine.links import ThreadLink
from lollma_gui.services.places import resource
from lollma_gui.services.servers.elsewhere import Elsewhere
from lollma_gui.tabs.chat_tab import ChatTab
from lollma_gui.tabs.rpc_box import RpcBox
from lollma_gui.tabs.servers_tab import ServersTab
from lollma_gui.widgets.theme import Theme


class LlamaLike(TrapProgram):
    """Under the key of the program that knows ``--rpc``."""

    key = "llama-server"
    name = "llama-server"


def take_servers(camera: Camera, tab: ServersTab, desk: ServersDesk, far: ChatServerFake) -> None:
    tab.show_form()
    tab.form.url.setText("http://203.0.113.9:5000/v1")
    tab.form.key.setText("hidden")
    camera.shoot("elsewhere-form")
    options = {"url": far.url}
    usual = {"name": "Gaming PC upstairs", "at_close": AtClose.STOP, "options": options}
    session = desk.servers.add(ELSEWHERE, **usual)
    session.start()
    wait(lambda: session.status.is_answering)
    tab.show_server(session.config.id)
    camera.shoot("elsewhere")
    lost = desk.servers.add(
        ELSEWHERE, **{**usual, "name": "Old laptop", "options": {"url": "http://127.0.0.1:9/v1"}}
    )
    lost.start()
    wait(lambda: lost.status.problem)
    tab.show_server(lost.config.id)
    tab._remove_elsewhere(session)
    wait(lambda: tab.notices.titles)
    camera.shoot("elsewhere-lost")
    lost.stop()
    llama = next(one for one in desk.servers.sessions if one.config.program == "llama-server")
    tab.show_server(llama.config.id)
    page = tab.page(llama.config.id)
    page.show_part("options")
    box = page.findChild(RpcBox)
    assert box is not None
    with rpc_worker() as address:
        for one in (address, "127.0.0.1:9"):
            box.line.setText(one)
            box.add.click()
        box.use.click()
        wait(lambda: "Nothing" in box.words_of("127.0.0.1:9") and "free" in box.words_of(address))
        camera.shoot("rpc")


def take_chat(
    camera: Camera, window: MainWindow, tab: ChatTab, answers: Answers, desk: ServersDesk
) -> None:
    session = desk.servers.sessions[-1]
    session.configure(session.config.with_options(url=desk.far_url))  # type: ignore[attr-defined]
    session.start()
    wait(lambda: session.status.is_answering)
    window.show_page("Chat")
    answers.choose(session.config.id)
    tab.composer.set_text("How are you today?")
    tab.composer.send_button.click()
    wait(lambda: not answers.is_answering)
    rest(300)
    camera.shoot("chat")
    tab.source.open_menu()
    rest(300)
    tab.source.menu.grab().toImage().save(str(camera._folder / "server-chat-menu.png"))
    tab.source.menu.close()


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setQuitOnLastWindowClosed(False)
    theme = Theme(application, resource("style.qss").read_text(encoding="utf-8"))
    window = MainWindow(theme, TABS)
    background, keeper, engine = Background(), Background(threads=1), Engine(ThreadLink)
    with (
        tempfile.TemporaryDirectory() as home,
        ChatServerFake(models=("Qwen3-14B-Instruct-Q4_K_M", "gpt-oss-20b")) as far,
    ):
        programs = {"llama-server": LlamaLike(), ELSEWHERE: Elsewhere()}
        desk = ServersDesk(Path(home), background, keeper, programs)
        desk.servers.load()
        wait(lambda: desk.servers.is_loaded)
        desk.far_url = far.url  # type: ignore[attr-defined]
        servers_tab = desk.tab(engine, theme)
        answers = Answers(engine, lambda path: path, desk.servers, background)
        store = ConversationStore(Path(home) / "talk.sqlite")
        chat = ChatSession(answers, store, keeper, dict)
        chat_tab = ChatTab(chat, answers, engine, theme)
        pages: dict[str, QWidget] = {"Servers": servers_tab, "Chat": chat_tab}
        window.show()
        window.show_page("Servers")
        window.open_pages(lambda name: pages[name])
        camera = Camera(folder, window, theme)
        take_servers(camera, servers_tab, desk, far)
        take_chat(camera, window, chat_tab, answers, desk)
        ended: list[bool] = []
        desk.servers.ended.connect(lambda: ended.append(True))
        desk.servers.shut_down()
        wait(lambda: ended)
        desk.servers.close()
        keeper.shutdown()
        background.shutdown()
        store.close()
    window.close_for_good()


if __name__ == "__main__":
    main()
