"""The queue of downloads without a window, over the local Hub."""

from pathlib import Path

from fakes.hub_server import HubServer
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from lollma_gui.core.download_state import DownloadState
from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.background import Background
from lollma_gui.qt.downloads import Downloads
from lollma_gui.qt.newer_uploads import NewerUploads
from lollma_gui.services.database import Database
from lollma_gui.services.download_store import DownloadStore, OriginStore

#: Only a hang takes this long.
PATIENCE_MS = 15_000


class DownloadsDesk(QObject):
    """All parts of the queue, and what it told."""

    def __init__(self, qtbot: QtBot, home: Path, hub: HubServer, at_once: int = 2) -> None:
        super().__init__()
        self.qtbot = qtbot
        self.folder = home / "models"
        self.database = Database(home / "lollma.sqlite")
        self.keeper = Background(threads=1)
        self.background = Background()
        self.store = DownloadStore(self.database)
        self.origins = OriginStore(self.database)
        self.downloads = Downloads(
            self.store, self.origins, self.keeper, self.folder, at_once, endpoint=hub.url
        )
        self.newer = NewerUploads(self.origins, self.downloads, self.background, hub.url)
        self.finished: list[Path] = []
        self.failures: list[LollmaError] = []
        self.downloads.finished.connect(self.finished.append)
        self.downloads.failed.connect(self.failures.append)

    def state(self, key: str) -> DownloadState:
        entry = self.downloads.entry(key)
        assert entry is not None
        return entry.state

    def until(self, key: str, state: DownloadState) -> None:
        self.qtbot.waitUntil(lambda: self.state(key) is state, timeout=PATIENCE_MS)

    def wait(self, condition) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def lies(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())

    def close(self) -> None:
        assert self.downloads.shutdown(PATIENCE_MS)
        assert self.background.shutdown()
        assert self.keeper.shutdown(cancel=False)
        self.database.close()
        for part in (self.newer, self.downloads, self.background, self.keeper, self):
            part.deleteLater()
