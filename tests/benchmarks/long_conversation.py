"""How long a conversation of 400 turns keeps the window's thread busy. Run by hand:

python tests/benchmarks/long_conversation.py
"""

import itertools
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from markdown_streaming import PART

from lollma_gui.core.conversation import AnswerStats, Conversation, Turn
from lollma_gui.services.places import resource
from lollma_gui.widgets.theme import Theme, ThemeChoice
from lollma_gui.widgets.transcript import Transcript

TURNS = 400


def longest_pause(app: QApplication, action: Callable[[], None]) -> str:
    """The action, and then everything it leaves to do: the longest time without an answer."""
    pauses = []
    began = time.perf_counter()
    action()
    pauses.append(time.perf_counter() - began)
    for _ in range(60):
        began = time.perf_counter()
        app.processEvents()
        pauses.append(time.perf_counter() - began)
    return f"{max(pauses) * 1000:6.1f} ms longest, {sum(pauses) * 1000:6.1f} ms in all"


def main() -> None:
    app = QApplication([*sys.argv[:1], "-style", "fusion"])
    theme = Theme(app, resource("style.qss").read_text(encoding="utf-8"), ThemeChoice.DARK)
    stats = AnswerStats(generated_tokens=300, tokens_per_second=51.8, first_token_seconds=0.2)
    turns = tuple(
        Turn("user", f"Question {n}: why?\nA second line.")
        if n % 2 == 0
        else Turn("assistant", PART.format(n=n) * 2, "Model", stats)
        for n in range(TURNS)
    )
    conversation = Conversation("1", "t", datetime.now(UTC), turns)
    transcript = Transcript(theme)
    transcript.resize(700, 800)
    transcript.show()
    bar = transcript.verticalScrollBar()
    print("open          ", longest_pause(app, lambda: transcript.show_conversation(conversation)))
    print("a page up     ", longest_pause(app, lambda: bar.setValue(bar.value() - 700)))
    print("to the middle ", longest_pause(app, lambda: bar.setValue(bar.maximum() // 2)))
    print("resize        ", longest_pause(app, lambda: transcript.resize(640, 800)))
    print("other colours ", longest_pause(app, lambda: theme.choose(ThemeChoice.LIGHT)))

    def scroll_all() -> None:
        for value in range(bar.maximum(), 0, -150):
            steps.append(time.perf_counter())
            bar.setValue(value)
            app.processEvents()

    steps: list[float] = []
    scroll_all()
    gaps = sorted(b - a for a, b in itertools.pairwise(steps))
    shown = (gaps[len(gaps) // 2], gaps[int(len(gaps) * 0.99)], gaps[-1])
    print(
        "scroll by 150 px: median {:.1f}, 99 % {:.1f}, longest {:.1f} ms".format(
            *(g * 1000 for g in shown)
        )
    )
    print("resize, all seen", longest_pause(app, lambda: transcript.resize(700, 800)))
    print("add and stream ", longest_pause(app, lambda: stream(transcript)))
    transcript.close()


def stream(transcript: Transcript) -> None:
    transcript.add_turn(Turn("user", "more"))
    transcript.begin_answer("Model")
    transcript.append_text("word ")


if __name__ == "__main__":
    main()
