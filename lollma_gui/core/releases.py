"""Releases of LoLLMa itself: which is newer, what GitHub says of one, and when to ask again."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

#: At most one question in so many seconds, unless a person asks.
DAY_SECONDS = 24 * 3600


class Release(NamedTuple):
    """One release: its version, and its page on the web."""

    version: str
    page: str


class UpdateView(NamedTuple):
    """What a person is shown of new versions.

    Attributes:
        repository: Who is asked, ``owner/name``; empty where this build does not say.
        is_ready: Whether it is known what the person chose earlier.
        is_wanted: Whether the person wants to be told.
        is_checking: Whether GitHub is being asked just now.
        words: How the last question ended; empty before it.
        advice: What to do about it; empty where it went well.
        newer: A version newer than this one, as far as it is known.
    """

    repository: str = ""
    is_ready: bool = False
    is_wanted: bool = False
    is_checking: bool = False
    words: str = ""
    advice: str = ""
    newer: Release | None = None


def is_newer(offered: str, own: str) -> bool:
    """Whether one version comes after another; False where either is no version at all."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(offered) > Version(own)
    except InvalidVersion:
        return False


def is_due(checked_at: float, now: float) -> bool:
    """Whether GitHub may be asked again; both in seconds since 1970.

    A last time that lies ahead of now is that of a clock that was wrong.
    """
    return not 0 <= now - checked_at < DAY_SECONDS


def is_page_of(page: str, repository: str) -> bool:
    """Whether an address is one of this repository's pages on GitHub, and nothing else."""
    try:
        parts = urlsplit(page)
    except ValueError:
        return False
    below = parts.path.lower().startswith(f"/{repository.lower()}/")
    plain = all(letter.isprintable() and letter not in '\\ "<>' for letter in page)
    is_inside = ".." not in parts.path.split("/")
    return (
        parts.scheme == "https" and parts.netloc == "github.com" and below and plain and is_inside
    )


def release_of(values: Any, repository: str) -> Release | None:
    """What GitHub says of the newest release (its REST API, "Get the latest release").

    Returns:
        The release; None for a draft or one that is only to be tried out.

    Raises:
        ValueError: If this is no release, or its page is somewhere else.
    """
    from packaging.version import Version

    if not isinstance(values, Mapping):
        raise ValueError("the answer is no release")
    tag, page = values.get("tag_name"), values.get("html_url")
    if not isinstance(tag, str) or not isinstance(page, str):
        raise ValueError("the answer names no version or no page")
    if not is_page_of(page, repository):
        raise ValueError(f"the page is not one of {repository}")
    version = Version(tag)  # takes "v0.2.0" too; what is no version is a ValueError
    if values.get("draft") or values.get("prerelease") or version.is_prerelease:
        return None
    return Release(str(version), page)
