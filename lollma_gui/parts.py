"""Every part of the app behind the window, built once, and every tab that shows them.

Imported after the window is painted: this is where most of the program comes in.
"""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_facts import model_facts
from lollma_gui.core.settings_facts import ModelFacts, PcFacts
from lollma_gui.qt.alerts import HardwareAlerts
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.engine_figures import EngineFigures
from lollma_gui.qt.hardware_actions import HardwareActions
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.qt.library import Library
from lollma_gui.qt.log_lines import LogLines
from lollma_gui.qt.settings import Settings
from lollma_gui.qt.starter import StarterModel
from lollma_gui.services import pc_facts
from lollma_gui.services.choices import Choices
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.services.engine.link import EngineLink, LinkCallbacks
from lollma_gui.services.gpu_probe import survey_gpus, usual_probe
from lollma_gui.services.hardware_sampler import HardwareSampler
from lollma_gui.services.model_files import read_whole_header
from lollma_gui.services.places import Places
from lollma_gui.services.profile_store import ProfileStore
from lollma_gui.services.system_sampler import SystemSampler
from lollma_gui.widgets.theme import Theme

#: What is under way gets this long when the app ends; then it is left behind.
_LAST_MS = 3000


class Parts(QObject):
    """Builds the parts in order, and ends them in order.

    Signals:
        load_wanted: Path of a model that a tab asks to load.
        reload_wanted: The model is to be loaded again, with the settings of now.
        page_wanted: Name of a tab that another tab leads to.
        folders_chosen: The folders that are searched from now on.
        small_window_wanted: The small window is to be shown, or hidden.
    """

    load_wanted = Signal(str)
    page_wanted = Signal(str)
    reload_wanted = Signal()
    folders_chosen = Signal(list)
    small_window_wanted = Signal()

    def __init__(self, places: Places, choices: Choices, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._places = places
        self._theme = theme
        self._transport = choices.engine_transport
        self.background = Background(parent=self)
        # Saves must happen in the order they were asked for: one thread.
        self.keeper = Background(threads=1, parent=self)
        self.engine = Engine(self._make_link, self)
        self.engine_log = LogLines(self)
        self.engine.log_line.connect(self.engine_log.add)
        folders = [Path(folder) for folder in choices.model_folders]
        self.library = Library(self.background, [places.models, *folders], self)
        self.starter = StarterModel(self.background, places.models, self)
        self._sampler = HardwareSampler(usual_probe(), SystemSampler([places.models]))
        self.figures = EngineFigures(self.engine, self.model_name, self)
        self.monitor = HardwareMonitor(
            self._sampler, self.background, self, engine_now=self.figures.now
        )
        self.alerts = HardwareAlerts(
            self.monitor, choices.alerts_off, choices.system_notifications, self
        )
        self._facts: dict[str, ModelFacts] = {}
        profiles = ProfileStore(places.config / "profiles")
        self.settings = Settings(profiles, self.keeper, self._facts_of, self)
        self._store = ConversationStore(places.data / "lollma.sqlite")
        self.session = ChatSession(
            self.engine, self._store, self.keeper, self.model_name, self._generation_values, self
        )

    def _make_link(self, callbacks: LinkCallbacks) -> EngineLink:
        from lollma_gui.services.engine import links

        if self._transport == "thread":
            return links.ThreadLink(callbacks)
        return links.ProcessLink(callbacks)

    def _generation_values(self) -> Mapping[str, SettingValue]:
        return self.settings.generation_values(self.engine.status.model_path)

    def _facts_of(self, path: str) -> ModelFacts:
        return self._facts.get(path) or ModelFacts(name=self.model_name(path))

    def learn(self, path: str, then: Callable[[], None]) -> None:
        """Find out what settings need to know of this PC and a model, then go on.

        A model that cannot be read is left to the engine, which says why.
        """
        name = self.model_name(path)

        def look(_job: Job) -> tuple[PcFacts, ModelFacts | None]:
            facts = None
            with contextlib.suppress(LollmaError):
                facts = model_facts(read_whole_header(Path(path)), name)
            return pc_facts.measure(survey_gpus()), facts

        def take(found: tuple[PcFacts, ModelFacts | None]) -> None:
            if found[1] is not None:
                self._facts[path] = found[1]
            # What our own engine holds now is free again when it loads the next model.
            if not self.engine.status.is_loaded:
                self.settings.set_pc(found[0])
            self.settings.set_model(path)
            then()

        self.background.run(look, on_result=take, on_error=lambda _error: then(), owner=self)

    def model_name(self, path: str) -> str:
        """The name a person knows a model file by."""
        entry = self.library.entry(path)
        return entry.info.name if entry and entry.info else Path(path).stem

    def page(self, name: str) -> QWidget:
        """A tab, new."""
        makers: dict[str, Callable[[], QWidget]] = {
            "Dashboard": self._dashboard,
            "Models": self._models,
            "Settings": self._settings,
            "Chat": self._chat,
            "Servers": self._servers,
            "Setup": self._setup,
        }
        return makers[name]()

    def _dashboard(self) -> QWidget:
        from lollma_gui.tabs.dashboard_alerts import AlertMenu
        from lollma_gui.tabs.dashboard_tab import DashboardTab

        actions = HardwareActions(self.background, self)
        tab = DashboardTab(self.monitor, actions, self._theme)
        tab.add_tool(AlertMenu(self.alerts))
        tab.end_engine_wanted.connect(self.engine.unload)
        tab.small_window_wanted.connect(self.small_window_wanted)
        return tab

    def _models(self) -> QWidget:
        from lollma_gui.tabs.models_tab import ModelsTab

        tab = ModelsTab(self.library, self.starter, self.engine, self._theme)
        tab.load_wanted.connect(self.load_wanted)
        tab.folders_chosen.connect(self.folders_chosen)
        return tab

    def _settings(self) -> QWidget:
        from lollma_gui.tabs.settings_tab import SettingsTab

        tab = SettingsTab(self.settings, self.engine, self._theme)
        tab.reload_wanted.connect(self.reload_wanted)
        return tab

    def _chat(self) -> QWidget:
        from lollma_gui.tabs.chat_tab import ChatTab

        tab = ChatTab(self.session, self.engine, self._theme)
        tab.models_wanted.connect(lambda: self.page_wanted.emit("Models"))
        return tab

    def _servers(self) -> QWidget:
        from lollma_gui.tabs.servers_tab import ServersTab

        return ServersTab(self.engine, self.engine_log)

    def _setup(self) -> QWidget:
        from lollma_gui.services.software_checks import run_checks
        from lollma_gui.tabs.setup_tab import SetupTab

        tab = SetupTab(self.background, self._theme, lambda: run_checks([self._places.models]))
        tab.starter_wanted.connect(self._get_starter)
        tab.folders_wanted.connect(lambda: self.page_wanted.emit("Models"))
        return tab

    def _get_starter(self) -> None:
        self.page_wanted.emit("Models")
        self.starter.fetch()

    def stop(self) -> None:
        """Begin to end; ``engine.ended`` tells when ``close`` may be called."""
        self.monitor.stop()
        self.starter.cancel()
        self.engine.shut_down()

    def close(self) -> None:
        """End the rest: saves are finished first, everything else is given up."""
        self.background.shutdown(_LAST_MS)
        self.keeper.shutdown(_LAST_MS, cancel=False)
        self._store.close()
        self._sampler.close()
