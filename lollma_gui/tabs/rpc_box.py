"""RPC workers of a server: the list, what each has, and whether they are used."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.memory_plan import TargetDevice
from lollma_gui.core.rpc_workers import USUAL_PORT, WARNING, RpcWorker
from lollma_gui.qt.rpc_workers import RpcWorkers
from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

#: Says what would lie on devices of workers and on this PC, in a sentence or some.
SaySpread = Callable[[Sequence[TargetDevice], Callable[[str], None]], None]


class RpcBox(QWidget):
    """The list, with a line to add to it.

    Args:
        workers: The list itself.
        say_spread: Says what they mean for the server's model.
        theme: The colours.
    """

    def __init__(self, workers: RpcWorkers, say_spread: SaySpread, theme: Theme) -> None:
        super().__init__()
        self._workers = workers
        self._say_spread = say_spread
        self._theme = theme
        self.use = QCheckBox("Spread the model over RPC workers of llama.cpp on other PCs")
        self.line = QLineEdit()
        self.add = button("Add", tooltip="Add this worker and ask it what it has")
        self.ask = button("Check", tooltip="Ask all of them what they have")
        self.said = label("", TextRole.MUTED, wrap=True)
        self.spread = label("", wrap=True)
        self._rows: dict[str, _Row] = {}
        self._column = QVBoxLayout()
        self._build()
        self.use.clicked.connect(workers.use)
        self.line.returnPressed.connect(self._add)
        self.add.clicked.connect(self._add)
        self.ask.clicked.connect(workers.ask_all)
        workers.changed.connect(self._show)
        self._say("")
        self._show()

    def _build(self) -> None:
        self.line.setProperty("role", "mono")
        self.line.setAccessibleName("Address of an RPC worker")
        self.line.setPlaceholderText(f"192.168.1.20:{USUAL_PORT}")
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self.add)
        row.addWidget(self.ask)
        self._column.setSpacing(4)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(self.use)
        whole.addLayout(self._column)
        whole.addWidget(self.spread)
        whole.addLayout(row)
        whole.addWidget(self.said)
        whole.addWidget(label(WARNING, TextRole.CAPTION, wrap=True))

    def _add(self) -> None:
        try:
            self._workers.add(self.line.text())
        except LollmaError as error:
            self._say(str(error))
        else:
            self.line.clear()
            self._say("")

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def words_of(self, address: str) -> str:
        """What is said of a worker."""
        return self._rows[address].words.text()

    def _show(self) -> None:
        workers = self._workers
        self.use.setChecked(workers.is_on)
        self.ask.setEnabled(bool(workers.addresses))
        for gone in self._rows.keys() - set(workers.addresses):
            row = self._rows.pop(gone)
            self._column.removeWidget(row)
            row.deleteLater()
        for address in workers.addresses:
            if address not in self._rows:
                self._rows[address] = row = _Row(address, workers, self._theme)
                self._column.addWidget(row)
            said = workers.known(address)
            self._rows[address].show_known(said, is_asked=workers.is_asked(address))
        self._show_spread()

    def _show_spread(self) -> None:
        """What they mean for the model; which of them counts has been asked."""
        workers = self._workers
        self.spread.setVisible(workers.is_on and bool(workers.addresses))
        devices = workers.devices
        if devices:
            self._say_spread(devices, self.spread.setText)
        elif workers.is_on:
            self.spread.setText("None of them counts yet: “Check” asks what they have.")


class _Row(QWidget):
    """One worker: dot, address, what it has, a button that removes it."""

    def __init__(self, address: str, workers: RpcWorkers, theme: Theme) -> None:
        super().__init__()
        self._dot = StatusDot(theme)
        self.words = label("", TextRole.MUTED, wrap=True)
        self.remove = button("Remove", quiet=True)
        self.remove.setAccessibleName(f"Remove {address}")
        self.remove.clicked.connect(lambda: workers.remove(address))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(label(address, TextRole.MONO))
        row.addWidget(self.words, 1)
        row.addWidget(self.remove)

    def show_known(self, said: RpcWorker | LollmaError | None, *, is_asked: bool) -> None:
        """Show what it said, or why it said nothing."""
        role, words = _told(said)
        self._dot.show_role(role)
        self.words.setText("asking…" if is_asked else words)


def _told(said: RpcWorker | LollmaError | None) -> tuple[Role, str]:
    if said is None:
        return Role.MUTED, "not asked yet"
    if isinstance(said, LollmaError):
        return Role.WARNING, str(said)
    version = ".".join(map(str, said.version))
    if not said.is_compatible:
        return Role.WARNING, f"answers, but speaks version {version}: take the same llama.cpp"
    memory = [
        f"{units.memory_size(one.free_bytes)} free of {units.memory_size(one.total_bytes)}"
        for one in said.devices
    ]
    return Role.GOOD, f"answers · {', '.join(memory) or 'no device'} · protocol {version}"
