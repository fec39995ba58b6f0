"""GitHub is asked when a person wants it, once a day, and never otherwise."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.release_server import ETAG, ReleaseServer
from pytestqt.qtbot import QtBot

from lollma_gui.core.releases import DAY_SECONDS, Release
from lollma_gui.qt.background import Background
from lollma_gui.qt.update_check import UpdateCheck
from lollma_gui.services import updates
from lollma_gui.services.update_store import UpdateMemory, UpdateStore

OWN = "o/lollma"
NEW = Release("0.2.0", f"https://github.com/{OWN}/releases/tag/v0.2.0")
NOON = 1_700_000_000.0


class Desk:
    """An update check that can be started again, with a clock of its own."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        self.now = NOON
        self.found: list[Release] = []
        self.store = UpdateStore(path)
        self._qtbot = qtbot
        self.background = Background()
        self.keeper = Background(threads=1)

    def start(self, repository: str = OWN, own_version: str = "0.1.0") -> UpdateCheck:
        check = UpdateCheck(
            *(repository, own_version, self.store, self.background, self.keeper),
            self.background,
            now=lambda: self.now,
        )
        check.found.connect(self.found.append)
        check.begin()
        self.settle()
        return check

    def settle(self) -> None:
        """Wait until nothing is under way."""
        self.wait(lambda: self.background.is_idle() and self.keeper.is_idle())

    def wait(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=60_000)

    def remembered(self) -> UpdateMemory:
        return self.store.load()[0]


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(qtbot, tmp_path / "updates.json")
    yield made
    assert made.background.shutdown()
    assert made.keeper.shutdown(cancel=False)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReleaseServer]:
    with ReleaseServer(OWN, "v0.2.0") as server:
        monkeypatch.setattr(updates, "GITHUB_API", server.url)
        yield server


def test_nobody_is_asked_before_a_person_says_so(desk: Desk, github: ReleaseServer) -> None:
    check = desk.start()
    check.ask_if_due()
    desk.now += 10 * DAY_SECONDS
    check.ask_if_due()
    desk.settle()
    assert check.view.is_ready
    assert not check.view.is_wanted
    assert github.seen == []


def test_whoever_wants_it_is_told_and_asks_once_a_day(desk: Desk, github: ReleaseServer) -> None:
    check = desk.start()
    check.set_wanted(True)
    assert check.view.is_checking
    desk.settle()
    assert desk.found == [NEW]
    assert check.view.words == "LoLLMa 0.2.0 is there."
    assert check.view.newer == NEW
    desk.now += DAY_SECONDS - 1
    check.ask_if_due()
    desk.settle()
    assert len(github.seen) == 1
    desk.now += 1
    check.ask_if_due()
    desk.settle()
    assert [headers.get("if-none-match") for _, headers in github.seen] == [None, ETAG]
    assert check.view.newer == NEW, "the same answer did not come again"
    assert desk.found == [NEW], "told once"


def test_a_new_start_tells_what_is_known_and_asks_nobody(desk: Desk, github: ReleaseServer) -> None:
    desk.start().set_wanted(True)
    desk.settle()
    desk.now += DAY_SECONDS / 2
    check = desk.start()
    assert check.view.is_wanted
    assert desk.found == [NEW, NEW]
    assert len(github.seen) == 1


def test_a_version_that_was_skipped_is_not_told_again_but_the_next_one_is(
    desk: Desk, github: ReleaseServer
) -> None:
    check = desk.start()
    check.set_wanted(True)
    desk.settle()
    check.skip("0.2.0")
    desk.settle()
    check = desk.start()
    assert desk.found == [NEW]
    assert check.view.newer == NEW, "whoever looks still sees it"
    github.release["tag_name"] = "v0.3.0"
    github.headers["ETag"] = '"second"'
    desk.now += DAY_SECONDS
    check.ask_if_due()
    desk.settle()
    assert [one.version for one in desk.found] == ["0.2.0", "0.3.0"]


def test_whoever_has_the_newest_is_told_so(desk: Desk, github: ReleaseServer) -> None:
    check = desk.start(own_version="0.2.0")
    check.ask()
    desk.settle()
    assert check.view.words == "There is no newer version."
    assert check.view.newer is None
    assert desk.found == []


def test_asking_once_by_hand_turns_nothing_on(desk: Desk, github: ReleaseServer) -> None:
    check = desk.start()
    check.ask()
    desk.settle()
    assert len(github.seen) == 1
    assert not desk.remembered().wanted
    check = desk.start()
    desk.now += 2 * DAY_SECONDS
    check.ask_if_due()
    desk.settle()
    assert len(github.seen) == 1


def test_a_question_without_an_answer_counts_too(desk: Desk, github: ReleaseServer) -> None:
    github.status = 403
    check = desk.start()
    check.set_wanted(True)
    desk.settle()
    assert "for a while" in check.view.words
    assert check.view.advice
    assert desk.remembered().checked_at == NOON
    check.ask_if_due()
    desk.settle()
    assert len(github.seen) == 1


def test_turning_it_off_gives_up_the_question_under_way(desk: Desk, github: ReleaseServer) -> None:
    github.may_answer.clear()
    check = desk.start()
    check.set_wanted(True)
    desk.wait(lambda: bool(github.seen))
    check.set_wanted(False)
    assert not check.view.is_checking
    github.may_answer.set()
    desk.settle()
    assert desk.found == []
    assert not desk.remembered().wanted


def test_a_build_that_does_not_say_whom_to_ask_asks_nobody(
    desk: Desk, github: ReleaseServer
) -> None:
    desk.store.save(UpdateMemory(wanted=True, version="0.2.0", page=NEW.page))
    check = desk.start(repository="")
    check.ask()
    desk.settle()
    assert github.seen == []
    assert desk.found == []
    assert check.view.newer is None


def test_a_page_that_is_not_the_repositorys_is_never_offered(
    desk: Desk, github: ReleaseServer
) -> None:
    github.may_answer.clear()
    page = "https://evil.example/o/lollma/releases"
    desk.store.save(UpdateMemory(True, NOON, ETAG, "9.0", page))
    check = desk.start()
    assert desk.found == []
    assert check.view.newer is None
    check.ask()
    desk.wait(lambda: bool(github.seen))
    assert "if-none-match" not in github.seen[0][1], "a mark without its answer is worth nothing"
    github.may_answer.set()
    desk.settle()
    assert desk.found == [NEW]


def test_what_cannot_be_saved_is_told(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    check = desk.start()
    (tmp_path / "updates.json").mkdir()
    with qtbot.waitSignal(check.failed) as told:
        check.skip("0.2.0")
    assert "updates.json" in told.args[0].title


def test_asking_happens_off_the_windows_thread(
    desk: Desk, github: ReleaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lollma_gui.qt import update_check

    threads: list[threading.Thread] = []
    real = update_check.ask_newest

    def noting(*given: object) -> object:
        threads.append(threading.current_thread())
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(update_check, "ask_newest", noting)
    desk.start().ask()
    desk.settle()
    assert threads
    assert threading.main_thread() not in threads
