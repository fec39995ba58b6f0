"""The answer of ``lollma fit`` as text."""

from lollma_gui.core import units
from lollma_gui.core.fit_result import FitResult
from lollma_gui.core.memory_plan import DeviceShare

_COLUMNS = ("weights", "kv", "compute", "output", "overhead", "total", "free")


def as_text(result: FitResult) -> str:
    """A table of bytes by device, and the verdict below it."""
    info, plan, settings = result.info, result.plan, result.plan.settings
    facts = [
        info.architecture or "architecture unknown",
        f"{units.parameter_count(info.parameters)} parameters",
        info.quantisation or "quantisation unknown",
        f"{units.file_size(info.size_bytes)} on disk",
    ]
    context = settings.n_ctx or info.context_length
    attention = "on" if settings.flash_attn else "off"
    assumed = [
        f"context {units.whole(context, 'tokens')}",
        f"KV cache {settings.type_k}/{settings.type_v}",
        f"flash attention {attention}",
        f"physical batch {settings.n_ubatch}",
    ]
    if plan.gpus:
        assumed.insert(0, f"{plan.gpu_layers} of {plan.layers} layers on the GPU")
    lines = [info.name, ", ".join(facts), _sentence(", ".join(assumed)), ""]
    return "\n".join([*lines, *_table(plan.devices), "", *_verdict(result)])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _verdict(result: FitResult) -> list[str]:
    lines = [f"{result.verdict.headline}.", result.verdict.text]
    if result.longest_context:
        lines.append(f"Longest context that fits: {result.longest_context:,} tokens.")
    if result.plan.gpus:
        layers = f"{result.most_layers} of {result.plan.layers}"
        lines.append(f"Most layers that fit on the GPU: {layers}.")
    lines += [f"This would fit: {_lower(change.words)}." for change in result.changes]
    by = "the engine's dry run" if result.plan.method == "dry-run" else "arithmetic"
    return [*lines, f"Planned by {by}."]


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _table(shares: tuple[DeviceShare, ...]) -> list[str]:
    table = [("", *_COLUMNS), *(_cells(share) for share in shares)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in table]


def _cells(share: DeviceShare) -> tuple[str, ...]:
    return (share.name, *(units.memory_size(getattr(share, column)) for column in _COLUMNS))


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    name, *numbers = row
    return [name.ljust(widths[0])] + [n.rjust(w) for n, w in zip(numbers, widths[1:], strict=True)]
