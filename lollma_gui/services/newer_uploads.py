"""Whether the Hub has a newer upload of models that came from there. Asked only on request."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core.hub_download import HubDownload, HubPart
from lollma_gui.core.model_origin import Origin
from lollma_gui.services.http_stream import TransferError
from lollma_gui.services.hub_version import GoneError, ask_version


class Upload(StrEnum):
    """What the Hub has of a model, compared with what is here."""

    SAME = "same"
    NEWER = "newer"
    GONE = "gone"
    UNKNOWN = "unknown"


class UploadCheck(NamedTuple):
    """The answer for one model.

    Attributes:
        paths: The model's files on this PC, the one to load first.
        upload: What the Hub has.
        newer: The newer version; None unless there is one.
        problem: Why it is not known, one sentence.
    """

    paths: tuple[str, ...]
    upload: Upload
    newer: HubDownload | None = None
    problem: str = ""


def check_uploads(
    origins: Mapping[str, Origin],
    cancelled: Callable[[], bool],
    endpoint: str | None = None,
) -> list[UploadCheck]:
    """Ask the Hub about models, one request a file; many models take a while.

    Args:
        origins: Where files came from, by their path.
        cancelled: Asked ten times a second.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Raises:
        TransferError: If the Hub cannot be reached at all.
        Cancelled: If it is no longer wanted.
    """
    models: dict[str, dict[str, Origin]] = {}
    # Its projector may come before a model by name, and is not what is loaded.
    for path, origin in sorted(origins.items(), key=lambda item: (item[0] != item[1].model, item)):
        models.setdefault(origin.model, {})[path] = origin
    return [_check(parts, cancelled, endpoint) for parts in models.values()]


def _check(
    parts: Mapping[str, Origin], cancelled: Callable[[], bool], endpoint: str | None
) -> UploadCheck:
    paths, known = tuple(parts), list(parts.values())
    first = known[0]
    try:
        now = [
            ask_version(first.repository, first.revision, part.path, cancelled, endpoint)
            for part in known
        ]
    except GoneError as error:
        return UploadCheck(paths, Upload.GONE, problem=error.title)
    except TransferError as error:
        if not error.status:
            raise
        return UploadCheck(paths, Upload.UNKNOWN, problem=error.title)
    pairs = list(zip(known, now, strict=True))
    if not all(part.sha256 and version.sha256 for part, version in pairs):
        return UploadCheck(paths, Upload.UNKNOWN, problem="The Hub says no checksum of this file.")
    if all(part.sha256 == version.sha256 for part, version in pairs):
        return UploadCheck(paths, Upload.SAME)
    found = tuple(HubPart(part.path, version.size, version.sha256) for part, version in pairs)
    newer = HubDownload(first.repository, first.revision, now[0].commit, first.title, found)
    return UploadCheck(paths, Upload.NEWER, newer)
