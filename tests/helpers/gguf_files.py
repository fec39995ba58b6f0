"""GGUF files for tests: written by the gguf package, or forged byte by byte."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

UINT8, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 0, 4, 5, 6, 7, 8, 9

#: Name, shape (contiguous dimension first), format.
Tensor = tuple[str, tuple[int, ...], str]


def write_model(
    path: Path,
    metadata: Mapping[str, Any] | None = None,
    tensors: Sequence[Tensor] = (("token_embd.weight", (32, 4), "Q4_0"),),
    architecture: str = "llama",
) -> Path:
    """Write a model with the gguf package: a true header, and tensors that are holes."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFWriter

    writer = GGUFWriter(path, architecture)
    for key, value in (metadata or {}).items():
        _add(writer, key, value)
    for name, shape, type_name in tensors:
        raw_type = GGMLQuantizationType[type_name]
        block_size, block_bytes = GGML_QUANT_SIZES[raw_type]
        n_bytes = _product(shape) // block_size * block_bytes
        row = (shape[0] // block_size * block_bytes,)
        as_bytes = tuple(reversed(shape[1:])) + row
        import numpy as np

        writer.add_tensor_info(name, as_bytes, np.dtype(np.uint8), n_bytes, raw_dtype=raw_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    end = writer.fout[0].tell()
    sizes = [t.nbytes for part in writer.tensors for t in part.values()]
    writer.close()
    alignment = writer.data_alignment
    size = _padded(end, alignment) + sum(_padded(n, alignment) for n in sizes)
    with path.open("r+b") as file:
        file.truncate(size)
    return path


def _add(writer: Any, key: str, value: Any) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    else:
        writer.add_array(key, value)


def _product(numbers: Sequence[int]) -> int:
    product = 1
    for n in numbers:
        product *= n
    return product


def _padded(n: int, alignment: int) -> int:
    return -(-n // alignment) * alignment


# ---- byte by byte -------------------------------------------------------------------------------


def u32(n: int) -> bytes:
    return struct.pack("<I", n)


def u64(n: int) -> bytes:
    return struct.pack("<Q", n)


def text(value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return u64(len(data)) + data


def key(name: bytes | str, type_id: int, value: bytes) -> bytes:
    return text(name) + u32(type_id) + value


def array(type_id: int, length: int, items: bytes) -> bytes:
    return u32(type_id) + u64(length) + items


def tensor(name: str, shape: Sequence[int], type_id: int = 0, offset: int = 0) -> bytes:
    dimensions = b"".join(u64(n) for n in shape)
    return text(name) + u32(len(shape)) + dimensions + u32(type_id) + u64(offset)


def gguf(
    keys: Sequence[bytes] = (),
    tensors: Sequence[bytes] = (),
    *,
    version: int = 3,
    n_keys: int | None = None,
    n_tensors: int | None = None,
    data: bytes = b"",
) -> bytes:
    """A file of these pieces; counts are true unless given."""
    head = b"GGUF" + u32(version)
    head += u64(len(tensors) if n_tensors is None else n_tensors)
    head += u64(len(keys) if n_keys is None else n_keys)
    header = head + b"".join(keys) + b"".join(tensors)
    return header + b"\0" * (-len(header) % 32) + data
