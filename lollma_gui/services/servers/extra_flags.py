"""The flags that a person adds to a server's command line."""

import shlex

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.network_reach import wide_host
from lollma_gui.core.server_config import Access, ServerConfig


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


def check_closed(config: ServerConfig) -> None:
    """See that no extra flag opens a server that only this PC may reach.

    Raises:
        FlagError: If one does.
    """
    flag = wide_host(config.extra_flags)
    if flag and config.access is Access.THIS_PC:
        raise FlagError(
            f"{flag} would open {config.name} to your network, although only this PC may connect.",
            "Take it out of the extra flags, or choose “My network”, which sets a key.",
        )
