"""What the shapes of models are put together from."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

#: Name, shape (contiguous dimension first).
Sized = tuple[str, tuple[int, ...]]
#: The tensors of one block: short names and shapes.
Block = dict[str, tuple[int, ...]]


class Shape(NamedTuple):
    """A model without its numbers: what its file says before the tensors' data.

    Attributes:
        architecture: As in ``general.architecture``.
        keys: Metadata below the architecture's name.
        tensors: In the file's order.
        formats: Parts of tensor names whose format is the same in every quantisation.
    """

    architecture: str
    keys: Mapping[str, Any]
    tensors: tuple[Sized, ...]
    formats: Mapping[str, str] = {}


def keys(
    blocks: int, width: int, vocabulary: int, ffn: Any, context: int, **more: Any
) -> dict[str, Any]:
    """Metadata that every model has; ``more`` has two underscores for each dot."""
    return {
        "block_count": blocks,
        "context_length": context,
        "embedding_length": width,
        "feed_forward_length": ffn,
        "vocab_size": vocabulary,
        "attention.layer_norm_rms_epsilon": 1e-5,
        "attention.layer_norm_epsilon": 1e-5,
        **{name.replace("__", "."): value for name, value in more.items()},
    }


def heads(count: int, kv: Any, key: int, value: int | None = None) -> dict[str, Any]:
    """Metadata of attention."""
    return {
        "attention__head_count": count,
        "attention__head_count_kv": kv,
        "attention__key_length": key,
        "attention__value_length": key if value is None else value,
    }


def named(shapes: Block, prefix: str = "") -> list[Sized]:
    """Tensors: ``attn_q`` becomes ``attn_q.weight``; names with a dot are whole, but for it."""
    return [
        (prefix + (name.rstrip(".") if "." in name else f"{name}.weight"), shape)
        for name, shape in shapes.items()
    ]


def stacked(blocks: Iterable[Block]) -> list[Sized]:
    """The tensors of all blocks, numbered."""
    return [t for i, shapes in enumerate(blocks) for t in named(shapes, f"blk.{i}.")]


def ends(width: int, vocabulary: int, *, is_tied: bool = False, bias: bool = False) -> list[Sized]:
    """Token embedding, and the output with its norm."""
    shapes: Block = {
        "token_embd": (width, vocabulary),
        "output_norm": (width,),
    }
    if bias:
        shapes["output_norm.bias"] = (width,)
    if not is_tied:
        shapes["output"] = (width, vocabulary)
    return named(shapes)


def attention(
    width: int, count: int, kv: int, key: int, *, bias: bool = False, qk_norm: bool = False
) -> Block:
    """Separate matrices for queries, keys and values."""
    q, k = count * key, kv * key
    shapes: Block = {
        "attn_norm": (width,),
        "attn_q": (width, q),
        "attn_k": (width, k),
        "attn_v": (width, k),
        "attn_output": (q, width),
    }
    if bias:
        shapes |= {"attn_q.bias": (q,), "attn_k.bias": (k,), "attn_v.bias": (k,)}
    if qk_norm:
        shapes |= {"attn_q_norm": (key,), "attn_k_norm": (key,)}
    return shapes


def ffn(width: int, hidden: int) -> Block:
    """A gated feed-forward part."""
    return {
        "ffn_norm": (width,),
        "ffn_gate": (width, hidden),
        "ffn_up": (width, hidden),
        "ffn_down": (hidden, width),
    }


def plain_ffn(width: int, hidden: int) -> Block:
    """A feed-forward part without a gate."""
    return {"ffn_up": (width, hidden), "ffn_down": (hidden, width)}


def experts(width: int, hidden: int, count: int, shared: int = 0, norm: str = "ffn_norm") -> Block:
    """A mixture of experts, with ``shared`` numbers in those that are always used."""
    shapes: Block = {
        norm: (width,),
        "ffn_gate_inp": (width, count),
        "ffn_gate_exps": (width, hidden, count),
        "ffn_up_exps": (width, hidden, count),
        "ffn_down_exps": (hidden, width, count),
    }
    if shared:
        shapes |= {
            "ffn_gate_shexp": (width, shared),
            "ffn_up_shexp": (width, shared),
            "ffn_down_shexp": (shared, width),
        }
    return shapes
