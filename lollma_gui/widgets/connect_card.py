"""Who can connect to a server: its port, this PC or the network, key, addresses and QR code."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lollma_gui.core.network_reach import (
    OwnAddress,
    is_public,
    reach_words,
    web_address,
)
from lollma_gui.core.server_config import LOOPBACK, Access
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.copy_line import CopyLine
from lollma_gui.widgets.qr_code import QrCode
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

_HIGHEST = 65535
_MOST_ADDRESSES = 3


class PortBox(QLineEdit):
    """A port to be typed.

    Signals:
        chosen: The port that the person wants.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._port = 0
        # Five digits of any kind: with narrower limits Qt keeps silent about a wrong number.
        self.setValidator(QIntValidator(0, 99_999, self))
        self.setAccessibleName("Port")
        self.setToolTip("From 1 to 65535; below 1024 most systems ask for an administrator")
        self.setFixedWidth(90)
        self.editingFinished.connect(self._take)

    def show_port(self, port: int) -> None:
        """The port in force, unless another one is being typed."""
        if port != self._port or not self.hasFocus():
            self._port = port
            self.setText(str(port) if port else "")

    def _take(self) -> None:
        port = int(self.text() or 0)
        if not 0 < port <= _HIGHEST:
            self.setText(str(self._port) if self._port else "")
        elif port != self._port:
            self._port = port
            self.chosen.emit(port)


class ConnectCard(QWidget):
    """What others need to know to connect, and who they may be.

    Args:
        theme: The colours.

    Attributes:
        choice: Who can connect; stands wherever its owner puts it.

    Signals:
        access_chosen: An ``Access``.
        new_key_wanted: The key is to be replaced by a new one.
    """

    access_chosen = Signal(object)
    new_key_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.choice = SegmentedControl(
            [(Access.THIS_PC.value, "This PC only"), (Access.NETWORK.value, "My network")],
            "Who can connect",
        )
        self.key = CopyLine("Key", hidden=True)
        self.code = QrCode(theme)
        self.warning = label("", TextRole.MUTED, wrap=True)
        self._lines = [CopyLine("Address in the network") for _ in range(_MOST_ADDRESSES)]
        self._names = [label("", TextRole.CAPTION) for _ in range(_MOST_ADDRESSES)]
        self._nowhere = label(
            "This PC is in no network now; nobody else can connect.", TextRole.MUTED, wrap=True
        )
        self._build()
        self.choice.chosen.connect(lambda key: self.access_chosen.emit(Access(key)))

    def _build(self) -> None:
        new = button("New key", tooltip="Who has the old one cannot connect after the next start")
        new.clicked.connect(self.new_key_wanted)
        self.key.add_button(new)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.addWidget(label("Key", TextRole.CAPTION), 0, 0)
        grid.addWidget(self.key, 0, 1)
        for row, (name, line) in enumerate(zip(self._names, self._lines, strict=True), 1):
            grid.addWidget(name, row, 0)
            grid.addWidget(line, row, 1)
        grid.setColumnStretch(1, 1)
        texts = QVBoxLayout()
        texts.setSpacing(8)
        texts.addWidget(self.warning)
        texts.addWidget(self._nowhere)
        texts.addLayout(grid)
        texts.addStretch(1)
        beside = QHBoxLayout(self)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(16)
        beside.addLayout(texts, 1)
        beside.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)

    def show_reach(
        self,
        access: Access,
        key: str,
        port: int,
        path: str,
        addresses: Sequence[OwnAddress],
        page: str = "",
    ) -> None:
        """Show who can connect, and how.

        Args:
            access: Who.
            key: What they must know.
            port: The port.
            path: What stands behind address and port, for example ``/v1``.
            addresses: Of this PC, at which others reach it.
            page: Its page for a browser, as this PC reaches it: that is what a phone opens.
        """
        self.choice.choose(access.value)
        is_open = access is Access.NETWORK
        self.setVisible(is_open)
        self.warning.setText(reach_words(access, is_public=is_public(addresses)))
        self.key.show_text(key)
        shown = addresses[:_MOST_ADDRESSES] if is_open else []
        urls = [web_address(one.address, port, path) for one in shown]
        for number, (name, line) in enumerate(zip(self._names, self._lines, strict=True)):
            is_there = number < len(shown)
            name.setVisible(is_there)
            line.setVisible(is_there)
            name.setText(shown[number].network if is_there else "")
            line.show_text(urls[number] if is_there else "")
        self._nowhere.setVisible(is_open and not shown)
        for_phone = page.replace(LOOPBACK, shown[0].address) if page and shown else ""
        self.code.show_text(for_phone or (urls[0] if urls else ""))
