"""What each architecture that llama.cpp knows keeps in memory of what it has read.

Source: ``LLM_ARCH_NAMES``, ``llama_model::create_memory`` and ``src/models/*.cpp`` of the llama.cpp
in llama-cpp-python 0.3.36.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """Formula for the state that a recurrent layer keeps instead of keys and values."""

    MAMBA = "mamba"
    RWKV = "rwkv"
    SHORT_CONVOLUTION = "short convolution"
    DELTA_ATTENTION = "delta attention"
    LIGHTNING_ATTENTION = "lightning attention"


class Recurrent(StrEnum):
    """Which layers are recurrent."""

    ALL = "all"
    WITHOUT_KV_HEADS = "those whose head_count_kv is 0"
    WITHOUT_KV_HEADS_AND_FFN = "those whose head_count_kv and feed_forward_length are 0"
    BY_INTERVAL = "recurrent_layers, else all but each full_attention_interval-th"
    BESIDE_ATTENTION = "all, and all have attention too"


class Indexer(StrEnum):
    """Which layers have a small cache more, to choose the tokens that attention looks at."""

    ALL = "all"
    BY_TYPES = "those that attention.indexer.types names"
    BEHIND_DENSE = "all behind the leading dense ones"


@dataclass(frozen=True)
class WindowRule:
    """Which layers look back over a sliding window only.

    Attributes:
        period: Every so many layers one looks back over everything, unless the file has its own
            pattern; None = the pattern must be in the file.
        dense_first: That layer is the first of each period, not the last.
        default: Window in tokens if the file gives none; 0 = then no layer slides.
        forced: Window in tokens whatever the file gives, unless that is 0.
        only_layers: The rule holds only for models of so many layers.
    """

    period: int | None
    dense_first: bool = False
    default: int = 0
    forced: int = 0
    only_layers: int | None = None


@dataclass(frozen=True)
class CacheRule:
    """What an architecture keeps for a context.

    Attributes:
        has_cache: False for models that read everything at once.
        is_encoder: It makes no text.
        is_latent: Keys and values are stored as one (MLA) if the file has the lengths for it.
        window: Sliding windows; None = every layer looks back over everything.
        state: Formula for the state of recurrent layers; None = there are none.
        recurrent: Which layers those are.
        owners: Only so many first layers have a cache of their own, the others share; None = all.
        indexer: Layers with a cache of index keys; None = there are none.
        extra: Parts of the names of tensors that are loaded, though not used, of blocks for
            predicting further tokens (NextN); None = that is not known.
        is_exact: False where more is kept than these rules say; sizes are estimates then.
    """

    has_cache: bool = True
    is_encoder: bool = False
    is_latent: bool = False
    window: WindowRule | None = None
    state: State | None = None
    recurrent: Recurrent = Recurrent.ALL
    owners: int | None = None
    indexer: Indexer | None = None
    extra: tuple[str, ...] | None = ()
    is_exact: bool = True


def _sliding(period: int | None, **more: int | bool) -> CacheRule:
    return CacheRule(window=WindowRule(period, **more))  # type: ignore[arg-type]


_STANDARD = CacheRule()
_STANDARD_ROUGHLY = CacheRule(is_exact=False)
_ENCODER = CacheRule(has_cache=False, is_encoder=True)
_DIFFUSION = CacheRule(has_cache=False)
_LATENT = CacheRule(is_latent=True)
_LATENT_ROUGHLY = CacheRule(is_latent=True, is_exact=False)
_MAMBA = CacheRule(state=State.MAMBA)
_RWKV = CacheRule(state=State.RWKV)
_JAMBA = CacheRule(state=State.MAMBA, recurrent=Recurrent.WITHOUT_KV_HEADS)
# Blocks for predicting further tokens may keep a cache here and in _KIMI: hybrids do not leave
# them out (llama-memory-hybrid.cpp).
_NEMOTRON = CacheRule(state=State.MAMBA, recurrent=Recurrent.WITHOUT_KV_HEADS_AND_FFN, extra=None)
_QWEN_NEXT = CacheRule(state=State.MAMBA, recurrent=Recurrent.BY_INTERVAL)
_LFM = CacheRule(
    state=State.SHORT_CONVOLUTION,
    recurrent=Recurrent.WITHOUT_KV_HEADS,
    # All attention slides if there is a window.
    window=WindowRule(0),
)
_LFM_MIXED = CacheRule(state=State.SHORT_CONVOLUTION, recurrent=Recurrent.WITHOUT_KV_HEADS)
_KIMI = CacheRule(
    is_latent=True,
    state=State.DELTA_ATTENTION,
    recurrent=Recurrent.WITHOUT_KV_HEADS,
    extra=None,
)
_DRAFT = CacheRule(window=WindowRule(None), is_exact=False)

_SPECIAL: dict[str, CacheRule] = {
    **dict.fromkeys(
        (
            *("bert", "jina-bert-v2", "jina-bert-v3", "nomic-bert", "nomic-bert-moe", "neo-bert"),
            *("eurobert", "wavtokenizer-dec", "modern-bert", "gemma-embedding", "t5encoder"),
        ),
        _ENCODER,
    ),
    **dict.fromkeys(("dream", "llada", "llada-moe", "rnd1"), _DIFFUSION),
    **dict.fromkeys(("mamba", "mamba2"), _MAMBA),
    **dict.fromkeys(("rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"), _RWKV),
    **dict.fromkeys(("jamba", "granitehybrid", "plamo2"), _JAMBA),
    **dict.fromkeys(("nemotron_h", "nemotron_h_moe"), _NEMOTRON),
    **dict.fromkeys(("qwen3next", "qwen35", "qwen35moe"), _QWEN_NEXT),
    "lfm2": _LFM,
    "lfm2moe": _LFM_MIXED,
    **dict.fromkeys(("kimi-linear", "kimi-k3", "bailingmoe3"), _KIMI),
    **dict.fromkeys(("deepseek2", "mistral4"), _LATENT),
    "deepseek32": replace(_LATENT, indexer=Indexer.ALL, extra=(".exp_probs_b.",)),
    "glm-dsa": replace(_LATENT, indexer=Indexer.BY_TYPES, extra=(".exp_probs_b.",)),
    "hy_v4": replace(_LATENT, indexer=Indexer.BY_TYPES),
    **dict.fromkeys(("dots3note", "deepseek4"), _LATENT_ROUGHLY),
    **dict.fromkeys(("mimo2", "maple", "spark2_5", "granite_swa"), _sliding(None)),
    "step35": replace(_sliding(None), extra=None),
    **dict.fromkeys(("gemma4-assistant", "eagle3", "dflash"), _DRAFT),
    "minimax-m3": CacheRule(indexer=Indexer.BEHIND_DENSE),
    # Looped layers, two stacks, or no language model.
    **dict.fromkeys(
        ("graniteswitch", "nanbeige", "hrm_text", "t5", "clip", "qwen3tts", "pockettts"),
        _STANDARD_ROUGHLY,
    ),
    "falcon-h1": CacheRule(state=State.MAMBA, recurrent=Recurrent.BESIDE_ATTENTION),
    "minimax-01": CacheRule(
        state=State.LIGHTNING_ATTENTION, recurrent=Recurrent.BY_INTERVAL, is_exact=False
    ),
    "qwen4exp": CacheRule(state=State.MAMBA, recurrent=Recurrent.BY_INTERVAL, is_exact=False),
    "glm5-next": CacheRule(
        is_latent=True,
        state=State.DELTA_ATTENTION,
        recurrent=Recurrent.WITHOUT_KV_HEADS,
        is_exact=False,
    ),
    "gemma2": _sliding(2, default=4096),
    "gemma3": _sliding(6),
    "cohere2": _sliding(4),
    "cohere2moe": replace(_sliding(4, dense_first=True), extra=None),
    "exaone4": _sliding(4, default=4096, only_layers=64),
    "exaone-moe": _sliding(4),
    "gpt-oss": _sliding(2),
    "llama4": _sliding(4, default=8192, forced=8192),
    "olmo2": _sliding(4),
    "plamo3": _sliding(8),
    "smallthinker": _sliding(4, dense_first=True, forced=4096),
    "afmoe": _sliding(4),
    "laguna": _sliding(4, dense_first=True),
    "mellum": _sliding(4),
    "muse-glimmer": _sliding(4),
    "gemma3n": CacheRule(window=WindowRule(5), owners=20),
    "gemma4": _sliding(None),
}

#: Keys and values of every token for every layer, nothing else.
_STANDARD_NAMES = (
    *("apertus", "arcee", "arctic", "baichuan", "bailingmoe", "bailingmoe2", "bitnet", "bloom"),
    *("chameleon", "chatglm", "codeshell", "cogvlm", "command-r", "dbrx", "deci", "deepseek"),
    *("deepseek2-ocr", "dots1", "ernie4_5", "ernie4_5-moe", "exaone", "falcon", "gemma", "glm4"),
    *(
        "glm4moe",
        "gpt2",
        "gptj",
        "gptneox",
        "granite",
        "granitemoe",
        "grok",
        "grovemoe",
        "hunyuan-dense",
    ),
    *("hunyuan-moe", "hunyuan_vl", "hy_v3", "internlm2", "jais", "jais2", "llama", "llama-embed"),
    *("maincoder", "minicpm", "minicpm3", "minimax-m2", "mistral3", "mpt", "nemotron", "olmo"),
    *("olmoe", "openelm", "orion", "paddleocr", "pangu-embedded", "phi2", "phi3", "phimoe"),
    *("plamo", "plm", "qwen", "qwen2", "qwen2moe", "qwen2vl", "qwen3", "qwen3moe", "qwen3vl"),
    *("qwen3vlmoe", "refact", "seed_oss", "smollm3", "stablelm", "starcoder", "starcoder2"),
    *("talkie", "xverse"),
)

#: Every architecture that the engine can load.
ARCHITECTURES: dict[str, CacheRule] = {**dict.fromkeys(_STANDARD_NAMES, _STANDARD), **_SPECIAL}


def cache_rule(architecture: str) -> CacheRule:
    """The rule for an architecture; for an unknown one the commonest, marked as an estimate."""
    return ARCHITECTURES.get(architecture, _STANDARD_ROUGHLY)
