"""What a person chose, kept for the next start."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from lollma_gui.services.choices import Choices, ChoiceStore
from lollma_gui.services.places import Places

if TYPE_CHECKING:
    from lollma_gui.parts import Parts
    from lollma_gui.qt.models_table import Arrangement
    from lollma_gui.watch import Watch

_MIB = 1024**2


class Remembered(QObject):
    """The choices of now.

    Args:
        places: Where they are kept.
        parent: The Qt parent.

    Signals:
        failed: A ``LollmaError``: they could not be saved.
    """

    failed = Signal(object)

    _parts: "Parts"
    _watch: "Watch"

    def __init__(self, places: Places, parent: QObject) -> None:
        super().__init__(parent)
        self._places = places
        self._store = ChoiceStore(places.config / "choices.json")
        self.choices: Choices = self._store.load()

    @property
    def problems(self) -> list[str]:
        """What was wrong with what was kept, each as a sentence."""
        return self._store.problems

    def follow(self, parts: "Parts", watch: "Watch") -> None:
        """Remember from now on what is chosen there."""
        self._parts, self._watch = parts, watch
        watch.choices_changed.connect(self.save)
        parts.folders_chosen.connect(self._take_folders)
        parts.library.off_changed.connect(lambda off: self.take(places_off=tuple(off)))
        parts.margins_chosen.connect(self._take_margins)
        parts.models_arranged.connect(self._take_arrangement)
        parts.downloads.limits_chosen.connect(
            lambda at_once, kb: self.take(downloads_at_once=at_once, downloads_kb=kb)
        )

    def take(self, **chosen: Any) -> None:
        """Remember these fields of ``Choices``."""
        self.choices = self.choices._replace(**chosen)
        self.save()

    def save(self) -> None:
        """Write them, after what was written before."""
        choices = self.choices = self._watch.remember(self.choices)
        self._parts.keeper.run(
            lambda _job: self._store.save(choices),
            on_result=lambda _none: None,
            on_error=self.failed.emit,
            owner=self,
        )

    def _take_folders(self, folders: list[Path]) -> None:
        own = [str(folder) for folder in folders if folder != self._places.models]
        self.take(model_folders=tuple(own))

    def _take_margins(self, margin: int | None, games: int) -> None:
        margin_mib = -1 if margin is None else margin // _MIB
        self.take(gpu_margin_mib=margin_mib, games_mib=games // _MIB)

    def _take_arrangement(self, wanted: "Arrangement") -> None:
        self.take(
            models_sort=wanted.sort,
            models_grouped=wanted.grouped,
            models_columns=wanted.columns,
        )
