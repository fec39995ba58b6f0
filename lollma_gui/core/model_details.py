"""Everything a model's header says, in plain words; and what it says beyond that, as it stands."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.gguf_values import ArrayInfo, MetadataValue
from lollma_gui.core.kind_words import KIND_WORDS
from lollma_gui.core.model_info import ModelInfo, ModelKind
from lollma_gui.core.model_keys import ModelKeys
from lollma_gui.core.model_pairs import drafts_for, projectors_for
from lollma_gui.core.quality import quality_of

Facts = list[tuple[str, str]]

#: Longer values are cut where they stand in a list.
_LONGEST_SHOWN = 300
_MOST_NAMED = 3


class Section(NamedTuple):
    """Facts that belong together.

    Attributes:
        title: What they are about.
        facts: Names and values.
        links: Words and address of each page that the file names; only ``http`` and ``https``.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...] = ()


class KeyRow(NamedTuple):
    """One key of the header, its type, its value shortened, and the whole of it."""

    key: str
    kind: str
    value: str
    whole: str


class TensorRow(NamedTuple):
    """One tensor: bytes of its data, its shape with the contiguous dimension first."""

    name: str
    type: str
    shape: tuple[int, ...]
    n_bytes: int


class TypeSum(NamedTuple):
    """All tensors of one format together."""

    type: str
    tensors: int
    n_bytes: int


class DetailsView(NamedTuple):
    """What the details of a model show.

    Attributes:
        path: The model's file.
        sections: In plain words.
        keys: Every key in the file's order.
        tensors: Every tensor in the file's order.
        sums: Bytes by format, the largest first.
        template: The chat template as it stands; empty for base models.
        tokens: Where the texts of tokens lie in the first file; None if they are not there.
        ends: Numbers of the tokens that begin and end a text, as far as the header says them.
    """

    path: str
    sections: tuple[Section, ...]
    keys: tuple[KeyRow, ...]
    tensors: tuple[TensorRow, ...]
    sums: tuple[TypeSum, ...]
    template: str
    tokens: ArrayInfo | None
    ends: tuple[int | None, int | None]


def details(info: ModelInfo, header: GgufHeader, others: Sequence[ModelInfo]) -> DetailsView:
    """Gather them.

    Args:
        info: The model.
        header: Its header, that of all parts.
        others: All models there are, for those that belong to it.
    """
    sums = _sums(header)
    sections = (
        Section("What it is", tuple(_what(info, header, others))),
        Section("Size", tuple(_size(info, header))),
        Section("Layers and attention", tuple(_attention(info, header))),
        Section("Vocabulary", tuple(_vocabulary(info, header))),
        Section("Experts", tuple(_experts(info, header))),
        Section("Origin and licence", tuple(_origin(header)), tuple(_links(header))),
        Section("How it was quantised", tuple(_quantised(info, header, sums))),
    )
    template = header.metadata.get("tokenizer.chat_template")
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    return DetailsView(
        path=info.files[0],
        sections=tuple(section for section in sections if section.facts or section.links),
        keys=tuple(_key_row(key, value) for key, value in header.metadata.items()),
        tensors=tuple(TensorRow(t.name, t.type.name, t.shape, t.n_bytes) for t in header.tensors),
        sums=sums,
        template=template if isinstance(template, str) else "",
        tokens=tokens if isinstance(tokens, ArrayInfo) else None,
        ends=(_token(header, "bos"), _token(header, "eos")),
    )


def _token(header: GgufHeader, which: str) -> int | None:
    number = header.metadata.get(f"tokenizer.ggml.{which}_token_id")
    return number if isinstance(number, int) else None


# ---- in plain words --------------------------------------------------------------------------


