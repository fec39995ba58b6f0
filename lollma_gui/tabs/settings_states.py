"""From the settings in force to what each row of the table shows."""

from collections.abc import Sequence

from lollma_gui.core.profile import Profiles, Sourced
from lollma_gui.core.setting import Setting
from lollma_gui.qt.settings import Settings
from lollma_gui.widgets.setting_row import RowState


def row_states(settings: Settings, shown: Sequence[Setting]) -> dict[str, RowState]:
    """What the rows of these settings show."""
    sourced, advice, findings = settings.sourced(), settings.advice(), settings.findings()
    profile = settings.profile
    below = Profiles(settings.profiles()).resolve(profile.base)
    states = {}
    for setting in shown:
        name = setting.name
        is_own = not profile.built_in and name in profile.values
        states[name] = RowState(
            value=sourced[name].value,
            is_own=is_own,
            source=sourced[name].sentence(),
            back_to=back_to(setting, below[name]) if is_own else "",
            recommended=advice[name].value,
            reason=advice[name].reason,
            price=settings.price(name) if setting.costs_memory else None,
            findings=findings.get(name, ()),
        )
    return states


def back_to(setting: Setting, base: Sourced) -> str:
    """What a reset of a value goes back to, and where that comes from."""
    words = setting.describe(base.value).replace("\n", " ")
    short = words if len(words) <= 60 else f"{words[:60]}…"
    return f"Back to: {short}. {base.sentence()}"
