"""Which files are the same model, quantised differently.

File names are all there is to go by, and every converter has its own way with them; architecture
and parameter count keep models apart whose names look alike.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import PurePath

from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.quality import Quality, quality_of
from lollma_gui.core.split_names import parse_split_name

#: Parameter counts of one model differ by no more than this share: some files hold the output
#: matrix twice, or leave out blocks that llama.cpp does not load.
_TOLERANCE = 0.02

#: Quantisations as file names say them, those of other people's mixes too: ``UD-Q4_K_XL``,
#: ``i1-IQ3_XXS``, ``q4_k_m``, ``Q4_0_4_4``, ``fp16``; some write dashes for the underscores.
_QUANTISATION = re.compile(
    r"(?:^|[-._ ])"
    r"(?P<name>(?:ud-|i1-)?"
    r"(?:i?q[1-8](?:[_-](?:[0-9]|k|xxs|xs|s|m|l|xl|xxl|nl))*"
    r"|tq[12]_0|b?fp?16|f(?:p|loat)?32|bf16|mxfp4(?:_moe)?|nvfp4))"
    r"$",
    re.IGNORECASE,
)
#: Words at the end that say how a file was made, not which model it is.
_MADE_BY = re.compile(r"[-._ ](?:gguf|ggml|i1|ud|imat|imatrix|imx)$", re.IGNORECASE)
#: Some converters put the repository's owner first: ``Qwen_Qwen3-8B``. Only well-known owners are
#: taken off, as ``star_coder`` has none.
_OWNER = re.compile(
    r"^(?:ai21labs|allenai|arcee-ai|baidu|bytedance|cohereforai|coherelabs|deepseek-ai|google"
    r"|huggingfaceh4|huggingfacetb|ibm-granite|liquidai|meta-llama|microsoft|mistralai|moonshotai"
    r"|nousresearch|nvidia|openai|openbmb|open-thoughts|qwen|servicenow-ai|skywork|thedrummer"
    r"|thudm|tiiuae|unsloth|upstage|zai-org)_",
    re.IGNORECASE,
)
#: Other words for formats.
_SPELLINGS = {"FP16": "F16", "FP32": "F32", "FLOAT32": "F32", "BFP16": "BF16"}
#: So many names are worked out once: all those of a large library, for each of whose models the
#: whole library is looked through.
_NAMES_KEPT = 20_000
_BETWEEN_WORDS = re.compile(r"[-._ ]+")


@lru_cache(maxsize=_NAMES_KEPT)
def family_name(path: str) -> str:
    """What all quantisations of a model have in common, to be compared and not to be shown.

    Args:
        path: Path or name of a file, or a model's name.

    Returns:
        For example ``qwen3-8b`` for ``Qwen_Qwen3-8B-UD-Q4_K_XL-00001-of-00002.gguf``.
    """
    name = _without_quantisation(_stem(path))
    return _BETWEEN_WORDS.sub("-", _OWNER.sub("", name)).strip("-").lower()


def quantisation_label(path: str, known: str = "") -> str:
    """How a file's name calls its quantisation, for example ``UD-Q4_K_XL``.

    Args:
        path: Path or name of the file.
        known: What its header says, for names that do not say it.
    """
    match = _QUANTISATION.search(_without_making(_stem(path)))
    return match["name"].upper().replace("I1-", "i1-") if match else known


def is_imatrix(path: str) -> bool:
    """Whether a file's name says that it was made with an importance matrix."""
    return bool(re.search(r"[-._ ](?:i1|imat|imatrix)(?:[-._ ]|$)", _stem(path), re.IGNORECASE))


def quality_of_file(path: str, known: str = "") -> Quality | None:
    """The expected loss of a file, by its name's quantisation before its header's.

    Other people's mixes call themselves by the nearest of llama.cpp's within the file, so the
    name is the better witness.

    Args:
        path: Path or name of the file.
        known: The quantisation its header says.
    """
    label = quantisation_label(path, known).removeprefix("i1-")
    mix = _SPELLINGS.get(label, label)
    return quality_of(mix, imatrix=is_imatrix(path))


def same_model(one: ModelInfo, other: ModelInfo) -> bool:
    """Whether two files are the same model, perhaps quantised differently."""
    if one.architecture != other.architecture or one.kind is not other.kind:
        return False
    most = max(one.parameters, other.parameters)
    if abs(one.parameters - other.parameters) > _TOLERANCE * most:
        return False
    return _name_of(one) == _name_of(other)


def relatives(of: ModelInfo, among: Iterable[ModelInfo]) -> list[ModelInfo]:
    """All quantisations of a model, itself included where it is among them; large before small."""
    found = [info for info in among if same_model(of, info)]
    return sorted(found, key=lambda info: (-info.size_bytes, info.files[0]))


def families(infos: Sequence[ModelInfo]) -> list[list[ModelInfo]]:
    """All models, those together that are the same; in the order of each one's first file."""
    groups: list[list[ModelInfo]] = []
    # Only those of one name are compared: a thousand models would be half a million pairs.
    by_name: dict[str, list[list[ModelInfo]]] = {}
    for info in infos:
        namesakes = by_name.setdefault(_name_of(info), [])
        group = next((g for g in namesakes if same_model(g[0], info)), None)
        if group is None:
            group = []
            groups.append(group)
            namesakes.append(group)
        group.append(info)
    return groups


def _name_of(info: ModelInfo) -> str:
    # Where the file's name says nothing, the name is from within the file.
    return family_name(info.name)


def _stem(path: str) -> str:
    name = PurePath(path.replace("\\", "/")).name
    split = parse_split_name(name)
    return split.stem if split else re.sub(r"\.gguf$", "", name, flags=re.IGNORECASE)


def _without_making(stem: str) -> str:
    while shorter := _MADE_BY.sub("", stem):
        if shorter == stem:
            return stem
        stem = shorter
    return stem


def _without_quantisation(stem: str) -> str:
    bare = _without_making(stem)
    match = _QUANTISATION.search(bare)
    # A file called nothing but "Q4_K_M.gguf" keeps its name: it is no model's.
    return _without_making(bare[: match.start()]) if match and match.start() else bare