def _what(
    info: ModelInfo, header: GgufHeader, others: Sequence[ModelInfo]
) -> Iterator[tuple[str, str]]:
    yield "Kind", KIND_WORDS[info.kind]
    yield "Architecture", info.architecture or units.UNKNOWN
    yield from _texts(
        header,
        ("Name in the file", "general.name"),
        ("Made for", "general.finetune"),
        ("Size label", "general.size_label"),
        ("Description", "general.description"),
    )
    if info.kind is ModelKind.TEXT:
        yield "Chat template", "yes" if info.has_chat_template else "none (base model)"
    yield from company(info, others)


def company(info: ModelInfo, others: Sequence[ModelInfo]) -> Facts:
    """Which files belong to a model: projector and draft models, or the models it is for."""
    found: Facts = []
    if info.can_chat:
        found.append(("Its projector", _named(projectors_for(info, others))))
        found.append(("Can draft for it", _named(drafts_for(info, others))))
        drafted = [other for other in others if other is not info and drafts_for(other, [info])]
        found.append(("Can draft for", _named(drafted)))
    elif info.kind is ModelKind.PROJECTOR:
        near = [other for other in others if other.can_chat and projectors_for(other, [info])]
        projectors = [other for other in others if other.kind is ModelKind.PROJECTOR]
        owners = [other for other in near if info in projectors_for(other, projectors)]
        found.append(("Projector of", _named(owners)))
    return [(name, words) for name, words in found if words]


def _named(infos: Iterable[ModelInfo]) -> str:
    words = [f"{info.name} {info.quantisation}".strip() for info in infos]
    more = f" and {len(words) - _MOST_NAMED} more" if len(words) > _MOST_NAMED else ""
    return ", ".join(words[:_MOST_NAMED]) + more


def _size(info: ModelInfo, header: GgufHeader) -> Iterator[tuple[str, str]]:
    yield "Parameters", units.parameter_count(info.parameters)
    if info.active_parameters is not None:
        yield "Active for a token", units.parameter_count(info.active_parameters)
    yield "Quantisation", info.quantisation or units.UNKNOWN
    if info.parameters:
        stored = sum(tensor.n_bytes for tensor in header.tensors)
        yield "Bits per weight", f"{8 * stored / info.parameters:.2f}"
    yield "On disk", units.file_size(info.size_bytes)
    if len(info.files) > 1:
        yield "Files", f"{len(info.files)} parts"
    yield "Context", units.whole(info.context_length, "tokens")


def _attention(info: ModelInfo, header: GgufHeader) -> Iterator[tuple[str, str]]:
    keys = ModelKeys(header)
    if info.layers is not None:
        yield "Layers", f"{info.layers} and the output"
    yield "Embedding", units.whole(info.embedding_length, "numbers a token")
    yield "Attention heads", _one_or_range(info.heads)
    yield "Key and value heads", _one_or_range(info.kv_heads)
    for words, key, unit in (
        ("Size of a key", "attention.key_length", ""),
        ("Size of a value", "attention.value_length", ""),
        ("Sliding window", "attention.sliding_window", "tokens"),
        ("Feed-forward width", "feed_forward_length", ""),
        ("Positions stretched from", "rope.scaling.original_context_length", "tokens"),
        ("State of a layer", "ssm.state_size", ""),
    ):
        if (number := keys.whole(key)) is not None:
            yield words, units.whole(number, unit)
    if (base := keys.real("rope.freq_base")) is not None:
        yield "RoPE base", f"{base:,.0f}"
    scaling = header.metadata.get(f"{header.architecture}.rope.scaling.type")
    if isinstance(scaling, str):
        yield "RoPE scaling", _short(scaling)


def _one_or_range(heads: int | tuple[int, ...] | None) -> str:
    if isinstance(heads, tuple):
        return f"{min(heads)} to {max(heads)}, by layer"
    return units.whole(heads)


def _vocabulary(info: ModelInfo, header: GgufHeader) -> Iterator[tuple[str, str]]:
    if info.vocabulary_size is not None:
        yield "Tokens", units.whole(info.vocabulary_size)
    if info.tokenizer:
        yield "Tokenizer", info.tokenizer
    for words, key in (
        ("Begins with token", "bos_token_id"),
        ("Ends with token", "eos_token_id"),
        ("Padding token", "padding_token_id"),
    ):
        number = header.metadata.get(f"tokenizer.ggml.{key}")
        if isinstance(number, int):
            yield words, f"number {number}"
    adds = header.metadata.get("tokenizer.ggml.add_bos_token")
    if isinstance(adds, bool):
        yield "Beginning is added", "yes" if adds else "no"


