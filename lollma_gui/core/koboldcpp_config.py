"""KoboldCpp's ``.kcpps`` files: our settings as such a file, and such a file as our settings.

Both ways nothing is lost: what we do not know is kept, and what was not changed stays as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lollma_gui.core import launch_commands
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.koboldcpp_flags import KOBOLD_FLAGS
from lollma_gui.core.program_name import Program
from lollma_gui.core.server_config import is_secret
from lollma_gui.core.setting import Setting
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.core.settings_table import SETTINGS

_FLAGS = {flag.key: flag for flag in KOBOLD_FLAGS}
_KEYS = {name: flag.key for flag in KOBOLD_FLAGS for name in (f"--{flag.key}", *flag.aliases)}
#: Older names of keys in files, and today's.
_OLD_KEYS = {"usecublas": "usecuda", "blasbatchsize": "batchsize", "forceversion": ""}
#: Where it listens and who may: not a matter of the model, and never taken from a file.
WHERE = ("host", "port", "port_param", "password", "admin", "adminpassword", "admindir", "launch")
_QUANT = {0: "f16", 1: "q8_0", 2: "q4_0"}


class Imported(NamedTuple):
    """What a ``.kcpps`` file says.

    Attributes:
        values: Settings by name, those it says something about.
        model_path: The model; empty: none.
        kept: Keys that we have no setting for; they are kept for KoboldCpp.
        notes: One sentence each on what is not taken over as it stands there.
    """

    values: dict[str, SettingValue]
    model_path: str
    kept: tuple[str, ...]
    notes: tuple[str, ...]


# ---- words to keys -------------------------------------------------------------------------


def from_words(words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """A command line as keys of a file, and the words that are none of them."""
    found: dict[str, Any] = {}
    rest: list[str] = []
    place = 0
    while place < len(words):
        name, equals, value = words[place].partition("=")
        place += 1
        key = _KEYS.get(name)
        if key is None:
            rest.append(words[place - 1])
            continue
        given = [value] if equals else []
        most = _most_values(key)
        while len(given) < most and place < len(words) and not _is_flag(words[place]):
            given.append(words[place])
            place += 1
        found[key] = _cast(_FLAGS[key].kind, given)
    return found, rest


def to_config(
    values: Mapping[str, SettingValue], model_path: str, facts: ModelFacts | None = None
) -> dict[str, Any]:
    """Settings as keys, those that differ from what KoboldCpp does by itself.

    Args:
        values: By name; what is missing has its default.
        model_path: The model; empty: none.
        facts: What is known of it.
    """
    words = launch_commands.arguments(Program.KOBOLDCPP, values, model_path, facts)
    found, _rest = from_words(words)
    if not model_path:
        del found["model"]
        found["nomodel"] = True
    else:
        # Older versions know only this key, newer ones both.
        found["model_param"] = model_path
    return found


def exported(
    original: Mapping[str, Any],
    values: Mapping[str, SettingValue],
    model_path: str,
    facts: ModelFacts | None = None,
) -> dict[str, Any]:
    """A whole file: the original with what has changed since it was imported.

    Args:
        original: What was imported; empty: a new file.
        values: Settings of now.
        model_path: The model of now.
        facts: What is known of it.
    """
    imported = read_config(original)
    before = to_config(imported.values, imported.model_path, facts) if original else {}
    after = to_config(values, model_path, facts)
    out = dict(original)
    for key in {**before, **after}:
        if not original or before.get(key) != after.get(key):
            out[_key_in(original, key)] = after.get(key, _default_of(key))
    return out


def _key_in(original: Mapping[str, Any], key: str) -> str:
    """The name that the file already uses for a key."""
    old = next((old for old, new in _OLD_KEYS.items() if new == key and old in original), key)
    return key if key in original else old


def _default_of(key: str) -> Any:
    return _FLAGS[key].default if key in _FLAGS else None


def _most_values(key: str) -> int:
    kind = _FLAGS[key].kind
    if kind == "switch":
        return 0
    return 1000 if kind in ("texts", "floats") else 1


def _is_flag(word: str) -> bool:
    return word in _KEYS or word.startswith("--")


def _cast(kind: str, given: list[str]) -> Any:
    if kind == "switch":
        return True
    if kind == "texts":
        return given
    if kind == "floats":
        return [float(value) for value in given]
    value = given[0] if given else ""
    try:
        return {"int": int, "float": float}.get(kind, str)(value)
    except ValueError:
        return value


# ---- keys to settings ----------------------------------------------------------------------


def read_config(config: Mapping[str, Any]) -> Imported:
    """What the keys of a file mean as our settings."""
    known = {_OLD_KEYS.get(key, key): value for key, value in config.items()}
    values: dict[str, SettingValue] = {}
    notes: list[str] = []
    for key, read in _READERS.items():
        if key in known:
            try:
                _take(values, notes, key, read(known))
            except (TypeError, ValueError, ArithmeticError, LookupError):
                notes.append(f"{key} is not taken over: it is written in a way of its own.")
    kept = [key for key in config if _OLD_KEYS.get(key, key) not in (*_READERS, *_OTHERS)]
    where = [key for key in WHERE if known.get(key)]
    if where:
        notes.append(f"Not taken over, since it is set here: {', '.join(where)}.")
    if kept:
        notes.append(f"Kept for KoboldCpp, without a setting here: {', '.join(kept)}.")
    return Imported(values, _model_in(known), tuple(kept), tuple(notes))


def without_secrets(config: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a file that may be kept: nothing of who may connect, no passwords and keys."""
    return {
        key: value
        for key, value in config.items()
        if key not in WHERE and not (isinstance(value, str) and is_secret(key))
    }


