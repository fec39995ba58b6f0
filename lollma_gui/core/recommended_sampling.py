"""How to choose words: as the model's own file says, else as the guide says."""

from collections.abc import Mapping

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.core.settings_table import SETTINGS

#: ``general.sampling.*`` of GGUF (llama_model_meta_key of llama.h), with our names for them.
METADATA_KEYS = {
    "temp": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "xtc_probability": "xtc_probability",
    "xtc_threshold": "xtc_threshold",
    "penalty_last_n": "repeat_last_n",
    "penalty_repeat": "repetition_penalty",
    "mirostat": "mirostat",
    "mirostat_tau": "mirostat_tau",
    "mirostat_eta": "mirostat_eta",
}
#: What the guide says about choosing words, as opposed to lengths and pace.
_GUIDE_SAYS = (
    *("temperature", "top_p", "top_k", "typical_p", "min_p", "repetition_penalty"),
    *("frequency_penalty", "presence_penalty", "tfs", "seed", "streaming"),
)
_PENALTIES = ("repetition_penalty", "frequency_penalty", "presence_penalty")
#: What leaves a sampler out, where that is not llama.cpp's default.
_NEUTRAL: dict[str, SettingValue] = {"top_k": 0, "top_p": 1.0, "min_p": 0.0}

_Advice = dict[str, tuple[SettingValue, str]]


def from_metadata(sampling: Mapping[str, object]) -> dict[str, SettingValue]:
    """Values by our names from ``general.sampling.*`` keys without that prefix.

    What is unknown or out of range is left out.
    """
    values: dict[str, SettingValue] = {}
    for key, name in METADATA_KEYS.items():
        raw = sampling.get(key)
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            continue
        try:
            # float32 in the file: 0.6 arrives as 0.6000000238418579.
            values[name] = SETTINGS[name].accept(float(f"{raw:.6g}"))
        except ValueError:
            continue
    return values


def recommend_generation(model: ModelFacts, n_ctx: int) -> _Advice:
    """A value and a reason for every generation setting."""
    own = from_metadata(model.sampling)
    advice: _Advice = {
        s.name: (s.default, "Not needed for good answers; try it when you miss something.")
        for s in SETTINGS.section(Section.GENERATION)
    }
    advice |= _by_maker(own) if own else _by_guide()
    return advice | _lengths_and_pace(n_ctx)


def _by_maker(own: Mapping[str, SettingValue]) -> _Advice:
    """The maker's values; everything else stays out of their way, as it was when they tried."""
    advice: _Advice = {}
    for name in _GUIDE_SAYS:
        neutral = _NEUTRAL.get(name, SETTINGS[name].default)
        advice[name] = (neutral, "Left out, since the model's maker chose values without it.")
    for name in ("seed", "streaming"):
        advice[name] = (SETTINGS[name].default, "As in the guide.")
    for name, value in own.items():
        advice[name] = (value, f"The model's own file says {SETTINGS[name].format(value)}.")
    return advice


def _by_guide() -> _Advice:
    """The guide's values but for its three penalties at once.

    Seen with SmolLM2-135M at the guide's other values: asked for the days of the week it lists
    them without penalties, and strays into nonsense with 1.2, 0.5 and 0.5.
    """
    return {
        name: (SETTINGS[name].guide_value, "The model's file says nothing, so as in the guide.")
        for name in _GUIDE_SAYS
    } | {
        name: (
            SETTINGS[name].default,
            f"The guide's {SETTINGS[name].format(SETTINGS[name].guide_value)} with its other "
            "penalties makes models stray; raise it for one that repeats itself.",
        )
        for name in _PENALTIES
    }


def _lengths_and_pace(n_ctx: int) -> _Advice:
    longest = min(1024, max(n_ctx // 4, 64))
    return {
        "max_new_tokens": (
            longest,
            f"About {longest * 3 // 4:,} words, a quarter of the context at most; "
            "the guide's 256 cuts many answers off.",
        ),
        "truncation_length": (
            0,
            "The context's memory is taken anyway; less would only make the model forgetful.",
        ),
        "max_tokens_second": (
            0,
            "It is a limit: the guide's 20 would slow a fast PC down, not speed it up.",
        ),
        "max_updates_second": (20, "As in the guide: smooth, and easy on the processor."),
    }
