"""A model on the Hub is looked into by its first megabytes, whatever happens on the way there."""

import io
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hub_server import HubFile, HubServer
from helpers.gguf_files import STRING, gguf, text, u32, u64
from helpers.header_only import Part, llama_8b, part_names

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.gguf_header import read_header
from lollma_gui.core.hub_source import HubSource, parse_hub_source
from lollma_gui.services import remote_header, sparse_file
from lollma_gui.services.dry_run import dry_run
from lollma_gui.services.http_stream import TransferError
from lollma_gui.services.remote_header import RemoteHeader, fetch_header

MIB = 1024 * 1024
REPOSITORY = "some-one/Model-7B"
TOKEN = "hf_onlyForTheHub123"


@pytest.fixture(autouse=True)
def nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test may send the token of whoever runs it; and none waits between tries."""
    from huggingface_hub import constants

    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(remote_header, "_PAUSE_SECONDS", 0)


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as server:
        yield server


def never() -> bool:
    return False


def serve(
    hub: HubServer, parts: list[Part], stem: str = "model", **options: object
) -> list[HubFile]:
    """Put a model on the Hub; the weights are never held."""
    files = []
    for name, (head, size) in zip(part_names(stem, len(parts)), parts, strict=True):
        file = HubFile(head, zeros=size - len(head), **options)  # type: ignore[arg-type]
        hub.add_to_repository(REPOSITORY, "main", name, file)
        files.append(file)
    return files


def fetch(hub: HubServer, file_name: str = "model.gguf", cancelled=never) -> RemoteHeader:
    return fetch_header(HubSource(REPOSITORY, file_name), cancelled, endpoint=hub.url)


def refusal(hub: HubServer, file_name: str = "model.gguf") -> LollmaError:
    with pytest.raises(LollmaError) as caught:
        fetch(hub, file_name)
    assert caught.value.title.endswith(".")
    assert caught.value.advice
    return caught.value


def is_whole(found: RemoteHeader, part: Part) -> bool:
    head, size = part
    assert found.size == size
    assert found.header == read_header(io.BytesIO(head), size)
    return [p.head for p in found.parts] == [head]


# ---- what is asked for ---------------------------------------------------------------------


@pytest.mark.parametrize("is_large", [True, False], ids=["on the CDN", "on the Hub"])
def test_a_small_header_takes_one_request(hub: HubServer, is_large: bool) -> None:
    (part,) = llama_8b()
    (file,) = serve(hub, [part], is_large=is_large)
    found = fetch(hub)
    assert is_whole(found, part)
    assert found.parts[0].etag == (file.sha256 if is_large else file.etag.strip('"'))
    assert hub.bodies_asked() == ["bytes=0-1048575"]


def test_a_file_smaller_than_what_is_asked_for_is_enough(hub: HubServer) -> None:
    data = gguf()
    serve(hub, [(data, len(data))])
    assert is_whole(fetch(hub), (data, len(data)))


def test_a_larger_header_takes_ranges_that_double_and_never_a_byte_twice(hub: HubServer) -> None:
    (part,) = llama_8b(vocabulary_bytes=5_000_000)
    serve(hub, [part])
    assert is_whole(fetch(hub), part)
    assert hub.bodies_asked() == [
        f"bytes={start}-{end - 1}"
        for start, end in ((0, MIB), (MIB, 2 * MIB), (2 * MIB, 4 * MIB), (4 * MIB, 8 * MIB))
    ]


def test_a_vocabulary_of_70_mb_is_no_trouble(hub: HubServer) -> None:
    (part,) = llama_8b(vocabulary_bytes=70_000_000)
    serve(hub, [part])
    assert is_whole(fetch(hub), part)


@pytest.mark.parametrize("vocabulary_bytes", [0, 5_000_000])
def test_a_server_without_ranges_is_read_as_far_as_needed(
    hub: HubServer, vocabulary_bytes: int
) -> None:
    # 4.9 GB follow, which nobody could wait for.
    (part,) = llama_8b(vocabulary_bytes=vocabulary_bytes)
    serve(hub, [part], ranges=False)
    assert is_whole(fetch(hub), part)
    assert len(hub.bodies_asked()) == 1


def test_folders_spaces_and_revisions_find_their_file(hub: HubServer) -> None:
    (head, size), *_ = llama_8b()
    file = HubFile(head, zeros=size - len(head))
    hub.add_to_repository(REPOSITORY, "v1", "Q4 K/my model.gguf", file)
    address = f"{hub.url}/{REPOSITORY}/blob/v1/Q4%20K/my%20model.gguf"
    found = fetch_header(parse_hub_source(address, hub.url), never, endpoint=hub.url)
    assert is_whole(found, (head, size))


def test_all_parts_of_a_split_model_are_looked_into(hub: HubServer) -> None:
    parts = llama_8b(parts=3)
    serve(hub, parts)
    found = fetch(hub, part_names("model", 3)[1])
    ((whole, whole_size),) = llama_8b()
    names = {tensor.name for tensor in read_header(io.BytesIO(whole), whole_size).tensors}
    assert {tensor.name for tensor in found.header.tensors} == names
    assert found.header.architecture == "llama"
    assert [(p.head, p.size) for p in found.parts] == parts
    assert [p.file_name for p in found.parts] == part_names("model", 3)


# ---- trouble on the way --------------------------------------------------------------------


def test_after_a_cut_only_the_rest_is_asked_for(hub: HubServer) -> None:
    (part,) = llama_8b(vocabulary_bytes=1_500_000)
    serve(hub, [part], cut_after=[300_000, 10])
    assert is_whole(fetch(hub), part)
    assert hub.bodies_asked() == [
        "bytes=0-1048575",
        "bytes=300000-1048575",
        "bytes=300010-1048575",
        "bytes=1048576-2097151",
    ]


def test_after_a_cut_a_server_without_ranges_begins_anew(hub: HubServer) -> None:
    (part,) = llama_8b(vocabulary_bytes=1_500_000)
    serve(hub, [part], ranges=False, cut_after=[1_200_000])
    assert is_whole(fetch(hub), part)


def test_a_server_that_breaks_off_for_ever_is_given_up(hub: HubServer) -> None:
    serve(hub, llama_8b(), cut_after=[1000] * 99)
    error = refusal(hub)
    assert isinstance(error, TransferError)
    assert "broke" in error.title
    assert len(hub.bodies_asked()) == 5


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_is_replaced_meanwhile_is_begun_anew(hub: HubServer, ranges: bool) -> None:
    (part,) = llama_8b(vocabulary_bytes=1_500_000, context_length=9999)
    new = HubFile(part[0], zeros=part[1] - len(part[0]), ranges=ranges)
    serve(hub, llama_8b(vocabulary_bytes=1_500_000), replaced_by=new)
    found = fetch(hub)
    assert is_whole(found, part)
    assert found.header.metadata["llama.context_length"] == 9999


def test_a_file_that_becomes_shorter_meanwhile_is_begun_anew(hub: HubServer) -> None:
    data = gguf()
    serve(hub, llama_8b(vocabulary_bytes=1_500_000), replaced_by=HubFile(data))
    assert is_whole(fetch(hub), (data, len(data)))


def test_a_file_that_changes_again_and_again_is_given_up(hub: HubServer) -> None:
    versions = [
        HubFile(head, zeros=size - len(head))
        for n in range(4)
        for head, size in llama_8b(vocabulary_bytes=1_500_000, context_length=1000 + n)
    ]
    for older, newer in itertools.pairwise(versions):
        older.replaced_by = newer
    hub.add_to_repository(REPOSITORY, "main", "model.gguf", versions[0])
    assert "being changed" in refusal(hub).title


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, "", "who you are"),
        (401, "GatedRepo", "accept the terms"),
        (403, "GatedRepo", "accept the terms"),
        (403, "", "does not allow"),
        (404, "EntryNotFound", "does not have this file"),
        (429, "", "too many requests"),
        (503, "", "trouble of its own"),
    ],
)
def test_a_refusal_is_told_in_a_sentence(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, status: int, code: str, says: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    serve(hub, llama_8b(), error=(status, code, "No."))
    error = refusal(hub)
    assert says in error.title
    assert TOKEN not in f"{error} {error.details}"


def test_a_missing_part_is_told(hub: HubServer) -> None:
    serve(hub, llama_8b(parts=3))
    del hub.files[f"/{REPOSITORY}/resolve/main/{part_names('model', 3)[2]}"]
    assert "does not have this file" in refusal(hub, part_names("model", 3)[0]).title


def test_a_hub_that_is_out_of_reach_is_told(hub: HubServer) -> None:
    with HubServer() as gone:
        pass
    assert "cannot be reached" in refusal(gone).title


def test_who_wants_no_network_is_heeded(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    serve(hub, llama_8b())
    assert "HF_HUB_OFFLINE" in refusal(hub).title
    assert hub.seen == []


def test_a_cancel_is_heard_while_the_server_is_silent(hub: HubServer) -> None:
    serve(hub, llama_8b(vocabulary_bytes=1_500_000), hold_after=1000)
    with pytest.raises(Cancelled):
        fetch(hub, cancelled=hub.held.is_set)


@pytest.mark.parametrize("is_large", [True, False])
def test_the_size_of_the_file_must_be_known(hub: HubServer, is_large: bool) -> None:
    (part,) = llama_8b()
    serve(hub, [part], length_said=False, is_large=is_large)
    if is_large:  # the Hub itself has said it
        assert is_whole(fetch(hub), part)
    else:
        assert "how large" in refusal(hub).title


# ---- the token -----------------------------------------------------------------------------


def test_the_token_goes_to_the_hub_and_to_nobody_else(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    serve(hub, llama_8b())
    with caplog.at_level("DEBUG"):
        found = fetch(hub)
    told = {seen.host: seen.headers.get("authorization") for seen in hub.seen}
    assert told == {"hub": f"Bearer {TOKEN}", "cdn": None}
    assert TOKEN not in caplog.text + repr(found)


def test_without_a_token_nobody_is_told_anything(hub: HubServer) -> None:
    serve(hub, llama_8b())
    fetch(hub)
    assert [seen.headers.get("authorization") for seen in hub.seen] == [None, None]


# ---- what is no model ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"\x80\x02 something of Python's", "not a GGUF"),
        (llama_8b()[0][0][:5000], "ends in the middle"),
    ],
    ids=["empty", "page", "pointer", "other", "cut"],
)
def test_what_is_no_model_is_told(hub: HubServer, content: bytes, says: str) -> None:
    serve(hub, [(content, len(content))])
    assert says in refusal(hub).title


def test_a_long_value_at_the_end_of_the_header_is_fetched_too(hub: HubServer) -> None:
    data = gguf([text("general.name") + u32(STRING) + text("a" * 3_000_000)])
    serve(hub, [(data, 10**9)])
    assert is_whole(fetch(hub), (data, 10**9))


def test_a_forged_length_does_not_make_us_fetch_gigabytes(hub: HubServer) -> None:
    forged = gguf([text("general.name") + u32(STRING) + u64(200_000_000)])
    serve(hub, [(forged, 10**10)])
    refusal(hub)
    assert len(hub.bodies_asked()) == 1


def test_a_header_without_end_is_given_up(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_header, "_MOST_BYTES", 4 * MIB)
    serve(hub, llama_8b(vocabulary_bytes=5_000_000))
    assert "larger than any real one" in refusal(hub).title
    assert len(hub.bodies_asked()) == 3


# ---- for llama.cpp -------------------------------------------------------------------------


def test_the_files_take_next_to_no_room_and_are_gone_afterwards(hub: HubServer) -> None:
    parts = llama_8b(parts=3)
    serve(hub, parts)
    with fetch(hub, part_names("model", 3)[0]).as_files() as first:
        written = sorted(first.parent.iterdir())
        assert [path.name for path in written] == part_names("model", 3)
        assert written[0] == first
        assert [path.stat().st_size for path in written] == [size for _, size in parts]
        for path, (head, _) in zip(written, parts, strict=True):
            with path.open("rb") as file:
                assert file.read(len(head)) == head
        if sys.platform != "win32":
            assert sum(path.stat().st_blocks * 512 for path in written) < MIB
    assert not first.parent.exists()


def test_a_size_that_no_disk_knows_is_told(hub: HubServer, tmp_path: Path) -> None:
    (head, _), *_ = llama_8b()
    serve(hub, [(head, 2**62)])
    found = fetch(hub)
    with pytest.raises(LollmaError) as caught:
        found.write_sparse(tmp_path)
    assert "could not be written" in caught.value.title


@pytest.mark.skipif(sys.platform != "win32", reason="Windows marks files that have holes")
def test_windows_knows_that_the_file_is_sparse(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    sparse_file.write_sparse_file(path, b"GGUF", 10**9)
    assert path.stat().st_file_attributes & 0x200  # type: ignore[attr-defined]


@pytest.mark.engine
def test_a_model_on_the_hub_is_planned_as_if_it_were_here(
    hub: HubServer, starter_model: Path
) -> None:
    file = HubFile(starter_model.read_bytes())
    hub.add_to_repository(REPOSITORY, "main", "model.gguf", file)
    with fetch(hub).as_files() as remote:
        there = dry_run(remote, {"n_ctx": 2048}, cancelled=never)
    here = dry_run(starter_model, {"n_ctx": 2048}, cancelled=never)
    assert (there.buffers, there.kv_bytes) == (here.buffers, here.kv_bytes)
    assert there.by_device("compute")


@pytest.mark.engine
def test_a_split_model_on_the_hub_is_planned_too(hub: HubServer) -> None:
    serve(hub, llama_8b(parts=3))
    with fetch(hub, part_names("model", 3)[2]).as_files() as first:
        said = dry_run(first, {"n_ctx": 4096}, cancelled=never)
    assert said.kv_bytes == 536_870_912
