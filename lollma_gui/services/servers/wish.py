"""What a supervisor is asked for, and where it reports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import ServerFigures, ServerStatus
from lollma_gui.core.settings_facts import ModelFacts


class Wish(NamedTuple):
    """What a server shall run with.

    Attributes:
        values: Settings by name; what is missing has its default.
        model_path: The model; empty: none.
        facts: What is known of it; None: nothing.
        key: What who connects must know; empty: nothing.
    """

    values: Mapping[str, SettingValue] = {}
    model_path: str = ""
    facts: ModelFacts | None = None
    key: str = ""


@dataclass(frozen=True)
class SupervisorCallbacks:
    """Where a supervisor reports, from threads of its own.

    Attributes:
        on_status: Every change of the status.
        on_figures: What it takes, every second to three while it runs.
        on_output: Whole lines of its log, each with its line break, without secrets.
        on_config: An installation has changed how it is set.
    """

    on_status: Callable[[ServerStatus], None]
    on_figures: Callable[[ServerFigures], None]
    on_output: Callable[[bytes], None]
    on_config: Callable[[ServerConfig], None]
