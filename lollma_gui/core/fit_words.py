"""The sentences of the fit panel, and all of it as text to be copied."""

import re
from collections import Counter
from collections.abc import Iterator

from lollma_gui.core.fit_parts import (
    Part,
    PartKind,
    device_parts,
    gib,
    gib_pair,
    margin_of,
    shown_devices,
)
from lollma_gui.core.fit_view import Extra, FitView, PastErrors
from lollma_gui.core.memory_plan import DeviceShare
from lollma_gui.core.units import UNKNOWN, memory_size, whole

#: What says nothing beside the model of a graphics card.
_MAKERS = ("NVIDIA GeForce ", "NVIDIA ", "AMD Radeon ", "AMD ")
#: What tells cards of one kind apart.
_NUMBER = re.compile(r" \(\d+\)$")

_EXTRA_KINDS = {"draft": "Draft model", "projector": "Vision projector"}


def short_name(device: str) -> str:
    """A graphics card without its maker: ``RTX 4080``."""
    for maker in _MAKERS:
        if device.startswith(maker):
            return device.removeprefix(maker)
    return device


def subtitle(view: FitView) -> str:
    """Model, quantisation, and where it would be loaded to."""
    counted = Counter(_NUMBER.sub("", short_name(share.name)) for share in view.plan.gpus)
    gpus = " + ".join(f"{n} × {name}" if n > 1 else name for name, n in counted.items())
    return " · ".join(part for part in (view.name, view.quantisation, gpus or "RAM") if part)


# ---- verdict ---------------------------------------------------------------------------------


def verdict_word(view: FitView) -> str:
    """One or two words for the badge."""
    if view.refusal is not None:
        return "Not possible"
    fit = view.verdict.fit
    return fit[0].upper() + fit[1:]


def verdict_words(view: FitView) -> tuple[str, str]:
    """The headline, and the sentences below it."""
    if view.refusal is not None:
        return view.refusal.title, view.refusal.advice
    return view.verdict.headline, view.verdict.text


# ---- devices ---------------------------------------------------------------------------------


def device_words(share: DeviceShare) -> str:
    """A device and how many layers lie there."""
    layers = f"{share.layers} layer{'' if share.layers == 1 else 's'}"
    return f"{short_name(share.name)} · {layers}" if share.layers else short_name(share.name)


def room_words(share: DeviceShare, margin: int) -> str:
    """What is left on a device, or missing."""
    if share.spare is None:
        return f"needs {gib(share.total)}"
    if share.spare < 0:
        return f"{gib(-share.spare)} too much"
    if share.spare < margin:
        return f"{gib(margin - share.spare)} short"
    return f"{_of_all(share, share.spare - margin)} spare"


def _of_all(share: DeviceShare, n_bytes: int) -> str:
    """Bytes of a device's memory, beside all it has where that is known."""
    return gib(n_bytes) if share.capacity is None else gib_pair(n_bytes, share.capacity)


def split_words(view: FitView) -> str:
    """How the layers are divided between the GPUs."""
    return " : ".join(str(share.layers) for share in view.plan.gpus) + " layers"


# ---- settings --------------------------------------------------------------------------------


def layers_words(view: FitView) -> str:
    """Layers on GPUs, of all."""
    return f"{view.plan.gpu_layers} of {view.layers}"


def most_layers_words(view: FitView) -> str:
    """How many layers would fit."""
    if view.most_layers >= view.layers:
        return "all fit"
    return f"{view.most_layers} fit" if view.most_layers else "none fits"


def longest_words(view: FitView) -> str:
    """The longest context that fits."""
    if not view.longest_context:
        return "none fits"
    return f"fits up to {whole(view.longest_context)}"


def trained_words(view: FitView) -> str:
    """The context the model was trained on."""
    return f"{whole(view.n_ctx_train)} trained" if view.n_ctx_train else "trained: not known"


def extra_words(extra: Extra) -> tuple[str, str, str]:
    """What is loaded beside the model: its kind, its name, its price."""
    return _EXTRA_KINDS.get(extra.kind, extra.kind), extra.name, f"+{gib(extra.n_bytes)}"


# ---- assumptions -----------------------------------------------------------------------------


def assumed_line(view: FitView) -> str:
    """What is assumed beside the controls, in one sentence."""
    settings = view.plan.settings
    rows = _count(settings.n_outputs_max, "output row") if settings.n_outputs_max else "all outputs"
    kept = [f"{gib(view.margins.ram)} of RAM"]
    if view.plan.gpus:
        kept.insert(0, f"{gib(view.margins.gpu)} of each GPU")
    said = [
        _count(settings.n_seq_max, "conversation"),
        f"batch {whole(settings.n_batch)} by {whole(settings.n_ubatch)}",
        rows,
        "file mapped" if view.maps_file else "file read",
    ]
    return f"Assumed: {', '.join(said)}; {' and '.join(kept)} kept free."


