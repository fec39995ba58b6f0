"""The app around the window: what a person sees first is built first, the rest after it."""

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from lollma_gui import __version__
from lollma_gui.application import Application
from lollma_gui.core.engine_exit import NOT_ENOUGH_MEMORY
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.main_window import MainWindow
from lollma_gui.qt.single_instance import SingleInstance
from lollma_gui.remembered import Remembered
from lollma_gui.services.places import Places, resource
from lollma_gui.widgets.model_picker import MOST_PICKED, ModelChoice
from lollma_gui.widgets.notice import Notice
from lollma_gui.widgets.theme import Role, Theme, ThemeChoice

if TYPE_CHECKING:
    from lollma_gui.core.errors import LollmaError
    from lollma_gui.core.load_case import LoadQuestion
    from lollma_gui.opened_files import OpenedFiles
    from lollma_gui.parts import Parts
    from lollma_gui.server_notices import ServerNotices
    from lollma_gui.watch import Watch
    from lollma_gui.widgets.load_dialog import LoadDialog

TABS = ("Dashboard", "Models", "Settings", "Chat", "Servers", "Setup")


class LollmaApp(QObject):
    """The whole app around one window.

    Args:
        application: Qt's application.
        places: Where everything is kept.
        instance: The lock of these places, already held.
        quit_application: Ends the event loop.

    Signals:
        began: The parts behind the window are there; ``parts`` may be used.
        ended: Nothing of the app runs any more.
        unexpected: Emit it, from any thread, with an error that nobody caught.
    """

    began = Signal()
    ended = Signal()
    unexpected = Signal(str)

    parts: "Parts"
    watch: "Watch"
    server_notices: "ServerNotices"
    opened: "OpenedFiles"

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
        self._told: set[str] = set()
        self._to_open: list[str] = []
        self.question: LoadDialog | None = None
        self._servers_words = ""
        self.remembered = Remembered(places, self)
        choices = self.remembered.choices
        style = resource("style.qss").read_text(encoding="utf-8")
        self.theme = Theme(application, style, _theme_choice(choices.theme))
        self.window = MainWindow(self.theme, TABS)
        self.window.restore_geometry_text(choices.window_geometry)
        self.window.show_page(choices.tab or "Models")
        self.window.painted.connect(self._begin)
        self.window.close_wanted.connect(self._on_close_wanted)
        self.unexpected.connect(self._show_unexpected, Qt.ConnectionType.QueuedConnection)
        self._show_status_line(EngineStatus())

    def _begin(self) -> None:
        """What can wait until the window is seen."""
        from lollma_gui.opened_files import OpenedFiles
        from lollma_gui.pages import Pages
        from lollma_gui.parts import Parts
        from lollma_gui.server_notices import ServerNotices
        from lollma_gui.watch import Watch

        gc.enable()  # see __main__.make_ready
        choices = self.remembered.choices
        parts = self.parts = Parts(self._places, choices, self)
        place = choices.small_window
        self.watch = Watch(self.window, parts.monitor, parts.alerts, self.theme, place)
        self.server_notices = ServerNotices(
            parts.server_parts.servers, self.window.notices, self.window.close, self
        )
        self.remembered.follow(parts, self.watch)
        self.remembered.failed.connect(self._show_error)
        self.opened = OpenedFiles(parts, self.window, self.theme, choices.open_folder, self)
        self._connect_window()
        self._connect_parts()
        self.window.open_pages(Pages(parts, self.theme).page)
        self._instance.listen()
        self._start_parts()
        self.opened.open(self._to_open)
        self.began.emit()

    def _start_parts(self) -> None:
        from lollma_gui.about import About

        self.parts.book.open()
        self.parts.library.rescan()
        self.parts.monitor.start()
        self.parts.knowledge.measure()
        self.parts.session.open_newest()
        self.parts.downloads.restore()
        self.parts.server_parts.servers.load()
        self.about = About(self.window, self.parts, self.remembered, self.theme)
        self.about.begin()
        for problem in (*self.remembered.problems, *self.parts.settings.problems):
            self.window.notices.show_notice(Notice(problem, key=problem))

    def _connect_window(self) -> None:
        parts, window, bar = self.parts, self.window, self.window.run_bar
        bar.picker.chosen.connect(self.load_model)
        bar.picker.browse_wanted.connect(lambda: window.show_page("Models"))
        bar.unload_wanted.connect(parts.engine.unload)
        bar.reload_wanted.connect(self._load_again)
        parts.monitor.reading.connect(bar.show_reading)
        parts.small_window_wanted.connect(self.watch.show_small_window)
        parts.page_wanted.connect(window.show_page)
        parts.fit_wanted.connect(self._show_fit)
        window.ask_to_close = self.server_notices.may_close
        self._instance.raise_wanted.connect(window.raise_to_front)
        self._instance.open_wanted.connect(self.opened.open)
        self.opened.folder_used.connect(lambda path: self.remembered.take(open_folder=path))

    def _connect_parts(self) -> None:
        parts = self.parts
        for load_wanted in (parts.load_wanted, parts.fit.load_wanted, self.opened.load_wanted):
            load_wanted.connect(self.load_model)
        parts.reload_wanted.connect(self._load_again)
        parts.gate.asked.connect(self._ask)
        parts.engine.status_changed.connect(self._on_status)
        parts.server_parts.words_changed.connect(self._on_servers_words)
        parts.library.changed.connect(self._show_choices)
        parts.book.changed.connect(lambda _path: self._show_choices())
        parts.starter.fetched.connect(self._on_starter)
        parts.downloads.finished.connect(self._on_download)
        parts.downloads.changed.connect(self._show_downloads)
        parts.downloads.moved_on.connect(lambda _key: self._show_downloads())
        for failed in (parts.failed, parts.settings.failed, parts.gate.failed):
            failed.connect(self._show_error)
        for part in (parts.monitor, parts.knowledge, parts.load_watch, parts.book):
            part.failed.connect(self._tell_once)
        parts.ended.connect(self._end)

    # ---- running ---------------------------------------------------------------------------

    @Slot(list)
    def open_files(self, paths: Sequence[str]) -> None:
        """Show whether these models fit, and offer to load them; once the window is seen."""
        if hasattr(self, "opened"):
            self.opened.open(paths)
        else:
            self._to_open += paths

    def load_model(self, path: str) -> None:
        """Load a model with the settings in force for it; one that will not fit after asking."""
        self.remembered.take(last_model=path)
        self._close_question()
        self.parts.gate.load(path)

    def _ask(self, question: "LoadQuestion") -> None:
        """The model will not fit: what now?"""
        from lollma_gui.widgets.load_dialog import LoadDialog

        self._close_question()
        gate = self.parts.gate
        dialog = self.question = LoadDialog(question, self.theme, self.window)
        dialog.change_chosen.connect(lambda values: gate.load_with(question, values))
        dialog.anyway_chosen.connect(lambda for_good: self._load_anyway(question, for_good))
        dialog.finished.connect(self._forget_question)
        dialog.open()

    def _load_anyway(self, question: "LoadQuestion", for_good: bool) -> None:
        self.parts.gate.load_anyway(question, ask_no_more=for_good)
        if for_good:
            words = f"{question.view.name} is loaded without asking from now on."
            notice = Notice(words, action="Ask again", key="unasked")
            ask_again = self.parts.book.set_loads_anyway
            self.window.notices.show_notice(notice, lambda: ask_again(question.path, False))

    def _close_question(self) -> None:
        if self.question is not None:
            self.question.close()

    def _forget_question(self) -> None:
        self.question = None

    def _load_again(self) -> None:
        if path := self.parts.engine.status.model_path or self.remembered.choices.last_model:
            self.load_model(path)

    def _on_status(self, status: EngineStatus) -> None:
        self.window.run_bar.show_status(status)
        self._show_status_line(status)
        if status.state in (EngineState.NOT_LOADED, EngineState.CRASHED):
            self.parts.settings.set_loaded({})
        if status.problem == NOT_ENOUGH_MEMORY:
            self._explain_memory(status)
        elif status.state is EngineState.CRASHED:
            notice = Notice(status.problem, status.advice, Role.BAD, "Load again", "engine")
            self.window.notices.show_notice(notice, self._load_again)
        elif status.is_busy or status.is_loaded:
            self.window.notices.clear("engine")
        if status.is_loaded:
            self.parts.fit.set_failed("")

    def _explain_memory(self, status: EngineStatus) -> None:
        """A load failed for memory: the fit panel knows what would help."""
        path = status.model_path
        self.parts.fit.set_failed(path)
        notice = Notice(status.problem, status.advice, Role.BAD, "Show what fits", "engine")
        self.window.notices.show_notice(notice, lambda: self._show_fit(path))

    def _show_fit(self, path: str) -> None:
        from lollma_gui.tabs.models_tab import ModelsTab

        page = self.window.show_page("Models")
        if isinstance(page, ModelsTab):
            page.show_fit(path)

    def _on_starter(self, path: Path) -> None:
        self.parts.library.rescan()
        notice = Notice(f"{path.name} is here.", action="Load it", key="starter")
        self.window.notices.show_notice(notice, lambda: self.load_model(str(path)))

    def _on_download(self, path: Path) -> None:
        notice = Notice(f"{path.name} is here.", action="Load it", key=str(path))
        self.window.notices.show_notice(notice, lambda: self.load_model(str(path)))

    def _show_downloads(self) -> None:
        downloads = self.parts.downloads
        badge = str(downloads.under_way or "")
        self.window.navigation.set_badge(TABS.index("Models"), badge)
        self._show_status_line(self.parts.engine.status)

    def _show_choices(self) -> None:
        choices = [
            ModelChoice(str(entry.path), entry.name, entry.info.quantisation)
            for entry in self.parts.library.entries
            if entry.info is not None and entry.info.can_chat and not entry.problem
        ]
        if len(choices) > MOST_PICKED:
            pages = {choice: self.parts.book.page(choice.path) for choice in choices}
            choices.sort(key=lambda c: (not pages[c].favourite, -pages[c].last_used))
        self.window.run_bar.picker.show_choices(choices)

    def _on_servers_words(self, words: str) -> None:
        self._servers_words = words
        self._show_status_line(self.parts.engine.status)

    def _show_status_line(self, status: EngineStatus) -> None:
        left = f"Built-in llama.cpp: {status.words()}"
        if status.pid is not None:
            left += f" · PID {status.pid}"
        parts = getattr(self, "parts", None)
        downloads = parts.downloads.words if parts else ""
        left = "      ".join(filter(None, (left, self._servers_words, downloads)))
        engine = status.loaded.engine if status.loaded else ""
        right = [f"LoLLMa {__version__}", engine]
        self.window.show_status_line(left, " · ".join(part for part in right if part))

    # ---- what is said ----------------------------------------------------------------------

    @Slot(str)
    def _show_unexpected(self, what: str) -> None:
        notice = Notice(
            f"Something unexpected went wrong in LoLLMa ({what}).",
            f"It goes on; the details are in {self._places.logs / 'lollma.log'}.",
            Role.BAD,
            key="unexpected",
        )
        self.window.notices.show_notice(notice)

    def _tell_once(self, error: "LollmaError") -> None:
        """Say what comes again every second only the first time."""
        if error.title not in self._told:
            self._told.add(error.title)
            self._show_error(error)

    def _show_error(self, error: "LollmaError") -> None:
        notice = Notice(error.title, error.advice, Role.BAD, key=error.title)
        self.window.notices.show_notice(notice)

    # ---- ending ----------------------------------------------------------------------------

    def _on_close_wanted(self) -> None:
        """End everything in order; the window is hidden already."""
        self._instance.hear_no_more()
        self.remembered.take(
            window_geometry=self.window.geometry_text(),
            tab=self.window.page,
            theme=str(self.theme.choice),
        )
        self._close_question()
        self.about.close()
        self.watch.close()
        self.parts.stop()

    def _end(self) -> None:
        self.parts.close()
        self._instance.release()
        self.window.close_for_good()
        self._quit()
        self.ended.emit()


