"""Bytes of tokens become whole characters, and never more than a stop text allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.services.engine.text_stream import Coalescer, TextStream


def all_of(stream: TextStream, data: bytes, step: int = 1) -> str:
    text = "".join(stream.push(data[i : i + step]) for i in range(0, len(data), step))
    return text + stream.rest()


@given(st.text(), st.integers(1, 5))
def test_text_arrives_whole_however_its_bytes_are_cut(text: str, step: int) -> None:
    assert all_of(TextStream([]), text.encode("utf-8", "replace"), step) == text.encode(
        "utf-8", "replace"
    ).decode("utf-8")


@given(
    st.text(alphabet="ab<|>", max_size=30),
    st.lists(st.text(alphabet="ab<|>", min_size=1, max_size=4), max_size=3),
    st.integers(1, 4),
)
def test_nothing_from_the_first_stop_text_on_is_shown(
    text: str, stops: list[str], step: int
) -> None:
    found = [at for at in (text.find(s) for s in stops) if at >= 0]
    shown = all_of(TextStream(stops), text.encode(), step)
    # Of two stop texts that overlap, the one that is complete first wins.
    assert text.startswith(shown)
    assert not any(s in shown for s in stops)
    if not found:
        assert shown == text
    else:
        assert len(shown) >= min(found)


def test_half_a_character_at_the_end_becomes_a_mark() -> None:
    assert all_of(TextStream([]), "é".encode()[:1]) == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("interval", [0.0, 1000.0])
def test_the_first_piece_is_passed_on_at_once_and_nothing_is_lost(interval: float) -> None:
    sent: list[str] = []
    coalescer = Coalescer(sent.append, interval)
    for piece in "abcdef":
        coalescer.push(piece)
    assert sent[0] == "a"
    coalescer.flush()
    assert "".join(sent) == "abcdef"
    assert len(sent) == (6 if interval == 0.0 else 2)
