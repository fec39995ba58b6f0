"""Models of which only the header is there: for llama.cpp's plans that is the whole model."""

import struct
from collections.abc import Sequence
from pathlib import Path

from helpers.gguf_files import (
    ARRAY,
    FLOAT32,
    STRING,
    UINT32,
    array,
    gguf,
    key,
    tensor,
    text,
    u32,
)
from helpers.model_headers import llama_q4_k_m

from lollma_gui.core.gguf_header import TensorInfo, padded
from lollma_gui.core.split_names import part_name

UINT16, INT32 = 2, 5

#: A header, and how large its file is.
Part = tuple[bytes, int]

_8B = llama_q4_k_m(32, 4096, 14336, 1024, 128_256, has_rope_freqs=True)


def llama_8b(parts: int = 1, vocabulary_bytes: int = 0, **changed: int) -> list[Part]:
    """The shape of Llama 3.1 8B in Q4_K_M: 4.9 GB.

    Args:
        parts: Over how many files it is split.
        vocabulary_bytes: Bytes of tokens that nobody needs.
        changed: Keys below ``llama.`` with other values.
    """
    values = {
        **_8B.metadata,
        "llama.feed_forward_length": 14336,
        "llama.rope.dimension_count": 128,
        "llama.vocab_size": 128_256,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "no_vocab",
        **{f"llama.{name}": value for name, value in changed.items()},
    }
    keys = [_key(name, value) for name, value in values.items()]
    if vocabulary_bytes:
        keys.append(_vocabulary(vocabulary_bytes))
    return _split(keys, _8B.tensors, parts)


def write_sparse(folder: Path, stem: str, parts: Sequence[Part]) -> Path:
    """Write files of the full size; returns the first."""
    names = part_names(stem, len(parts))
    for name, (header, size) in zip(names, parts, strict=True):
        with (folder / name).open("wb") as file:
            file.write(header)
            file.truncate(size)
    return folder / names[0]


def part_names(stem: str, count: int) -> list[str]:
    """One plain name, or a name for each part."""
    if count == 1:
        return [f"{stem}.gguf"]
    return [part_name(stem, n, count) for n in range(1, count + 1)]


def _split(keys: Sequence[bytes], tensors: Sequence[TensorInfo], parts: int) -> list[Part]:
    if parts == 1:
        return [_part(keys, tensors)]
    each = -(-len(tensors) // parts)
    made = []
    for n in range(parts):
        split = [
            key("split.no", UINT16, struct.pack("<H", n)),
            key("split.count", UINT16, struct.pack("<H", parts)),
            key("split.tensors.count", INT32, u32(len(tensors))),
        ]
        mine = tensors[n * each : (n + 1) * each]
        made.append(_part([*keys, *split] if n == 0 else split, mine))
    return made


def _part(keys: Sequence[bytes], tensors: Sequence[TensorInfo]) -> Part:
    infos, offset = [], 0
    for t in tensors:
        infos.append(tensor(t.name, t.shape, t.type.id, offset))
        offset += padded(t.n_bytes, 32)
    header = gguf(keys, infos)
    return header, len(header) + offset


def _key(name: str, value: object) -> bytes:
    if isinstance(value, str):
        return key(name, STRING, text(value))
    if isinstance(value, float):
        return key(name, FLOAT32, struct.pack("<f", value))
    assert isinstance(value, int)
    return key(name, UINT32, u32(value))


def _vocabulary(n_bytes: int) -> bytes:
    token_bytes = 1000
    count = n_bytes // token_bytes
    tokens = text("a" * (token_bytes - 8)) * count
    return key("tokenizer.ggml.tokens", ARRAY, array(STRING, count, tokens))
