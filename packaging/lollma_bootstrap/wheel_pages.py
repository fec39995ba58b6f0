"""Looks for a ready-made build of the engine on its project's own pages."""

import html.parser
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from lollma_bootstrap.wheel_tags import Target, fits

PAGES = "https://abetlen.github.io/llama-cpp-python/whl"
PACKAGE = "llama-cpp-python"

#: All the looking together takes no longer: without a network the person waits for the build.
PATIENCE_SECONDS = 4.0


@dataclass(frozen=True)
class Wheel:
    """A ready-made build."""

    flavour: str
    url: str


@dataclass(frozen=True)
class Search:
    """What the pages had: fitting wheels, best first, and why there are none, as a sentence."""

    wheels: list[Wheel]
    reason: str = ""


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def wheel_on(page: str, page_url: str, version: str, target: Target) -> str:
    """Address of the wheel of that version on a package page that fits, or empty."""
    links = _Links()
    links.feed(page)
    for link in links.found:
        address = urllib.parse.urljoin(page_url, link)
        name = urllib.parse.unquote(urllib.parse.urlsplit(address).path.rpartition("/")[2])
        parts = name.split("-")
        same = len(parts) > 1 and parts[1].partition("+")[0] == version
        if same and parts[0].replace("_", "-").lower() == PACKAGE and fits(name, target):
            return address
    return ""


def search(
    flavours: Sequence[str],
    version: str,
    target: Target,
    pages: str = PAGES,
    patience: float = PATIENCE_SECONDS,
) -> Search:
    """Look at the pages one after the other, all together not longer than ``patience`` seconds.

    Looking goes on after the first find, as long as there is time: a build that turns out not to
    run has a successor.
    """
    result: dict[str, Search] = {}
    deadline = time.monotonic() + patience

    def look() -> None:
        result["it"] = _look(flavours, version, target, pages, deadline)

    # Name resolution knows no time limit; a thread that is left behind does not hold us up.
    looker = threading.Thread(target=look, name="wheel pages", daemon=True)
    looker.start()
    looker.join(patience + 0.5)
    return result.get("it", Search([], f"{_host(pages)} does not answer"))


def _look(
    flavours: Sequence[str], version: str, target: Target, pages: str, deadline: float
) -> Search:
    wheels: list[Wheel] = []
    for flavour in flavours:
        url = f"{pages}/{flavour}/{PACKAGE}/"
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            with urllib.request.urlopen(url, timeout=left) as answer:
                page = answer.read(8_000_000).decode("utf-8", "replace")
        except urllib.error.HTTPError:
            continue
        except (OSError, ValueError):
            return Search(wheels, f"{_host(pages)} cannot be reached")
        address = wheel_on(page, url, version, target)
        if address:
            wheels.append(Wheel(flavour, address))
    return Search(wheels, f"{_host(pages)} has none of version {version} for this PC")


def _host(pages: str) -> str:
    return urllib.parse.urlsplit(pages).hostname or pages
