"""Every row of the settings table, held to what a row promises."""

import dataclasses

import pytest

from lollma_gui.core.engine_settings import (
    LoadArguments,
    SamplingArguments,
    load_arguments,
    sampling_arguments,
)
from lollma_gui.core.program_name import How, Program
from lollma_gui.core.setting import Kind, Section, Setting
from lollma_gui.core.settings_table import SETTINGS, SettingsTable, as_markdown, defaults

ROWS = list(SETTINGS)
every_row = pytest.mark.parametrize("setting", ROWS, ids=lambda s: s.name)

#: The guide's two tables as printed: name, recommended value in our terms.
GUIDE_MODEL: list[tuple[str, object]] = [
    ("n-gpu-layers", 63),
    ("n_ctx", 4096),
    ("tensor_split", []),
    ("n_batch", 512),
    ("threads", 16),
    ("threads_batch", 4),
    ("alpha_value", 1),
    ("rope_freq_base", 5000000),
    ("compress_pos_emb", 1),
    ("flash_attn", "on"),
    ("tensorcores", True),
    ("streaming_llm", False),
    ("attention_sink_size", 5),
    ("cpu", False),
    ("row_split", False),
    ("no_offload_kqv", False),
    ("no_mul_mat_q", False),
    ("no_mmap", False),
    ("mlock", False),
    ("numa", "off"),
]
GUIDE_GENERATION: list[tuple[str, object]] = [
    ("max_new_tokens", 256),
    ("temperature", 0.7),
    ("top_p", 0.9),
    ("top_k", 50),
    ("typical_p", 0.9),
    ("min_p", 0.05),
    ("repetition_penalty", 1.2),
    ("frequency_penalty", 0.5),
    ("presence_penalty", 0.5),
    ("tfs", 1),
    ("truncate length", 2048),
    ("max tokens/second", 20),
    ("max UI updates/second", 20),
    ("seed", -1),
    ("activate text streaming", True),
]


@pytest.mark.parametrize(
    ("section", "guide"), [(Section.MODEL, GUIDE_MODEL), (Section.GENERATION, GUIDE_GENERATION)]
)
def test_the_guides_table_comes_first_in_its_order_with_its_values(
    section: Section, guide: list[tuple[str, object]]
) -> None:
    rows = SETTINGS.section(section)[: len(guide)]
    assert [(s.guide_name, s.guide_value) for s in rows] == guide
    assert not any(s.guide_name for s in SETTINGS.section(section)[len(guide) :])


@every_row
def test_default_and_guides_value_are_valid(setting: Setting) -> None:
    assert setting.check(setting.default) == ""
    assert setting.check(setting.default_of_llama_cpp) == ""
    if setting.guide_value is not None:
        assert setting.check(setting.guide_value) == ""


@every_row
def test_a_row_is_complete(setting: Setting) -> None:
    assert setting.label
    assert setting.group
    assert setting.explanation.endswith(".")
    assert 1 <= setting.explanation.count(". ") + 1 <= 3
    assert set(setting.programs) == set(Program)
    assert bool(setting.choices) == (setting.kind is Kind.CHOICE)
    is_number = setting.kind in (Kind.WHOLE, Kind.DECIMAL)
    limits = (setting.minimum, setting.maximum, setting.step)
    assert all((limit is not None) == is_number for limit in limits)
    assert setting.needs_reload == (setting.section is Section.MODEL)
    assert setting.name == setting.name.lower()
    assert setting.name.isidentifier()


@every_row
def test_special_and_older_values_lead_to_valid_ones(setting: Setting) -> None:
    for value in setting.special:
        assert setting.check(value) == ""
    for older in setting.legacy:
        assert setting.check(setting.accept(older)) == ""


@every_row
def test_a_program_without_the_setting_says_so_in_a_sentence(setting: Setting) -> None:
    for program, name in setting.programs.items():
        said = name.sentence(program)
        assert said.endswith(".")
        assert bool(name.name) == name.exists
        if name.gone_since:
            assert f"no longer has it (since {name.gone_since})" in said
        elif not name.exists:
            assert "never had it" in said


def test_labels_are_told_apart() -> None:
    assert len({s.label for s in ROWS}) == len(ROWS)


def test_two_rows_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="n_ctx"):
        SettingsTable([SETTINGS["n_ctx"], SETTINGS["n_ctx"]])


