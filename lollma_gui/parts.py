"""Every part of the app behind the window, built once; ``pages`` has the tabs that show them.

Imported after the window is painted: this is where most of the program comes in.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.engine_status import EngineStatus
from lollma_gui.core.load_case import PlannedLoad
from lollma_gui.core.model_info import readable_name
from lollma_gui.qt.alerts import HardwareAlerts
from lollma_gui.qt.answers import Answers
from lollma_gui.qt.background import Background
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.qt.details_session import DetailsSession
from lollma_gui.qt.downloads import Downloads
from lollma_gui.qt.duplicate_links import DuplicateLinks
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.engine_figures import EngineFigures
from lollma_gui.qt.fit_session import FitSession
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.qt.hub import Hub
from lollma_gui.qt.hub_account import HubAccount
from lollma_gui.qt.hub_card import HubCard
from lollma_gui.qt.hub_check import HubCheck
from lollma_gui.qt.hub_finder import HubFinder
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.library import Library
from lollma_gui.qt.library_fits import LibraryFits
from lollma_gui.qt.load_gate import LoadGate
from lollma_gui.qt.load_watch import LoadWatch
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.qt.model_actions import ModelActions
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.qt.model_desk import ModelDesk
from lollma_gui.qt.models_table import Arrangement
from lollma_gui.qt.newer_uploads import NewerUploads
from lollma_gui.qt.run_speeds import RunSpeeds
from lollma_gui.qt.settings import Settings
from lollma_gui.qt.starter import StarterModel
from lollma_gui.server_parts import ServerParts
from lollma_gui.services.choices import Choices
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.services.database import Database
from lollma_gui.services.download_store import DownloadStore, OriginStore
from lollma_gui.services.engine.link import EngineLink, LinkCallbacks
from lollma_gui.services.gpu_probe import usual_probe, wake_and_survey
from lollma_gui.services.hardware_sampler import HardwareSampler
from lollma_gui.services.hub_cache import HubCache
from lollma_gui.services.hub_token import TokenStore
from lollma_gui.services.library_index import LibraryIndex
from lollma_gui.services.load_store import LoadStore
from lollma_gui.services.model_book_store import ModelBookStore
from lollma_gui.services.model_places import ModelPlaces
from lollma_gui.services.places import Places
from lollma_gui.services.profile_store import ProfileStore
from lollma_gui.services.system_sampler import SystemSampler

if TYPE_CHECKING:
    from lollma_gui.core.dry_run_result import DryRunResult

#: What is under way gets this long when the app ends; then it is left behind.
_LAST_MS = 3000


class Parts(QObject):
    """Builds the parts in order, and ends them in order.

    Signals:
        load_wanted: Path of a model that a tab asks to load.
        reload_wanted: The model is to be loaded again, with the settings of now.
        page_wanted: Name of a tab that another tab leads to.
        folders_chosen: The folders that are searched from now on.
        margins_chosen: Bytes to stay free on each GPU (None = automatic), and for games.
        models_arranged: An ``Arrangement``: how the person wants the list of models.
        small_window_wanted: The small window is to be shown, or hidden.
        open_wanted: A tab wants a file to be opened.
        fit_wanted: Path of a model of which a tab wants to see where its memory goes.
        failed: A ``LollmaError`` that a tab did not show itself.
        ended: After ``stop``: engine and servers have ended, ``close`` may be called.
    """

    load_wanted = Signal(str)
    page_wanted = Signal(str)
    reload_wanted = Signal()
    folders_chosen = Signal(list)
    margins_chosen = Signal(object, object)
    models_arranged = Signal(object)
    small_window_wanted = Signal()
    open_wanted = Signal()
    fit_wanted = Signal(str)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, places: Places, choices: Choices, parent: QObject) -> None:
        super().__init__(parent)
        self.places = places
        self._transport = choices.engine_transport
        self.arrangement = Arrangement(
            choices.models_sort, choices.models_grouped, choices.models_columns
        )
        self.background = Background(parent=self)
        # Saves must happen in the order they were asked for: one thread.
        self.keeper = Background(threads=1, parent=self)
        # So many headers come from the Hub at a time.
        self.hub_desk = Background(threads=3, parent=self)
        # What a person waits for goes before headers: searches, cards, tokens.
        self.hub_talk = Background(threads=2, parent=self)
        self.engine = Engine(self._make_link, self)
        self.engine_log = LogStream(self)
        self.engine.log_line.connect(self.engine_log.add_line)
        self._database = Database(places.data / "lollma.sqlite")
        self._build_library(choices)
        self._build_monitor(choices)
        self._build_downloads(choices)
        self._build_fit(places, choices)
        self._build_book()
        self._build_servers(places)
        self._build_chat()

    def _build_monitor(self, choices: Choices) -> None:
        self._probe = usual_probe()
        self._sampler = HardwareSampler(self._probe, SystemSampler([self.places.models]))
        self.figures = EngineFigures(self.engine, self.model_name, self)
        self.monitor = HardwareMonitor(
            self._sampler,
            self.background,
            self,
            engine_now=self.figures.now,
            servers_now=lambda: self.server_parts.servers.names,
        )
        self.alerts = HardwareAlerts(
            self.monitor, choices.alerts_off, choices.system_notifications, self
        )

    def _build_chat(self) -> None:
        self._store = ConversationStore(self._database)
        # A thread of its own: an answer of a server may take minutes.
        self.talker = Background(threads=1, parent=self)
        servers = self.server_parts.servers
        self.answers = Answers(self.engine, self.model_name, servers, self.talker, self)
        self.session = ChatSession(
            self.answers, self._store, self.keeper, self._generation_values, self
        )

    def _build_library(self, choices: Choices) -> None:
        own = self.places.models
        self.library = Library(
            self.background,
            [own, *(Path(folder) for folder in choices.model_folders)],
            self,
            index=LibraryIndex(self._database),
            find_places=ModelPlaces.usual().find,
            off=choices.places_off,
            own=own,
        )
        self.starter = StarterModel(self.background, own, self)

    def _build_downloads(self, choices: Choices) -> None:
        origins = OriginStore(self._database)
        self.downloads = Downloads(
            DownloadStore(self._database),
            origins,
            self.keeper,
            self.places.models,
            choices.downloads_at_once,
            choices.downloads_kb,
            parent=self,
        )
        self.newer_uploads = NewerUploads(origins, self.downloads, self.background, parent=self)
        self.downloads.finished.connect(lambda _path: self.library.rescan())

    def _build_fit(self, places: Places, choices: Choices) -> None:
        """What settings are judged by: the PC, the models, and what earlier loads took."""
        loads = LoadStore(self._database)
        survey = self._probe.survey
        self.knowledge = Knowledge(
            self.background, survey, wake_and_survey, loads, self.model_name, self
        )
        self.knowledge.set_margins(choices.gpu_margin_bytes, choices.games_bytes)
        profiles = ProfileStore(places.config / "profiles")
        self.settings = Settings(profiles, self.keeper, self.knowledge.facts, self)
        self.fits = LibraryFits(self.library, self.knowledge, self.settings, self.background, self)
        self.fit = FitSession(self.knowledge, self.settings, self.background, _dry_run, self)
        self.hub = self._build_hub(places)
        self.load_watch = LoadWatch(self.engine, self.background, self.keeper, survey, loads, self)
        self.knowledge.pc_changed.connect(lambda: self.settings.set_pc(self.knowledge.pc))
        self.monitor.reading.connect(self.knowledge.take_reading)
        self.engine.status_changed.connect(self._on_status)
        self.load_watch.recorded.connect(self.knowledge.measure)

    def _build_book(self) -> None:
        """What is known of models beside their files, and the one way to load them."""
        self.book = ModelBook(ModelBookStore(self._database), self.keeper, self)
        self.run_speeds = RunSpeeds(self.engine, self.book, self.background, self._is_slowed, self)
        self.gate = LoadGate(self.knowledge, self.settings, self.book, self.background, self)
        self.gate.ready.connect(self._begin_load)
        self.details = DetailsSession(self.background, self)
        self.links = DuplicateLinks(self.library, self.background, self)
        self.actions = ModelActions(
            *(self.background, self.library, self.book, self.settings, self.engine),
            self.downloads,
            self,
        )

    def _is_slowed(self) -> bool:
        return bool(self._generation_values()["max_tokens_second"])

    def _build_servers(self, places: Places) -> None:
        self.server_parts = ServerParts(
            places,
            ModelDesk(self.library, self.knowledge, self.settings),
            self.background,
            self.keeper,
            self,
        )
        servers = self.server_parts.servers
        self.monitor.reading.connect(servers.take_reading)
        servers.failed.connect(self.failed)
        self._running = {"engine", "servers"}
        self.engine.ended.connect(lambda: self._has_ended("engine"))
        servers.ended.connect(lambda: self._has_ended("servers"))

    def _has_ended(self, what: str) -> None:
        if what in self._running:
            self._running.remove(what)
            if not self._running:
                self.ended.emit()

    def _build_hub(self, places: Places) -> Hub:
        cache = HubCache(self._database)
        knowledge, settings = self.knowledge, self.settings
        return Hub(
            HubFinder(self.hub_talk, cache, knowledge, parent=self),
            HubCheck(
                *(knowledge, settings, self.hub_desk, self.background, _dry_run, cache),
                parent=self,
            ),
            FitSession(knowledge, settings, self.background, _dry_run, self),
            HubCard(self.hub_talk, cache, parent=self),
            HubAccount(self.hub_talk, TokenStore(places.config), parent=self),
        )

    def _on_status(self, status: EngineStatus) -> None:
        held = status.loaded.buffers if status.loaded else ()
        self.knowledge.set_held(held, is_moving=status.is_busy)

    def _make_link(self, callbacks: LinkCallbacks) -> EngineLink:
        from lollma_gui.services.engine import links

        if self._transport == "thread":
            return links.ThreadLink(callbacks)
        return links.ProcessLink(callbacks)

    def _generation_values(self) -> Mapping[str, SettingValue]:
        return self.settings.generation_values(self.answers.model_path())

    def _begin_load(self, load: PlannedLoad) -> None:
        """Everything is decided: remember what it should take, and load."""
        self.settings.set_model(load.path)
        self.settings.set_loaded(load.values)
        self.load_watch.expect(load.path, load.plan)
        self.run_speeds.expect(load)
        self.engine.load(load.path, load.values)

    def model_name(self, path: str) -> str:
        """The name a person knows a model file by."""
        entry = self.library.entry(path)
        return entry.name if entry and entry.info else readable_name(path)

    def stop(self) -> None:
        """Begin to end; ``ended`` tells when ``close`` may be called."""
        self.monitor.stop()
        self.fits.stop()
        self.fit.stop()
        self.details.stop()
        self.links.cancel()
        self.hub.stop()
        self.starter.cancel()
        self.newer_uploads.stop()
        self.answers.stop_server()
        self.server_parts.servers.shut_down()
        self.engine.shut_down()

    def close(self) -> None:
        """End the rest: saves are finished first, everything else is given up."""
        self.downloads.shutdown(_LAST_MS)
        self.server_parts.servers.close()
        self.hub_desk.shutdown(_LAST_MS)
        self.hub_talk.shutdown(_LAST_MS)
        self.talker.shutdown(_LAST_MS)
        self.background.shutdown(_LAST_MS)
        self.keeper.shutdown(_LAST_MS, cancel=False)
        self._store.close()
        self._database.close()
        self._sampler.close()


def _dry_run(
    path: str, values: Mapping[str, SettingValue], cancelled: Callable[[], bool]
) -> "DryRunResult":
    from lollma_gui.services.dry_run import dry_run

    return dry_run(Path(path), values, cancelled=cancelled)
