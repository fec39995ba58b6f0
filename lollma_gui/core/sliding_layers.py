"""Which layers of a model look back over a sliding window, and how long that is."""

from lollma_gui.core.architectures import CacheRule
from lollma_gui.core.model_keys import ModelKeys


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
