"""What files a repository on the Hub has, asked through huggingface_hub."""

from collections.abc import Callable

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.hub_download import HubPart
from lollma_gui.core.hub_files import HubListing, hub_files
from lollma_gui.services import hub_address, hub_question


def list_repository(
    repository: str, revision: str, cancelled: Callable[[], bool], endpoint: str | None = None
) -> HubListing:
    """List the models of a repository; one request.

    Args:
        repository: ``owner/name``.
        revision: Branch, tag or commit.
        cancelled: Asked ten times a second, on the calling thread.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Raises:
        TransferError: If the Hub cannot be reached or does not tell.
        LollmaError: If there is no GGUF file in it.
        Cancelled: If it is no longer wanted.
    """
    commit, parts = hub_question.ask(
        lambda: _listing(repository, revision, endpoint),
        cancelled,
        endpoint or hub_address.endpoint(),
        f"{repository}@{revision}",
    )
    found = hub_files(parts)
    if not found:
        raise LollmaError(
            f"{repository} has no GGUF file.",
            "Look on its page for quantisations, or for a repository whose name ends in -GGUF.",
        )
    return HubListing(commit, tuple(found))


def _listing(repository: str, revision: str, endpoint: str | None) -> tuple[str, list[HubPart]]:
    from huggingface_hub import HfApi

    # Unlike list_repo_tree this does not try again for half a minute, and knows a time limit.
    info = HfApi(endpoint=endpoint).model_info(
        repository,
        revision=revision,
        files_metadata=True,
        timeout=hub_question.SECONDS,
        token=hub_address.token() or False,
    )
    parts = [
        HubPart(file.rfilename, file.size, file.lfs.sha256 if file.lfs else "")
        for file in info.siblings or []
    ]
    return info.sha or "", parts
