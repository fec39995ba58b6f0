"""What the fit panel works with, put together as the app does it."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.qt.background import Background
from lollma_gui.qt.downloads import Downloads
from lollma_gui.qt.fit_session import FitSession
from lollma_gui.qt.hub import Hub
from lollma_gui.qt.hub_account import HubAccount
from lollma_gui.qt.hub_card import HubCard
from lollma_gui.qt.hub_check import HubCheck
from lollma_gui.qt.hub_finder import HubFinder
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.library import Library
from lollma_gui.qt.library_fits import LibraryFits
from lollma_gui.qt.newer_uploads import NewerUploads
from lollma_gui.qt.settings import Settings
from lollma_gui.services.database import Database
from lollma_gui.services.download_store import DownloadStore, OriginStore
from lollma_gui.services.dry_run import dry_run
from lollma_gui.services.hub_cache import HubCache
from lollma_gui.services.hub_token import TokenStore
from lollma_gui.services.load_store import LoadStore
from lollma_gui.services.profile_store import ProfileStore

GIB = 2**30


def card(free: float = 15, total: float = 16) -> GpuReading:
    """A graphics card with so many GiB free."""
    return GpuReading(
        "GPU-1",
        "NVIDIA GeForce RTX 4080",
        0,
        memory_used_bytes=int((total - free) * GIB),
        memory_free_bytes=int(free * GIB),
        memory_total_bytes=int(total * GIB),
        compute_capability=(8, 9),
    )


def really(
    path: str, values: Mapping[str, SettingValue], cancelled: Callable[[], bool]
) -> DryRunResult:
    """The engine's dry run in its own process."""
    return dry_run(Path(path), values, cancelled=cancelled)


class FitParts(QObject):
    """All of it.

    Args:
        home: A folder for what is stored.
        gpus: GPUs that the driver tells of.
        folders: Folders with models.
        dry_run: Stands in for the engine's dry run where a GPU would be needed.
        hub: Address of the Hub.
    """

    def __init__(
        self,
        home: Path,
        gpus: tuple[GpuReading, ...] = (),
        folders: tuple[Path, ...] = (),
        dry_run: Callable[..., DryRunResult] = really,
        hub: str | None = None,
    ) -> None:
        super().__init__()
        self.gpus = gpus
        self.sleeps = False
        self.surveyed_on: set[int] = set()
        self.background = Background(parent=self)
        self.keeper = Background(threads=1, parent=self)
        self.database = Database(home / "lollma.sqlite")
        self.loads = LoadStore(self.database)
        self.library = Library(self.background, folders, self)
        origins = OriginStore(self.database)
        self.downloads = Downloads(
            DownloadStore(self.database), origins, self.keeper, home, endpoint=hub, parent=self
        )
        self.newer = NewerUploads(origins, self.downloads, self.background, hub, self)
        self.knowledge = Knowledge(
            self.background, self.survey, self.awake, self.loads, lambda path: Path(path).stem, self
        )
        self.settings = Settings(
            ProfileStore(home / "profiles"), self.keeper, self.knowledge.facts, self
        )
        self.knowledge.pc_changed.connect(lambda: self.settings.set_pc(self.knowledge.pc))
        self.fits = LibraryFits(self.library, self.knowledge, self.settings, self.background, self)
        self.fit = FitSession(self.knowledge, self.settings, self.background, dry_run, self)
        self.hub_desk = Background(threads=3, parent=self)
        self.hub_talk = Background(threads=2, parent=self)
        self.hub_cache = HubCache(self.database)
        self.hub_check = HubCheck(
            *(self.knowledge, self.settings, self.hub_desk, self.background, dry_run),
            *(self.hub_cache, hub, self),
        )
        self.hub_fit = FitSession(self.knowledge, self.settings, self.background, dry_run, self)
        self.hub = Hub(
            HubFinder(self.hub_talk, self.hub_cache, self.knowledge, hub, self),
            self.hub_check,
            self.hub_fit,
            HubCard(self.hub_talk, self.hub_cache, hub, self),
            HubAccount(self.hub_talk, TokenStore(home / "config"), hub, self),
        )

    def survey(self) -> GpuSurvey:
        """What the driver tells now."""
        self.surveyed_on.add(threading.get_ident())
        if self.sleeps:
            return GpuSurvey(problem="The GPU is asleep.", is_asleep=True)
        return GpuSurvey(self.gpus, source="NVML")

    def awake(self) -> GpuSurvey:
        """What the driver tells of GPUs that it had to wake."""
        self.sleeps = False
        return self.survey()

    def close(self) -> None:
        """End all that runs."""
        self.fits.stop()
        self.fit.stop()
        self.hub.stop()
        assert self.hub_desk.shutdown()
        assert self.hub_talk.shutdown()
        assert self.background.shutdown()
        assert self.keeper.shutdown(cancel=False)
        self.database.close()
