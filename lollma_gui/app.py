"""Builds every object once, hands it to who needs it, and shuts all of it down."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from lollma_gui import __version__
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.readings import Reading
from lollma_gui.main_window import MainWindow, Page
from lollma_gui.qt.background import Background
from lollma_gui.qt.chat_session import ChatSession
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.qt.library import Library
from lollma_gui.qt.log_lines import LogLines
from lollma_gui.qt.settings import Settings
from lollma_gui.qt.single_instance import SingleInstance, raise_first
from lollma_gui.qt.starter import StarterModel
from lollma_gui.services.choices import ChoiceStore
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.services.engine.link import EngineLink, LinkCallbacks
from lollma_gui.services.gpu_probe import usual_probe
from lollma_gui.services.hardware_sampler import HardwareSampler
from lollma_gui.services.places import Places, resource
from lollma_gui.services.system_sampler import SystemSampler
from lollma_gui.widgets.notice import Notice
from lollma_gui.widgets.model_picker import ModelChoice
from lollma_gui.widgets.theme import Role, Theme, ThemeChoice

#: What is under way gets this long when the app ends; then it is left behind.
_LAST_MS = 3000


class LollmaApp(QObject):
    """The whole app around one window.

    What a person sees first is built first; what can wait begins after the first painting.

    Args:
        application: Qt's application.
        places: Where everything is kept.
        instance: The lock of these places, already held.
        quit_application: Ends the event loop.

    Signals:
        ended: Nothing of the app runs any more.
    """

    ended = Signal()

    def __init__(
        self,
        application: QApplication,
        places: Places,
        instance: SingleInstance,
        quit_application: Callable[[], None],
    ) -> None:
        super().__init__()
        self._places = places
        self._instance = instance
        self._quit = quit_application
        self._choice_store = ChoiceStore(places.config / "choices.json")
        self._choices = self._choice_store.load()
        style = resource("style.qss").read_text(encoding="utf-8")
        self.theme = Theme(application, style, _theme_choice(self._choices.theme))
        self._build_services()
        self.window = MainWindow(self.theme, self._pages())
        self._connect()
        self.window.restore_geometry_text(self._choices.window_geometry)
        self.window.show_page(self._choices.tab or "Models")

    # ---- building --------------------------------------------------------------------------

    def _build_services(self) -> None:
        places = self._places
        self.background = Background(parent=self)
        # Saves must happen in the order they were asked for: one thread.
        self._keeper = Background(threads=1, parent=self)
        self.engine = Engine(self._make_link, self)
        self._engine_log = LogLines(self)
        folders = [Path(folder) for folder in self._choices.model_folders]
        self.library = Library(self.background, [places.models, *folders], self)
        self.starter = StarterModel(self.background, places.models, self)
        self._sampler = HardwareSampler(usual_probe(), SystemSampler([places.models]))
        self.monitor = HardwareMonitor(self._sampler, self.background, self)
        self.settings = Settings(places.config / "profiles", self)
        self._store = ConversationStore(places.data / "lollma.sqlite")
        self.session = ChatSession(
            self.engine,
            self._store,
            self._keeper,
            self._model_name,
            lambda: self.settings.generation_values(self.engine.status.model_path),
            self,
        )

    def _make_link(self, callbacks: LinkCallbacks) -> EngineLink:
        from lollma_gui.services.engine import links

        if self._choices.engine_transport == "thread":
            return links.ThreadLink(callbacks)
        return links.ProcessLink(callbacks)

    def _pages(self) -> list[Page]:
        return [
            Page("Dashboard", self._make_dashboard),
            Page("Models", self._make_models),
            Page("Settings", self._make_settings),
            Page("Chat", self._make_chat),
            Page("Servers", self._make_servers),
            Page("Setup", self._make_setup),
        ]

    def _make_dashboard(self) -> QWidget:
        from lollma_gui.tabs.dashboard_tab import DashboardTab

        return DashboardTab(self.monitor, self.theme)

    def _make_models(self) -> QWidget:
        from lollma_gui.tabs.models_tab import ModelsTab

        tab = ModelsTab(self.library, self.starter, self.engine, self.theme)
        tab.load_wanted.connect(self.load_model)
        tab.folders_chosen.connect(self._remember_folders)
        return tab

    def _make_settings(self) -> QWidget:
        from lollma_gui.tabs.settings_tab import SettingsTab

        return SettingsTab(self.settings, self.engine, self.theme)

    def _make_chat(self) -> QWidget:
        from lollma_gui.tabs.chat_tab import ChatTab

        tab = ChatTab(self.session, self.engine, self.theme)
        tab.models_wanted.connect(lambda: self.window.show_page("Models"))
        return tab

    def _make_servers(self) -> QWidget:
        from lollma_gui.tabs.servers_tab import ServersTab

        return ServersTab(self.engine, self._engine_log)

    def _make_setup(self) -> QWidget:
        from lollma_gui.services.software_checks import run_checks
        from lollma_gui.tabs.setup_tab import SetupTab

        tab = SetupTab(self.background, self.theme, lambda: run_checks([self._places.models]))
        tab.starter_wanted.connect(self._get_starter)
        tab.folders_wanted.connect(self._choose_folders)
        return tab

    def _connect(self) -> None:
        window, bar = self.window, self.window.run_bar
        bar.picker.chosen.connect(self.load_model)
        bar.picker.browse_wanted.connect(lambda: window.show_page("Models"))
        bar.unload_wanted.connect(self.engine.unload)
        bar.reload_wanted.connect(self._load_again)
        window.close_wanted.connect(self.shut_down)
        window.painted.connect(self._begin)
        window.visibility_changed.connect(self.monitor.set_visible)
        self.engine.status_changed.connect(self._on_status)
        self.engine.log_line.connect(self._engine_log.add)
        self.engine.ended.connect(self._end)
        self.library.changed.connect(self._show_choices)
        self.starter.fetched.connect(self._on_starter)
        self.monitor.reading.connect(self._on_reading)
        self._instance.raise_wanted.connect(window.raise_to_front)
        self._show_status_line()

    # ---- running ---------------------------------------------------------------------------

    def _begin(self) -> None:
        """What can wait until the window is seen."""
        self._instance.listen()
        self.library.rescan()
        self.monitor.start()
        self.session.open_newest()
        for problem in self._choice_store.problems:
            self.window.notices.show_notice(Notice(problem, key=problem))

    def load_model(self, path: str) -> None:
        """Load a model with the settings in force for it."""
        self._choices = replace(self._choices, last_model=path)
        self._save_choices()
        self.engine.load(path, self.settings.load_values(path))

    def _load_again(self) -> None:
        if path := self.engine.status.model_path or self._choices.last_model:
            self.load_model(path)

    def _on_status(self, status: EngineStatus) -> None:
        self.window.run_bar.show_status(status)
        self._show_status_line()
        if status.state is EngineState.CRASHED:
            notice = Notice(status.problem, status.advice, Role.BAD, "Load again", "engine")
            self.window.notices.show_notice(notice, self._load_again)
        elif status.is_busy or status.is_loaded:
            self.window.notices.clear("engine")

    def _on_reading(self, reading: Reading) -> None:
        self.window.run_bar.show_reading(reading)

    def _on_starter(self, path: Path) -> None:
        self.library.rescan()
        notice = Notice(f"{path.name} is here.", action="Load it", key="starter")
        self.window.notices.show_notice(notice, lambda: self.load_model(str(path)))

    def _get_starter(self) -> None:
        self.window.show_page("Models")
        self.starter.fetch()

    def _choose_folders(self) -> None:
        from lollma_gui.tabs.models_tab import ModelsTab

        tab = self.window.show_page("Models")
        assert isinstance(tab, ModelsTab)
        tab.choose_folder()

    def _model_name(self, path: str) -> str:
        entry = self.library.entry(path)
        return entry.info.name if entry and entry.info else Path(path).stem

    def _show_choices(self) -> None:
        self.window.run_bar.picker.show_choices(
            [
                ModelChoice(str(entry.path), entry.info.name, entry.info.quantisation)
                for entry in self.library.entries
                if entry.info is not None and not entry.problem
            ]
        )

    def _show_status_line(self) -> None:
        status = self.engine.status
        left = f"Built-in llama.cpp: {status.words()}"
        if status.pid is not None:
            left += f" · PID {status.pid}"
        engine = status.loaded.engine if status.loaded else ""
        parts = [f"LoLLMa {__version__}", engine]
        self.window.show_status_line(left, " · ".join(part for part in parts if part))

    # ---- remembering -----------------------------------------------------------------------

    def _remember_folders(self, folders: list[Path]) -> None:
        own = [str(folder) for folder in folders if folder != self._places.models]
        self._choices = replace(self._choices, model_folders=tuple(own))
        self._save_choices()

    def _save_choices(self) -> None:
        choices = self._choices
        self._keeper.run(
            lambda _job: self._choice_store.save(choices),
            on_result=lambda _none: None,
            on_error=self._show_error,
            owner=self,
        )

    def _show_error(self, error: LollmaError) -> None:
        notice = Notice(error.title, error.advice, Role.BAD, key=error.title)
        self.window.notices.show_notice(notice)

    # ---- ending ----------------------------------------------------------------------------

    def shut_down(self) -> None:
        """End everything in order; the window is hidden already."""
        self._choices = replace(
            self._choices,
            window_geometry=self.window.geometry_text(),
            tab=self.window.page,
            theme=str(self.theme.choice),
        )
        self._save_choices()
        self.monitor.stop()
        self.starter.cancel()
        self.engine.shut_down()

    def _end(self) -> None:
        self.background.shutdown(_LAST_MS)
        self._keeper.shutdown(_LAST_MS, cancel=False)
        self._store.close()
        self._sampler.close()
        self._instance.release()
        self.window.close_for_good()
        self._quit()
        self.ended.emit()


def _theme_choice(text: str) -> ThemeChoice:
    return ThemeChoice(text) if text in list(ThemeChoice) else ThemeChoice.SYSTEM


def run() -> int:
    """Show the window until it is closed. Returns the exit status."""
    places = Places.usual()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("LoLLMa")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("lollma")
    application.setQuitOnLastWindowClosed(False)
    instance = SingleInstance(places.data)
    if not instance.is_first():
        return 0 if raise_first(places.data) else _tell_stuck()
    app = LollmaApp(application, places, instance, application.quit)
    app.window.show()
    return application.exec()


def _tell_stuck() -> int:
    sys.stderr.write(
        "LoLLMa is running already but does not answer. End it (see the system's list of "
        "programs), then start again.\n"
    )
    return 1
