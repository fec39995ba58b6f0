"""Damaged and forged GGUF files are refused in one sentence, at no cost in time or memory."""

import io
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from helpers.gguf_files import (
    ARRAY,
    BOOL,
    STRING,
    UINT8,
    UINT32,
    array,
    gguf,
    key,
    tensor,
    text,
    u32,
    u64,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_cursor import WINDOW_BYTES
from lollma_gui.core.gguf_header import GgufHeader, HeaderIncomplete, read_header
from lollma_gui.core.gguf_values import MAX_KEPT_TEXT

AGAIN = "Download it again."
#: What a header of some hundred bytes may cost: two windows (old and new), one text that claims to
#: be as long as any that is kept (its bytes and its letters), and change.
COST_BYTES = 2 * WINDOW_BYTES + 2 * MAX_KEPT_TEXT + 300_000


class Endless(io.RawIOBase):
    """A file of 100 GB that is all zeros after its beginning."""

    SIZE = 100 * 10**9

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self._at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        part = self._beginning[self._at : self._at + size].ljust(size, b"\0")
        self._at += size
        return part


def read(data: bytes) -> GgufHeader:
    return read_header(io.BytesIO(data), len(data))


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < COST_BYTES
    finally:
        tracemalloc.stop()


SMALL = gguf(
    [
        key("general.architecture", STRING, text("llama")),
        key("llama.block_count", UINT32, u32(2)),
        key("tokens", ARRAY, array(STRING, 3, text("a") + text("") + text("ccc"))),
        key("nested", ARRAY, array(ARRAY, 2, array(BOOL, 1, b"\1") + array(STRING, 0, b""))),
        key("flags", ARRAY, array(BOOL, 2, b"\0\1")),
    ],
    [tensor("a.weight", (32, 2), 2), tensor("b.weight", (4,), 0, 64)],
    data=b"\0" * 96,
)
#: Where the last tensor's entry ends.
HEADER_END = len(SMALL.rstrip(b"\0")) + 7  # its offset, 64, has seven zero bytes


def test_the_small_file_is_whole() -> None:
    assert [t.name for t in read(SMALL).tensors] == ["a.weight", "b.weight"]


def test_a_file_cut_anywhere_is_refused_in_a_sentence() -> None:
    # The last 16 of the 96 bytes are padding: nobody misses those.
    for n in range(len(SMALL) - 16):
        with pytest.raises(LollmaError) as caught:
            read(SMALL[:n])
        assert caught.value.title.endswith(".")
        assert caught.value.advice


def test_a_beginning_cut_anywhere_asks_for_more_until_the_header_is_whole() -> None:
    for n in range(HEADER_END):
        with pytest.raises(HeaderIncomplete) as caught:
            read_header(io.BytesIO(SMALL[:n]), len(SMALL))
        assert n < caught.value.needed_bytes <= HEADER_END
    for n in range(HEADER_END, len(SMALL)):
        assert read_header(io.BytesIO(SMALL[:n]), len(SMALL)) == read(SMALL)


@given(flips=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(1, 255)), max_size=4))
@settings(max_examples=400, deadline=None)
def test_flipped_bits_never_do_worse_than_a_sentence(flips: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, bits in flips:
        data[at] ^= bits
    for size, file in ((len(data), io.BytesIO(data)), (Endless.SIZE, Endless(bytes(data)))):
        with little_memory():
            try:
                header = read_header(file, size)  # type: ignore[arg-type]
            except LollmaError:
                continue
            ends = [header.data_offset + t.offset + t.n_bytes for t in header.tensors]
            assert all(end <= size for end in ends)


@given(rest=st.binary(max_size=400))
@example(rest=b"")
@settings(max_examples=200, deadline=None)
def test_noise_after_the_magic_is_refused_in_a_sentence(rest: bytes) -> None:
    with little_memory(), pytest.raises(LollmaError, match=r"\.( |$)"):
        read(b"GGUF" + u32(3) + u64(2) + u64(2) + rest)


HUGE = (2**32 - 1, 2**60, 2**63 - 1, 2**63, 2**64 - 1)


@pytest.mark.parametrize("n", HUGE)
@pytest.mark.parametrize(
    "forge",
    [
        lambda n: gguf([], n_keys=n),
        lambda n: gguf([], n_tensors=n),
        lambda n: gguf([u64(n) + b"key"], n_keys=1),
        lambda n: gguf([text("k") + u32(STRING) + u64(n) + b"value"]),
        lambda n: gguf([key("k", ARRAY, array(UINT8, n, b"items"))]),
        lambda n: gguf([key("k", ARRAY, array(STRING, n, text("item")))]),
        lambda n: gguf([key("k", ARRAY, array(STRING, 2, u64(n) + text("item")))]),
        lambda n: gguf([key("k", ARRAY, array(ARRAY, n, array(UINT8, 1, b"x")))]),
        lambda n: gguf([], [u64(n) + b"name"], n_tensors=1),
        lambda n: gguf([], [tensor("t", (n, n, n, n))]),
        lambda n: gguf([], [tensor("t", (64, n), 2)]),
        lambda n: gguf([], [tensor("t", (4,), 0, n)]),
    ],
    ids=[
        *("keys", "tensors", "length of a key", "length of a text", "length of an array"),
        *("count of texts", "length of a text in an array", "count of nested arrays"),
        *("length of a tensor's name", "all dimensions", "one dimension", "offset"),
    ],
)
def test_a_forged_number_costs_nothing(forge: object, n: int) -> None:
    data = forge(n)  # type: ignore[operator]
    for size, file in ((len(data), io.BytesIO(data)), (Endless.SIZE, Endless(data))):
        with little_memory(), pytest.raises(LollmaError):
            read_header(file, size)  # type: ignore[arg-type]


def nested(depth: int) -> bytes:
    inner = array(UINT8, 1, b"x")
    for _ in range(depth):
        inner = array(ARRAY, 1, inner)
    return inner


TWO = (tensor("t", (4,)), tensor("t", (4,), offset=32))


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (gguf([key("k", 13, b"1234")]), "the value of k has the unknown type 13"),
        (gguf([key("k", ARRAY, array(13, 1, b"x"))]), "the value of k is an array of the unknown"),
        (gguf([key("k", ARRAY, nested(6))]), "the value of k nests arrays too deeply"),
        (gguf([key("k", UINT8, b"1")] * 2), "the key k is there twice"),
        (gguf([], TWO, data=b"\0" * 64), "the tensor t is there twice"),
        (gguf([], [tensor("t", (4,) * 5)]), "the tensor t claims to have 5 dimensions"),
        (gguf([], [tensor("t", (4, 0))]), "the tensor t has an impossible shape"),
        (gguf([], [tensor("t", (33,), 2)]), "the shape of tensor t does not suit its format Q4_0"),
        (gguf([], [tensor("t", (4,), 70_000)]), "the tensor t has the impossible format 70000"),
        (gguf([], [tensor("t", (4,), 0, 64)], data=b"\0" * 96), "the tensor t does not lie where"),
        (gguf([key("general.alignment", UINT32, u32(33))]), "its alignment is not a power of two"),
        (gguf([key("general.alignment", STRING, text("x"))]), "its alignment is not a power of"),
    ],
)
def test_damage_is_named(data: bytes, title: str) -> None:
    with pytest.raises(LollmaError) as caught:
        read(data)
    assert caught.value.title.startswith(f"The model file is damaged: {title}")
    assert caught.value.advice == AGAIN


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"", "The file is empty."),
        (b"GG", "The file is not a GGUF model."),
        (b"PNG..............", "The file is not a GGUF model."),
        (b"\0" * 64, "nothing but zeros"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
        (b"tjgg" + bytes(20), "GGJT format"),
        (gguf(version=1), "version 1 of the GGUF format, which llama.cpp no longer reads"),
        (gguf(version=4), "version 4 of the GGUF format, which this LoLLMa does not know"),
        (b"GGUF" + b"\0\0\0\3" + bytes(16), "made for big-endian computers"),
        (gguf([], [tensor("t", (32,), 31)]), "stored as Q4_0_4_4, which llama.cpp no longer"),
        (gguf([], [tensor("t", (32,), 99)]), "a format (number 99) that this LoLLMa does not"),
        (gguf([], [tensor("t", (9_000,))]), "cut off: it has 64 B of at least 36.1 kB"),
    ],
)
def test_what_is_no_model_for_us_is_said_for_what_it_is(data: bytes, title: str) -> None:
    with pytest.raises(LollmaError) as caught:
        read(data)
    assert title in caught.value.title
    assert caught.value.advice
