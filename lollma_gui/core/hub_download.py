"""What is to be downloaded from the Hub: one model, in one file or several."""

from typing import NamedTuple


class HubPart(NamedTuple):
    """One file.

    Attributes:
        path: Inside the repository, with ``/`` between folders.
        size: Bytes; None where the Hub does not say.
        sha256: In hexadecimal, as the Hub keeps it for LFS files; empty where it says none.
    """

    path: str
    size: int | None
    sha256: str = ""


class HubDownload(NamedTuple):
    """One model of a repository, with everything that has to be there to load it.

    Attributes:
        repository: ``owner/name``.
        revision: Branch, tag or commit that a person asked for.
        commit: The commit that this was at when it was listed; empty if unknown.
        title: For people, for example ``Qwen3-8B Q4_K_M``.
        parts: Its files, the one to load first.
    """

    repository: str
    revision: str
    commit: str
    title: str
    parts: tuple[HubPart, ...]

    @property
    def size(self) -> int | None:
        """Bytes of all parts; None where one is unknown."""
        sizes = [part.size for part in self.parts if part.size is not None]
        return sum(sizes) if len(sizes) == len(self.parts) else None
