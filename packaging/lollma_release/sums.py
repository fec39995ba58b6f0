"""Writes the check sums of what people download, as ``sha256sum -c`` reads them."""

import hashlib
from pathlib import Path

from lollma_bootstrap.say import Trouble

NAME = "SHA256SUMS"


def write(folder: Path) -> Path:
    """Write ``SHA256SUMS`` of all files in a folder, by name.

    Raises:
        Trouble: If there is nothing in it.
    """
    files = sorted(path for path in folder.glob("*") if path.is_file() and path.name != NAME)
    if not files:
        raise Trouble(f"There is nothing in {folder}.", "build something first")
    path = folder / NAME
    lines = [f"{sha256(file)} *{file.name}\n" for file in files]
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return path


def sha256(path: Path) -> str:
    """The sum of one file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
