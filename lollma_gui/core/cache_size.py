"""How many bytes a model keeps of what it has read: keys and values, or a recurrent state.

Formulas: src/llama-kv-cache.cpp, llama-kv-cache-iswa.cpp, llama-memory-recurrent.cpp and
llama-hparams.cpp of llama.cpp.
"""

import operator
from collections.abc import Collection
from dataclasses import dataclass

from lollma_gui.core.architectures import CacheRule, Recurrent, State, cache_rule
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import GgufHeader, padded
from lollma_gui.core.model_keys import ModelKeys
from lollma_gui.core.plan_settings import CONTEXT_STEP, PlanSettings, cache_space, cache_type
from lollma_gui.core.sliding_layers import indexing_layers, sliding_layers, window_of
from lollma_gui.core.tensor_types import BY_NAME, TensorType


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that lie in a device's memory in one piece.

    Attributes:
        n_bytes: How many, padding not included.
        row: Numbers of its contiguous dimension.
        type: Their format.
    """

    n_bytes: int
    row: int
    type: TensorType


class CacheSize:
    """The cache of one model with some settings.

    Args:
        header: The header of the model, or of its first part.
        settings: The settings.

    Raises:
        LollmaError: If llama.cpp would refuse these settings for this model.
    """

    def __init__(self, header: GgufHeader, settings: PlanSettings) -> None:
        self._keys = ModelKeys(header)
        self._rule = cache_rule(header.architecture)
        self._settings = settings
        self._space = cache_space(settings, self._keys.whole("context_length") or 0)
        self._n_blocks = (self._keys.block_count or 0) - self._keys.extra_blocks
        self._heads = self._keys.of_layers("attention.head_count", self._n_blocks)
        self._kv_heads = (
            self._keys.of_layers("attention.head_count_kv", self._n_blocks) or self._heads
        )
        self._ffn_lengths = (
            self._keys.of_layers("feed_forward_length", self._n_blocks) or (0,) * self._n_blocks
        )
        self._slides = sliding_layers(self._keys, self._rule, self._n_blocks)
        mla = [self._keys.whole(f"attention.{name}_length_mla") for name in ("key", "value")]
        self._is_latent = self._rule.is_latent and all(mla)
        self._owners = owning_layers(self._keys, self._rule)
        self._indexes = indexing_layers(self._keys, self._rule, self._n_blocks)
        self._key_lengths = self._head_lengths("key")
        self._value_lengths = self._head_lengths("value")
        heads = self._kv_heads or (0,) * self._n_blocks
        self._value_rows = tuple(map(operator.mul, heads, self._value_lengths))
        self._widest_value_row = max(self._value_rows, default=0)
        self._type_k = cache_type(settings.type_k)
        self._type_v = cache_type(settings.type_v)
        self._check_types()

    @property
    def n_blocks(self) -> int:
        """Blocks that are loaded."""
        return self._n_blocks

    @property
    def is_exact(self) -> bool:
        """Whether all rules for this architecture are known, and all numbers they need given."""
        return (
            self._rule.is_exact
            and self._n_blocks > 0
            and (self._keys.extra_blocks == 0 or self._rule.extra is not None)
            and (self._kv_heads is not None or not self._has_attention)
            and self._slides is not None
            and self._indexes is not None
        )

    @property
    def _has_attention(self) -> bool:
        return self._rule.state is None or self._rule.recurrent is not Recurrent.ALL

    def layer(self, index: int) -> tuple[Stored, ...]:
        """What one block keeps; nothing for blocks without a cache of their own."""
        if not self._rule.has_cache or index >= self._n_blocks:
            return ()
        is_recurrent = self._rule.state is not None and self._is_recurrent(index)
        kept = self._state() if is_recurrent else ()
        if self._attends(index, is_recurrent):
            kept += self._keys_and_values(index) + self._index_keys(index)
        return tuple(stored for stored in kept if stored.n_bytes)

    def _attends(self, index: int, is_recurrent: bool) -> bool:
        if not self._has_attention or index >= self._owners:
            return False
        if is_recurrent:
            return self._rule.recurrent is Recurrent.BESIDE_ATTENTION
        return not (self._is_hybrid_of_three and self._ffn_lengths[index])

    @property
    def _is_hybrid_of_three(self) -> bool:
        """Whether a block is either recurrent, or attention, or a feed-forward part."""
        has_state = self._rule.state is not None
        return has_state and self._rule.recurrent is Recurrent.WITHOUT_KV_HEADS_AND_FFN

    def _is_recurrent(self, index: int) -> bool:
        kind = self._rule.recurrent
        if kind in (Recurrent.ALL, Recurrent.BESIDE_ATTENTION):
            return True
        if kind is Recurrent.BY_INTERVAL:
            given = self._keys.of_layers("attention.recurrent_layers", self._n_blocks)
            if given is not None:
                return bool(given[index])
            return (index + 1) % (self._keys.whole("full_attention_interval") or 4) != 0
        has_heads = self._kv_heads is not None and self._kv_heads[index] > 0
        if self._is_hybrid_of_three:
            return not has_heads and self._ffn_lengths[index] == 0
        return not has_heads

    # ---- attention -------------------------------------------------------------------------

    def _keys_and_values(self, index: int) -> tuple[Stored, ...]:
        heads = self._kv_heads[index] if self._kv_heads else 0
        cells = self._cells(index) * self._space.streams
        keys = self._stored(self._type_k, heads * self._key_lengths[index], cells)
        if self._is_latent:
            return (keys,)
        return (keys, self._stored(self._type_v, self._value_row(index), cells))

    def _index_keys(self, index: int) -> tuple[Stored, ...]:
        """A second cache with one head, in models that look at chosen tokens only.

        Source: src/llama-kv-cache-dsa.cpp and llama-kv-cache-msa.cpp of llama.cpp.
        """
        if not self._indexes or not self._indexes[index]:
            return ()
        cells = self._space.cells * self._space.streams
        length = self._keys.whole("attention.indexer.key_length") or 0
        keys = self._stored(self._type_k, length, cells)
        if self._is_latent:
            return (keys,)
        return (keys, self._stored(self._type_v, self._value_lengths[index], cells))

    def _stored(self, form: TensorType, row: int, cells: int) -> Stored:
        return Stored(form.row_bytes(row) * cells, row, form)

    def _value_row(self, index: int) -> int:
        """Numbers a token's values take.

        Without flash attention all layers take the widest, even those without any head
        (``n_embd_v_gqa_max`` in src/llama-kv-cache.cpp).
        """
        return self._value_rows[index] if self._settings.flash_attn else self._widest_value_row

    def _head_lengths(self, which: str) -> tuple[int, ...]:
        """Numbers a head's keys or values take in each block."""
        return tuple(self._head_length(which, i) for i in range(self._n_blocks))

    def _head_length(self, which: str, index: int) -> int:
        if self._slides and self._slides[index]:
            own = self._keys.whole(f"attention.{which}_length_swa")
            if own is not None:
                return own
        given = self._keys.whole(f"attention.{which}_length")
        if given is not None:
            return given
        heads = self._heads[0] if self._heads else 0
        return (self._keys.whole("embedding_length") or 0) // heads if heads else 0

    def _cells(self, index: int) -> int:
        """Tokens that a layer has room for, in one stream."""
        space = self._space
        if self._settings.swa_full or not self._slides or not self._slides[index]:
            return space.cells
        sequences = self._settings.n_seq_max if self._settings.kv_unified else 1
        window = window_of(self._keys, self._rule) * sequences
        return padded(min(space.cells, window + space.n_ubatch), CONTEXT_STEP)

    def _check_types(self) -> None:
        if self._type_v.block_size > 1 and not self._settings.flash_attn:
            raise LollmaError(
                "A quantised V cache needs flash attention.",
                "Switch flash_attn on, or set the V cache to f16.",
            )
        if self._is_latent and self._type_k != self._type_v:
            raise LollmaError(
                "This model stores keys and values as one: both need the same cache type.",
                "Set the K cache and the V cache to the same type.",
            )
        has_heads = self._has_attention and self._n_blocks and self._rule.has_cache
        if not has_heads or not self._settings.flash_attn:
            return
        self._check_heads(self._type_k, self._key_lengths)
        self._check_heads(self._type_v, self._value_lengths)

    @staticmethod
    def _check_heads(form: TensorType, lengths: Collection[int]) -> None:
        if form.block_size == 1:
            return
        for length in set(lengths):
            if length % form.block_size:
                raise LollmaError(
                    f"A cache of type {form.name.lower()} does not suit this model: its heads have "
                    f"{length} numbers, no multiple of {form.block_size}.",
                    "Set the K cache and the V cache to f16.",
                )

    # ---- recurrent state -------------------------------------------------------------------

    def _state(self) -> tuple[Stored, ...]:
        """The state of one recurrent layer: always f32, whatever the context's length."""
        form, sequences = BY_NAME["F32"], max(1, self._settings.n_seq_max)
        return tuple(
            Stored(form.row_bytes(n) * sequences, n, form)
            for n in state_numbers(self._keys, self._rule)
        )


