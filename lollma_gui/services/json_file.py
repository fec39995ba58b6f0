"""Small JSON files that survive crashes and mistakes, with one backup.

Beside ``choices.json`` lie ``choices.json.bak``, the values before the last change, and after an
accident ``choices.json.damaged``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import files


def read_json(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Read a file, or its backup where the file is damaged.

    Returns:
        The values, empty where there are none yet; and a sentence for the person about each
        thing that was wrong.
    """
    backup = _backup(path)
    if not _is_there(path) and not _is_there(backup):
        return {}, []
    values = _values(path)
    if values is not None:
        return values, []
    what = f"{path.name} {_set_aside(path) if _is_there(path) else 'was missing'}"
    values = _values(backup)
    if values is None:
        return {}, [f"{what}; there is no usable copy, so it begins anew."]
    _restore(path, backup)
    return values, [f"{what}; the copy from before the last change is used instead."]


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a file; what it held before becomes its backup.

    Wherever this is interrupted, the file is whole, with the old values or the new ones.

    Raises:
        LollmaError: If it cannot be written.
    """
    data = _encoded(values)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A damaged file must not take the place of a good backup.
        if _values(path) is not None:
            before = path.read_bytes()
            if before == data:
                return
            files.write_atomically(_backup(path), before)
        files.write_atomically(path, data)
    except OSError as error:
        raise LollmaError(
            f"{path.name} could not be saved.",
            f"Check that there is free space, and that this file may be written: {path}",
            details=str(error),
        ) from error


def _encoded(values: Mapping[str, Any]) -> bytes:
    text = json.dumps(values, indent=2, ensure_ascii=False)
    try:
        return f"{text}\n".encode()
    except UnicodeEncodeError:
        # Names of files may hold bytes that are no characters; JSON can write them only escaped.
        return f"{json.dumps(values, indent=2)}\n".encode("ascii")


def _backup(path: Path) -> Path:
    return path.with_name(path.name + ".bak")


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True  # not to be reached, which is a problem to be told of
    return True


def _values(path: Path) -> dict[str, Any] | None:
    try:
        # "-sig": Windows editors put a mark before the text.
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _set_aside(path: Path) -> str:
    try:
        aside = files.set_aside(path, path.name + ".damaged")
    except OSError:
        return "cannot be read"
    return f"was damaged (kept as {aside.name})"


def _restore(path: Path, backup: Path) -> None:
    try:
        files.write_atomically(path, backup.read_bytes())
    except OSError:
        return  # the values are known all the same; the next save will say what is wrong
