"""The RPC workers that a server may use: kept with it, and asked what they have."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.memory_plan import TargetDevice
from lollma_gui.core.rpc_plan import worker_devices
from lollma_gui.core.rpc_workers import (
    MOST_WORKERS,
    RpcWorker,
    are_on,
    worker_address,
    workers_of,
)
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.services.rpc_worker import ask_worker


class RpcWorkers(QObject):
    """A server's list of workers.

    They are asked when somebody wants to know, and not in between: a worker talks to one program
    at a time, and that is to be the server.

    Args:
        session: The server.
        background: For what takes a moment.
        parent: The Qt parent.

    Signals:
        changed: The list, whether it is used, or what is known of one.
    """

    changed = Signal()

    def __init__(
        self, session: ServerSession, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._background = background
        self._known: dict[str, RpcWorker | LollmaError | None] = {}
        session.config_changed.connect(self.changed)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The workers, each as ``host:port``."""
        return workers_of(self._session.config.options)

    @property
    def is_on(self) -> bool:
        """Whether the server uses them from its next load on."""
        return are_on(self._session.config.options)

    def is_asked(self, address: str) -> bool:
        """Whether a worker is being asked now."""
        return address in self._known and self._known[address] is None

    def known(self, address: str) -> RpcWorker | LollmaError | None:
        """What a worker said, or why it said nothing; None: not asked, or being asked."""
        return self._known.get(address)

    @property
    def devices(self) -> tuple[TargetDevice, ...]:
        """What they lend out, as far as they said; empty while they are not used."""
        known = {one: self._known.get(one) for one in self.addresses if self.is_on}
        told = {one: said for one, said in known.items() if isinstance(said, RpcWorker)}
        return worker_devices(told)

    def add(self, text: str) -> None:
        """Take in a worker and ask it.

        Raises:
            LollmaError: If it is no address, or there are too many.
        """
        address = worker_address(text)
        if len(self.addresses) >= MOST_WORKERS and address not in self.addresses:
            raise LollmaError(
                f"llama.cpp takes no more than {MOST_WORKERS} workers.", "Remove one first."
            )
        self._keep([*dict.fromkeys((*self.addresses, address))])
        self.ask(address)

    def remove(self, address: str) -> None:
        """Take a worker from the list."""
        self._keep([one for one in self.addresses if one != address])

    def use(self, on: bool) -> None:
        """Use them from the next load on, or do not."""
        self._session.configure(self._session.config.with_options(rpc=on))

    def ask_all(self) -> None:
        """Ask every worker."""
        for address in self.addresses:
            self.ask(address)

    def ask(self, address: str) -> None:
        """Ask one worker what it has."""
        if self.is_asked(address):
            return
        self._known[address] = None
        self.changed.emit()

        def work(job: Job) -> RpcWorker:
            return ask_worker(address, job.cancelled)

        take = partial(self._take, address)
        self._background.run(work, on_result=take, on_error=take, owner=self)

    def _take(self, address: str, said: RpcWorker | LollmaError) -> None:
        self._known[address] = said
        self.changed.emit()

    def _keep(self, addresses: list[str]) -> None:
        self._session.configure(self._session.config.with_options(rpc_workers=addresses))
