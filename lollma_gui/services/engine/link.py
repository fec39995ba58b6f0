"""What every transport of the engine offers, and where it delivers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lollma_gui.core.engine_exit import EngineExit
from lollma_gui.core.engine_messages import Command, Event


@dataclass(frozen=True)
class LinkCallbacks:
    """Where a link delivers, from threads of its own; every event comes before the exit."""

    on_event: Callable[[Event], None]
    on_log: Callable[[str], None]
    on_exit: Callable[[EngineExit], None]


class EngineLink(Protocol):
    """One running engine."""

    def start(self) -> None:
        """Begin; returns at once."""

    def send(self, command: Command) -> None:
        """Queue a command; returns at once, and does nothing once the engine is gone."""

    def close(self) -> None:
        """Ask the engine to end, and see to it that it does; returns at once."""

    def kill(self) -> None:
        """End the engine now, as far as this transport can."""
