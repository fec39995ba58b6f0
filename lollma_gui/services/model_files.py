"""Reads single models from disk: one GGUF file, or all parts of a split one."""

import errno
import stat
from pathlib import Path

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import GgufHeader, HeaderIncomplete, joined, read_header
from lollma_gui.core.model_info import ModelInfo, describe
from lollma_gui.core.split_names import parse_split_name, part_name

#: So many missing parts are named one by one.
_MOST_NAMED = 8


def read_model_header(path: Path) -> GgufHeader:
    """Read the header of one file.

    Raises:
        LollmaError: The file is not there, cannot be read, is damaged or no GGUF model.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
            raise LollmaError(f"{path} is {what}.", "Give the path of a GGUF file.")
        # No buffer of Python's own: the reader takes large pieces and keeps what it needs.
        with path.open("rb", buffering=0) as file:
            return read_header(file, status.st_size)
    except FileNotFoundError:
        raise LollmaError(f"There is no file {path}.", "Check the path.") from None
    except OSError as error:
        raise _unreadable(error) from error
    except HeaderIncomplete:
        raise LollmaError(
            "The file became shorter while it was read.",
            "Try again when no other program is writing it.",
        ) from None


def read_whole_header(path: Path) -> GgufHeader:
    """Read the headers of all parts of a model as one; see ``gguf_header.joined``.

    Raises:
        LollmaError: A part is missing, cannot be read, or the parts do not belong together.
    """
    return _read_whole(path, model_parts(path))


def read_model(path: Path) -> ModelInfo:
    """Read what a model is; of a split one, any part may be given.

    Raises:
        LollmaError: A part is missing, cannot be read, or the parts do not belong together.
    """
    return read_model_and_header(path)[0]


def read_model_and_header(path: Path) -> tuple[ModelInfo, GgufHeader]:
    """Read what a model is, and the headers of all its parts as one.

    Raises:
        LollmaError: A part is missing, cannot be read, or the parts do not belong together.
    """
    parts = model_parts(path)
    header = _read_whole(path, parts)
    try:
        size = sum(part.stat().st_size for part in parts)
    except OSError as error:
        raise _unreadable(error) from error
    return describe(header, [str(part) for part in parts], size), header


def model_parts(path: Path) -> list[Path]:
    """All files of a model in order: one, or the parts beside the given one.

    Raises:
        LollmaError: If parts are missing; names them.
    """
    split = parse_split_name(path.name)
    if split is None or split.count == 1 or not path.exists():
        return [path]
    parts = [
        path.with_name(part_name(split.stem, n, split.count)) for n in range(1, split.count + 1)
    ]
    missing = [n for n, part in enumerate(parts, 1) if n != split.part and not part.is_file()]
    if missing:
        raise LollmaError(
            f"The model has {split.count} parts, but {_numbered(missing)} missing.",
            "Download what is missing into the same folder.",
        )
    parts[split.part - 1] = path  # as it was given, whatever case its ending is in
    return parts


def _numbered(parts: list[int]) -> str:
    """Numbers of parts as text: ``part 2 is``, ``parts 2, 3 and 7 are``."""
    if len(parts) == 1:
        return f"part {parts[0]} is"
    if len(parts) > _MOST_NAMED:
        return f"{len(parts)} of them are"
    *first, last = (str(n) for n in parts)
    return f"parts {', '.join(first)} and {last} are"


def _read_whole(path: Path, parts: list[Path]) -> GgufHeader:
    return join_parts(path.name, [read_model_header(part) for part in parts])


def join_parts(name: str, parts: list[GgufHeader]) -> GgufHeader:
    """The headers of all parts of a model as one; see ``gguf_header.joined``.

    Args:
        name: File name of a part, for errors.
        parts: In order; one of them where the model is not split.

    Raises:
        LollmaError: The parts do not belong together, or are not all.
    """
    header = joined(parts)
    claimed = header.metadata.get("split.count")
    if isinstance(claimed, int) and claimed > 1 and claimed != len(parts):
        raise LollmaError(
            f"{name} is one of {claimed} parts of a model, but its name does not say so.",
            "Give all parts the names they were published with.",
        )
    tensors = header.metadata.get("split.tensors.count")
    if len(parts) > 1 and isinstance(tensors, int) and tensors != len(header.tensors):
        raise LollmaError(
            "The parts of this model do not belong together: "
            f"they hold {len(header.tensors)} tensors instead of {tensors}.",
            "Download all parts again.",
        )
    return header


def _unreadable(error: OSError) -> LollmaError:
    reason = (error.strerror or "unknown reason").lower()
    is_forbidden = error.errno in (errno.EACCES, errno.EPERM)
    advice = "Check the file's permissions." if is_forbidden else "Check the drive it lies on."
    return LollmaError(f"The file could not be read: {reason}.", advice)
