"""Which build of LoLLMa this is."""

import re
from collections.abc import Mapping
from typing import NamedTuple

#: What each kind is called where it is told to a person.
_KINDS = {
    "deb": "Debian package",
    "appimage": "AppImage",
    "portable": "portable folder",
    "installer": "Windows installer",
    "dmg": "macOS disk image",
    "folder": "program folder",
    "wheel": "Python package",
    "checkout": "from a checkout",
}
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class BuildInfo(NamedTuple):
    """What a build says of itself; all but the kind may be empty.

    Attributes:
        kind: A key of the kinds above, as ``resources/build.json`` has it.
        commit: The commit it was made of, in hexadecimal.
        date: The day of that commit, ``YYYY-MM-DD``.
        repository: Where its releases are published on GitHub, ``owner/name``.
    """

    kind: str = "checkout"
    commit: str = ""
    date: str = ""
    repository: str = ""

    def words(self) -> str:
        """For a person: ``Debian package, commit 0c1e570a1b, 2026-11-25``."""
        commit = f"commit {self.commit[:10]}" if self.commit else ""
        return ", ".join(filter(None, (_KINDS[self.kind], commit, self.date)))


def build_of(values: Mapping[str, object], usual_kind: str) -> BuildInfo:
    """Read ``build.json``; what it says wrongly counts as not said.

    Args:
        values: What is in the file.
        usual_kind: What it is where the file does not say.
    """
    kind = values.get("kind")
    return BuildInfo(
        kind if isinstance(kind, str) and kind in _KINDS else usual_kind,
        _matching(_COMMIT, values.get("commit")),
        _matching(_DATE, values.get("date")),
        _matching(_REPOSITORY, values.get("repository")),
    )


def _matching(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
