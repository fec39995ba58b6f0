"""What LoLLMa is built of that others wrote, as its licences ask it to be told."""

from typing import NamedTuple


class ThirdParty(NamedTuple):
    """One work of others.

    Attributes:
        name: As its makers call it.
        version: Empty where it says none.
        licence: Its SPDX expression where it has one, else what it says of itself.
        text: The whole text of the licence and of notices that must go with it; may be empty.
        url: Where it comes from; may be empty.
        purl: Its name among all software (package URL), as a list of parts wants it; may be empty.
    """

    name: str
    version: str
    licence: str
    text: str = ""
    url: str = ""
    purl: str = ""
