"""What is asked of the Hub: words and filters, those it knows and those that are ours."""

import json
from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core.hub_result import HubResult

#: What is asked to be told of each repository.
_EXPAND = (
    *("gguf", "downloads", "likes", "gated", "private"),
    *("lastModified", "tags", "pipeline_tag", "trendingScore"),
)
#: So many results are asked for at a time.
PAGE = 50
_BILLION = 10**9


class HubSort(StrEnum):
    """What comes first; the value is the Hub's word."""

    TRENDING = "trendingScore"
    DOWNLOADS = "downloads"
    LIKES = "likes"
    NEWEST = "createdAt"


class Parameters(NamedTuple):
    """A range of model sizes.

    Attributes:
        words: For people.
        least: Parameters in billions; 0 for no limit.
        most: Parameters in billions; 0 for no limit.
    """

    words: str
    least: int = 0
    most: int = 0

    def holds(self, parameters: int | None) -> bool:
        """Whether a model is in it; of one that nobody counted, it may be."""
        if parameters is None:
            return True
        above = parameters >= self.least * _BILLION
        return above and (not self.most or parameters <= self.most * _BILLION)

    @property
    def asked(self) -> str:
        """As the Hub writes a range; empty for any."""
        least = f"min:{self.least}B" if self.least else ""
        most = f"max:{self.most}B" if self.most else ""
        return ",".join(part for part in (least, most) if part)


ANY_PARAMETERS = Parameters("Any size")
#: The ranges that are offered.
PARAMETERS = (
    ANY_PARAMETERS,
    Parameters("up to 4B", 0, 4),
    Parameters("4 to 9B", 4, 9),
    Parameters("9 to 16B", 9, 16),
    Parameters("16 to 40B", 16, 40),
    Parameters("40 to 130B", 40, 130),
    Parameters("over 130B", 130, 0),
)
#: Quantisations that are offered, from good to small.
QUANTISATIONS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "IQ4_XS", "Q3_K_M", "Q2_K", "MXFP4")
#: Licences as the Hub names them, those of most models.
LICENCES = (
    *("apache-2.0", "mit", "llama3", "llama3.1", "llama3.2", "llama3.3", "gemma"),
    *("cc-by-4.0", "cc-by-nc-4.0", "other"),
)
#: Tasks as the Hub names them, and for people.
TASKS = (
    ("text-generation", "Text"),
    ("image-text-to-text", "Text and pictures"),
    ("any-to-any", "Any to any"),
    ("feature-extraction", "Embedding"),
    ("text-to-speech", "Speech"),
    ("automatic-speech-recognition", "Transcription"),
    ("translation", "Translation"),
)


class HubQuery(NamedTuple):
    """A search.

    Attributes:
        text: Words that names contain.
        author: Whose repositories; empty for anybody's.
        parameters: Size of the model.
        quantisation: One of its files has it; empty for any.
        licence: As the Hub names it; empty for any.
        task: As the Hub names it; empty for any.
        sort: What comes first.
        only_fitting: Whether to leave out what likely does not fit this PC.
    """

    text: str = ""
    author: str = ""
    parameters: Parameters = ANY_PARAMETERS
    quantisation: str = ""
    licence: str = ""
    task: str = ""
    sort: HubSort = HubSort.TRENDING
    only_fitting: bool = False

    def asked(self) -> dict[str, str | int | list[str]]:
        """What the Hub is asked, by its own names; the rest is left to ``keeps``."""
        licence = [f"license:{self.licence}"] if self.licence else []
        files = ["siblings"] if self.quantisation else []
        asked: dict[str, str | int | list[str]] = {
            "filter": ["gguf", *licence],
            "search": self.text.strip(),
            "author": self.author.strip(),
            "pipeline_tag": self.task,
            "num_parameters": self.parameters.asked,
            "sort": self.sort.value,
            "limit": PAGE,
            "expand": [*_EXPAND, *files],
        }
        return {name: value for name, value in asked.items() if value}

    @property
    def key(self) -> str:
        """What an answer to it is kept under."""
        return json.dumps(self.asked(), sort_keys=True)

    @property
    def has_own_filters(self) -> bool:
        """Whether some of what the Hub lists is left out here."""
        return bool(self.quantisation or self.only_fitting or self.parameters != ANY_PARAMETERS)

    def keeps(self, result: HubResult) -> bool:
        """Whether a result passes the filters that the Hub does not know."""
        wanted = self.quantisation.upper()
        labels = (label.upper() for label in result.quantisations)
        has_files = not wanted or any(wanted in label for label in labels)
        return has_files and self.parameters.holds(result.parameters)