def test_defaults_are_ones_own_to_change() -> None:
    mine = defaults()
    mine["stop"].append("x")  # type: ignore[union-attr]
    assert defaults()["stop"] == []


def test_a_search_finds_names_labels_and_flags_of_programs() -> None:
    assert SETTINGS.find("ctx-size")[0].name == "n_ctx"
    assert SETTINGS.find("gpu LAYERS")[0].name == "n_gpu_layers"
    assert SETTINGS.find("rep_pen")[0].name == "repetition_penalty"
    assert SETTINGS.find("no such thing") == ()


def test_groups_hold_every_setting_once() -> None:
    grouped = [s.name for sec in Section for rows in SETTINGS.groups(sec).values() for s in rows]
    assert sorted(grouped) == sorted(SETTINGS.names)


def test_it_is_known_what_a_reload_is_needed_for() -> None:
    changed = {"n_ctx": 8192, "temperature": 0.1, "mlock": False}
    assert SETTINGS.needing_reload({}, changed) == ["n_ctx"]


def test_the_markdown_table_has_every_setting_once() -> None:
    lines = as_markdown().splitlines()
    for setting in ROWS:
        mine = [line for line in lines if f"{setting.label} `{setting.name}`" in line]
        assert len(mine) == 1
        assert mine[0].replace("\\|", "").count("|") == 9
        assert setting.explanation.replace("|", "\\|") in mine[0]


# ---- what the built-in engine is handed ----------------------------------------------------


def test_without_values_the_engine_does_what_the_table_says() -> None:
    assert load_arguments({}) == load_arguments(defaults()) == LoadArguments()
    assert sampling_arguments({}) == sampling_arguments(defaults()) == SamplingArguments()


def _another(setting: Setting) -> object:
    """A valid value that differs from the default and from every value that means the same."""
    match setting.kind:
        case Kind.SWITCH:
            return not setting.default
        case Kind.WHOLE | Kind.DECIMAL:
            number, step = type(setting.default), setting.step or 0
            tried = [number(v) for v in (setting.default + step, setting.default - step, 0.5, 1)]  # type: ignore[call-arg,call-overload,operator]
            same = setting.describe(setting.default)
            return next(v for v in tried if not setting.check(v) and setting.describe(v) != same)
        case Kind.CHOICE:
            return next(c for c in setting.choices if c not in ("auto", setting.default))
        case Kind.FRACTIONS:
            return [60.0, 40.0]
        case Kind.TEXTS | Kind.PATHS:
            return ["something"]
        case _:
            return "something"


@pytest.mark.parametrize(
    "setting",
    [s for s in ROWS if s.programs[Program.ENGINE].how is How.FIELD],
    ids=lambda s: s.name,
)
def test_a_setting_of_the_engine_reaches_the_argument_that_its_row_names(setting: Setting) -> None:
    value = _another(setting)
    assert setting.check(value) == ""  # type: ignore[arg-type]
    make = load_arguments if setting.section is Section.MODEL else sampling_arguments
    changed = make({setting.name: value})  # type: ignore[dict-item]
    differing = {
        f.name
        for f in dataclasses.fields(changed)
        if getattr(changed, f.name) != getattr(make({}), f.name)
    }
    assert setting.programs[Program.ENGINE].name in differing


def test_every_argument_of_the_engine_has_a_setting() -> None:
    fields = {f.name for cls in (LoadArguments, SamplingArguments) for f in dataclasses.fields(cls)}
    named = {s.programs[Program.ENGINE].name for s in ROWS}
    # The order follows from the samplers in use; op_offload is part of "processor only"; the
    # last two are not a person's choice while the engine has one conversation at a time.
    without_row = {"order", "op_offload", "n_seq_max", "kv_unified"}
    assert fields - named == without_row


@pytest.mark.parametrize(
    "setting",
    [s for s in ROWS if s.programs[Program.ENGINE].how is not How.FIELD],
    ids=lambda s: s.name,
)
def test_a_setting_the_engine_does_not_have_changes_none_of_its_arguments(setting: Setting) -> None:
    values = {setting.name: _another(setting)}
    assert load_arguments(values) == LoadArguments()  # type: ignore[arg-type]
    assert sampling_arguments(values) == SamplingArguments()  # type: ignore[arg-type]
