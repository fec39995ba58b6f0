"""Where models are compared: the guide's four places, and what became of them."""

from typing import NamedTuple


class Leaderboard(NamedTuple):
    """A place on the web.

    Attributes:
        name: Its name.
        address: Where it is now.
        note: What one finds there, or what became of it.
    """

    name: str
    address: str
    note: str


LEADERBOARDS = (
    Leaderboard(
        "Open LLM Leaderboard",
        "https://huggingface.co/spaces/open-llm-leaderboard/open_llm_leaderboard",
        "Closed in March 2025: open models up to then, frozen.",
    ),
    Leaderboard(
        "lm-evaluation-harness",
        "https://github.com/EleutherAI/lm-evaluation-harness",
        "EleutherAI's program that measures models; it has no table of its own.",
    ),
    Leaderboard(
        "Papers with Code",
        "https://huggingface.co/papers/trending",
        "Closed in July 2025; its address leads to Hugging Face's trending papers.",
    ),
    Leaderboard(
        "OpenAI's models",
        "https://platform.openai.com/docs/models",
        "A list of what OpenAI sells. Most of it cannot be run at home.",
    ),
    Leaderboard(
        "LMArena",
        "https://lmarena.ai/leaderboard",
        "In place of the closed ones: people compare answers blindly; open models are among them.",
    ),
)
