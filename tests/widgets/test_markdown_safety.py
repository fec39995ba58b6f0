"""Nothing that an answer names is ever fetched or opened, and links are only told."""

import http.server
import os
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.markdown_page import links, shown_view, stream, texts
from helpers.pictures import colours_in, picture
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtTest import QTest

from lollma_gui.widgets.markdown_view import MarkdownView

KINDS = list(QTextDocument.ResourceType)


@pytest.fixture
def view(theme, qtbot) -> Iterator[MarkdownView]:
    with shown_view(theme, qtbot) as made:
        yield made


class Server:
    """A real web server that keeps what it was asked for."""

    def __init__(self) -> None:
        asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(404)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.asked = asked
        self.server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def hostile(address: str, picture: Path) -> str:
    return f"""![x]({address}/x.png) [![y]({address}/y.png)]({address}/z)

<img src="{address}/img.png"><link rel="stylesheet" href="{address}/a.css">
<style>@import url({address}/b.css); p {{ background: url({address}/c.png) }}</style>
<div style="background-image: url({address}/d.png)">css</div>

![local]({picture.as_uri()}) ![path]({picture}) ![data](data:image/png;base64,iVBORw0KGgo=)
![res](qrc:/x.png) [run](javascript:alert(1)) [file](file:///etc/hostname) [ok](HTTPS://a.example)
[mail](mailto:a@b.example) <file:///etc/hostname> [rel](x.html)

| ![t]({address}/t.png) | b |
|---|---|
| ![u][pic] | c |

[pic]: {address}/ref.png
"""


def test_nothing_an_answer_names_is_fetched_or_opened(view, server, tmp_path, qtbot) -> None:
    red = QImage(40, 40, QImage.Format.Format_RGB32)
    red.fill(Qt.GlobalColor.red)
    path = tmp_path / "red.png"
    assert red.save(str(path))
    source = hostile(server.address, path)
    os.utime(path, (1, 1))
    view.set_text(source)
    assert "#ff0000" not in colours_in(picture(view))
    stream(view, source, 5)
    assert "#ff0000" not in colours_in(picture(view))
    qtbot.wait(50)
    assert server.asked == []
    # Not each file system keeps the time of the last reading; where it does, there was none.
    assert path.stat().st_atime == 1
    assert not any("\ufffc" in text for text in texts(view)), "a picture is on the page"
    assert f'<img src="{server.address}/img.png">' in view.toPlainText()


def test_even_a_picture_put_on_the_page_by_force_gets_no_data(view, server, tmp_path, qtbot):
    path = tmp_path / "red.png"
    red = QImage(40, 40, QImage.Format.Format_RGB32)
    red.fill(Qt.GlobalColor.red)
    assert red.save(str(path))
    data = "data:image/png;base64,iVBORw0KGgo="
    addresses = [path.as_uri(), str(path), f"{server.address}/x.png", f"{server.address}/x", data]
    for address in addresses:
        assert [view.loadResource(int(kind.value), QUrl(address)) for kind in KINDS] == [
            None for _ in KINDS
        ]
        view.textCursor().insertImage(address)
    style = f'<style>@import url({server.address}/a.css)</style><img src="{path.as_uri()}">'
    view.document().setHtml(f'{style}<body background="{server.address}/b.png">text')
    assert "#ff0000" not in colours_in(picture(view))
    qtbot.wait(50)
    assert server.asked == []


def test_only_web_and_mail_addresses_are_links_and_pictures_are_their_words(view) -> None:
    view.set_text(hostile("http://127.0.0.1:9", Path("/x.png")))
    assert links(view) == [
        ("x", "http://127.0.0.1:9/x.png"),
        ("y", "http://127.0.0.1:9/y.png"),
        ("ok", "HTTPS://a.example"),
        ("mail", "mailto:a@b.example"),
        ("t", "http://127.0.0.1:9/t.png"),
        ("u", "http://127.0.0.1:9/ref.png"),
    ]
    shown = view.toPlainText()
    assert "local path data" in shown
    assert "run file ok" in shown


def test_a_clicked_link_is_told_and_not_opened(view, qtbot, server) -> None:
    view.set_text(f"[go]({server.address}/page)")
    with qtbot.waitSignal(view.link_clicked) as clicked:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(6, 8))
    assert clicked.args == [f"{server.address}/page"]
    assert view.toPlainText() == "go"
    assert server.asked == []


def test_a_link_says_where_it_leads_before_it_is_clicked(view, qtbot) -> None:
    view.set_text("[bank](https://other.example/login)")
    QTest.mouseMove(view.viewport(), QPoint(6, 8))
    qtbot.waitUntil(lambda: view.toolTip() == "https://other.example/login")