def _theme_choice(text: str) -> ThemeChoice:
    return ThemeChoice(text) if text in list(ThemeChoice) else ThemeChoice.SYSTEM


def run(
    files: Sequence[str] = (), on_made: Callable[[LollmaApp], object] = lambda _app: None
) -> int:
    """Show the window until it is closed, or have the one that is there already open these files.

    Args:
        files: Whole paths of models.
        on_made: Called with the app before its window is shown.

    Returns:
        The exit status.
    """
    places = Places.usual()
    application = Application()
    instance = SingleInstance(places.data)
    if not instance.is_first():
        from lollma_gui.cli import second_start

        if (status := second_start.run(instance, files, sys.stderr)) is not None:
            return status
    app = LollmaApp(application, places, instance, application.quit)
    application.open_wanted.connect(app.open_files)
    app.open_files(files)
    app.began.connect(lambda: _keep_log(app, places))
    app.began.connect(gc.freeze)  # what is there now stays to the end: it is never looked at again
    on_made(app)
    app.window.show()
    return application.exec()


def _keep_log(app: LollmaApp, places: Places) -> None:
    """Write the log from now on until the app has ended."""
    from lollma_gui.services.log import LogFile

    try:
        log = LogFile(places.logs, app.unexpected.emit)
    except OSError:
        return  # without a place to write to, LoLLMa works all the same
    log.open()
    app.ended.connect(log.close)
