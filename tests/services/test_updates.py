"""GitHub is asked one thing, told nothing, and understood whatever it answers."""

import re
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fakes.release_server import ETAG, ReleaseServer, release

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.releases import Release
from lollma_gui.services import updates
from lollma_gui.services.update_store import UpdateMemory, UpdateStore
from lollma_gui.services.updates import Newest, ask_newest

OWN = "o/lollma"


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReleaseServer]:
    with ReleaseServer(OWN, "v0.2.0") as server:
        monkeypatch.setattr(updates, "GITHUB_API", server.url)
        yield server


def ask(etag: str = "", within_seconds: float = 60.0) -> Newest:
    return ask_newest(OWN, etag, lambda: False, within_seconds=within_seconds)


def trouble(etag: str = "", within_seconds: float = 60.0) -> LollmaError:
    with pytest.raises(LollmaError) as caught:
        ask(etag, within_seconds)
    assert caught.value.title.endswith(".")
    assert caught.value.advice
    return caught.value


def test_the_newest_release_is_told(github: ReleaseServer) -> None:
    page = f"https://github.com/{OWN}/releases/tag/v0.2.0"
    assert ask() == Newest(Release("0.2.0", page), ETAG)


def test_nothing_is_sent_but_the_question(
    github: ReleaseServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    ask()
    [(path, headers)] = github.seen
    assert path == f"/repos/{OWN}/releases/latest"
    assert headers.pop("host") in github.url
    assert headers == {
        "user-agent": "LoLLMa",
        "accept": "application/vnd.github+json",
        "accept-encoding": "identity",
        "connection": "keep-alive",
    }


def test_a_cookie_is_not_kept(github: ReleaseServer) -> None:
    github.headers["Set-Cookie"] = "who=you"
    ask()
    ask()
    assert len(github.seen) == 2
    assert not any("cookie" in headers for _, headers in github.seen)


def test_an_answer_that_is_still_the_same_does_not_come_again(github: ReleaseServer) -> None:
    assert ask(ETAG) == Newest(etag=ETAG, is_same=True)
    assert github.seen[0][1]["if-none-match"] == ETAG


def test_without_a_release_it_says_so(github: ReleaseServer) -> None:
    github.status = 404
    assert trouble().title == f"GitHub knows no release of {OWN}."


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_is_told_with_its_end(github: ReleaseServer, status: int) -> None:
    at = 1_700_000_000
    github.status = status
    github.headers["X-RateLimit-Reset"] = str(at)
    until = f"{datetime.fromtimestamp(at).astimezone():%H:%M}"
    assert trouble().title == f"GitHub answers no more questions from here until {until}."


@pytest.mark.parametrize("reset", ["soon", "9" * 30])
def test_a_limit_without_an_end_is_told_too(github: ReleaseServer, reset: str) -> None:
    github.status = 403
    github.headers["X-RateLimit-Reset"] = reset
    assert trouble().title == "GitHub answers no more questions from here for a while."


@pytest.mark.parametrize(
    "answer",
    ["", "<html>", "[" * 100_000, "[1]", '"v2"', release("some/body", "v0.2.0"), "x" * 1_000_001],
)
def test_nonsense_is_called_so(github: ReleaseServer, answer: object) -> None:
    github.release = answer
    assert trouble().title == "GitHub answered something that is no release."


def test_a_repository_that_moved_is_not_followed(github: ReleaseServer) -> None:
    github.status = 301
    github.headers["Location"] = f"{github.url}/elsewhere"
    assert trouble().title == f"{OWN} has moved on GitHub."
    assert len(github.seen) == 1


def test_trouble_of_githubs_own_is_told(github: ReleaseServer) -> None:
    github.status = 502
    assert "trouble of its own" in trouble().title


def test_without_a_network_it_says_what_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(updates, "GITHUB_API", f"http://127.0.0.1:{port}")
    error = trouble()
    assert re.fullmatch(r"127\.0\.0\.1:\d+ cannot be reached\.", error.title)
    assert "internet connection" in error.advice


def test_a_server_that_is_silent_is_not_waited_for(github: ReleaseServer) -> None:
    github.may_answer.clear()
    assert "does not answer" in trouble(within_seconds=0.2).title


def test_whoever_does_not_want_it_any_more_has_it_at_once(github: ReleaseServer) -> None:
    github.may_answer.clear()
    with pytest.raises(Cancelled):
        ask_newest(OWN, "", lambda: bool(github.seen))


def test_what_is_remembered_is_there_after_a_new_start(tmp_path: Path) -> None:
    path = tmp_path / "updates.json"
    assert UpdateStore(path).load() == (UpdateMemory(), [])
    assert not path.exists()
    memory = UpdateMemory(True, 1_700_000_000.5, ETAG, "0.2.0", "https://github.com/o/l/x", "0.2.0")
    UpdateStore(path).save(memory)
    assert UpdateStore(path).load() == (memory, [])


@pytest.mark.parametrize(
    "text",
    [
        '{"wanted": "yes"}',
        '{"wanted": 1}',
        '{"checked_at": "now", "etag": 5, "version": null, "page": ["x"]}',
        '{"etag": "a\\r\\nCookie: x", "skipped": "ü"}',
    ],
)
def test_nonsense_in_the_file_turns_nothing_on(tmp_path: Path, text: str) -> None:
    path = tmp_path / "updates.json"
    path.write_text(text)
    assert UpdateStore(path).load() == (UpdateMemory(), [])


def test_what_a_newer_version_put_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "updates.json"
    path.write_text('{"channel": "brave"}')
    store = UpdateStore(path)
    store.load()
    store.save(UpdateMemory(wanted=True))
    assert '"channel": "brave"' in path.read_text()
