"""What a header says about a model's blocks, as far as intermediate results depend on it."""

import re
from dataclasses import dataclass

from lollma_gui.core.architectures import CacheRule, cache_rule
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.model_keys import ModelKeys
from lollma_gui.core.sliding_layers import sliding_layers

#: Blocks of Gemma 3n whose gate is sparse (``n_layer_sparsity`` in src/models/models.h).
_SPARSE_BLOCKS = 10
_BLOCK = re.compile(r"blk\.(\d+)\.(.+)")
Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Block:
    """One block; blocks that are computed alike are the same object.

    Attributes:
        shapes: Shape of each weight by name without number, for example ``attn_q.weight``.
        heads: Heads that ask.
        kv_heads: Heads of keys and values; 0 = the block does not attend.
        key: Numbers of a head's keys.
        value: Numbers of a head's values.
        slides: Whether it looks back over a window only.
        owns_cache: Whether it has keys and values of its own.
        is_sparse: Whether most of its gate is cut off (Gemma 3n).
    """

    shapes: tuple[tuple[str, Shape], ...]
    heads: int
    kv_heads: int
    key: int
    value: int
    slides: bool
    owns_cache: bool
    is_sparse: bool


@dataclass(frozen=True)
class ModelFacts:
    """A model.

    Attributes:
        keys: The header's keys.
        architecture: Its name.
        rule: What it keeps of what it has read.
        shapes: Weights outside of blocks, by name.
        blocks: Blocks that are loaded.
        width: Numbers of a token between blocks.
        vocabulary: Tokens it knows; 0 = it makes no text.
        largest: For each block the bytes of its largest weight, and of its largest experts.
        output_bytes: Bytes of the weights that make logits.
    """

    keys: ModelKeys
    architecture: str
    rule: CacheRule
    shapes: dict[str, Shape]
    blocks: tuple[Block, ...]
    width: int
    vocabulary: int
    largest: tuple[tuple[int, int], ...]
    output_bytes: int

    def number(self, name: str) -> int:
        """A whole number below the architecture's name; 0 if it is missing."""
        return self.keys.whole(name) or 0

    def real(self, name: str) -> float:
        """A number below the architecture's name; 0 if it is missing."""
        return self.keys.real(name) or 0.0

    @property
    def slides(self) -> bool:
        """Whether any block looks back over a window only."""
        return any(block.slides for block in self.blocks)

    @property
    def value_row(self) -> int:
        """Most numbers that a token's values take in any block."""
        return max((block.value * block.kv_heads for block in self.blocks), default=0)

    @property
    def is_latent(self) -> bool:
        """Whether keys and values are stored as one (MLA)."""
        given = [self.number(f"attention.{name}_length_mla") for name in ("key", "value")]
        return self.rule.is_latent and all(given)


def model_facts(header: GgufHeader) -> ModelFacts:
    """Read a header."""
    keys = ModelKeys(header)
    rule = cache_rule(header.architecture)
    n_blocks = max(0, (keys.block_count or 0) - keys.extra_blocks)
    of_blocks: list[list[tuple[str, Shape]]] = [[] for _ in range(n_blocks)]
    largest = [(0, 0)] * n_blocks
    others: dict[str, Shape] = {}
    n_bytes: dict[str, int] = {}
    for tensor in header.tensors:
        match = _BLOCK.match(tensor.name)
        if match is None:
            others[tensor.name] = tensor.shape
            n_bytes[tensor.name] = tensor.n_bytes
        elif int(match[1]) < n_blocks:
            index = int(match[1])
            of_blocks[index].append((match[2], tensor.shape))
            size, experts = tensor.n_bytes, tensor.n_bytes if "_exps." in tensor.name else 0
            largest[index] = (max(largest[index][0], size), max(largest[index][1], experts))
    embedding = others.get("token_embd.weight", (0, 0))
    output = others.get("output.weight", embedding)
    return ModelFacts(
        keys=keys,
        architecture=header.architecture,
        rule=rule,
        shapes=others,
        blocks=_blocks(
            header.architecture, keys, rule, [tuple(sorted(shapes)) for shapes in of_blocks]
        ),
        width=keys.whole("embedding_length") or embedding[0],
        vocabulary=0 if rule.is_encoder else _vocabulary(keys, output),
        largest=tuple(largest),
        output_bytes=n_bytes.get("output.weight", n_bytes.get("token_embd.weight", 0)),
    )


def _vocabulary(keys: ModelKeys, output: Shape) -> int:
    return output[-1] if len(output) > 1 else keys.vocabulary_size or 0


def _blocks(
    name: str, keys: ModelKeys, rule: CacheRule, shapes: list[tuple[tuple[str, Shape], ...]]
) -> tuple[Block, ...]:
    n_blocks = len(shapes)
    none = (0,) * n_blocks
    heads = keys.of_layers("attention.head_count", n_blocks) or none
    kv_heads = keys.of_layers("attention.head_count_kv", n_blocks) or heads
    slides = sliding_layers(keys, rule, n_blocks) or (False,) * n_blocks
    owners = rule.owners
    if owners is None:
        owners = n_blocks - (keys.whole("attention.shared_kv_layers") or 0)
    default = (keys.whole("embedding_length") or 0) // heads[0] if n_blocks and heads[0] else 0

    def length(which: str, index: int) -> int:
        swa = [f"attention.{which}_length_swa"] if slides[index] else []
        found = [keys.whole(key) for key in (*swa, f"attention.{which}_length")]
        return next((n for n in found if n is not None), default)

    def facts(i: int) -> tuple[object, ...]:
        lengths = length("key", i), length("value", i)
        is_sparse = name == "gemma3n" and i < _SPARSE_BLOCKS
        return shapes[i], heads[i], kv_heads[i], *lengths, slides[i], i < owners, is_sparse

    made: dict[tuple[object, ...], Block] = {}
    for i in range(n_blocks):
        if facts(i) not in made:
            made[facts(i)] = Block(*facts(i))  # type: ignore[arg-type]
    return tuple(made[facts(i)] for i in range(n_blocks))
