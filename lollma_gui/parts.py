"""Every part of the app behind the window, built once, and every tab that shows them.

Imported after the window is painted: this is where most of the program comes in.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.qt.background import Background
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.qt.library import Library
from lollma_gui.qt.log_lines import LogLines
from lollma_gui.qt.settings import Settings
from lollma_gui.qt.starter import StarterModel
from lollma_gui.services.choices import Choices
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.services.engine.link import EngineLink, LinkCallbacks
from lollma_gui.services.gpu_probe import usual_probe
from lollma_gui.services.hardware_sampler import HardwareSampler
from lollma_gui.services.places import Places
from lollma_gui.services.system_sampler import SystemSampler
from lollma_gui.widgets.theme import Theme

#: What is under way gets this long when the app ends; then it is left behind.
_LAST_MS = 3000


class Parts(QObject):
    """Builds the parts in order, and ends them in order.

    Signals:
        load_wanted: Path of a model that a tab asks to load.
        page_wanted: Name of a tab that another tab leads to.
        folders_chosen: The folders that are searched from now on.
    """

    load_wanted = Signal(str)
    page_wanted = Signal(str)
    folders_chosen = Signal(list)

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
        self.monitor = HardwareMonitor(self._sampler, self.background, self)
        self.settings = Settings(places.config / "profiles", self)
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
        from lollma_gui.tabs.dashboard_tab import DashboardTab

        return DashboardTab(self.monitor, self._theme)

    def _models(self) -> QWidget:
        from lollma_gui.tabs.models_tab import ModelsTab

        tab = ModelsTab(self.library, self.starter, self.engine, self._theme)
        tab.load_wanted.connect(self.load_wanted)
        tab.folders_chosen.connect(self.folders_chosen)
        return tab

    def _settings(self) -> QWidget:
        from lollma_gui.tabs.settings_tab import SettingsTab

        return SettingsTab(self.settings, self.engine, self._theme)

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
