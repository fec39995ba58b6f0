"""Turns a second copy of a model into a second name of the first, and back.

Nothing is replaced before every byte was compared, and then in one step: at any moment each name
leads to the whole model.
"""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from io import FileIO
from pathlib import Path

from lollma_gui.core.duplicates import Copy
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services import files
from lollma_gui.services.library_entry import LibraryEntry

_BLOCK_BYTES = 1 << 20
#: Behind a name while it is being made.
_MAKING = ".linking"

_CANNOT_LINK = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)

_States = tuple[os.stat_result, os.stat_result]
Cancel = Callable[[], bool]
Progress = Callable[[int, int], None]


def copies_of(entries: Sequence[LibraryEntry]) -> list[Copy]:
    """The whole models of a library, as ``core.duplicates`` wants them."""
    return [
        Copy(entry.info.files, entry.size_bytes, entry.fingerprint, entry.source)
        for entry in entries
        if entry.fingerprint and not entry.problem and entry.info is not None
    ]


def link(
    keep: Copy,
    replace: Copy,
    cancelled: Cancel = lambda: False,
    progress: Progress = lambda _done, _all: None,
) -> int:
    """Make the files of a copy further names of those that are kept.

    Args:
        keep: The model whose files stay.
        replace: The copy; see ``core.duplicates`` for those that must stay as they are.
        cancelled: Asked often while bytes are compared.
        progress: Told how many bytes of how many are compared.

    Returns:
        Bytes that are free now.

    Raises:
        LollmaError: Why it cannot be; then the copy is as it was, or of a split model its first
            parts are names of the other's already, which have the same bytes.
        Cancelled: If ``cancelled`` said so; nothing was changed.
    """
    if replace.is_in_store:
        raise LollmaError(
            f"{Path(replace.files[0]).name} belongs to {replace.source.value}, which relies on its "
            "files staying as they are.",
            "Link the other copy to it instead.",
        )
    pairs = list(zip(map(Path, keep.files), map(Path, replace.files), strict=True))
    states: list[_States] = []
    for kept, copy in pairs:
        before = sum(one.st_size for one, _other in states)

        def told(done: int, before: int = before) -> None:
            progress(before + done, keep.size_bytes)

        states.append(_compared(kept, copy, cancelled, told))
    return sum(_replaced(*pair, state) for pair, state in zip(pairs, states, strict=True))


def separate(copy: Copy) -> None:
    """Undo ``link``: give every file of a copy bytes of its own again.

    Raises:
        LollmaError: If there is no room for them, or they cannot be written.
    """
    for path in map(Path, copy.files):
        with _in_words(path):
            if path.stat().st_nlink < 2:
                continue
            files.check_space(path.parent, path.stat().st_size)
            with _making(path) as temporary:
                shutil.copy2(path, temporary)
                with temporary.open("rb+") as file:
                    files.flush_to_disk(file)
                files.replace(temporary, path)


def _compared(kept: Path, copy: Path, cancelled: Cancel, told: Callable[[int], None]) -> _States:
    """What both files are, after every byte of them was found the same."""
    with _in_words(copy):
        states = _states(kept, copy)
        if os.path.samestat(*states):
            return states
        if states[0].st_dev != states[1].st_dev:
            raise LollmaError(
                f"{copy.name} lies on another disk than its copy.",
                "Only files on the same disk can share their bytes; delete one of the two instead.",
            )
        if states[0].st_size != states[1].st_size:
            raise _different(copy)
        done = 0
        with kept.open("rb", buffering=0) as one, copy.open("rb", buffering=0) as other:
            while block := one.read(_BLOCK_BYTES):
                if cancelled():
                    raise Cancelled
                if block != _exactly(other, len(block)):
                    raise _different(copy)
                done += len(block)
                told(done)
        return states


def _exactly(file: FileIO, n_bytes: int) -> bytes:
    """The next bytes: a read without a buffer may give fewer at a time."""
    parts = []
    while n_bytes and (part := file.read(n_bytes)):
        parts.append(part)
        n_bytes -= len(part)
    return b"".join(parts)


def _states(kept: Path, copy: Path) -> _States:
    """What both files are on disk.

    Raises:
        LollmaError: If the copy is no file of its own.
    """
    own = copy.lstat()
    if not stat.S_ISREG(own.st_mode):
        raise LollmaError(f"{copy.name} is a link already and takes no room.")
    return kept.stat(), own


def _replaced(kept: Path, copy: Path, compared: _States) -> int:
    """Put a further name of the kept file in the copy's place; how many bytes that frees."""
    with _in_words(copy):
        now = _states(kept, copy)
        if any(map(_has_changed, compared, now)):
            raise LollmaError(
                f"{copy.name} or its copy was changed just now.",
                "Try again when no other program is writing them.",
            )
        if os.path.samestat(*now):
            return 0
        with _making(copy) as temporary:
            # Of a symbolic link the file it leads to: a name for the link would save nothing.
            temporary.hardlink_to(kept.resolve())
            files.replace(temporary, copy)
        return now[1].st_size if now[1].st_nlink == 1 else 0


def _has_changed(before: os.stat_result, now: os.stat_result) -> bool:
    return (before.st_ino, before.st_size, before.st_mtime_ns) != (
        *(now.st_ino, now.st_size, now.st_mtime_ns),
    )


def _different(copy: Path) -> LollmaError:
    return LollmaError(
        f"{copy.name} only looks like its copy: their contents differ.", "Nothing was changed."
    )


@contextlib.contextmanager
def _making(path: Path) -> Iterator[Path]:
    """A name beside a path for what will take its place; it is gone afterwards."""
    temporary = path.with_name(path.name + _MAKING)
    temporary.unlink(missing_ok=True)
    try:
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Errors of the system as a sentence for the person."""
    try:
        yield
    except FileNotFoundError as error:
        raise LollmaError(
            f"{path.name} or its copy is not there any more.", "Search the folders again."
        ) from error
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> LollmaError:
    if error.errno == errno.EMLINK:
        advice = "The other file has as many names as its disk allows."
    elif error.errno == errno.EACCES or isinstance(error, PermissionError):
        advice = (
            "Files that belong to another user or are loaded just now cannot be linked, and some "
            "disks (FAT, exFAT, network drives) know no hard links."
        )
    elif error.errno in _CANNOT_LINK:
        advice = "Its disk knows no hard links, as is usual with FAT, exFAT and network drives."
    else:
        advice = f"Check the disk of {path.parent}."
    return LollmaError(f"{path.name} could not be linked or copied.", advice, str(error))
