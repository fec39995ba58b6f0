"""Which version of a file the Hub has now, asked through huggingface_hub."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lollma_gui.services import hub_address, hub_question
from lollma_gui.services.http_stream import TransferError

if TYPE_CHECKING:
    from huggingface_hub.file_download import HfFileMetadata

_SHA256_LETTERS = 64


class GoneError(TransferError):
    """The repository is there, but has no such file any more."""


class HubVersion(NamedTuple):
    """A file on the Hub.

    Attributes:
        size: Bytes; None where the Hub does not say.
        sha256: In hexadecimal; empty for files that the Hub does not keep in LFS.
        commit: The commit that the revision is at; empty if unknown.
    """

    size: int | None
    sha256: str
    commit: str


def ask_version(
    repository: str,
    revision: str,
    path: str,
    cancelled: Callable[[], bool],
    endpoint: str | None = None,
) -> HubVersion:
    """Ask for the version of a file; one request without a body.

    Args:
        repository: ``owner/name``.
        revision: Branch, tag or commit.
        path: Inside the repository.
        cancelled: Asked ten times a second, on the calling thread.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Raises:
        GoneError: If there is no such file.
        TransferError: If the Hub cannot be reached or does not tell.
        Cancelled: If it is no longer wanted.
    """
    base = endpoint or hub_address.endpoint()
    url = hub_address.file_url(repository, revision, path, endpoint)
    answer = hub_question.ask(
        lambda: _metadata(url, f"{path} of {repository}", endpoint),
        cancelled,
        base,
        f"{repository}@{revision}",
    )
    etag = answer.etag or ""
    sha256 = etag if len(etag) == _SHA256_LETTERS else ""
    return HubVersion(answer.size, sha256, answer.commit_hash or "")


def _metadata(url: str, what: str, endpoint: str | None) -> "HfFileMetadata":
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.errors import EntryNotFoundError

    token = hub_address.token() or False
    try:
        return get_hf_file_metadata(
            url, token=token, timeout=hub_question.SECONDS, endpoint=endpoint
        )
    except EntryNotFoundError as error:
        raise GoneError(
            f"The Hub does not have {what} any more.",
            "It may have been renamed or removed; look for another.",
            str(error),
        ) from error
