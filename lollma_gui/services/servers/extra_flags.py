"""The flags that a person adds to a server's command line."""

import shlex

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_config import ServerConfig


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
