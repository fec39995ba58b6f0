"""What was read from model files, kept so that a second start need read none of them again."""

import dataclasses
import functools
import json
import logging
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_info import ModelInfo, ModelKind
from lollma_gui.core.model_source import ModelSource
from lollma_gui.services.database import Database
from lollma_gui.services.library_entry import LATER, LibraryEntry

#: To be raised when the same file would be described differently than before.
_RULES = 1

_INFO = tuple(f.name for f in dataclasses.fields(ModelInfo))
#: The path is the key, and comes from there.
_ENTRY = tuple(f.name for f in dataclasses.fields(LibraryEntry) if f.name not in ("path", "info"))
#: Rows of another version are of no use; adding a field makes a new one by itself.
_VERSION = zlib.crc32(repr((_RULES, _INFO, _ENTRY)).encode())

_SOURCES = {source.value: source for source in ModelSource}

_SUM_DIGITS = 8
#: A third faster than ``json.loads``, which looks for byte order marks and the like.
_parse = json.JSONDecoder().raw_decode

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
    """Keeps entries by path. For any thread; nothing is read before the first use.

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
        rows, paths = list(new), set(gone)
        if self._known is None or not (rows or paths):
            return
        # Another search may be using what is known now: it is replaced, not changed.
        kept = {path: row for path, row in self._known.items() if path not in paths}
        self._known = kept | {str(row.entry.path): row for row in rows}
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

    def _write(self, rows: list[Known], gone: set[str]) -> None:
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
    """All of an entry but its path: a checksum, and two lists in JSON, a line each.

    Names would be most of the bytes. What the model is stands in the second line, which is only
    decoded when somebody asks for it: with thousands of models that is most of a start's time.
    """
    lines = json.dumps([getattr(entry, name) for name in _ENTRY])
    if (info := entry.info) is not None:
        values = {name: getattr(info, name) for name in _INFO}
        if info.files == (str(entry.path),):
            values["files"] = ()  # as nearly always
        lines += "\n" + json.dumps(list(values.values()))
    return _checksum(lines) + lines


def decode(path: str, text: str) -> LibraryEntry:
    """What ``encode`` made.

    Raises:
        ValueError: If it is something else.
    """
    lines = text[_SUM_DIGITS:]
    if text[:_SUM_DIGITS] != _checksum(lines):
        raise ValueError("not an entry of the library")
    values, end = _parse(lines)
    named = dict(zip(_ENTRY, values, strict=True))
    named["source"] = _SOURCES[named["source"]]
    if end == len(lines):
        named["info"] = None
    named[LATER] = functools.partial(_later, path, lines, end + 1)
    entry = object.__new__(LibraryEntry)  # the constructor wants everything now
    object.__setattr__(entry, "__dict__", named)
    return entry


def _later(path: str, lines: str, start: int, name: str) -> Path | ModelInfo:
    """What an entry's attribute of this name is."""
    return Path(path) if name == "path" else _info(path, lines, start)


def _info(path: str, lines: str, start: int) -> ModelInfo:
    named = dict(zip(_INFO, _parse(lines, start)[0], strict=True))
    named["kind"] = ModelKind(named["kind"])
    named["files"] = tuple(named["files"]) or (path,)
    for name in ("heads", "kv_heads", "companions"):
        if isinstance(named[name], list):
            named[name] = tuple(named[name])
    return ModelInfo(**named)


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):0{_SUM_DIGITS}x}"
