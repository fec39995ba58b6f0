"""One setting by itself: what it takes, what it says, text and back."""

import math
import re

import pytest
from helpers.setting_values import valid_values
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.setting import Kind, Setting
from lollma_gui.core.settings_table import SETTINGS

ROWS = list(SETTINGS)


def row(name: str) -> Setting:
    return SETTINGS[name]


@given(st.data())
def test_what_is_shown_can_be_typed_back_for_every_setting(data: st.DataObject) -> None:
    setting = data.draw(st.sampled_from(ROWS))
    value = data.draw(valid_values(setting))
    assert setting.check(value) == ""
    back = setting.parse(setting.format(value))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("n_ctx", "16,384", 16384),
        ("n_ctx", " 16k ", 16384),
        ("n_gpu_layers", "-1", -1),
        ("temperature", "0.7", 0.7),
        ("temperature", "1", 1.0),
        ("rope_freq_base", "5e6", 5_000_000.0),
        ("mlock", "On", True),
        ("mlock", "no", False),
        ("flash_attn", "Automatic", "auto"),
        ("flash_attn", "enabled", "on"),
        ("numa", "off", "off"),
        ("tensor_split", "60, 40", [60.0, 40.0]),
        ("tensor_split", "60/40", [60.0, 40.0]),
        ("tensor_split", "", []),
        ("stop", "###\n\\nUser:", ["###", "\nUser:"]),
        ("lora", "C:\\new\\a.gguf", ["C:\\new\\a.gguf"]),
    ],
)
def test_a_person_may_type_as_they_are_used_to(name: str, typed: str, value: object) -> None:
    assert row(name).parse(typed) == value


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("n_ctx", "many", "Context length must be a whole number from 0 to 10,485,760."),
        ("threads", "16k", "Threads must be a whole number from 0 to 1,024."),
        ("temperature", "7", "Temperature must be a number from 0 to 5."),
        ("temperature", "0,7", "Temperature is written with a point and no commas, as in 0.7."),
        ("temperature", "nan", "Temperature must be a number from 0 to 5."),
        ("mlock", "maybe", "Lock in RAM is either on or off."),
        ("flash_attn", "perhaps", "Flash attention must be one of auto, on, off."),
        ("tensor_split", "60 x", "Share of each GPU must be numbers with commas between them"),
        ("tensor_split", "0, 0", "Share of each GPU must give at least one GPU a share above 0."),
        ("draft_model", "a\nb", "Draft model must be on one line."),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(name: str, typed: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        row(name).parse(typed)


@pytest.mark.parametrize("setting", ROWS, ids=lambda s: s.name)
def test_every_setting_refuses_what_it_cannot_be(setting: Setting) -> None:
    strangers = [None, object(), {"a": 1}, math.inf, math.nan, [None], [[]], ["\n", 3]]
    assert [s for s in strangers if not setting.check(s)] == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "setting", [s for s in ROWS if s.minimum is not None], ids=lambda s: s.name
)
def test_limits_are_inclusive_and_kept(setting: Setting) -> None:
    number = int if setting.kind is Kind.WHOLE else float
    assert setting.minimum is not None
    assert setting.maximum is not None
    assert setting.check(number(setting.minimum)) == ""
    assert setting.check(number(setting.maximum)) == ""
    assert "from" in setting.check(number(setting.minimum - 1))
    assert "from" in setting.check(number(setting.maximum + 1))


def test_values_of_other_kinds_are_put_right_where_that_is_harmless() -> None:
    assert row("n_ctx").accept(4096.0) == 4096
    assert type(row("n_ctx").accept(4096.0)) is int
    assert type(row("temperature").accept(1)) is float
    assert row("flash_attn").accept(True) == "on"
    assert row("numa").accept(False) == "off"
    with pytest.raises(ValueError, match="whole number"):
        row("n_ctx").accept(True)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("n_gpu_layers", -1, "as many as fit"),
        ("n_ctx", 4096, "4,096 tokens"),
        ("n_ctx", 0, "as long as the model was trained on"),
        ("flash_attn", "auto", "Automatic"),
        ("mlock", False, "off"),
        ("temperature", 0.7, "0.7"),
        ("tensor_split", [], "none"),
        ("mirostat", 2, "Mirostat 2.0"),
    ],
)
def test_values_are_described_in_words(name: str, value: object, words: str) -> None:
    assert row(name).describe(value) == words  # type: ignore[arg-type]
