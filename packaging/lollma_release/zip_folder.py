"""A folder as a zip file that is the same, byte for byte, whenever the same folder is packed."""

import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

#: A zip file knows no earlier day.
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def write(
    folder: Path, out: Path, top: str, seconds: int, instead: Mapping[str, bytes] | None = None
) -> Path:
    """Pack a folder: sorted, with one time for all files, and nothing of who packed it.

    Args:
        folder: What is packed. Links become what they lead to: Windows has few.
        out: The zip file.
        top: Name of the one folder in it.
        seconds: Time that all files have, since 1970.
        instead: Files that are added, or take the place of the folder's own: their place in the
            folder with ``/``, and what is in them.

    Returns:
        The zip file.

    Raises:
        OSError: If something cannot be read or written.
    """
    files = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    given = instead or {}
    out.parent.mkdir(parents=True, exist_ok=True)
    stamp = max(time.gmtime(seconds)[:6], _EARLIEST)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name in sorted(files.keys() | given.keys()):
            entry = zipfile.ZipInfo(f"{top}/{name}", stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, given[name] if name in given else files[name].read_bytes())
    return out
