"""Who can connect: nothing open by accident; key, addresses and QR code where it is."""

import segno
from helpers.pictures import picture
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from lollma_gui.core.network_reach import OwnAddress
from lollma_gui.core.server_config import Access
from lollma_gui.widgets.connect_card import ConnectCard, PortBox
from lollma_gui.widgets.qr_code import QrCode
from lollma_gui.widgets.theme import Theme, ThemeChoice

URL = "http://192.168.1.20:5000/v1"
HOME = [OwnAddress("wlan0", "192.168.1.20"), OwnAddress("eth0", "10.0.0.3")]


def modules(image: QImage, side: int) -> list[list[bool]]:
    """What a camera sees: row by row, whether a module is dark."""
    size = image.width() // side
    middles = [at * size + size // 2 for at in range(side)]
    return [[image.pixelColor(x, y).lightness() < 128 for x in middles] for y in middles]


def test_the_code_on_the_screen_is_that_of_the_address(qtbot: QtBot, theme: Theme) -> None:
    code = QrCode(theme)
    qtbot.addWidget(code)
    code.show_text(URL)
    code.resize(code.sizeHint())
    wanted = [[bool(m) for m in row] for row in segno.make(URL, error="m", micro=False).matrix]
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        theme.choose(choice)
        seen = modules(picture(code), code.side)
        assert [row[4:-4] for row in seen[4:-4]] == wanted
        around = [*seen[:4], *seen[-4:], *(row[:4] + row[-4:] for row in seen)]
        assert not any(any(row) for row in around)
    assert code.accessibleName() == f"QR code of {URL}"


def make(qtbot: QtBot, theme: Theme) -> ConnectCard:
    card = ConnectCard(theme)
    qtbot.addWidget(card)
    qtbot.addWidget(card.choice)
    card.choice.show()
    return card


def click(qtbot: QtBot, card: ConnectCard, name: str) -> None:
    found = next(b for b in card.findChildren(QPushButton) if b.accessibleName() == name)
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def test_this_pc_only_shows_nothing_to_connect_with(qtbot: QtBot, theme: Theme) -> None:
    card = make(qtbot, theme)
    card.show_reach(Access.THIS_PC, "", 5000, "/v1", HOME)
    assert not card.isVisible()
    assert card.code.side == 0
    assert card.choice.current() == Access.THIS_PC


def test_my_network_shows_key_addresses_and_a_warning(qtbot: QtBot, theme: Theme) -> None:
    card = make(qtbot, theme)
    with qtbot.waitSignal(card.access_chosen) as chosen:
        qtbot.mouseClick(card.choice._buttons[Access.NETWORK.value], Qt.MouseButton.LeftButton)
    assert chosen.args == [Access.NETWORK]
    card.show_reach(Access.NETWORK, "a-long-key", 5000, "/v1", HOME)
    assert card.isVisible()
    assert "only the key keeps others out" in card.warning.text()
    assert card.key.line.echoMode() is QLineEdit.EchoMode.Password
    click(qtbot, card, "Copy: Key")
    assert QApplication.clipboard().text() == "a-long-key"
    click(qtbot, card, "Show")
    assert card.key.line.displayText() == "a-long-key"
    click(qtbot, card, "Copy: Address in the network")
    assert QApplication.clipboard().text() == URL
    with qtbot.waitSignal(card.new_key_wanted):
        click(qtbot, card, "New key")


def test_a_phone_is_led_to_the_page_where_there_is_one(qtbot: QtBot, theme: Theme) -> None:
    card = make(qtbot, theme)
    page = "http://127.0.0.1:7860/"
    card.show_reach(Access.NETWORK, "a-long-key", 5000, "/v1", HOME, page)
    assert card.code.accessibleName() == "QR code of http://192.168.1.20:7860/"
    card.show_reach(Access.NETWORK, "a-long-key", 5000, "/v1", HOME)
    assert card.code.accessibleName() == f"QR code of {URL}"


def test_without_a_network_it_says_so(qtbot: QtBot, theme: Theme) -> None:
    card = make(qtbot, theme)
    card.show_reach(Access.NETWORK, "a-long-key", 5000, "/v1", [])
    assert card._nowhere.isVisible()
    assert card.code.side == 0


def test_a_port_is_taken_when_it_is_typed_to_the_end(qtbot: QtBot) -> None:
    box = PortBox()
    qtbot.addWidget(box)
    with qtbot.waitActive(box):
        box.show()
        box.activateWindow()
    box.show_port(5000)
    box.setFocus()
    box.selectAll()
    with qtbot.waitSignal(box.chosen) as chosen:
        qtbot.keyClicks(box, "8080")
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert chosen.args == [8080]
    for nonsense in ("0", "70000", "port"):
        box.selectAll()
        with qtbot.assertNotEmitted(box.chosen):
            qtbot.keyClicks(box, nonsense)
            qtbot.keyClick(box, Qt.Key.Key_Return)
        assert box.text() == "8080"
