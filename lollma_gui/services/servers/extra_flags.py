"""The flags that a person adds to a server's command line."""

import re
import shlex

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.network_reach import wide_host
from lollma_gui.core.server_config import Access, ServerConfig

#: Flags with a key or a password behind them: a command line is no secret.
_KEY = re.compile(r"(?<!\S)--(?:api-key|password|adminpassword|hf-token)(?=[ =])")


class FlagError(LollmaError):
    """Extra flags keep a server from starting."""


def extra_words(config: ServerConfig) -> list[str]:
    """The extra flags, word by word.

    Raises:
        FlagError: If a quotation mark in them is never closed.
    """
    try:
        return shlex.split(config.extra_flags)
    except ValueError as error:
        raise FlagError(
            f"A quotation mark in the extra flags of {config.name} is never closed.",
            "Correct them.",
        ) from error


def check_safe(config: ServerConfig) -> None:
    """See that no extra flag tells a key to everybody, or opens what only this PC may reach.

    Raises:
        FlagError: If one does.
    """
    if found := _KEY.search(config.extra_flags):
        raise FlagError(
            f"{found[0]} would put a key where every program on this PC can read it.",
            "Take it out: “My network” makes a key; tokens go into the environment (HF_TOKEN=…).",
        )
    flag = wide_host(config.extra_flags)
    if flag and config.access is Access.THIS_PC:
        raise FlagError(
            f"{flag} would open {config.name} to your network, although only this PC may connect.",
            "Take it out of the extra flags, or choose “My network”, which sets a key.",
        )
