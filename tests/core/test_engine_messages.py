"""The lines between window and engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.engine_messages import (
    Buffer,
    ChatMessage,
    Failed,
    Finished,
    Generate,
    Hello,
    Load,
    Loaded,
    LoadProgress,
    PromptProgress,
    Quit,
    Stats,
    Stop,
    Text,
    decode,
    encode,
)

EXAMPLES = [
    Load(1, "/models/a b.gguf", {"n_ctx": 4096, "tensor_split": [0.5, 0.5], "lora": None}),
    Generate(2, (ChatMessage("user", 'line\n"quoted" é 漢'),), {"temperature": 0.7}),
    Stop(2),
    Quit(),
    Hello(1, 4711),
    LoadProgress(1, 0.25),
    Loaded(1, 4096, 8192, 31, 0, 0.2, "e", ("CPU",), True, (Buffer("CPU", "KV", 5),), {"a": 1}),
    PromptProgress(2, 10, 20),
    Text(2, "hé", 3, None),
    Finished(2, "stop", Stats(prompt_tokens=3, tokens_per_second=1.5)),
    Failed(2, "No.", "Do this.", "log"),
]


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda m: type(m).__name__)
def test_a_message_survives_the_line(message: object) -> None:
    line = encode(message)  # type: ignore[arg-type]
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert decode(line.encode()) == message


@given(st.text())
def test_any_text_is_one_line(text: str) -> None:
    line = encode(Text(1, text, 1, None))
    assert line.count("\n") == 1
    assert decode(line).text == text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "line",
    ["", "no json", "[]", "{}", '{"kind":"Nothing"}', '{"kind":"Stop"}', '{"kind":"Stop","x":1}'],
)
def test_a_line_that_is_no_message_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a message"):
        decode(line)
