"""The models tab over real parts, and what a person does with it."""

from pathlib import Path

from helpers.fit_parts import FitParts
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lollma_gui.qt.details_session import DetailsSession
from lollma_gui.qt.duplicate_links import DuplicateLinks
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.library import Library
from lollma_gui.qt.model_actions import ModelActions
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.qt.models_table import Arrangement
from lollma_gui.qt.starter import StarterModel
from lollma_gui.services.engine.links import ProcessLink
from lollma_gui.services.model_book_store import ModelBookStore
from lollma_gui.services.places import resource
from lollma_gui.tabs.details_page import ModelDetails
from lollma_gui.tabs.downloads_page import DownloadsPage
from lollma_gui.tabs.hub_page import HubPage
from lollma_gui.tabs.library_list import LibraryList
from lollma_gui.tabs.model_side import ModelSide
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.tabs.planner_page import PlannerPage
from lollma_gui.widgets.theme import Theme, ThemeChoice


class ModelsPage(ModelsTab):
    """The tab, and what it was made from."""

    library: Library
    starter: StarterModel
    parts: FitParts
    book: ModelBook
    actions: ModelActions
    session: DetailsSession


def open_tab(
    qtbot: QtBot,
    qapp: QApplication,
    parts: FitParts,
    starter_folder: Path,
    arrangement: Arrangement | None = None,
) -> ModelsPage:
    """The tab in a window, once the PC was measured and the book read."""
    tab = build_tab(qapp, parts, starter_folder, arrangement)
    qtbot.addWidget(tab)
    with qtbot.waitSignals([tab.book.changed, parts.knowledge.pc_changed]):
        tab.book.open()
        parts.knowledge.measure()
    tab.resize(1100, 700)
    tab.show()
    return tab


def build_tab(
    qapp: QApplication,
    parts: FitParts,
    starter_folder: Path,
    arrangement: Arrangement | None = None,
) -> ModelsPage:
    """The tab, not yet shown."""
    style = resource("style.qss").read_text(encoding="utf-8")
    theme = Theme(qapp, style, ThemeChoice.LIGHT)
    starter = StarterModel(parts.background, starter_folder)
    engine = Engine(ProcessLink)
    book = ModelBook(ModelBookStore(parts.database), parts.keeper)
    actions = ModelActions(
        parts.background, parts.library, book, parts.settings, engine, parts.downloads
    )
    session = DetailsSession(parts.background)
    arranged = arrangement or Arrangement()
    models = LibraryList(parts.library, parts.fits, book, parts.newer, arranged, theme)
    details = ModelDetails(session, book, actions, theme)
    side = ModelSide(parts.fit, parts.fits, parts.knowledge, details, theme)
    hub = HubPage(parts.hub, parts.knowledge, parts.library, theme)
    downloads = DownloadsPage(parts.downloads, parts.newer, theme)
    links = DuplicateLinks(parts.library, parts.background)
    rest = (links, models, side, hub, downloads, PlannerPage(theme), theme)
    tab = ModelsPage(parts.library, starter, engine, actions, *rest)
    # kept, and for tests
    tab.library, tab.starter, tab.parts = parts.library, starter, parts
    tab.book, tab.actions, tab.session = book, actions, session
    for part in (engine, theme, book, actions, session, links):
        part.setParent(tab)
    return tab
