"""Which layers of a model look back over a sliding window or over chosen tokens only."""

from lollma_gui.core.architectures import CacheRule, Indexer
from lollma_gui.core.model_keys import ModelKeys

_GLM_5_2_CONTEXT = 1 << 20


def window_of(keys: ModelKeys, rule: CacheRule) -> int:
    """Tokens a sliding layer looks back over; 0 if the model has no such layers."""
    if rule.window is None:
        return 0
    given = keys.whole("attention.sliding_window")
    window = rule.window.default if given is None else given
    return rule.window.forced if window and rule.window.forced else window


def sliding_layers(keys: ModelKeys, rule: CacheRule, n_layers: int) -> tuple[bool, ...] | None:
    """For each layer whether it slides; None if the file lacks the pattern that it should have.

    Source: ``set_swa_pattern`` in src/llama-hparams.cpp of llama.cpp.
    """
    none = (False,) * n_layers
    if rule.window is None or not window_of(keys, rule):
        return none
    if rule.window.only_layers not in (None, n_layers):
        return none
    given = keys.per_layer("attention.sliding_window_pattern")
    if given is not None:
        return tuple(bool(n) for n in given[:n_layers]) if len(given) >= n_layers else None
    period = keys.whole("attention.sliding_window_pattern")
    period = rule.window.period if period is None else period
    if period is None:
        return None
    return tuple(_slides(i, period, rule.window.dense_first) for i in range(n_layers))


def _slides(layer: int, period: int, dense_first: bool) -> bool:
    if period == 0:
        return True
    return layer % period != 0 if dense_first else layer % period < period - 1


def indexing_layers(keys: ModelKeys, rule: CacheRule, n_layers: int) -> tuple[bool, ...] | None:
    """For each layer whether it has a cache of index keys; None if the file lacks the pattern.

    Source: ``create_memory`` in src/llama-model.cpp, and src/models/glm-dsa.cpp of llama.cpp.
    """
    if rule.indexer is None or not keys.whole("attention.indexer.top_k"):
        return (False,) * n_layers
    if rule.indexer is Indexer.ALL:
        return (True,) * n_layers
    if rule.indexer is Indexer.BEHIND_DENSE:
        dense = keys.whole("leading_dense_block_count") or 0
        return tuple(i >= dense for i in range(n_layers))
    given = keys.of_layers("attention.indexer.types", n_layers)
    if given is not None:
        return tuple(map(bool, given))
    if keys.architecture != "glm-dsa":
        return None
    # Files of GLM 5 say nothing: all layers in the first ones, one of four since 5.2.
    is_first = (keys.whole("context_length") or 0) < _GLM_5_2_CONTEXT
    return tuple(is_first or i < 2 or i % 4 == 2 for i in range(n_layers))
