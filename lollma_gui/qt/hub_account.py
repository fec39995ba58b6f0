"""The person's account on the Hub: whose token is in use, and where it lies."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.background import Background, Job
from lollma_gui.services.http_stream import HubClosed
from lollma_gui.services.hub_token import Account, TokenStore, account_of, name_of, usable_token


class HubAccount(QObject):
    """Keeps, checks and forgets the token, off the window's thread.

    Args:
        background: Where the keyring and the Hub are asked.
        store: Where the token lies.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
        parent: The Qt parent.

    Signals:
        changed: The account, or whether it is working.
        failed: A ``LollmaError``: the token is refused, or cannot be kept.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        background: Background,
        store: TokenStore,
        endpoint: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._store = store
        self._endpoint = endpoint
        self._job: Job | None = None
        self._account = Account()

    @property
    def account(self) -> Account:
        """Whose token it is, as far as that was asked for."""
        return self._account

    @property
    def is_working(self) -> bool:
        """Whether something is under way."""
        return self._job is not None

    def look(self) -> None:
        """Find out where the token lies; asks nobody else."""
        self._do(lambda _job: account_of(self._store.find()))

    def check(self) -> None:
        """Ask the Hub whose token it is."""

        def work(job: Job) -> Account:
            found = self._store.find()
            if found is None:
                return Account()
            return account_of(found, name_of(found.reveal(), job.cancelled, self._endpoint))

        self._do(work)

    def save(self, token: str) -> None:
        """Ask the Hub whose token this is, and keep it; one that it refuses is not kept."""

        def work(job: Job) -> Account:
            checked = usable_token(token)
            name = name_of(checked, job.cancelled, self._endpoint)
            self._store.save(checked)
            return account_of(self._store.find(), name)

        self._do(work)

    def forget(self) -> None:
        """Keep the token no more."""

        def work(_job: Job) -> Account:
            self._store.forget()
            return account_of(self._store.find())

        self._do(work)

    def stop(self) -> None:
        """What is under way is given up."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _do(self, work: Callable[[Job], Account]) -> None:
        self.stop()
        self._job = self._background.run(
            work, on_result=self._take, on_error=self._take_trouble, owner=self
        )
        self.changed.emit()

    def _take(self, account: Account) -> None:
        self._job = None
        self._account = account
        self.changed.emit()

    def _take_trouble(self, error: LollmaError) -> None:
        self._job = None
        if isinstance(error, HubClosed):
            error = LollmaError(
                "The Hub does not know this token.",
                "Copy it whole from your settings page on the Hub, or make a new one there.",
                error.details,
            )
        self.changed.emit()
        self.failed.emit(error)
