"""What a person wants to know about a model file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from lollma_gui.core.architectures import ARCHITECTURES, cache_rule
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.gguf_values import ArrayInfo
from lollma_gui.core.model_keys import ModelKeys
from lollma_gui.core.quantisation import FILE_TYPES, quantisation_name
from lollma_gui.core.split_names import parse_split_name
from lollma_gui.core.tensor_types import BY_NAME


class ModelKind(StrEnum):
    """What a model file is for."""

    TEXT = "text"
    EMBEDDING = "embedding"
    PROJECTOR = "projector"
    ADAPTER = "adapter"
    VOCABULARY = "vocabulary"
    OTHER = "other"


@dataclass(frozen=True)
class ModelInfo:
    """A model on disk. Numbers the file does not give are None.

    Attributes:
        name: For people.
        architecture: As llama.cpp calls it, for example ``qwen3moe``.
        kind: What it is for; only ``ModelKind.TEXT`` can chat.
        parameters: Numbers in all tensors.
        quantisation: For example ``Q4_K_M``; empty if unknown.
        size_bytes: All its files together.
        context_length: Tokens it was trained on.
        layers: Blocks; llama.cpp counts one layer more, the output.
        embedding_length: Numbers a token is turned into.
        heads: Attention heads; one number for each layer where they differ.
        kv_heads: Heads of keys and values; one number for each layer where they differ.
        vocabulary_size: Tokens it knows.
        experts: How many experts each layer has; None for models without.
        experts_used: How many of them compute a token.
        has_chat_template: Whether it was taught to chat.
        licence: As the file says it; empty if it does not.
        files: Paths of all its files, the one to load first.
        active_parameters: Numbers that compute a token, for models with experts: of each layer's
            experts only as many as are used; None for all others.
        tokenizer: How it cuts text into tokens, as llama.cpp calls it (``gpt2/qwen2``); empty if
            unknown.
        companions: Paths of files that the program which keeps it loads beside it: a projector, a
            draft model. Empty where no program says so.
    """

    name: str
    architecture: str
    kind: ModelKind
    parameters: int
    quantisation: str
    size_bytes: int
    context_length: int | None
    layers: int | None
    embedding_length: int | None
    heads: int | tuple[int, ...] | None
    kv_heads: int | tuple[int, ...] | None
    vocabulary_size: int | None
    experts: int | None
    experts_used: int | None
    has_chat_template: bool
    licence: str
    files: tuple[str, ...]
    active_parameters: int | None = None
    tokenizer: str = ""
    companions: tuple[str, ...] = ()

    @property
    def can_chat(self) -> bool:
        """Whether the engine can load it and let it write."""
        return self.kind is ModelKind.TEXT


def describe(header: GgufHeader, files: Sequence[str], size_bytes: int) -> ModelInfo:
    """Gather what a header says.

    Args:
        header: The header of the whole model (see ``gguf_header.joined``).
        files: Paths of all its files, the one to load first.
        size_bytes: All files together.

    Raises:
        ValueError: If there is no file.
    """
    if not files:
        raise ValueError("a model has at least one file")
    keys = ModelKeys(header)
    heads = _one_or_each(keys, "attention.head_count")
    return ModelInfo(
        name=_name(header, files[0]),
        architecture=header.architecture,
        kind=_kind(header, keys),
        parameters=sum(tensor.n_elements for tensor in header.tensors),
        quantisation=quantisation_name(header),
        size_bytes=size_bytes,
        context_length=keys.whole("context_length"),
        layers=keys.block_count,
        embedding_length=keys.whole("embedding_length"),
        heads=heads,
        kv_heads=_one_or_each(keys, "attention.head_count_kv") or heads,
        vocabulary_size=keys.vocabulary_size,
        experts=keys.whole("expert_count") or None,
        experts_used=keys.whole("expert_used_count") or None,
        has_chat_template=_has_text(header, "tokenizer.chat_template"),
        licence=_text(header, "general.license"),
        files=tuple(files),
        active_parameters=_active_parameters(header, keys),
        tokenizer="/".join(
            filter(None, (_text(header, f"tokenizer.ggml.{key}") for key in ("model", "pre")))
        ),
    )


def _active_parameters(header: GgufHeader, keys: ModelKeys) -> int | None:
    """Numbers that compute a token; None for models without experts.

    Experts lie in tensors of their own (``LLM_TENSOR_FFN_*_EXPS`` in src/llama-arch.cpp of
    llama.cpp); shared experts (``_shexp``) always compute.
    """
    experts, used = keys.whole("expert_count"), keys.whole("expert_used_count")
    if not experts or not used or used > experts:
        return None
    every = sum(tensor.n_elements for tensor in header.tensors)
    of_experts = sum(t.n_elements for t in header.tensors if "_exps." in t.name)
    return every - of_experts + of_experts * used // experts


def _one_or_each(keys: ModelKeys, name: str) -> int | tuple[int, ...] | None:
    several = keys.per_layer(name)
    if several is None:
        return keys.whole(name)
    return several[0] if len(set(several)) == 1 else several


# ---- kind ------------------------------------------------------------------------------------

_KINDS = {"adapter": ModelKind.ADAPTER, "mmproj": ModelKind.PROJECTOR, "imatrix": ModelKind.OTHER}
#: Architectures that only draft for another model.
DRAFTERS = ("gemma4-assistant", "eagle3", "dflash")
#: Architectures in the engine's list that are no language models, or only part of one.
_NOT_FOR_TEXT = (
    *("clip", "wavtokenizer-dec", "qwen3tts", "pockettts", "t5encoder"),
    *DRAFTERS,
)


def _kind(header: GgufHeader, keys: ModelKeys) -> ModelKind:
    given = _KINDS.get(_text(header, "general.type"))
    if given is not None:
        return given
    architecture = header.architecture
    if architecture == "clip":
        return ModelKind.PROJECTOR
    if not header.tensors:
        return ModelKind.VOCABULARY
    if architecture in _NOT_FOR_TEXT:
        return ModelKind.OTHER
    if cache_rule(architecture).is_encoder or keys.whole("pooling_type"):
        return ModelKind.EMBEDDING
    # GGUF also holds models for pictures and sound: those have no blocks by llama.cpp's names.
    is_language_model = architecture in ARCHITECTURES or keys.block_count is not None
    return ModelKind.TEXT if is_language_model else ModelKind.OTHER


# ---- texts -----------------------------------------------------------------------------------

_FORMATS = sorted({*BY_NAME, *(name for name, _ in FILE_TYPES.values())}, key=len, reverse=True)
_QUANTISATION_AT_END = re.compile(rf"[-._ ](?:{'|'.join(_FORMATS)})$", re.IGNORECASE)
#: File names (and names within files) that say nothing: a hash, or what converters write when
#: they do not know better.
_NO_NAME = re.compile(
    r"(sha256-)?[0-9a-f]{32,}|\W*|(ggml-)?models?|snapshots?|hf|gguf|\.", re.IGNORECASE
)


def readable_name(path: str) -> str:
    """A model's name from its file's: ``Qwen3-8B-Q4_K_M.gguf`` is ``Qwen3-8B``."""
    name = PurePath(path).name
    split = parse_split_name(name)
    stem = split.stem if split else re.sub(r"\.gguf$", "", name, flags=re.IGNORECASE)
    return _QUANTISATION_AT_END.sub("", stem).strip() or stem


def says_nothing(path: str) -> bool:
    """Whether a file's name is one that any model may have: ``model.gguf``, a hash."""
    return _NO_NAME.fullmatch(readable_name(path)) is not None


def _name(header: GgufHeader, path: str) -> str:
    """The file's name, which is what people know a model by; else what the file says within.

    That is often a leftover of the training ("Smollm2 135M 8k Lc100K Mix1 Ep2").
    """
    given = " ".join(_text(header, "general.name").split())
    return given if given and says_nothing(path) else readable_name(path)


def _text(header: GgufHeader, key: str) -> str:
    value = header.metadata.get(key)
    return value if isinstance(value, str) else ""


def _has_text(header: GgufHeader, key: str) -> bool:
    """Whether a text is there and not empty; one too long to keep is there too."""
    value = header.metadata.get(key)
    return isinstance(value, ArrayInfo) or (isinstance(value, str) and bool(value.strip()))
