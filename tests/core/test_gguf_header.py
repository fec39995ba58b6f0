"""What is read from a GGUF file is what is in it, held against the gguf package's own reader."""

import io
from pathlib import Path
from typing import Any

import pytest
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from helpers.gguf_files import (
    ARRAY,
    BOOL,
    INT32,
    STRING,
    UINT8,
    UINT32,
    array,
    gguf,
    key,
    tensor,
    text,
    u32,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from lollma_gui.core.gguf_cursor import WINDOW_BYTES
from lollma_gui.core.gguf_header import ArrayInfo, GgufHeader, HeaderIncomplete, joined, read_header
from lollma_gui.core.gguf_values import MAX_KEPT_ITEMS, MAX_KEPT_TEXT


def read(data: bytes) -> GgufHeader:
    return read_header(io.BytesIO(data), len(data))


def read_path(path: Path) -> GgufHeader:
    with path.open("rb", buffering=0) as file:
        return read_header(file, path.stat().st_size)


def assert_same(path: Path) -> None:
    """Every key, array and tensor is as the gguf package reads it."""
    ours, theirs = read_path(path), GGUFReader(path)
    fields = {k: f for k, f in theirs.fields.items() if not k.startswith("GGUF.")}
    assert list(ours.metadata) == list(fields)
    for name, field in fields.items():
        assert_same_value(ours.metadata[name], field)
    assert (ours.alignment, ours.data_offset) == (theirs.alignment, theirs.data_offset)
    assert [
        (t.name, list(t.shape), t.type.id, ours.data_offset + t.offset, t.n_bytes, t.n_elements)
        for t in ours.tensors
    ] == [
        (t.name, t.shape.tolist(), t.tensor_type, t.data_offset, t.n_bytes, t.n_elements)
        for t in theirs.tensors
    ]


def assert_same_value(value: Any, field: Any) -> None:
    if not isinstance(value, ArrayInfo):
        kept = list(value) if isinstance(value, tuple) else value
        assert kept == field.contents()
        return
    head = 8 + len(field.name.encode()) + 4 + 4 + 8
    assert value.offset == field.offset + head
    assert value.item_type == field.types[1].name.lower()
    if GGUFValueType.ARRAY not in field.types[1:]:  # the other reader flattens those
        assert value.length == len(field.data)


def test_the_starter_model_is_read_as_the_gguf_package_reads_it(starter_model: Path) -> None:
    assert_same(starter_model)


_numbers = {
    GGUFValueType.UINT8: st.integers(0, 2**8 - 1),
    GGUFValueType.INT8: st.integers(-(2**7), 2**7 - 1),
    GGUFValueType.UINT16: st.integers(0, 2**16 - 1),
    GGUFValueType.INT16: st.integers(-(2**15), 2**15 - 1),
    GGUFValueType.UINT32: st.integers(0, 2**32 - 1),
    GGUFValueType.INT32: st.integers(-(2**31), 2**31 - 1),
    GGUFValueType.FLOAT32: st.floats(width=32, allow_nan=False),
    GGUFValueType.BOOL: st.booleans(),
    GGUFValueType.STRING: st.text(max_size=300),
    GGUFValueType.UINT64: st.integers(0, 2**64 - 1),
    GGUFValueType.INT64: st.integers(-(2**63), 2**63 - 1),
    GGUFValueType.FLOAT64: st.floats(allow_nan=False),
}
_scalar = st.sampled_from(list(_numbers)).flatmap(lambda t: st.tuples(st.just(t), _numbers[t]))
_list = st.sampled_from(list(_numbers)).flatmap(
    lambda t: st.tuples(st.just(t), st.lists(_numbers[t], min_size=1, max_size=20))
)
_names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
_tensors = st.dictionaries(
    st.text("abcdefgh.0123456789", min_size=1, max_size=60),
    st.tuples(
        st.sampled_from(["F32", "F16", "BF16", "Q4_0", "Q8_0", "Q4_K", "IQ4_XS", "MXFP4"]),
        st.lists(st.integers(1, 3), min_size=1, max_size=4),
    ),
    max_size=6,
)


@given(
    scalars=st.dictionaries(_names, _scalar, max_size=8),
    lists=st.dictionaries(_names, _list, max_size=8),
    tensors=_tensors,
    alignment=st.sampled_from([None, 8, 32, 256]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_gguf_package_writes_is_read_as_it_reads_it(
    tmp_path_factory: pytest.TempPathFactory,
    scalars: dict[str, Any],
    lists: dict[str, Any],
    tensors: dict[str, Any],
    alignment: int | None,
) -> None:
    import numpy as np
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    path = tmp_path_factory.getbasetemp() / "generated.gguf"
    path.unlink(missing_ok=True)
    writer = GGUFWriter(path, "llama")
    if alignment is not None:
        writer.add_custom_alignment(alignment)
    for name, (kind, value) in scalars.items():
        writer.add_key_value(f"one.{name}", value, kind)
    for name, (kind, values) in lists.items():
        writer.add_key_value(f"many.{name}", values, GGUFValueType.ARRAY, kind)
    for name, (type_name, shape) in tensors.items():
        kind = GGMLQuantizationType[type_name]
        data = np.zeros((*shape[:-1], shape[-1] * GGML_QUANT_SIZES[kind][1]), np.uint8)
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert_same(path)


def test_texts_that_cross_windows_or_are_longer_than_one_are_walked_exactly() -> None:
    lengths = [0, 1, 255, 256, 65_536, WINDOW_BYTES + 3, 5, WINDOW_BYTES - 20, 300, 7] * 2
    many = b"".join(text(b"\1" * n) for n in lengths)
    data = gguf(
        [
            key("a", STRING, text("before")),
            key("tokens", ARRAY, array(STRING, len(lengths), many)),
            key("z", STRING, text("after")),
        ]
    )
    header = read(data)
    assert header.metadata["tokens"] == ArrayInfo("string", len(lengths), data.index(many))
    assert header.metadata["z"] == "after"


def test_nested_arrays_are_passed_over() -> None:
    inner = array(INT32, 2, u32(1) + u32(2)) + array(STRING, 2, text("x") + text(""))
    outer = array(ARRAY, 2, array(ARRAY, 2, inner) + array(UINT8, 3, b"abc"))
    header = read(gguf([key("nested", ARRAY, outer), key("after", UINT32, u32(7))]))
    assert header.metadata["nested"] == ArrayInfo("array", 2, 24 + 8 + 6 + 4 + 12)
    assert header.metadata["after"] == 7


def test_short_arrays_of_numbers_are_kept_and_long_ones_are_not() -> None:
    short, long = MAX_KEPT_ITEMS, MAX_KEPT_ITEMS + 1
    header = read(
        gguf(
            [
                key("pattern", ARRAY, array(BOOL, 3, b"\1\0\1")),
                key("short", ARRAY, array(UINT8, short, b"\7" * short)),
                key("long", ARRAY, array(UINT8, long, b"\7" * long)),
                key("empty", ARRAY, array(STRING, 0, b"")),
            ]
        )
    )
    assert header.metadata["pattern"] == (True, False, True)
    assert header.metadata["short"] == (7,) * short
    assert isinstance(header.metadata["long"], ArrayInfo)
    assert header.metadata["long"].length == long
    assert isinstance(header.metadata["empty"], ArrayInfo)
    assert header.metadata["empty"].length == 0


def test_a_text_too_long_to_keep_is_passed_over() -> None:
    header = read(
        gguf(
            [
                key("huge", STRING, text(b"x" * (MAX_KEPT_TEXT + 1))),
                key("name", STRING, text(b"caf\xe9")),
            ]
        )
    )
    assert header.metadata["huge"] == ArrayInfo("text", MAX_KEPT_TEXT + 1, 24 + 8 + 4 + 4 + 8)
    assert header.metadata["name"] == "caf\ufffd"


def test_version_2_is_read_like_version_3() -> None:
    pieces = [key("general.architecture", STRING, text("llama"))], [tensor("t", (4,))]
    two, three = (read(gguf(*pieces, version=v, data=b"\0" * 32)) for v in (2, 3))
    assert (two.version, three.version) == (2, 3)
    assert two.tensors == three.tensors
    assert two.architecture == "llama"


def test_a_header_can_be_read_piece_by_piece_from_the_beginning_of_a_file(
    starter_model: Path,
) -> None:
    size = starter_model.stat().st_size
    whole, got, wanted = read_path(starter_model), 64, []
    header = None
    with starter_model.open("rb") as file:
        while header is None:
            file.seek(0)
            try:
                header = read_header(io.BytesIO(file.read(got)), size)
            except HeaderIncomplete as more:
                wanted.append((got, more.needed_bytes))
                got = max(more.needed_bytes, 2 * got)
    assert header == whole
    assert wanted
    assert all(given < needed <= whole.data_offset for given, needed in wanted)
    assert got < size // 10


def test_the_parts_of_a_split_model_are_joined_in_order() -> None:
    first = read(gguf([key("split.count", UINT32, u32(2))]))
    second = read(gguf([], [tensor("a", (4,)), tensor("b", (4,), offset=32)], data=b"\0" * 64))
    whole = joined([first, second])
    assert [t.name for t in whole.tensors] == ["a", "b"]
    assert whole.metadata == {"split.count": 2}
