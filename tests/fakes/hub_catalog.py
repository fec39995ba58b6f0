"""What the fake Hub lists: repositories found by a search, page by page, and whose token it is."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Listed:
    """A repository as a search tells of it.

    Attributes:
        id: ``owner/name``.
        parameters: Of its model; None where the Hub does not know.
        tags: Words it is found by; ``gguf`` is added.
        gated: As the Hub says it.
        files: Names of its files.
    """

    id: str
    downloads: int = 100
    likes: int = 10
    modified: str = "2026-10-01T12:00:00.000Z"
    created: str = "2026-01-01T12:00:00.000Z"
    trending: int = 1
    parameters: int | None = 8_000_000_000
    context: int = 32_768
    architecture: str = "llama"
    licence: str = "apache-2.0"
    gated: str | bool = False
    task: str = "text-generation"
    files: tuple[str, ...] = ("model-Q4_K_M.gguf",)

    def told(self, expand: list[str]) -> dict[str, Any]:
        """What is asked of it, and its name."""
        gguf = {
            "total": self.parameters,
            "context_length": self.context,
            "architecture": self.architecture,
        }
        known = {
            "downloads": self.downloads,
            "likes": self.likes,
            "lastModified": self.modified,
            "trendingScore": self.trending,
            "gguf": gguf if self.parameters else None,
            "gated": self.gated,
            "private": False,
            "tags": ["gguf", f"license:{self.licence}"],
            "pipeline_tag": self.task,
            "siblings": [{"rfilename": name} for name in self.files],
        }
        return {"_id": "1", "id": self.id} | {name: known[name] for name in expand}


@dataclass
class Catalog:
    """All that can be found.

    Attributes:
        repositories: In no order.
        tokens: Names of accounts by their tokens.
        error: HTTP status and code with which every question is answered instead.
        hold: Questions wait for ``HubServer.release``.
        instead: Sent in place of every list.
        next_host: Address at which lists go on; empty for the Hub's own.
    """

    repositories: list[Listed] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    error: tuple[int, str] | None = None
    hold: bool = False
    instead: Any = None
    next_host: str = ""

    def models(self, path: str, url: str) -> tuple[Any, str]:
        """Answer ``/api/models?...``: the page asked for, and the address of the next."""
        if self.instead is not None:
            return self.instead, ""
        url = self.next_host or url
        asked = parse_qs(urlsplit(path).query)
        first = int(asked.get("cursor", ["0"])[0])
        limit = int(asked.get("limit", ["1000"])[0])
        found = sorted(
            (one for one in self.repositories if _matches(one, asked)),
            key=_sort_key(asked.get("sort", ["trendingScore"])[0]),
            reverse=True,
        )
        page = [one.told(asked.get("expand", [])) for one in found[first : first + limit]]
        if first + limit >= len(found):
            return page, ""
        bare = "&".join(p for p in urlsplit(path).query.split("&") if not p.startswith("cursor="))
        return page, f"{url}/api/models?{bare}&cursor={first + limit}"

    def whoami(self, authorization: str) -> dict[str, str] | None:
        """The account of a token; None for one that is not known."""
        name = self.tokens.get(authorization.removeprefix("Bearer "))
        return {"type": "user", "name": name} if name else None


def _sort_key(sort: str) -> Any:
    names = {"trendingScore": "trending", "createdAt": "created", "lastModified": "modified"}
    return lambda one: getattr(one, names.get(sort, sort))


def _matches(one: Listed, asked: dict[str, list[str]]) -> bool:
    tags = {"gguf", f"license:{one.licence}"}
    return (
        set(asked.get("filter", [])) <= tags
        and all(word.lower() in one.id.lower() for word in asked.get("search", [""])[0].split())
        and asked.get("author", [one.id.partition("/")[0]])[0] == one.id.partition("/")[0]
        and asked.get("pipeline_tag", [one.task])[0] == one.task
        and _in_range(one.parameters, asked.get("num_parameters", [""])[0])
    )


def _in_range(parameters: int | None, asked: str) -> bool:
    limits = dict(part.split(":") for part in asked.split(",") if part)
    least = float(limits.get("min", "0B").rstrip("B")) * 1e9
    most = float(limits.get("max", "1e9B").rstrip("B")) * 1e9
    return not asked or least <= (parameters or 0) <= most
