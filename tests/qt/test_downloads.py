"""The queue of downloads: order, limits, pause and resume, and all of it again after a start."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.hub_server import HubFile, HubServer
from helpers.downloads_desk import DownloadsDesk
from helpers.hub_downloads import FILE, NEW_COMMIT, content, offer, upload_anew

from lollma_gui.core.download_state import DownloadState
from lollma_gui.core.hub_download import HubDownload
from lollma_gui.qt import downloads as downloads_module
from lollma_gui.services import model_download
from lollma_gui.services.newer_uploads import Upload

DONE, PAUSED, WAITING = DownloadState.DONE, DownloadState.PAUSED, DownloadState.WAITING
DOWNLOADING, CHANGED = DownloadState.DOWNLOADING, DownloadState.CHANGED
FAILED = DownloadState.FAILED


@pytest.fixture
def make_desk(qtbot, qapp, hub, tmp_path, monkeypatch) -> Iterator[Callable[..., DownloadsDesk]]:
    monkeypatch.setattr(model_download, "_FIRST_PAUSE_SECONDS", 0.01)
    made: list[DownloadsDesk] = []

    def make(**given) -> DownloadsDesk:
        made.append(DownloadsDesk(qtbot, tmp_path / "home", hub, **given))
        return made[-1]

    yield make
    hub.release()
    for desk in made:
        desk.close()


@pytest.fixture
def desk(make_desk) -> DownloadsDesk:
    return make_desk()


def held(hub: HubServer, number: int, at: int = 100_000) -> tuple[HubFile, HubDownload]:
    """A model whose bytes stop coming after so many."""
    file = HubFile(content(number), hold_after=at)
    return file, offer(hub, file, names=(f"M{number}.gguf",), title=f"M{number}")


def until_arrived(desk: DownloadsDesk, key: str, n_bytes: int = 100_000) -> None:
    desk.wait(lambda: desk.downloads.entry(key).done_bytes >= n_bytes)


def went_on(hub: HubServer) -> bool:
    """Whether the second request was for the rest only."""
    whole, rest = hub.bodies_asked()
    return whole == "whole" and int(rest.removeprefix("bytes=").rstrip("-")) >= 100_000


# ---- one download --------------------------------------------------------------------------


def test_a_download_arrives_and_is_told(desk: DownloadsDesk, hub: HubServer) -> None:
    file = HubFile(content(1))
    key = desk.downloads.add(offer(hub, file))
    assert desk.downloads.under_way == 1
    desk.until(key, DONE)
    assert [path.read_bytes() for path in desk.finished] == [file.content]
    assert desk.downloads.under_way == 0
    assert desk.downloads.words == ""
    entry = desk.downloads.entry(key)
    assert entry is not None
    assert entry.targets == (str(desk.finished[0]),)
    assert entry.done_bytes == file.size


def test_the_same_model_added_twice_is_one_download(desk: DownloadsDesk, hub: HubServer) -> None:
    _, what = held(hub, 1)
    key = desk.downloads.add(what)
    assert desk.downloads.add(what) == key
    assert len(desk.downloads.entries) == 1


def test_adding_a_paused_one_again_lets_it_go_on(desk: DownloadsDesk, hub: HubServer) -> None:
    _, what = held(hub, 1)
    key = desk.downloads.add(what)
    desk.downloads.pause(key)
    assert desk.state(key) is PAUSED
    desk.downloads.add(what)
    assert desk.state(key) in (WAITING, DOWNLOADING)


def test_what_is_there_is_done_at_once(desk: DownloadsDesk, hub: HubServer) -> None:
    what = offer(hub, HubFile(content(1)))
    desk.until(desk.downloads.add(what), DONE)
    desk.downloads.clear_finished()
    hub.seen.clear()
    desk.until(desk.downloads.add(what), DONE)
    assert hub.bodies_asked() == []


def test_a_paused_download_goes_on_at_the_byte(desk: DownloadsDesk, hub: HubServer) -> None:
    file, what = held(hub, 1)
    key = desk.downloads.add(what)
    until_arrived(desk, key)
    desk.downloads.pause(key)
    assert desk.state(key) is PAUSED
    assert desk.downloads.under_way == 0
    file.hold_after = None
    hub.release()
    # At once: the run that is ending still holds the file.
    desk.downloads.resume(key)
    desk.until(key, DONE)
    assert went_on(hub)
    assert desk.failures == []


def test_a_cancelled_download_can_be_had_back_with_all_its_bytes(
    desk: DownloadsDesk, hub: HubServer
) -> None:
    file, what = held(hub, 1)
    key = desk.downloads.add(what)
    until_arrived(desk, key)
    desk.downloads.cancel(key)
    assert desk.downloads.entries == []
    file.hold_after = None
    hub.release()
    desk.downloads.undo_cancel(key)
    desk.until(key, DONE)
    assert went_on(hub)


def test_a_cancelled_download_leaves_nothing_after_a_while(
    desk: DownloadsDesk, hub: HubServer, monkeypatch
) -> None:
    monkeypatch.setattr(downloads_module, "UNDO_MS", 300)
    _, what = held(hub, 1)
    key = desk.downloads.add(what)
    until_arrived(desk, key)
    desk.downloads.cancel(key)
    assert desk.lies() == ["M1.gguf.part", "M1.gguf.part.json"]
    desk.wait(lambda: desk.lies() == [])
    desk.wait(lambda: desk.store.all() == [])


def test_what_failed_says_why_and_can_be_tried_again(desk: DownloadsDesk, hub: HubServer) -> None:
    file = HubFile(content(1), error=(403, "GatedRepo", ""))
    key = desk.downloads.add(offer(hub, file))
    desk.until(key, FAILED)
    entry = desk.downloads.entry(key)
    assert entry is not None
    assert "accept the terms" in entry.problem
    assert "access token" in entry.advice
    assert [error.title for error in desk.failures] == [entry.problem]
    file.error = None
    desk.downloads.resume(key)
    desk.until(key, DONE)
    assert desk.downloads.entry(key).problem == ""


def test_a_network_that_is_away_is_waited_for(desk: DownloadsDesk, hub: HubServer) -> None:
    file = HubFile(content(1), cut_after=[100_000, *[0] * 6])
    key = desk.downloads.add(offer(hub, file))
    seen: list[str] = []
    desk.downloads.moved_on.connect(lambda k: seen.append(desk.downloads.moment(k).waits_for))
    desk.until(key, DONE)
    assert "the network" in seen
    assert desk.failures == []


def test_a_change_on_the_hub_is_a_choice(desk: DownloadsDesk, hub: HubServer) -> None:
    file, what = HubFile(content(1), hold_after=100_000), None
    what = offer(hub, file)
    key = desk.downloads.add(what)
    until_arrived(desk, key)
    desk.downloads.pause(key)
    file.hold_after = None
    hub.release()
    new = HubFile(content(2))
    upload_anew(hub, FILE, new)
    desk.downloads.resume(key)
    desk.until(key, CHANGED)
    desk.downloads.fetch_new(key)
    desk.until(key, DONE)
    assert desk.finished[0].read_bytes() == new.content
    assert desk.lies() == [FILE]


def test_the_listed_version_can_be_kept(desk: DownloadsDesk, hub: HubServer) -> None:
    file = HubFile(content(1))
    what = offer(hub, file)
    upload_anew(hub, FILE, HubFile(content(2)))
    key = desk.downloads.add(what)
    desk.until(key, CHANGED)
    desk.downloads.keep_listed(key)
    desk.until(key, DONE)
    assert desk.finished[0].read_bytes() == file.content


# ---- several -------------------------------------------------------------------------------


def test_no_more_run_than_may_and_the_next_begins_when_one_ends(make_desk, hub) -> None:
    desk = make_desk(at_once=2)
    files, keys = [], []
    for number in range(4):
        file, what = held(hub, number)
        files.append(file)
        keys.append(desk.downloads.add(what))
    for key in keys[:2]:
        until_arrived(desk, key)
    assert [desk.state(key) for key in keys[2:]] == [WAITING, WAITING]
    assert desk.downloads.words.startswith("4 downloads")
    hub.release()
    for key in keys:
        desk.until(key, DONE)
    assert len(desk.finished) == 4


def test_the_first_in_the_queue_is_the_next_to_begin(make_desk, hub) -> None:
    desk = make_desk(at_once=1)
    _, what = held(hub, 0)
    keys = [desk.downloads.add(what)]
    for number in (1, 2, 3):
        file = HubFile(content(number))
        keys.append(desk.downloads.add(offer(hub, file, names=(f"M{number}.gguf",))))
    desk.downloads.move_first(keys[3])
    desk.downloads.move(keys[1], 1)
    assert [q.key for q in desk.downloads.entries] == [keys[3], keys[0], keys[2], keys[1]]
    until_arrived(desk, keys[0])
    hub.release()
    for key in keys:
        desk.until(key, DONE)
    names = [path.name for path in desk.finished]
    assert names == ["M0.gguf", "M3.gguf", "M2.gguf", "M1.gguf"]


def test_more_may_run_at_once_from_now_on(make_desk, hub) -> None:
    desk = make_desk(at_once=1)
    keys = [desk.downloads.add(held(hub, number)[1]) for number in range(3)]
    until_arrived(desk, keys[0])
    with desk.qtbot.waitSignal(desk.downloads.limits_chosen) as told:
        desk.downloads.set_at_once(3)
    assert told.args == [3, 0]
    for key in keys:
        until_arrived(desk, key)
    desk.downloads.set_at_once(99)
    assert desk.downloads.at_once == 8


def test_all_pause_and_all_go_on(make_desk, hub) -> None:
    desk = make_desk(at_once=1)
    keys = [desk.downloads.add(held(hub, number)[1]) for number in range(3)]
    until_arrived(desk, keys[0])
    desk.downloads.pause_all()
    assert [desk.state(key) for key in keys] == [PAUSED] * 3
    # None of those that waited began when the one before them stopped.
    assert len(hub.bodies_asked()) == 1
    hub.release()
    desk.downloads.resume_all()
    for key in keys:
        desk.until(key, DONE)


def test_one_that_waits_is_told_that_there_is_no_room(make_desk, hub) -> None:
    desk = make_desk(at_once=1)
    first = desk.downloads.add(held(hub, 0)[1])
    huge = offer(hub, HubFile(b"x"), names=("huge.gguf",), title="Huge")
    huge = huge._replace(parts=(huge.parts[0]._replace(size=10**17),))
    key = desk.downloads.add(huge)
    desk.until(key, FAILED)
    assert "not enough free space" in desk.downloads.entry(key).problem
    until_arrived(desk, first)


# ---- after a start -------------------------------------------------------------------------


def test_the_queue_goes_on_after_the_app_was_closed(make_desk, hub) -> None:
    before = make_desk(at_once=1)
    file, what = held(hub, 0)
    running = before.downloads.add(what)
    waiting = before.downloads.add(offer(hub, HubFile(content(1)), names=("M1.gguf",)))
    paused = before.downloads.add(offer(hub, HubFile(content(2)), names=("M2.gguf",)))
    before.downloads.pause(paused)
    until_arrived(before, running)
    assert before.downloads.shutdown(30_000)
    before.keeper.shutdown(cancel=False)
    file.hold_after = None
    hub.release()
    hub.seen.clear()
    desk = make_desk(at_once=1)
    desk.downloads.restore()
    desk.wait(lambda: len(desk.finished) == 2)
    assert [q.key for q in desk.downloads.entries] == [running, waiting, paused]
    assert desk.state(paused) is PAUSED
    assert hub.bodies_asked() == ["bytes=100000-", "whole"]


def test_what_was_done_is_no_more_in_the_queue_after_a_start(make_desk, hub) -> None:
    before = make_desk()
    before.until(before.downloads.add(offer(hub, HubFile(content(1)))), DONE)
    before.wait(lambda: before.store.all() == [])


# ---- newer uploads -------------------------------------------------------------------------


@pytest.mark.parametrize("keep_both", [False, True])
def test_a_newer_upload_is_found_and_fetched(desk, hub, keep_both) -> None:
    old, new = HubFile(content(1)), HubFile(content(2))
    desk.until(desk.downloads.add(offer(hub, old)), DONE)
    path = str(desk.finished[0])
    check(desk)
    assert desk.newer.upload(path) is Upload.SAME
    assert desk.newer.newer == []
    upload_anew(hub, FILE, new)
    check(desk)
    assert desk.newer.upload(path) is Upload.NEWER
    desk.newer.update(path, keep_both=keep_both)
    assert Path(path).read_bytes() == old.content
    desk.wait(lambda: len(desk.finished) == 2)
    if keep_both:
        assert Path(path).read_bytes() == old.content
        assert desk.finished[1].name == f"Model-8B-Q4_K_M.{NEW_COMMIT[:7]}.gguf"
    assert desk.finished[1].read_bytes() == new.content
    assert len(desk.lies()) == (2 if keep_both else 1)


def test_a_newer_upload_of_a_model_with_its_projector_is_still_the_models(desk, hub) -> None:
    names = ("model.gguf", "a-projector.gguf")
    old = [HubFile(content(n)) for n in (1, 2)]
    desk.until(desk.downloads.add(offer(hub, *old, names=names)), DONE)
    model = desk.finished[0]
    for number, name in enumerate(names):
        upload_anew(hub, name, HubFile(content(3 + number)))
    renamed = model.with_name("mine.gguf")
    model.rename(renamed)
    desk.downloads.move_files({str(model): str(renamed)})
    desk.wait(lambda: str(renamed) in desk.origins.all())
    check(desk)
    (answer,) = desk.newer.newer
    assert [Path(path).name for path in answer.paths] == ["mine.gguf", "a-projector.gguf"]
    desk.newer.update(str(renamed))
    desk.wait(lambda: len(desk.finished) == 2)
    assert desk.finished[1] == renamed
    assert renamed.read_bytes() == content(3)


def test_a_file_that_the_hub_has_no_more_is_told(desk, hub) -> None:
    file = HubFile(content(1))
    desk.until(desk.downloads.add(offer(hub, file)), DONE)
    file.error = (404, "EntryNotFound", "")
    check(desk)
    assert desk.newer.upload(str(desk.finished[0])) is Upload.GONE


def check(desk: DownloadsDesk) -> None:
    desk.newer.check()
    desk.wait(lambda: not desk.newer.is_checking)
