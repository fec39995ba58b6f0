"""Changes to settings that make a model fit, each computed to do so."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.plan_settings import PlanSettings

#: So many changes are offered.
MOST_CHANGES = 3
#: A shorter context than this is no offer.
_SHORTEST = 2048
_SMALLER = "q8_0"


class Change(NamedTuple):
    """A change that makes the model fit.

    Attributes:
        words: What it does, as a button says it.
        values: Values by their names in the settings table.
    """

    words: str
    values: dict[str, SettingValue]


def changes_that_fit(case: FitCase, settings: PlanSettings) -> list[Change]:
    """Up to three changes, each of which alone is enough; the gentlest first.

    Args:
        case: The model and the PC.
        settings: Settings that do not fit.
    """
    found: list[Change] = []
    for change, changed in _candidates(case, settings):
        if case.fits(changed):
            found.append(change)
        if len(found) == MOST_CHANGES:
            break
    return found


def _candidates(case: FitCase, settings: PlanSettings) -> Iterator[tuple[Change, PlanSettings]]:
    yield from _smaller_cache(settings)
    yield from _shorter(case, settings)
    yield from _experts(case, settings)
    yield from _fewer_layers(case, settings)
    yield from _smaller_and_shorter(case, settings)
    yield from _everything(case, settings)


def _quantised(settings: PlanSettings) -> PlanSettings:
    return replace(settings, type_k=_SMALLER, type_v=_SMALLER, flash_attn=True)


_QUANTISED: dict[str, SettingValue] = {
    "type_k": _SMALLER,
    "type_v": _SMALLER,
    "flash_attn": "on",
}


def _smaller_cache(settings: PlanSettings) -> Iterator[tuple[Change, PlanSettings]]:
    if settings.type_k in ("f16", "bf16", "f32"):
        yield Change(f"Use {_SMALLER} for the context", dict(_QUANTISED)), _quantised(settings)


def _shorter(case: FitCase, settings: PlanSettings) -> Iterator[tuple[Change, PlanSettings]]:
    longest = case.longest_context(settings)
    if _SHORTEST <= longest < (settings.n_ctx or case.model.n_ctx_train):
        words = f"Shorten the context to {longest:,} tokens"
        yield Change(words, {"n_ctx": longest}), replace(settings, n_ctx=longest)


def _experts(case: FitCase, settings: PlanSettings) -> Iterator[tuple[Change, PlanSettings]]:
    blocks = case.least_experts_in_ram(settings)
    if blocks and blocks > settings.n_cpu_moe:
        layers = case.model.n_layers
        yield (
            Change(
                f"Keep the experts of {blocks} blocks in RAM",
                {"n_cpu_moe": blocks, "n_gpu_layers": layers},
            ),
            replace(settings, n_cpu_moe=blocks, n_gpu_layers=layers),
        )


def _fewer_layers(case: FitCase, settings: PlanSettings) -> Iterator[tuple[Change, PlanSettings]]:
    if not case.gpus:
        return
    most = case.most_layers(settings)
    wanted = settings.n_gpu_layers if settings.n_gpu_layers >= 0 else case.model.n_layers
    if most < wanted:
        words = f"Put {most} of {case.model.n_layers} layers on the GPU"
        yield Change(words, {"n_gpu_layers": most}), replace(settings, n_gpu_layers=most)


def _smaller_and_shorter(
    case: FitCase, settings: PlanSettings
) -> Iterator[tuple[Change, PlanSettings]]:
    smaller = _quantised(settings)
    for _, changed in _shorter(case, smaller):
        words = f"Use {_SMALLER} and {changed.n_ctx:,} tokens for the context"
        yield Change(words, {**_QUANTISED, "n_ctx": changed.n_ctx}), changed


def _everything(case: FitCase, settings: PlanSettings) -> Iterator[tuple[Change, PlanSettings]]:
    """A short context of small numbers, and as many layers as then fit."""
    n_ctx = min(settings.n_ctx or case.model.n_ctx_train or _SHORTEST, 4096)
    small = replace(_quantised(settings), n_ctx=n_ctx)
    layers = case.most_layers(small) if case.gpus else settings.n_gpu_layers
    values: dict[str, SettingValue] = {**_QUANTISED, "n_ctx": n_ctx, "n_gpu_layers": layers}
    where = f", {layers} of {case.model.n_layers} layers on the GPU" if case.gpus else ""
    words = f"{n_ctx:,} tokens of context in {_SMALLER}{where}"
    yield Change(words, values), replace(small, n_gpu_layers=layers)
