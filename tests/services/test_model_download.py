"""A model from the Hub arrives whole and verified, under a name people know, or not at all."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hub_server import COMMIT, HubFile, HubServer
from helpers.hub_downloads import (
    FILE,
    NEW_COMMIT,
    OWNER_REPOSITORY,
    Fetcher,
    content,
    offer,
    upload_anew,
)

from lollma_gui.core.download_state import DownloadState
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.hub_download import HubPart
from lollma_gui.services import disk_room, files, model_download
from lollma_gui.services.http_stream import TransferError
from lollma_gui.services.model_download import (
    ChangedUpstreamError,
    ModelDownload,
    arrived_bytes,
    remove_parts,
)

HERE = f"{OWNER_REPOSITORY}/{FILE}"
SPLIT = ("Model-8B-00001-of-00002.gguf", "Model-8B-00002-of-00002.gguf")


@pytest.fixture
def fetcher(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fetcher]:
    monkeypatch.setattr(model_download, "_FIRST_PAUSE_SECONDS", 0.01)
    made = Fetcher(hub, tmp_path / "home")
    yield made
    made.database.close()


def leave_begun(hub: HubServer, fetcher: Fetcher, file: HubFile, at: int = 100_000):
    """A download that was cancelled when so much had arrived."""
    file.hold_after = at
    what = offer(hub, file)
    part = fetcher.folder / f"{HERE}.part"
    with pytest.raises(Cancelled):
        fetcher.run(what, lambda: part.exists() and part.stat().st_size >= at)
    file.hold_after = None
    hub.release()
    hub.seen.clear()
    assert fetcher.lies() == [f"{HERE}.part", f"{HERE}.part.json"]
    return what


# ---- what a person gets --------------------------------------------------------------------


def test_a_model_arrives_under_a_name_people_know_and_its_origin_is_kept(hub, fetcher) -> None:
    file = HubFile(content(1))
    paths = fetcher.run(offer(hub, file))
    assert fetcher.lies() == [HERE]
    assert paths[0].read_bytes() == file.content
    origin = fetcher.origins.all()[str(paths[0])]
    assert origin[:6] == (str(paths[0]), "Model-8B", OWNER_REPOSITORY, "main", COMMIT, FILE)
    assert (origin.sha256, origin.size) == (file.sha256, file.size)
    assert [(s.method, s.host) for s in hub.seen] == [
        ("HEAD", "hub"),
        ("GET", "hub"),
        ("GET", "cdn"),
    ]


def test_all_parts_of_a_split_model_arrive_one_after_the_other(hub, fetcher) -> None:
    one, two = HubFile(content(1)), HubFile(content(2, 200_000))
    paths = fetcher.run(offer(hub, one, two, names=SPLIT))
    assert [path.name for path in paths] == list(SPLIT)
    assert [path.read_bytes() for path in paths] == [one.content, two.content]
    assert {origin.model for origin in fetcher.origins.all().values()} == {str(paths[0])}
    progress = [m.progress for m in fetcher.moments if m.progress]
    assert {p.total_bytes for p in progress} == {500_000}
    assert [p.done_bytes for p in progress] == sorted(p.done_bytes for p in progress)
    assert progress[-1].done_bytes == 500_000


def test_what_is_there_already_is_verified_and_not_fetched(hub, fetcher) -> None:
    file = HubFile(content(1))
    what = offer(hub, file)
    fetcher.run(what)
    hub.seen.clear()
    assert fetcher.run(what)[0].read_bytes() == file.content
    assert hub.seen == []


def test_a_file_of_the_same_name_that_is_another_stays_what_it_is(hub, fetcher) -> None:
    target = fetcher.folder / HERE
    target.parent.mkdir(parents=True)
    target.write_bytes(b"somebody's own")
    file = HubFile(content(1))
    paths = fetcher.run(offer(hub, file))
    assert paths[0].name == f"Model-8B-Q4_K_M.{COMMIT[:7]}.gguf"
    assert paths[0].read_bytes() == file.content
    assert target.read_bytes() == b"somebody's own"


def test_a_later_run_fetches_only_the_rest_after_asking_whether_it_is_the_same(
    hub, fetcher
) -> None:
    file = HubFile(content(1))
    what = leave_begun(hub, fetcher, file)
    fetcher.run(what)
    assert hub.bodies_asked() == ["bytes=100000-"]
    assert hub.seen[0].method == "HEAD"
    states = [moment.state for moment in fetcher.moments]
    assert DownloadState.CHECKING in states
    assert fetcher.lies() == [HERE]


def test_a_commit_that_did_not_touch_the_file_changes_nothing(hub, fetcher) -> None:
    file = HubFile(content(1))
    what = leave_begun(hub, fetcher, file)
    upload_anew(hub, FILE, file)
    fetcher.run(what)
    assert hub.bodies_asked() == ["bytes=100000-"]
    assert [origin.commit for origin in fetcher.origins.all().values()] == [NEW_COMMIT]


# ---- a change on the Hub -------------------------------------------------------------------


def test_a_new_version_on_the_hub_is_noticed_before_going_on(hub, fetcher) -> None:
    what = leave_begun(hub, fetcher, HubFile(content(1)))
    new = HubFile(content(2))
    upload_anew(hub, FILE, new)
    with pytest.raises(ChangedUpstreamError, match="was changed on the Hub") as raised:
        fetcher.run(what)
    assert hub.bodies_asked() == []
    assert raised.value.newer.parts == (HubPart(FILE, new.size, new.sha256),)
    assert raised.value.newer.commit == NEW_COMMIT
    assert arrived_bytes(fetcher.queued(what, targets=(str(fetcher.folder / HERE),))) == 100_000


def test_the_new_version_can_be_fetched_instead(hub, fetcher) -> None:
    what = leave_begun(hub, fetcher, HubFile(content(1)))
    new = HubFile(content(2, 250_000))
    upload_anew(hub, FILE, new)
    with pytest.raises(ChangedUpstreamError) as raised:
        fetcher.run(what)
    fetcher.run(raised.value.newer, targets=(str(fetcher.folder / HERE),))
    assert (fetcher.folder / HERE).read_bytes() == new.content
    assert fetcher.lies() == [HERE]


def test_the_listed_version_can_be_kept_to(hub, fetcher) -> None:
    old = HubFile(content(1))
    what = leave_begun(hub, fetcher, old)
    upload_anew(hub, FILE, HubFile(content(2)))
    fetcher.run(what, is_pinned=True)
    assert (fetcher.folder / HERE).read_bytes() == old.content
    assert hub.bodies_asked() == ["bytes=100000-"]


def test_a_change_between_the_question_and_the_file_is_noticed_too(hub, fetcher) -> None:
    file, new = HubFile(content(1), cut_after=[100_000]), HubFile(content(2))
    what = offer(hub, file)._replace(commit="")
    # Without a commit that answers, main is all there is: its first bytes come, then it is another.
    file.commit = ""
    file.replaced_by = new
    with pytest.raises(ChangedUpstreamError) as raised:
        fetcher.run(what)
    assert raised.value.newer.parts[0].sha256 == new.sha256
    assert fetcher.lies() == [f"{HERE}.part", f"{HERE}.part.json"]


# ---- trouble -------------------------------------------------------------------------------


def test_bytes_that_are_not_the_right_ones_are_kept_aside_and_explained(hub, fetcher) -> None:
    file = HubFile(content(1))
    what = leave_begun(hub, fetcher, file)
    part = fetcher.folder / f"{HERE}.part"
    part.write_bytes(b"X" + part.read_bytes()[1:])
    with pytest.raises(LollmaError, match="arrived damaged"):
        fetcher.run(what)
    assert fetcher.lies() == [f"{HERE}.damaged"]
    assert fetcher.origins.all() == {}


def test_a_listed_checksum_holds_also_where_the_hub_says_none_later(hub, fetcher) -> None:
    what = offer(hub, HubFile(content(1), is_large=False))
    listed = what._replace(parts=(what.parts[0]._replace(sha256="0" * 64),))
    with pytest.raises(LollmaError, match="arrived damaged"):
        fetcher.run(listed)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ((403, "GatedRepo", "ask"), "accept the terms"),
        ((401, "RepoNotFound", "who"), "has no repository"),
        ((404, "EntryNotFound", "gone"), "any more"),
    ],
)
def test_what_the_hub_refuses_ends_it_with_a_sentence(hub, fetcher, error, words) -> None:
    with pytest.raises(TransferError, match=words):
        fetcher.run(offer(hub, HubFile(content(1), error=error)))
    assert not fetcher.folder.exists()


def test_it_waits_for_the_network_as_long_as_it_takes(hub, fetcher) -> None:
    file = HubFile(content(1), cut_after=[100_000, 0, 0, 0])
    fetcher.run(offer(hub, file))
    assert (fetcher.folder / HERE).read_bytes() == file.content
    waits = [moment.waits_for for moment in fetcher.moments]
    assert "the network" in waits
    assert hub.bodies_asked() == ["whole"] + ["bytes=100000-"] * 4


def test_it_waits_while_the_hub_has_trouble_of_its_own(hub, fetcher) -> None:
    file = HubFile(content(1), error=(503, "", ""))
    what = offer(hub, file)

    def mended() -> bool:
        if any(moment.waits_for == "the Hub" for moment in fetcher.moments):
            file.error = None
        return False

    fetcher.run(what, mended)
    assert (fetcher.folder / HERE).read_bytes() == file.content


def test_while_the_network_is_away_it_can_be_cancelled(hub, fetcher) -> None:
    what = offer(hub, HubFile(content(1)))
    with HubServer() as gone:
        means = fetcher.means._replace(endpoint=gone.url)
    queued = fetcher.queued(what)
    run = ModelDownload(
        queued,
        means,
        fetcher.moments.append,
        lambda: "the network" in fetcher.moments[-1].waits_for,
    )
    with pytest.raises(Cancelled):
        run.run()


def test_it_never_leaves_its_folder(hub, fetcher) -> None:
    what = offer(hub, HubFile(content(1)))
    outside = what._replace(parts=(what.parts[0]._replace(path="../../../evil.gguf"),))
    with pytest.raises(LollmaError, match="cannot be used"):
        fetcher.run(outside)
    assert hub.seen == []


# ---- updates -------------------------------------------------------------------------------


def test_an_update_replaces_the_old_files_only_when_all_new_ones_are_there(hub, fetcher) -> None:
    old = [HubFile(content(1)), HubFile(content(2))]
    paths = fetcher.run(offer(hub, *old, names=SPLIT))
    new = [HubFile(content(3), commit=NEW_COMMIT), HubFile(content(4), commit=NEW_COMMIT)]
    new[1].error = (403, "GatedRepo", "")
    what = offer(hub, *new, names=SPLIT)
    new[1].error = None
    hub.files[f"/{OWNER_REPOSITORY}/resolve/{NEW_COMMIT}/{SPLIT[1]}"] = HubFile(
        new[1].content, error=(403, "GatedRepo", "")
    )
    with pytest.raises(TransferError, match="accept the terms"):
        fetcher.run(what, replaces=True)
    assert [path.read_bytes() for path in paths] == [file.content for file in old]
    assert not list(fetcher.folder.rglob("*.new.gguf"))
    hub.files[f"/{OWNER_REPOSITORY}/resolve/{NEW_COMMIT}/{SPLIT[1]}"] = new[1]
    hub.seen.clear()
    fetcher.run(what, replaces=True)
    assert [path.read_bytes() for path in paths] == [file.content for file in new]
    # The part that had arrived was not fetched again.
    assert len(hub.bodies_asked()) == 1
    assert fetcher.lies() == sorted(f"{OWNER_REPOSITORY}/{name}" for name in SPLIT)


# ---- the disk ------------------------------------------------------------------------------


def test_a_cancelled_download_leaves_nothing_when_its_parts_are_removed(hub, fetcher) -> None:
    what = leave_begun(hub, fetcher, HubFile(content(1)))
    remove_parts(fetcher.queued(what))
    assert fetcher.lies() == []


def test_removing_parts_spares_what_another_download_began(hub, fetcher) -> None:
    what = leave_begun(hub, fetcher, HubFile(content(1)))
    other = what._replace(parts=(what.parts[0]._replace(sha256="0" * 64),))
    remove_parts(fetcher.queued(other))
    assert fetcher.lies() == [f"{HERE}.part", f"{HERE}.part.json"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux for blocks")
def test_the_disk_really_reserves_the_bytes_and_the_size_says_what_arrived(hub, fetcher) -> None:
    file = HubFile(content(1, 3_000_000))
    what = leave_begun(hub, fetcher, file, at=100_000)
    part = fetcher.folder / f"{HERE}.part"
    assert part.stat().st_size == 100_000
    assert disk_room.held_bytes(part) >= 3_000_000
    fetcher.run(what)
    assert (fetcher.folder / HERE).stat().st_blocks * 512 < 3_100_000


def test_two_downloads_are_not_promised_the_same_space(hub, fetcher, monkeypatch) -> None:
    ledger = fetcher.ledger
    usage = os.statvfs(fetcher.database._path.parent.parent)
    free = usage.f_bavail * usage.f_frsize
    half = free * 6 // 10
    ledger.promise("one", fetcher.folder, half)
    with pytest.raises(LollmaError, match="other downloads need") as raised:
        ledger.promise("two", fetcher.folder, half)
    assert "200.0 MB more should stay free" in raised.value.title
    ledger.release("one")
    ledger.promise("two", fetcher.folder, half)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root on Linux")
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_told_before_anything_is_fetched(hub, fetcher, small_disk) -> None:
    fetcher.folder = small_disk / "models"
    with pytest.raises(LollmaError, match="not enough free space"):
        fetcher.run(offer(hub, HubFile(content(1, 3_000_000))))
    assert hub.bodies_asked() == []


def test_a_disk_that_fills_up_meanwhile_is_told_and_nothing_is_lost(
    hub, fetcher, small_disk, monkeypatch
) -> None:
    # As where a file system reserves nothing and other programs take the rest.
    monkeypatch.setattr(files, "SPACE_MARGIN_BYTES", 0)
    monkeypatch.setattr(disk_room, "SPACE_MARGIN_BYTES", 0)
    monkeypatch.setattr(disk_room, "_reserve_linux", _reserves_nothing)
    fetcher.folder = small_disk / "models"
    file = HubFile(content(1, 1_500_000), hold_after=200_000)
    what = offer(hub, file)
    filler = small_disk / "filler"

    def fill() -> bool:
        part = fetcher.folder / f"{HERE}.part"
        if not filler.exists() and part.exists() and part.stat().st_size >= 200_000:
            filler.write_bytes(b"x" * 1_000_000)
            hub.release()
        return False

    with pytest.raises(LollmaError, match="The disk is full"):
        fetcher.run(what, fill)
    filler.unlink()
    hub.seen.clear()
    fetcher.run(what)
    assert (fetcher.folder / HERE).read_bytes() == file.content
    (asked,) = hub.bodies_asked()
    assert int(asked.removeprefix("bytes=").rstrip("-")) >= 200_000


def _reserves_nothing(_handle: int, _size: int) -> None:
    raise OSError(errno.EOPNOTSUPP, "not here")
