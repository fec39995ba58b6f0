"""Models on the local Hub that can be downloaded, and somebody who downloads them."""

import random
from collections.abc import Callable
from pathlib import Path

from fakes.hub_server import HubFile, HubServer

from lollma_gui.core.download_state import Moment, Queued, key_of
from lollma_gui.core.hub_download import HubDownload, HubPart
from lollma_gui.services.database import Database
from lollma_gui.services.disk_room import DiskLedger
from lollma_gui.services.download_store import OriginStore
from lollma_gui.services.model_download import Means, ModelDownload
from lollma_gui.services.speed_limit import SpeedLimit

OWNER_REPOSITORY = "some-one/Model-8B-GGUF"
NEW_COMMIT = "89abcdef0123456789abcdef0123456789abcdef"
FILE = "Model-8B-Q4_K_M.gguf"


def content(seed: int, size: int = 300_000) -> bytes:
    return random.Random(seed).randbytes(size)


def offer(
    hub: HubServer, *files: HubFile, names: tuple[str, ...] = (FILE,), title: str = "Model-8B"
) -> HubDownload:
    """Serve files at ``main`` and at its commit, as the Hub does; returns what a listing says."""
    parts = []
    for name, file in zip(names, files, strict=True):
        for revision in ("main", file.commit):
            hub.add_to_repository(OWNER_REPOSITORY, revision, name, file)
        parts.append(HubPart(name, file.size, file.sha256 if file.is_large else ""))
    return HubDownload(OWNER_REPOSITORY, "main", files[0].commit, title, tuple(parts))


def upload_anew(hub: HubServer, name: str, file: HubFile) -> None:
    """Someone uploads another version: ``main`` moves on, the old commit stays what it was."""
    file.commit = NEW_COMMIT
    for revision in ("main", NEW_COMMIT):
        hub.add_to_repository(OWNER_REPOSITORY, revision, name, file)


def never() -> bool:
    return False


class Fetcher:
    """Runs downloads without a window."""

    def __init__(self, hub: HubServer, home: Path) -> None:
        self.folder = home / "models"
        self.database = Database(home / "lollma.sqlite")
        self.origins = OriginStore(self.database)
        self.ledger = DiskLedger()
        self.limit = SpeedLimit()
        self.means = Means(self.ledger, self.origins, self.limit.take, hub.url)
        self.moments: list[Moment] = []

    def queued(self, what: HubDownload, **values: object) -> Queued:
        folder = str(self.folder)
        return Queued(key_of(what, folder), what, folder)._replace(**values)  # type: ignore[arg-type]

    def run(
        self, what: HubDownload, cancelled: Callable[[], bool] = never, **values: object
    ) -> list[Path]:
        queued = self.queued(what, **values)
        return ModelDownload(queued, self.means, self.moments.append, cancelled).run()

    def lies(self) -> list[str]:
        """All files in the models folder."""
        return sorted(
            str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.is_file()
        )