def _experts(info: ModelInfo, header: GgufHeader) -> Iterator[tuple[str, str]]:
    if not info.experts:
        return
    yield "Experts of a layer", units.whole(info.experts)
    yield "Used for a token", units.whole(info.experts_used)
    shared = ModelKeys(header).whole("expert_shared_count")
    if shared is not None:
        yield "Always used", units.whole(shared)
    stored = sum(tensor.n_bytes for tensor in header.tensors if "_exps." in tensor.name)
    yield "Size of all experts", units.file_size(stored)


def _origin(header: GgufHeader) -> Iterator[tuple[str, str]]:
    yield from _texts(
        header,
        ("Author", "general.author"),
        ("Organisation", "general.organization"),
        ("Version", "general.version"),
        ("Made from", "general.base_model.0.name"),
        ("By", "general.base_model.0.organization"),
        ("Date", "general.date"),
        ("Licence", "general.license"),
        ("Licence in full", "general.license.name"),
    )


def _links(header: GgufHeader) -> Iterator[tuple[str, str]]:
    for words, key in (
        ("Licence", "general.license.link"),
        ("Repository", "general.repo_url"),
        ("Website", "general.url"),
        ("Source", "general.source.url"),
        ("Original model", "general.base_model.0.repo_url"),
    ):
        address = header.metadata.get(key)
        if isinstance(address, str) and address.startswith(("https://", "http://")):
            yield words, address


def _quantised(
    info: ModelInfo, header: GgufHeader, sums: Sequence[TypeSum]
) -> Iterator[tuple[str, str]]:
    yield from _texts(header, ("By", "general.quantized_by"))
    quality = quality_of(info.quantisation)
    if quality is not None:
        yield "Expected loss", quality.sentence
    yield from _texts(
        header,
        ("Importance matrix", "quantize.imatrix.file"),
        ("Made from texts", "quantize.imatrix.dataset"),
    )
    whole = sum(each.n_bytes for each in sums) or 1
    for each in sums:
        yield each.type, f"{units.file_size(each.n_bytes)}, {units.percent(each.n_bytes / whole)}"


def _texts(header: GgufHeader, *wanted: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Those of the keys that hold a text."""
    for words, key in wanted:
        value = header.metadata.get(key)
        if isinstance(value, str) and value.strip():
            yield words, _short(" ".join(value.split()))


# ---- as it stands ----------------------------------------------------------------------------


def _sums(header: GgufHeader) -> tuple[TypeSum, ...]:
    found: dict[str, list[int]] = defaultdict(list)
    for tensor in header.tensors:
        found[tensor.type.name].append(tensor.n_bytes)
    sums = (TypeSum(name, len(sizes), sum(sizes)) for name, sizes in found.items())
    return tuple(sorted(sums, key=lambda each: -each.n_bytes))


def _key_row(key: str, value: MetadataValue) -> KeyRow:
    whole = _value_words(value)
    return KeyRow(key, _type_words(value), _short(" ".join(whole.split())), whole)


def _value_words(value: MetadataValue) -> str:
    if isinstance(value, ArrayInfo):
        unit = "bytes" if value.item_type == "text" else "items"
        return f"({value.length:,} {unit}, not kept)"
    if isinstance(value, tuple):
        return ", ".join(map(_value_words, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _type_words(value: MetadataValue) -> str:
    if isinstance(value, ArrayInfo):
        return "text" if value.item_type == "text" else f"list of {value.item_type}"
    if isinstance(value, tuple):
        return "list"
    names = {bool: "yes or no", int: "whole", float: "number", str: "text"}
    return names[type(value)]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
