"""What a person sets for one server."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from lollma_gui.core.errors import LollmaError

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
#: Key of the program that stands for a server on another PC: nothing of it runs here.
ELSEWHERE = "elsewhere"

#: Parts of the names of environment variables whose values nobody may read in a file or a log.
_SECRET_WORDS = ("TOKEN", "KEY", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL")


class Access(StrEnum):
    """Who can connect."""

    THIS_PC = "this PC only"
    NETWORK = "my network"


class AtClose(StrEnum):
    """What becomes of a running server when the app closes."""

    ASK = "ask"
    STOP = "stop"
    KEEP = "keep running"


@dataclass(frozen=True)
class RestartRule:
    """Whether and when a server that crashed is started again by itself.

    Attributes:
        is_on: Whether at all.
        first_seconds: Before the first new start; each further one waits twice as long.
        longest_seconds: But no longer than this.
        limit: After so many restarts in a row it stays down.
        forget_seconds: A server that ran for so long begins to count anew.
    """

    is_on: bool = False
    first_seconds: float = 2.0
    longest_seconds: float = 60.0
    limit: int = 5
    forget_seconds: float = 600.0

    def delay(self, restarts: int) -> float | None:
        """Seconds until the next start after so many restarts in a row; None: it stays down."""
        if not self.is_on or restarts >= self.limit:
            return None
        return float(min(self.first_seconds * 2**restarts, self.longest_seconds))


@dataclass(frozen=True)
class ServerConfig:
    """One server as a person set it up. Keys and tokens are not in here but with the secrets.

    Attributes:
        id: What it is known by in files; never changes. Letters, digits and dashes.
        program: ``key`` of the program that it runs, as ``llama-server``.
        name: What the person calls it.
        folder: Where the program is installed; empty where it has none or is not installed yet.
        binary: The program's file where a person chose it; empty: it is looked for.
        port: Port of its API; 0: the program's usual one.
        access: Who can connect.
        model_path: The model that it starts with; empty: none.
        autostart: Whether it starts with the app.
        restart: What happens after a crash.
        at_close: What happens when the app closes.
        environment: Variables set on top of ours, name and value.
        extra_flags: More words of the command line, as a person types them.
        options: What only this program knows, as plain JSON values by name.
    """

    id: str
    program: str
    name: str
    folder: str = ""
    binary: str = ""
    port: int = 0
    access: Access = Access.THIS_PC
    model_path: str = ""
    autostart: bool = False
    restart: RestartRule = RestartRule()
    at_close: AtClose = AtClose.ASK
    environment: tuple[tuple[str, str], ...] = ()
    extra_flags: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The address to listen on: loopback unless the person said "my network"."""
        return EVERYWHERE if self.access is Access.NETWORK else LOOPBACK

    @property
    def may_outlive_us(self) -> bool:
        """Whether it is started so that it can go on when the app has gone."""
        return self.at_close is not AtClose.STOP

    def with_options(self, **options: Any) -> "ServerConfig":
        """A copy with some of the program's own options changed."""
        return replace(self, options={**self.options, **options})

    def check(self, key: str) -> None:
        """See that it can be started as it is.

        Args:
            key: What who connects must know; empty: nothing.

        Raises:
            LollmaError: If it would be open to others without a key, or a number is impossible.
        """
        if self.access is Access.NETWORK and not key:
            raise LollmaError(
                f"{self.name} would be open to everybody in your network without a key.",
                "Choose “my network” again to have a key made, or “this PC only”.",
            )
        if not 0 <= self.port <= 65535:
            raise LollmaError(
                f"{self.port} is no port: it must be from 1 to 65535.", "Correct the port."
            )


def is_secret(variable: str) -> bool:
    """Whether the value of an environment variable of this name is likely to be a secret."""
    return any(word in variable.upper() for word in _SECRET_WORDS)
