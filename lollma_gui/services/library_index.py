"""What was read from model files, kept so that a second start need read none of them again."""

import dataclasses
import json
import logging
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_info import ModelInfo, ModelKind
from lollma_gui.core.model_source import ModelSource
from lollma_gui.services.database import Database
from lollma_gui.services.library_entry import LibraryEntry

#: To be raised when the same file would be described differently than before.
_RULES = 1

_INFO = tuple(f.name for f in dataclasses.fields(ModelInfo))
#: The path is the key, and comes from there.
_ENTRY = tuple(f.name for f in dataclasses.fields(LibraryEntry) if f.name != "path")
#: Rows of another version are of no use; adding a field makes a new one by itself.
_VERSION = zlib.crc32(repr((_RULES, _INFO, _ENTRY)).encode())

_NUMBER, _WHOLE = (int, float), (int, type(None))
_INFO_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("name", "architecture", "kind", "quantisation"), (str,)),
    **dict.fromkeys(("licence", "tokenizer"), (str,)),
    **dict.fromkeys(("parameters", "size_bytes"), (int,)),
    **dict.fromkeys(("context_length", "layers", "embedding_length", "active_parameters"), _WHOLE),
    **dict.fromkeys(("vocabulary_size", "experts", "experts_used"), _WHOLE),
    **dict.fromkeys(("heads", "kv_heads"), (int, list, type(None))),
    **dict.fromkeys(("files", "companions"), (list,)),
    "has_chat_template": (bool,),
}
_ENTRY_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("problem", "advice", "source", "title", "fingerprint"), (str,)),
    "info": (list, type(None)),
    "modified": _NUMBER,
    "size_bytes": (int,),
    "is_partial": (bool,),
}
_INFO_CHECKS = [_INFO_TYPES[name] for name in _INFO]
_ENTRY_CHECKS = [_ENTRY_TYPES[name] for name in _ENTRY]
_KINDS = {kind.value: kind for kind in ModelKind}
_SOURCES = {source.value: source for source in ModelSource}

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Known(NamedTuple):
    """What was read of a file, and the file it was.

    Attributes:
        size: Bytes of all its parts.
        mtime_ns: When the newest of them was changed, in nanoseconds since 1970.
        entry: What was read.
    """

    size: int
    mtime_ns: int
    entry: LibraryEntry


class LibraryIndex:
    """Keeps entries by path. For one thread at a time; nothing is read before the first use.

    A database that cannot be read or written costs time, not models: files are read again then.

    Args:
        database: Where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, Known] | None = None

    def known(self) -> Mapping[str, Known]:
        """All that is known, by path."""
        if self._known is None:
            try:
                self._known = self._read()
            except LollmaError as error:
                _log.info("the library's index cannot be read: %s", error.details)
                return {}
        return self._known

    def update(self, new: Iterable[Known], gone: Iterable[str]) -> None:
        """Keep what was read, and forget paths."""
        rows, paths = list(new), list(gone)
        if self._known is None or not (rows or paths):
            return
        for path in paths:
            self._known.pop(path, None)
        self._known.update((str(row.entry.path), row) for row in rows)
        try:
            self._write(rows, paths)
        except LollmaError as error:
            _log.info("the library's index cannot be written: %s", error.details)

    def _read(self) -> dict[str, Known]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT path, size, mtime_ns, entry FROM library WHERE version = ?", (_VERSION,)
            ).fetchall()
        found = {}
        for path, size, mtime_ns, text in rows:
            try:
                found[path] = Known(size, mtime_ns, decode(path, text))
            except ValueError:
                _log.info("what was kept of %s is damaged; it is read again", path)
        return found

    def _write(self, rows: list[Known], gone: list[str]) -> None:
        with self._database.write() as connection:
            connection.executemany("DELETE FROM library WHERE path = ?", [(p,) for p in gone])
            connection.executemany(
                "INSERT OR REPLACE INTO library (path, size, mtime_ns, version, entry)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (str(row.entry.path), row.size, row.mtime_ns, _VERSION, encode(row.entry))
                    for row in rows
                ],
            )
            connection.execute("DELETE FROM library WHERE version != ?", (_VERSION,))


def encode(entry: LibraryEntry) -> str:
    """All of an entry but its path, as a JSON list: names would be most of the bytes."""
    info = entry.info and [getattr(entry.info, name) for name in _INFO]
    values = {**{name: getattr(entry, name) for name in _ENTRY}, "info": info}
    return json.dumps(list(values.values()))


def decode(path: str, text: str) -> LibraryEntry:
    """What ``encode`` made.

    Raises:
        ValueError: If it is something else.
    """
    try:
        values = _checked(json.loads(text), _ENTRY, _ENTRY_CHECKS)
        values["source"] = _SOURCES[values["source"]]
        if values["info"] is not None:
            values["info"] = _info(values["info"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not an entry of the library") from error
    return _made(LibraryEntry, {"path": Path(path), **values})


def _info(values: list[Any]) -> ModelInfo:
    named = _checked(values, _INFO, _INFO_CHECKS)
    named["kind"] = _KINDS[named["kind"]]
    for name in ("heads", "kv_heads", "files", "companions"):
        if isinstance(named[name], list):
            named[name] = tuple(named[name])
    if not named["files"]:
        raise ValueError("a model has at least one file")
    return _made(ModelInfo, named)


def _checked(
    values: object, names: tuple[str, ...], types: list[tuple[type, ...]]
) -> dict[str, Any]:
    if not isinstance(values, list) or len(values) != len(names):
        raise ValueError("not what was stored")
    if not all(map(isinstance, values, types)):
        raise ValueError("a value is of another kind")
    return dict(zip(names, values, strict=True))


def _made(kind: type[T], values: dict[str, Any]) -> T:
    """A frozen dataclass of these values; a third of the time that its constructor takes."""
    made = object.__new__(kind)
    made.__dict__.update(values)
    return made
