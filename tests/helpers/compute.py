"""What tests of the compute buffer share: shapes as headers, layouts, and a grid of settings."""

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from helpers.gguf_files import write_model
from helpers.model_headers import header, tensor
from helpers.model_shapes import SHAPES, tensors_of, write_shape
from helpers.shapes.parts import Shape
from helpers.usual_shapes import USUAL_SHAPES

from lollma_gui.core.compute_size import Layout
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.model_keys import ModelKeys


class Case(NamedTuple):
    """Settings, as our arithmetic and as the oracle want them."""

    ours: dict[str, Any]
    asked: dict[str, Any]


def shape_of(name: str) -> Shape:
    """A real model's shape, or one of the usual parts."""
    return (SHAPES | USUAL_SHAPES)[name]()


def write(folder: Path, name: str) -> Path:
    """The header-only file of a shape."""
    if name in SHAPES:
        return write_shape(folder, name, "Q4_K_M")
    shape = USUAL_SHAPES[name]()
    metadata = {f"{shape.architecture}.{key}": value for key, value in shape.keys.items()}
    metadata["tokenizer.ggml.model"] = "no_vocab"
    tensors = tensors_of(shape, "Q4_K_M")
    return write_model(folder / f"{name}.gguf", metadata, tensors, shape.architecture)


@functools.cache
def header_of(name: str, quantisation: str = "Q4_K_M") -> GgufHeader:
    """The header of a shape, without a file."""
    shape = shape_of(name)
    tensors = [tensor(*parts) for parts in tensors_of(shape, quantisation)]
    return header(shape.architecture, shape.keys, tensors)


def layout_of(model: GgufHeader, gpu_layers: int, gpus: int) -> Layout:
    """So many layers on GPUs, in equal parts; negative = all."""
    keys = ModelKeys(model)
    blocks = (keys.block_count or 0) - keys.extra_blocks
    layers = blocks + 1
    on_gpus = layers if gpu_layers < 0 else gpu_layers
    first = layers - on_gpus if gpus else layers
    bounds = [first + -(-on_gpus * i // gpus) for i in range(gpus + 1)] if gpus else []
    return Layout(blocks, first, tuple(itertools.pairwise(bounds)))


def cases(thinned: bool = False) -> Iterator[Case]:
    """Contexts, batches, caches, sequences and outputs."""
    caches = ((True, "f16"), (True, "q8_0"), (False, "f16"))
    contexts = (512, 4096, 20_000, 131_072)
    batches, sequences, outputs = (128, 300, 512, 2048), (1, 4), (1, 0)
    axes = (caches, contexts, batches, sequences, outputs)
    for number, ((flash, cache), n_ctx, n_ubatch, n_seq, n_outputs) in enumerate(
        itertools.product(*axes)
    ):
        if thinned and number % 31:
            continue
        same = {
            "flash_attn": flash,
            "type_k": cache,
            "type_v": cache,
            "n_ctx": n_ctx,
            "n_ubatch": n_ubatch,
            "n_seq_max": n_seq,
        }
        # Plain llama.cpp makes room for as many outputs as a batch has tokens.
        rows = max(n_outputs or 2048, n_seq)
        yield Case({**same, "n_outputs_max": n_outputs}, {**same, "n_outputs_max": rows})


def error(found: float, truth: float) -> float:
    """How much more we say, as a share; negative = too little."""
    return found / truth - 1
