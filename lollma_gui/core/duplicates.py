"""Models that are on this PC more than once, and what a hard link in place of a copy would save.

Two names of one file share their bytes: a program that rewrites its file in place would change the
other's too. Stores that name files by their content (Ollama, the Hub's cache) rely on bytes that
never change, may check owner and rights, and clean up by themselves. So a file in such a store is
never replaced: it is the one that is kept, and the copy elsewhere becomes a second name of it.
Deleting either name leaves the other whole.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple

from lollma_gui.core.model_source import ModelSource

#: Programs that name files by their content.
_STORES = (ModelSource.OLLAMA, ModelSource.HUGGING_FACE)


class Copy(NamedTuple):
    """One model on disk.

    Attributes:
        files: Paths of all its files, in order.
        size_bytes: All of them together.
        fingerprint: The same for models that may have the same content; empty where unknown.
        source: Whose folder it is in.
    """

    files: tuple[str, ...]
    size_bytes: int
    fingerprint: str
    source: ModelSource = ModelSource.FOLDER

    @property
    def is_in_store(self) -> bool:
        """Whether its files are named by their content, and must not be replaced."""
        if self.source in _STORES:
            return True
        return any(part.startswith("models--") for part in PurePath(self.files[0]).parts)


class Duplicates(NamedTuple):
    """Models that very likely have the same content; only a comparison makes it certain.

    Attributes:
        keep: The one whose files stay.
        others: Those that can become further names of it.
        fixed: Those that take room too, but must stay as they are.
    """

    keep: Copy
    others: tuple[Copy, ...]
    fixed: tuple[Copy, ...] = ()

    @property
    def saved_bytes(self) -> int:
        """What hard links in place of the others would save."""
        return sum(copy.size_bytes for copy in self.others)


def find_duplicates(copies: Iterable[Copy]) -> list[Duplicates]:
    """Models that are there more than once, those first that would save most.

    Files with several names already are expected to be given once.
    """
    groups: dict[tuple[str, int, int], list[Copy]] = defaultdict(list)
    for copy in copies:
        if copy.fingerprint:
            groups[copy.fingerprint, copy.size_bytes, len(copy.files)].append(copy)
    found = [_group(group) for group in groups.values() if len(group) > 1]
    return sorted(found, key=lambda group: (-group.saved_bytes, group.keep.files))


def _group(copies: list[Copy]) -> Duplicates:
    keep = min(copies, key=lambda c: (not c.is_in_store, c.source is not ModelSource.OWN))
    rest = [copy for copy in copies if copy is not keep]
    return Duplicates(
        keep,
        tuple(copy for copy in rest if not copy.is_in_store),
        tuple(copy for copy in rest if copy.is_in_store),
    )
