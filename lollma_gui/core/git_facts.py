"""What there is to know of a git repository and of a checkout of it."""

import re
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError

#: A name of a branch or tag that is also harmless as a word of a command line.
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")
_HTTPS = re.compile(r"https://([a-z0-9.-]+)/[A-Za-z0-9._/-]+")
#: Who is asked for programs; any other address is refused.
_HOSTS = ("github.com",)
_NUMBER = re.compile(r"\d+")


class GitSource(NamedTuple):
    """Where a program comes from.

    Attributes:
        urls: Addresses of its repository, the best first; the next is asked when one fails.
        may_be_files: Whether ``file://`` is allowed, for repositories on this PC.
    """

    urls: tuple[str, ...]
    may_be_files: bool = False

    def check(self) -> None:
        """See that only known servers are asked, without user, password or option in it.

        Raises:
            LollmaError: For the first address that is not allowed.
        """
        for url in self.urls:
            found = _HTTPS.fullmatch(url)
            is_file = self.may_be_files and url.startswith("file://")
            if not is_file and (found is None or found[1] not in _HOSTS):
                raise LollmaError(
                    f"{url} is not an address that programs are fetched from.",
                    f"Only https addresses of {', '.join(_HOSTS)} are.",
                )


class Release(NamedTuple):
    """One version to choose: its tag and commit."""

    name: str
    commit: str


class CheckoutState(NamedTuple):
    """A checkout as it is on disk.

    Attributes:
        commit: The commit that is checked out, in hexadecimal.
        version: In words, as ``v4.9`` or ``v4.9-2-ged888c71``; the short commit without a tag.
        url: Where updates come from; empty if nowhere.
        changed: Files of the program that somebody changed here.
        previous: The commit before the last update; empty if there was none.
    """

    commit: str
    version: str
    url: str
    changed: tuple[str, ...] = ()
    previous: str = ""


class Update(NamedTuple):
    """What an update would bring.

    Attributes:
        commit: The commit that it leads to.
        name: What that is called: a tag, or the short commit.
        commits: One line each, newest first.
        files: Files that change.
        in_the_way: Files that change and were changed here too, or would be overwritten.
        is_forward: Whether it only adds to what is here.
    """

    commit: str
    name: str
    commits: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    in_the_way: tuple[str, ...] = ()
    is_forward: bool = True

    @property
    def is_news(self) -> bool:
        """Whether there is anything to update."""
        return bool(self.files or self.commits or not self.is_forward)


def check_reference(name: str) -> None:
    """See that a name can be a tag or branch, and nothing else.

    Raises:
        LollmaError: If git, or a command line, could read something else into it.
    """
    if _REFERENCE.fullmatch(name) is None or ".." in name or name.endswith((".lock", "/", ".")):
        raise LollmaError(f"“{name}” is no name of a release.", "Choose one of the list.")


def newest_first(releases: list[Release]) -> tuple[Release, ...]:
    """In the order of their numbers: ``v4.10`` before ``v4.9``, ``snapshot-2024-04-28`` last."""
    numbered = [release for release in releases if _NUMBER.search(release.name)]
    return tuple(sorted(numbered, key=_version_key, reverse=True))


def _version_key(release: Release) -> tuple[bool, list[int], str]:
    numbers = [int(number) for number in _NUMBER.findall(release.name)]
    return release.name.startswith("v"), numbers, release.name
