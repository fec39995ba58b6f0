"""What Jan notes of its models: a ``model.yml`` in the folder of each.

It has flat lines of ``key: value`` (extensions/llamacpp-extension of Jan): ``name`` is what a
person knows the model by, ``model_path`` its file, elsewhere on the PC where it was imported, and
``mmproj_path`` its projector.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath

from lollma_gui.core.model_source import ModelSource
from lollma_gui.services.model_candidate import Candidate

_NOTES = "model.yml"
_MOST_BYTES = 1 << 16


def described(
    folder: str,
    found: Iterable[Candidate],
    is_new: Callable[[str, os.stat_result], bool],
) -> Iterator[Candidate]:
    """The models of a folder with what Jan says of them, and one that lies elsewhere.

    Args:
        folder: The folder.
        found: The models in it.
        is_new: Whether a file was not met before.
    """
    home = Path(folder)
    notes = _notes(home / _NOTES)
    path, projector = (_here(home, notes.get(f"{key}_path", "")) for key in ("model", "mmproj"))
    title, beside = notes.get("name", ""), (projector,) if projector else ()
    is_known = not path or Path(path).parent == home
    for candidate in found:
        if candidate.path == path and not candidate.is_partial:
            yield candidate._replace(title=title, companions=beside)
        else:
            yield candidate
    elsewhere = None if is_known else _elsewhere(path, title, beside, is_new)
    if elsewhere is not None:
        yield elsewhere


def _elsewhere(
    path: str,
    title: str,
    beside: tuple[str, ...],
    is_new: Callable[[str, os.stat_result], bool],
) -> Candidate | None:
    found = Candidate(path, 0, 0, ModelSource.JAN, title, beside)
    try:
        status = Path(path).stat()
    except OSError:
        problem = "The file that this model was imported from is not there."
        return found._replace(problem=problem, advice="Import it into Jan again.")
    if not is_new(path, status):
        return None
    return found._replace(size=status.st_size, mtime_ns=status.st_mtime_ns)


def _here(home: Path, path: str) -> str:
    """A file that notes name: relative paths begin at Jan's data folder, and end here."""
    if not path or Path(path).is_absolute():
        return path
    return str(home / PurePath(path.replace("\\", "/")).name)


def _notes(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8") as file:
            lines = file.read(_MOST_BYTES).splitlines()
    except (OSError, ValueError):
        return {}
    pairs = (line.partition(":") for line in lines if not line.startswith((" ", "#", "-")))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}
