"""The header of a GGUF file: what the model is, and where its tensors lie.

Layout: ``docs/gguf.md`` of ggml. Only the header is read, through a window of one mebibyte, and no
number in it is believed before it is checked: a damaged or forged file costs neither time nor
memory.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import BinaryIO

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_cursor import Cursor, CutOffError, HeaderIncomplete, damaged
from lollma_gui.core.gguf_start import check_start
from lollma_gui.core.gguf_values import ArrayInfo, MetadataValue, ValueReader
from lollma_gui.core.tensor_types import REMOVED_TYPES, TENSOR_TYPES, TensorType

__all__ = [
    "ArrayInfo",
    "CutOffError",
    "GgufHeader",
    "HeaderIncomplete",
    "MetadataValue",
    "TensorInfo",
    "joined",
    "padded",
    "read_header",
]

_DEFAULT_ALIGNMENT = 32
_COUNTS = struct.Struct("<QQ")
_DIMENSION_COUNT = struct.Struct("<I")
_TYPE_AND_OFFSET = struct.Struct("<IQ")

#: ggml's limits (GGML_MAX_DIMS, GGML_MAX_NAME) and the specification's for keys.
_MAX_DIMENSIONS = 4
_MAX_TENSOR_NAME = 64
_MAX_KEY = 65_535
_LARGEST_DIMENSION = 2**63 - 1
#: Far above real files (the largest have some thousands); bounds what a forged file can cost.
_MAX_KEYS = 65_536
_MAX_TENSORS = 262_144
_SMALLEST_KEY = 8 + 4 + 1
_SMALLEST_TENSOR = 8 + 4 + 4 + 8
#: Above this a type number is damage rather than a format of the future.
_LARGEST_PLAUSIBLE_TYPE = 255


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor.

    Attributes:
        name: For example ``blk.0.attn_q.weight``.
        shape: Numbers along each dimension, the contiguous one (ggml's ``ne0``) first.
        type: Number format.
        offset: Where its data begins, in bytes from the header's ``data_offset``.
        n_bytes: Bytes of its data, padding not included.
    """

    name: str
    shape: tuple[int, ...]
    type: TensorType
    offset: int
    n_bytes: int

    @property
    def n_elements(self) -> int:
        """How many numbers it holds."""
        return _product(self.shape)


@dataclass(frozen=True)
class GgufHeader:
    """What a GGUF file says before its data.

    Attributes:
        version: 2 or 3.
        alignment: Each tensor's data begins at a multiple of this many bytes.
        data_offset: Where data begins in the file, in bytes.
        metadata: Keys and values in the file's order. Long arrays, arrays of texts and very long
            texts are not kept: an ``ArrayInfo`` says where they lie.
        tensors: In the file's order.
    """

    version: int
    alignment: int
    data_offset: int
    metadata: Mapping[str, MetadataValue]
    tensors: tuple[TensorInfo, ...]

    @property
    def architecture(self) -> str:
        """For example ``llama``; empty if the file does not say."""
        value = self.metadata.get("general.architecture")
        return value if isinstance(value, str) else ""


def read_header(file: BinaryIO, file_size: int) -> GgufHeader:
    """Read the header of one GGUF file.

    Args:
        file: The file, read from its beginning; or its first bytes, for example from a range
            request.
        file_size: Size of the whole file in bytes.

    Raises:
        LollmaError: The file is damaged, or of a kind nothing here can use.
        HeaderIncomplete: ``file`` ends before the header does, though the whole file is larger.
        OSError: ``file`` could not be read.
    """
    cursor = Cursor(file, file_size)
    version = check_start(cursor, file_size)
    n_tensors, n_keys = (int(n) for n in cursor.unpack(_COUNTS, "its header"))
    _check_count(cursor, n_keys, _MAX_KEYS, _SMALLEST_KEY, "keys")
    _check_count(cursor, n_tensors, _MAX_TENSORS, _SMALLEST_TENSOR, "tensors")
    metadata = _read_metadata(cursor, n_keys)
    alignment = _alignment(metadata)
    tensors = _read_tensors(cursor, n_tensors, alignment)
    data_offset = padded(cursor.position, alignment)
    _check_data(tensors, data_offset, file_size)
    return GgufHeader(version, alignment, data_offset, MappingProxyType(metadata), tensors)


def joined(parts: Iterable[GgufHeader]) -> GgufHeader:
    """The headers of all parts of a split model as one: the first's keys, everybody's tensors.

    Offsets of tensors stay those in their own part.

    Raises:
        LollmaError: If a tensor is in two parts.
        ValueError: If there is no part.
    """
    headers = list(parts)
    if not headers:
        raise ValueError("a model has at least one part")
    tensors = tuple(tensor for header in headers for tensor in header.tensors)
    if len({tensor.name for tensor in tensors}) != len(tensors):
        raise LollmaError(
            "The parts of this model do not belong together: they hold the same tensors.",
            "Download all parts again.",
        )
    return replace(headers[0], tensors=tensors)