def assumed_facts(view: FitView) -> list[tuple[str, str]]:
    """Each assumed value with its name."""
    settings = view.plan.settings
    caches = "one cache for all" if settings.kv_unified else "a cache each"
    rows = whole(settings.n_outputs_max) if settings.n_outputs_max else "one a token"
    facts = [
        ("Batch", whole(settings.n_batch, "tokens")),
        ("Physical batch", whole(settings.n_ubatch, "tokens")),
        ("Conversations", f"{settings.n_seq_max}, {caches}"),
        ("Output rows", rows),
        ("Sliding windows", "whole context kept" if settings.swa_full else "only the window kept"),
        ("KV cache lies", "with its layers" if settings.offload_kqv else "in RAM"),
        ("Weights in RAM", "mapped from the file" if view.maps_file else "read from the file"),
    ]
    facts += [(f"Free now, {short_name(s.name)}", _free_words(s)) for s in shown_devices(view)]
    return [*facts, ("Margin in RAM", gib(view.margins.ram)), ("Method", view.plan.method)]


def _free_words(share: DeviceShare) -> str:
    return UNKNOWN if share.free is None else _of_all(share, share.free)


def _count(n: int, thing: str) -> str:
    return f"{whole(n)} {thing}{'' if n == 1 else 's'}"


# ---- how sure --------------------------------------------------------------------------------


def method_words(view: FitView) -> str:
    """How the figures were found, and how far arithmetic and engine differ."""
    if view.plan.method != "arithmetic":
        return f"Measured with the engine{_difference(view)}"
    if view.plan.estimate:
        words = "Estimate: this architecture is not wholly known"
    else:
        words = f"Arithmetic, compute ± {view.plan.error * 100:.0f} %"
    if view.is_measuring:
        return f"{words}; measuring with the engine…"
    if view.measuring_problem:
        return f"{words}. Not measured: {view.measuring_problem}"
    return words


def _difference(view: FitView) -> str:
    if not view.arithmetic_total:
        return ""
    more = sum(share.total for share in view.plan.devices) - view.arithmetic_total
    if not more:
        return ": the same as arithmetic"
    by = f"{memory_size(abs(more))} ({_percent(more / view.arithmetic_total)})"
    return f": {by} {'more' if more > 0 else 'less'} than arithmetic"


def past_words(past: PastErrors) -> str:
    """How good earlier predictions were; empty where nothing was loaded yet."""
    found = []
    if past.model is not None:
        found.append(f"Last load of this model: predicted within {_percent(past.model)}")
    if past.pc is not None and past.loads:
        start = "this PC" if found else "This PC"
        found.append(f"{start}: within {_percent(past.pc)} ({_count(past.loads, 'load')})")
    return "; ".join(found)


def _percent(error: float) -> str:
    return f"{abs(error) * 100:.1f} %"


# ---- all of it -------------------------------------------------------------------------------


def as_text(view: FitView) -> str:
    """The whole panel as text, with bytes."""
    headline, text = verdict_words(view)
    lines = [f"Will it fit? {subtitle(view)}", f"{verdict_word(view)}: {headline}", text, ""]
    for share in shown_devices(view):
        lines += _device_lines(share, margin_of(view, share))
    lines += [_settings_line(view), assumed_line(view), method_words(view), past_words(view.past)]
    lines += [f"Would fit: {change.words}" for change in view.changes]
    return "\n".join(line for line in lines if line) + "\n"


def _device_lines(share: DeviceShare, margin: int) -> Iterator[str]:
    yield f"{device_words(share)}: {room_words(share, margin)}"
    yield from (_part_line(part) for part in device_parts(share, margin).parts)
    yield f"  {'Needed':<10}{share.total:>18,} bytes  {gib(share.total):>10}"


def _part_line(part: Part) -> str:
    return f"  {part.kind:<10}{part.n_bytes:>18,} bytes  {part.text:>10}"


def _settings_line(view: FitView) -> str:
    asked, plan = view.asked, view.plan
    auto = ", as many as fit" if asked.n_gpu_layers < 0 else ""
    said = [
        f"n_ctx {asked.n_ctx or view.n_ctx_train}",
        f"n_gpu_layers {plan.gpu_layers} of {view.layers}{auto}",
        f"type_k {asked.type_k}",
        f"type_v {asked.type_v}",
        f"flash_attn {'on' if asked.flash_attn else 'off'}",
        f"n_ubatch {asked.n_ubatch}",
        f"n_cpu_moe {asked.n_cpu_moe}",
    ]
    if asked.tensor_split:
        said.append("tensor_split " + ",".join(f"{share:g}" for share in asked.tensor_split))
    return "Settings: " + ", ".join(said)


def parts_words(parts: tuple[Part, ...]) -> str:
    """Parts of a memory in one line, for screen readers."""
    names = {PartKind.OTHERS: "other programs", PartKind.MARGIN: "margin kept free"}
    return ", ".join(f"{names.get(p.kind, p.kind.lower())} {p.text}" for p in parts)
