"""The card of a model on the Hub, and its pictures once a person wants to see them."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QBuffer, QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_card import ModelCard, pictures, read_card
from lollma_gui.qt.background import Background, Job
from lollma_gui.services import hub_address
from lollma_gui.services.http_stream import TransferError
from lollma_gui.services.hub_cache import Answered, HubCache
from lollma_gui.services.hub_fetch import fetch_card, fetch_picture

#: Larger pictures are made smaller while they are read, or left out; in pixels.
_WIDEST, _HIGHEST = 900, 1200
_MOST_PIXELS = 40_000_000
#: What a card's pictures may be: formats that Qt reads by itself and that run nothing.
_FORMATS = (b"png", b"jpeg", b"jpg", b"gif", b"webp")


class HubCard(QObject):
    """One card at a time. Asks nobody anything before ``show_card``.

    Args:
        desk: Where the Hub is asked, and pictures are decoded.
        cache: What it said before.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
        parent: The Qt parent.

    Signals:
        changed: The card, or whether it is on its way.
        pictures_changed: More pictures are there, or it is done with them.
        failed: A ``LollmaError``: the card cannot be shown.
    """

    changed = Signal()
    pictures_changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        desk: Background,
        cache: HubCache,
        endpoint: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._cache = cache
        self._endpoint = endpoint
        self._shown = ("", "")
        self._job: Job | None = None
        self._forget()

    def _forget(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = None
        self._card: ModelCard | None = None
        self._kept_at: float | None = None
        self._addresses: dict[str, str] = {}
        self._pictures: dict[str, QImage] = {}
        self._are_pictures_wanted = False

    # ---- what is known ---------------------------------------------------------------------

    @property
    def card(self) -> ModelCard | None:
        """The card; None before it is there."""
        return self._card

    @property
    def kept_at(self) -> float | None:
        """When the Hub gave it, in seconds since 1970; None where it was just now."""
        return self._kept_at

    @property
    def is_working(self) -> bool:
        """Whether the card or pictures are on their way."""
        return self._job is not None

    @property
    def pictures(self) -> Mapping[str, QImage]:
        """Pictures by what the card calls them."""
        return self._pictures

    @property
    def offers_pictures(self) -> bool:
        """Whether there are pictures that were not asked for yet."""
        return bool(self._addresses) and not self._are_pictures_wanted

    # ---- wishes ----------------------------------------------------------------------------

    def show_card(self, repository: str, revision: str) -> None:
        """Fetch a card; of the one that is shown, nothing is fetched again."""
        if (repository, revision) == self._shown and (self._card or self._job):
            return
        self._forget()
        self._shown = repository, revision
        cache, endpoint = self._cache, self._endpoint

        def work(job: Job) -> tuple[Answered[str], ModelCard, dict[str, str]]:
            base = hub_address.file_url(repository, revision, "README.md", endpoint)
            answered = cache.ask(
                f"card {base}",
                lambda: fetch_card(repository, revision, job.cancelled, endpoint),
                str,
                str,
            )
            card = read_card(answered.value)
            return answered, card, pictures(card.text, base)

        self._job = self._desk.run(
            work, on_result=self._take, on_error=self._take_trouble, owner=self
        )
        self.changed.emit()

    def show_pictures(self) -> None:
        """Fetch the pictures of this card, this time."""
        if not self.offers_pictures:
            return
        self._are_pictures_wanted = True
        addresses, endpoint = self._addresses, self._endpoint
        self._job = self._desk.run(
            lambda job: _fetched(addresses, endpoint or hub_address.endpoint(), job),
            on_result=self._take_pictures,
            on_error=self._take_trouble,
            owner=self,
        )
        self.pictures_changed.emit()

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up."""
        self._forget()

    def _take(self, found: tuple[Answered[str], ModelCard, dict[str, str]]) -> None:
        self._job = None
        answered, self._card, self._addresses = found
        self._kept_at = answered.kept_at
        self.changed.emit()

    def _take_pictures(self, found: dict[str, QImage]) -> None:
        self._job = None
        self._pictures = found
        self.pictures_changed.emit()

    def _take_trouble(self, error: LollmaError) -> None:
        self._job = None
        self.changed.emit()
        self.failed.emit(error)


def _fetched(addresses: Mapping[str, str], endpoint: str, job: Job) -> dict[str, QImage]:
    """All pictures that can be had; one that cannot stays its words."""
    own_host = endpoint.partition("://")[2].partition("/")[0]
    found: dict[str, QImage] = {}
    for name, address in addresses.items():
        image = _one(address, own_host, job.cancelled)
        if image is not None:
            found[name] = image
    return found


def _one(address: str, own_host: str, cancelled: Callable[[], bool]) -> QImage | None:
    try:
        return decoded(fetch_picture(address, own_host, cancelled))
    except TransferError:
        return None


def decoded(data: bytes) -> QImage | None:
    """A picture, made no larger than a card needs; None if it is none, or too large to read."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    if bytes(reader.format().data()) not in _FORMATS:
        return None
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > _MOST_PIXELS:
        return None
    bound = QSize(_WIDEST, _HIGHEST)
    if size.width() > _WIDEST or size.height() > _HIGHEST:
        reader.setScaledSize(size.scaled(bound, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image
