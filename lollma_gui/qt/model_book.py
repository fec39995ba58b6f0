"""The model book: favourites, notes and how models ran here, at hand for the window."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.model_page import ModelPage, Run, factor_of
from lollma_gui.qt.background import Background
from lollma_gui.services.model_book_store import ModelBookStore

_EMPTY = ModelPage()


class ModelBook(QObject):
    """Every model's page. Changes are seen at once and written in the background, in order.

    Args:
        store: Where pages are kept.
        keeper: A background of one thread.
        parent: The Qt parent.

    Signals:
        changed: Path of a model whose page changed; empty where many did.
        speeds_changed: There is one more measured answer, or there are others.
        failed: A ``LollmaError``: pages could not be read or written.
    """

    changed = Signal(str)
    speeds_changed = Signal()
    failed = Signal(object)

    def __init__(
        self, store: ModelBookStore, keeper: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._keeper = keeper
        self._pages: dict[str, ModelPage] = {}
        #: Changes wished for before the pages were read.
        self._early: list[Callable[[], None]] | None = []

    def open(self) -> None:
        """Read all pages."""
        self._keeper.run(
            lambda _job: self._store.all(), on_result=self._take, on_error=self.failed.emit
        )

    def _take(self, pages: dict[str, ModelPage]) -> None:
        early, self._early = self._early or [], None
        self._pages = pages
        for change in early:
            change()
        self.changed.emit("")
        self.speeds_changed.emit()

    # ---- asking ----------------------------------------------------------------------------

    def page(self, path: str) -> ModelPage:
        """A model's page; empty where nothing was written."""
        return self._pages.get(path, _EMPTY)

    @property
    def speed_factor(self) -> float | None:
        """What predictions of speed are to be multiplied with on this PC; None if unknown."""
        return factor_of(self._pages.values())

    # ---- writing ---------------------------------------------------------------------------

    def set_favourite(self, path: str, favourite: bool) -> None:
        """Whether a model is one of the favourites."""
        self._edit(path, lambda page: page._replace(favourite=favourite))

    def set_note(self, path: str, note: str) -> None:
        """What the person has to say about a model."""
        self._edit(path, lambda page: page._replace(note=note.strip()))

    def set_loads_anyway(self, path: str, anyway: bool) -> None:
        """Whether a model is to be loaded unasked although it will not fit."""
        self._edit(path, lambda page: page._replace(loads_anyway=anyway))

    def mark_used(self, path: str, at: float) -> None:
        """A model was loaded at this time, in seconds since 1970."""
        self._edit(path, lambda page: page._replace(last_used=at))

    def add_run(self, path: str, run: Run) -> None:
        """A model wrote an answer."""
        self._edit(path, lambda page: page.with_run(run))
        self.speeds_changed.emit()

    def move(self, old: str, new: str) -> None:
        """A model has another path now; its page goes with it."""
        if self._early is not None:
            self._early.append(lambda: self.move(old, new))
            return
        page = self._pages.pop(old, None)
        if page is not None:
            self._pages[new] = page
            self._keep(lambda: self._store.move(old, new))
            self.changed.emit(new)

    def _edit(self, path: str, change: Callable[[ModelPage], ModelPage]) -> None:
        if self._early is not None:
            self._early.append(lambda: self._edit(path, change))
            return
        before = self.page(path)
        page = change(before)
        if page != before:
            self._pages[path] = page
            self._keep(lambda: self._store.save(path, page))
            self.changed.emit(path)

    def _keep(self, work: Callable[[], None]) -> None:
        self._keeper.run(
            lambda _job: work(),
            on_result=lambda _none: None,
            on_error=self.failed.emit,
            owner=self,
        )
