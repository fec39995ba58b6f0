"""Where files of the Hub are, as huggingface_hub itself has it: ``HF_ENDPOINT`` is heeded."""

import os


def file_url(repository: str, revision: str, file_name: str, endpoint: str | None = None) -> str:
    """The address of a file in a repository.

    Args:
        repository: ``owner/name``.
        revision: Branch, tag or commit.
        file_name: Path inside the repository.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
    """
    _no_telemetry()
    from huggingface_hub import hf_hub_url

    return hf_hub_url(repository, file_name, revision=revision, endpoint=endpoint)


def endpoint() -> str:
    """Address of the Hub that huggingface_hub is set to."""
    _no_telemetry()
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def token() -> str | None:
    """The person's access token: their own, else one that huggingface_hub knows.

    Not to be logged or kept, and not for the window's thread.
    """
    from lollma_gui.services.hub_token import TokenStore

    found = TokenStore.usual().find()
    return found.reveal() if found else None


def own_token() -> str | None:
    """The token that huggingface_hub knows by itself. Not to be logged or kept."""
    _no_telemetry()
    from huggingface_hub import constants, get_token

    if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN:
        return None
    try:
        return get_token()
    except Exception:  # noqa: BLE001 - a login that fails is no reason not to ask without it
        return None


def token_file() -> str:
    """The file in which Hugging Face's own programs keep their token."""
    _no_telemetry()
    from huggingface_hub import constants

    return str(constants.HF_TOKEN_PATH)


def is_offline() -> bool:
    """Whether the person has told huggingface_hub to stay off the network."""
    _no_telemetry()
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def _no_telemetry() -> None:
    # Read at import; without it the first request is preceded by one that nobody asked for.
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
