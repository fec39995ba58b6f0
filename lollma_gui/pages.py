"""The tabs, each made when it is first looked at, over the parts behind the window."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from lollma_gui.parts import Parts
from lollma_gui.qt.hardware_actions import HardwareActions
from lollma_gui.widgets.theme import Theme

if TYPE_CHECKING:
    from lollma_gui.tabs.model_side import ModelSide


class Pages:
    """Makes tabs.

    Args:
        parts: What they show; tabs' wishes become its signals.
        theme: The colours.
    """

    def __init__(self, parts: Parts, theme: Theme) -> None:
        self._parts = parts
        self._theme = theme

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

        parts = self._parts
        actions = HardwareActions(parts.background, parts.server_parts.servers.end, parts)
        tab = DashboardTab(parts.monitor, actions, self._theme)
        tab.add_tool(AlertMenu(parts.alerts))
        tab.end_engine_wanted.connect(parts.engine.unload)
        tab.small_window_wanted.connect(parts.small_window_wanted)
        return tab

    def _models(self) -> QWidget:
        from lollma_gui.tabs.downloads_page import DownloadsPage
        from lollma_gui.tabs.hub_page import HubPage
        from lollma_gui.tabs.library_list import LibraryList
        from lollma_gui.tabs.models_tab import ModelsTab
        from lollma_gui.tabs.planner_page import PlannerPage

        parts = self._parts
        arranged = parts.arrangement
        models = LibraryList(
            *(parts.library, parts.fits, parts.book, parts.newer_uploads), arranged, self._theme
        )
        models.arranged.connect(parts.models_arranged)
        hub = HubPage(parts.hub, parts.knowledge, parts.library, self._theme)
        hub.margins_chosen.connect(parts.margins_chosen)
        hub.download_wanted.connect(parts.downloads.add)
        parts.downloads.changed.connect(lambda: hub.repository.show_wanted(parts.downloads.wanted))
        hub.repository.show_wanted(parts.downloads.wanted)
        planner = PlannerPage(self._theme)
        parts.knowledge.pc_changed.connect(lambda: planner.show_pc(parts.knowledge.pc_now))
        planner.show_pc(parts.knowledge.pc_now)
        downloads = DownloadsPage(parts.downloads, parts.newer_uploads, self._theme)
        tab = ModelsTab(
            parts.library,
            parts.starter,
            parts.engine,
            parts.actions,
            parts.links,
            models,
            self._side(),
            hub,
            downloads,
            planner,
            self._theme,
        )
        tab.load_wanted.connect(parts.load_wanted)
        tab.folders_chosen.connect(parts.folders_chosen)
        tab.open_wanted.connect(parts.open_wanted)
        return tab

    def _side(self) -> "ModelSide":
        from lollma_gui.tabs.details_page import ModelDetails
        from lollma_gui.tabs.model_side import ModelSide

        parts = self._parts
        details = ModelDetails(parts.details, parts.book, parts.actions, self._theme)
        side = ModelSide(parts.fit, parts.fits, parts.knowledge, details, self._theme)
        side.margins_chosen.connect(parts.margins_chosen)
        return side

    def _settings(self) -> QWidget:
        from lollma_gui.tabs.settings_tab import SettingsTab

        parts = self._parts
        tab = SettingsTab(parts.settings, parts.engine, self._theme)
        tab.reload_wanted.connect(parts.reload_wanted)
        return tab

    def _chat(self) -> QWidget:
        from lollma_gui.tabs.chat_tab import ChatTab

        parts = self._parts
        tab = ChatTab(parts.session, parts.answers, parts.engine, self._theme)
        tab.models_wanted.connect(lambda: parts.page_wanted.emit("Models"))
        return tab

    def _servers(self) -> QWidget:
        parts = self._parts
        tab = parts.server_parts.tab(parts.engine, parts.engine_log, parts, self._theme)
        tab.failed.connect(parts.failed)
        tab.watched.connect(lambda on: parts.monitor.set_watched("servers", on))
        return tab

    def _setup(self) -> QWidget:
        from lollma_gui.services.software_checks import run_checks
        from lollma_gui.tabs.setup_tab import SetupTab

        parts = self._parts
        tab = SetupTab(parts.background, self._theme, lambda: run_checks([parts.places.models]))
        tab.starter_wanted.connect(self._get_starter)
        tab.folders_wanted.connect(lambda: parts.page_wanted.emit("Models"))
        return tab

    def _get_starter(self) -> None:
        parts = self._parts
        parts.page_wanted.emit("Models")
        parts.starter.fetch()
