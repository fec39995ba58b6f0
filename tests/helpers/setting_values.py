"""Any valid value of a setting, for property tests."""

import math

from hypothesis import strategies as st

from lollma_gui.core.setting import Kind, Setting
from lollma_gui.core.settings_table import SETTINGS

_LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)
#: Half of a pair of UTF-16 is no text that could be saved or sent.
_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


def valid_values(setting: Setting) -> st.SearchStrategy:
    """Values that the setting accepts."""
    low, high = setting.minimum, setting.maximum
    match setting.kind:
        case Kind.SWITCH:
            return st.booleans()
        case Kind.WHOLE:
            return st.integers(int(low), int(high))
        case Kind.DECIMAL:
            return st.floats(float(low), float(high))
        case Kind.CHOICE:
            return st.sampled_from(list(setting.choices))
        case Kind.FRACTIONS:
            shares = st.lists(st.floats(0, 1e6), max_size=4)
            return shares.filter(lambda s: not s or any(s)).filter(
                lambda s: all(map(math.isfinite, s))
            )
        case Kind.TEXT | Kind.PATH:
            return _LINE
        case Kind.LINES:
            return _TEXT
        case Kind.TEXTS:
            return st.lists(_TEXT.filter(bool), max_size=3)
        case Kind.PATHS:
            return st.lists(_LINE.filter(bool), max_size=3)


def some_values() -> st.SearchStrategy:
    """A profile's values: any settings, each with any valid value."""
    return st.fixed_dictionaries({}, optional={s.name: valid_values(s) for s in SETTINGS})