def owning_layers(keys: ModelKeys, rule: CacheRule) -> int:
    """How many first layers have a cache of their own; the others use theirs.

    Source: ``n_layer_kv_from_start`` in src/models/gemma3n.cpp and gemma4.cpp of llama.cpp.
    """
    if rule.owners is not None:
        return rule.owners
    return (keys.block_count or 0) - (keys.whole("attention.shared_kv_layers") or 0)


def state_numbers(keys: ModelKeys, rule: CacheRule) -> tuple[int, int]:
    """Numbers of a recurrent layer's two tensors for one sequence (``n_embd_r``, ``n_embd_s``).

    Source: src/llama-hparams.cpp:208-262 of llama.cpp.
    """

    def number(name: str) -> int:
        return keys.whole(name) or 0

    embedding = number("embedding_length")
    heads = keys.of_layers("attention.head_count", 1) or (0,)
    if rule.state is State.RWKV:
        shifts = keys.whole("token_shift_count")
        return (2 if shifts is None else shifts) * embedding, embedding * number("wkv.head_size")
    if rule.state is State.SHORT_CONVOLUTION:
        return embedding * max(number("shortconv.l_cache") - 1, 0), 0
    if rule.state is State.DELTA_ATTENTION:
        width = number("kda.head_dim")
        steps = max(number("ssm.conv_kernel") - 1, 0) or 3
        return 3 * steps * heads[0] * width, width * width * heads[0]
    if rule.state is State.LIGHTNING_ATTENTION:
        return 0, number("attention.key_length") ** 2 * heads[0]
    inner, state = number("ssm.inner_size"), number("ssm.state_size")
    steps = max(number("ssm.conv_kernel") - 1, 0)
    return steps * (inner + 2 * number("ssm.group_count") * state), state * inner
