"""What a stranger wrote is only ever words in a tooltip."""

import pytest

from lollma_gui.core.plain_tip import plain_tip

EVIL = '<img src="//elsewhere/share/x.png">'


@pytest.mark.parametrize("text", [EVIL, f"a\n{EVIL}", "&lt;b&gt;", "<b>bold</b> & more"])
def test_no_tag_of_a_stranger_is_left(text: str) -> None:
    shown = plain_tip(text)
    assert shown.startswith("<qt>")
    assert "<" not in shown.removeprefix("<qt>").removesuffix("</qt>").replace("<br>", "")


def test_other_words_stay_as_they_are() -> None:
    assert plain_tip("a model\nof two lines") == "a model\nof two lines"
