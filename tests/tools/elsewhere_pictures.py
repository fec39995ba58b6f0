"""Pictures of servers on other PCs, RPC workers, and the chat over them, light and dark, two sizes.

    xvfb-run -a python tests/tools/elsewhere_pictures.py FOLDER

Over the small real servers of the tests, in the main window's frame.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from fakes.chat_server import ChatServerFake
from fakes.rpc_worker import rpc_worker
from helpers.servers_user import ServersDesk
from helpers.trap_program import TrapProgram
from PySide6.QtWidgets import QWidget
from tools.screenshots import rest, wait
from tools.server_pictures import Camera, scene, show

from lollma_gui.core.server_config import ELSEWHERE, AtClose
from lollma_gui.main_window import MainWindow
from lollma_gui.qt.answers import Answers
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.services.servers.elsewhere import Elsewhere
from lollma_gui.tabs.chat_tab import ChatTab
from lollma_gui.tabs.rpc_box import RpcBox
from lollma_gui.tabs.servers_tab import ServersTab


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
    programs = {"llama-server": LlamaLike(), ELSEWHERE: Elsewhere()}
    pages: dict[str, QWidget] = {}
    models = ("Qwen3-14B-Instruct-Q4_K_M", "gpt-oss-20b")
    with ChatServerFake(models=models) as far, scene(pages, programs) as made:
        desk, engine = made.desk, made.engine
        desk.far_url = far.url  # type: ignore[attr-defined]
        answers = Answers(engine, lambda path: path, desk.servers, made.background)
        store = ConversationStore(made.home / "talk.sqlite")
        chat = ChatSession(answers, store, made.keeper, dict)
        pages["Chat"] = chat_tab = ChatTab(chat, answers, engine, made.theme)
        show(made.window, pages)
        take_servers(made.camera, made.tab, desk, far)
        take_chat(made.camera, made.window, chat_tab, answers, desk)
    store.close()


if __name__ == "__main__":
    main()
