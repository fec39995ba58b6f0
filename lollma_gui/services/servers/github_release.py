"""The newest release of a program on GitHub: what it holds, and fetching a file of it, verified."""

import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.progress import Progress
from lollma_gui.services import files
from lollma_gui.services.download import download
from lollma_gui.services.http_stream import HttpStream, TransferError


@dataclass(frozen=True)
class Asset:
    """One file of a release.

    Attributes:
        name: Its name.
        url: Where it is.
        size: Bytes.
        sha256: In hexadecimal; empty where GitHub does not tell: old releases.
    """

    name: str
    url: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Release:
    """One release: its tag and its files."""

    tag: str
    assets: tuple[Asset, ...]


def newest(api_url: str, cancelled: Callable[[], bool]) -> Release:
    """The newest release.

    Args:
        api_url: ``.../repos/OWNER/NAME/releases``.
        cancelled: Asked some times a second.

    Raises:
        TransferError: If GitHub cannot be reached, or answers something else.
        Cancelled: If it is no longer wanted.
    """
    headers = {"Accept": "application/vnd.github+json"}
    with HttpStream("GET", f"{api_url}/latest", headers, cancelled) as stream:
        answer = stream.answer()
        if answer.status != HTTPStatus.OK:
            raise stream.refusal(answer)
        body = b"".join(stream.pieces())
    try:
        values = json.loads(body)
        assets = tuple(
            Asset(
                one["name"],
                one["browser_download_url"],
                int(one["size"]),
                (one.get("digest") or "").removeprefix("sha256:"),
            )
            for one in values["assets"]
        )
        return Release(str(values["tag_name"]), assets)
    except (ValueError, KeyError, TypeError) as error:
        raise TransferError(
            "GitHub answered something that is no release.", "Try again later.", repr(error)
        ) from error


def fetch(
    asset: Asset,
    folder: Path,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Path:
    """Download a file, goes on where it stopped, and verify it.

    Raises:
        LollmaError: If it has no checksum, cannot be fetched, or is not what it should be.
        Cancelled: If it is no longer wanted; what is there is gone on with the next time.
    """
    if not asset.sha256:
        raise LollmaError(
            f"GitHub tells no checksum of {asset.name}, so it is not used.",
            "Fetch it with a browser, and choose the program in it here.",
        )
    return download(
        asset.url,
        folder / asset.name,
        expected_size=asset.size,
        expected_sha256=asset.sha256,
        progress=progress,
        cancelled=cancelled,
    )


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a ``.zip`` or ``.tar.gz`` into a new folder, nothing of it outside.

    Raises:
        LollmaError: If it is damaged, wants to write elsewhere, or the disk is too full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Archives of programs are packed to between a half and a quarter.
    files.check_space(folder, archive.stat().st_size * 4)
    try:
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as packed:
                _check_names(packed.namelist(), folder)
                packed.extractall(folder)
        else:
            with tarfile.open(archive) as packed_tar:
                packed_tar.extractall(folder, filter="data")
    except (OSError, zipfile.BadZipFile, tarfile.TarError, ValueError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise LollmaError(
            f"{archive.name} could not be unpacked.", "Fetch it again.", str(error)
        ) from error


def _check_names(names: Sequence[str], folder: Path) -> None:
    inside = folder.resolve()
    for name in names:
        if not (inside / name).resolve().is_relative_to(inside):
            raise ValueError(f"{name} leads out of the folder")