_OTHERS = ("model", "model_param", "nomodel", "skiplauncher", *WHERE)


def _take(
    values: dict[str, SettingValue], notes: list[str], key: str, found: dict[str, SettingValue]
) -> None:
    for name, value in found.items():
        setting: Setting = SETTINGS[name]
        try:
            values[name] = setting.accept(value)
        except ValueError as error:
            notes.append(f"{key} is not taken over: {error}")


def _model_in(known: Mapping[str, Any]) -> str:
    for key in ("model_param", "model"):
        value = known.get(key)
        if isinstance(value, list):
            value = value[0] if value else ""
        if isinstance(value, str) and value:
            return value
    return ""


_Reader = Callable[[Mapping[str, Any]], dict[str, SettingValue]]


def _same(key: str, name: str) -> _Reader:
    return lambda known: {name: known[key]}


def _above_zero(key: str, name: str) -> _Reader:
    """Where KoboldCpp's "by itself" is -1, 0 or none, and ours 0."""
    return lambda known: {name: max(known[key] or 0, 0)}


def _not(key: str, name: str) -> _Reader:
    return lambda known: {name: not known[key]}


def _rope(known: Mapping[str, Any]) -> dict[str, SettingValue]:
    scale, base = (float(value) for value in known["ropeconfig"])
    # A scale of 0 leaves both to the model.
    return {} if not scale else {"compress_pos_emb": 1 / scale, "rope_freq_base": base}


def _cuda(known: Mapping[str, Any]) -> dict[str, SettingValue]:
    words = known["usecuda"] or []
    return {"row_split": "rowsplit" in words, "no_mul_mat_q": "nommq" in words}


def _cache(known: Mapping[str, Any]) -> dict[str, SettingValue]:
    kind = _QUANT.get(known["quantkv"], "f16")
    return {"type_k": kind, "type_v": kind}


def _draft(known: Mapping[str, Any]) -> dict[str, SettingValue]:
    path = known["draftmodel"] or ""
    return {"draft_model": path, "speculation": "draft" if path else "off"}


def _lora(known: Mapping[str, Any]) -> dict[str, SettingValue]:
    paths, strength = known["lora"] or [], known.get("loramult", 1.0)
    paths = [paths] if isinstance(paths, str) else paths
    return {"lora": [path if strength == 1 else f"{path}:{strength}" for path in paths]}


_READERS: dict[str, _Reader] = {
    "contextsize": _same("contextsize", "n_ctx"),
    "gpulayers": _same("gpulayers", "n_gpu_layers"),
    "maingpu": _above_zero("maingpu", "main_gpu"),
    "tensor_split": lambda known: {"tensor_split": list(known["tensor_split"] or [])},
    "batchsize": lambda known: {"n_batch": max(known["batchsize"], 16)},
    "threads": _above_zero("threads", "threads"),
    "blasthreads": _above_zero("blasthreads", "threads_batch"),
    "ropeconfig": _rope,
    "usecuda": _cuda,
    "usecpu": _same("usecpu", "cpu"),
    "flashattention": lambda known: {"flash_attn": "on" if known["flashattention"] else "off"},
    "quantkv": _cache,
    "lowvram": _same("lowvram", "no_offload_kqv"),
    "usemmap": _not("usemmap", "no_mmap"),
    "usemlock": _same("usemlock", "mlock"),
    "useswa": _not("useswa", "swa_full"),
    "moecpu": _above_zero("moecpu", "n_cpu_moe"),
    "lora": _lora,
    "loramult": lambda _known: {},
    "draftmodel": _draft,
    "draftamount": _same("draftamount", "draft_tokens"),
    "defaultgenamt": _same("defaultgenamt", "max_new_tokens"),
}