def padded(n: int, alignment: int) -> int:
    """The next multiple of ``alignment`` from ``n`` on."""
    return -(-n // alignment) * alignment


def _check_count(cursor: Cursor, count: int, most: int, smallest: int, what: str) -> None:
    cursor.check(count * smallest, f"its {what} (it claims {count:,} of them)")
    if count > most:
        raise damaged(f"it claims {count:,} {what}, more than any real one has")


def _read_metadata(cursor: Cursor, count: int) -> dict[str, MetadataValue]:
    metadata: dict[str, MetadataValue] = {}
    values = ValueReader(cursor)
    for number in range(1, count + 1):
        key = _name(cursor, _MAX_KEY, f"key {number} of {count}")
        if key in metadata:
            raise damaged(f"the key {key} is there twice")
        metadata[key] = values.read(key)
    return metadata


def _name(cursor: Cursor, most: int, what: str) -> str:
    """A key or a tensor's name: whatever its bytes, two different ones stay different."""
    length = cursor.length(what)
    if length > most:
        raise damaged(f"the name of {what} claims to have {length:,} bytes")
    return cursor.take(length, what).decode("utf-8", "backslashreplace")


def _alignment(metadata: Mapping[str, MetadataValue]) -> int:
    value = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    if not isinstance(value, int) or value < 1 or value & (value - 1):
        raise damaged("its alignment is not a power of two")
    return value


def _read_tensors(cursor: Cursor, count: int, alignment: int) -> tuple[TensorInfo, ...]:
    tensors: list[TensorInfo] = []
    names: set[str] = set()
    expected = 0
    for number in range(1, count + 1):
        tensor = _read_tensor(cursor, f"tensor {number} of {count}")
        if tensor.name in names:
            raise damaged(f"the tensor {tensor.name} is there twice")
        # llama.cpp refuses everything but one after the other, so nothing else can be loaded.
        if tensor.offset != expected:
            raise damaged(f"the tensor {tensor.name} does not lie where it should")
        names.add(tensor.name)
        tensors.append(tensor)
        expected += padded(tensor.n_bytes, alignment)
    return tuple(tensors)


def _read_tensor(cursor: Cursor, what: str) -> TensorInfo:
    name = _name(cursor, _MAX_TENSOR_NAME, what)
    n_dimensions = int(cursor.unpack(_DIMENSION_COUNT, what)[0])
    if n_dimensions > _MAX_DIMENSIONS:
        raise damaged(f"the tensor {name} claims to have {n_dimensions:,} dimensions")
    shape = tuple(cursor.length(what) for _ in range(n_dimensions))
    type_id, offset = (int(n) for n in cursor.unpack(_TYPE_AND_OFFSET, what))
    tensor_type = _tensor_type(type_id, name)
    # Zero would make llama.cpp divide by it.
    if not all(0 < n <= _LARGEST_DIMENSION for n in shape):
        raise damaged(f"the tensor {name} has an impossible shape")
    if shape and shape[0] % tensor_type.block_size:
        raise damaged(f"the shape of tensor {name} does not suit its format {tensor_type.name}")
    n_bytes = tensor_type.row_bytes(shape[0] if shape else 1) * _product(shape[1:])
    return TensorInfo(name, shape, tensor_type, offset, n_bytes)


def _tensor_type(type_id: int, name: str) -> TensorType:
    """The format of this number.

    One that we do not know is refused rather than listed: neither the model's size in memory nor a
    load could come out right, and a newer LoLLMa can do both.
    """
    found = TENSOR_TYPES.get(type_id)
    if found is not None:
        return found
    if type_id in REMOVED_TYPES:
        raise LollmaError(
            f"The model is stored as {REMOVED_TYPES[type_id]}, which llama.cpp no longer reads.",
            "Download a newer conversion of this model.",
        )
    if type_id > _LARGEST_PLAUSIBLE_TYPE:
        raise damaged(f"the tensor {name} has the impossible format {type_id}")
    raise LollmaError(
        f"The model is stored in a format (number {type_id}) that this LoLLMa does not know.",
        "Update LoLLMa, or choose another quantisation of this model.",
    )


def _check_data(tensors: tuple[TensorInfo, ...], data_offset: int, file_size: int) -> None:
    if not tensors:
        return
    end = data_offset + tensors[-1].offset + tensors[-1].n_bytes
    if end > file_size:
        raise CutOffError(
            f"The model file is cut off: it has {units.file_size(file_size)} "
            f"of at least {units.file_size(end)}.",
            "Download it again.",
        )


def _product(numbers: Iterable[int]) -> int:
    product = 1
    for n in numbers:
        product *= n
    return product
