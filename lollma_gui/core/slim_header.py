"""A header made small, for those who keep many."""

import sys
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lollma_gui.core.gguf_header import GgufHeader, TensorInfo
from lollma_gui.core.gguf_values import ArrayInfo, MetadataValue

#: Longer texts are for people or for the engine; settings need none of them.
_LONGEST_TEXT = 256


def slimmed(header: GgufHeader) -> GgufHeader:
    """The same header without long texts; what is equal in it, or in others, is there once.

    A text that was left out becomes an ``ArrayInfo``, as one that was too long to be read.
    """
    once: dict[Any, Any] = {}

    def shared(tensor: TensorInfo) -> TensorInfo:
        shape = once.setdefault(tensor.shape, tensor.shape)
        n_bytes = once.setdefault(tensor.n_bytes, tensor.n_bytes)
        return TensorInfo(sys.intern(tensor.name), shape, tensor.type, tensor.offset, n_bytes)

    metadata = {sys.intern(key): _short(value) for key, value in header.metadata.items()}
    tensors = tuple(map(shared, header.tensors))
    return replace(header, metadata=MappingProxyType(metadata), tensors=tensors)


def _short(value: MetadataValue) -> MetadataValue:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return ArrayInfo("text", len(value), 0)
    return value
