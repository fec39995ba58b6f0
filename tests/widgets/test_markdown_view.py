"""An answer is shown as it comes, and ends up as it would look at once."""

import random
from collections.abc import Iterator

import pytest
from helpers.markdown_page import links, looks, shown_view, stream, texts
from helpers.pictures import picture
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QTextTable
from PySide6.QtWidgets import QApplication

from lollma_gui.widgets.markdown_view import MarkdownView
from lollma_gui.widgets.page_style import CODE_PADDING
from lollma_gui.widgets.theme import DARK, LIGHT, Role, ThemeChoice

SAMPLE = """Intro with **bold**, *slanted*, ~~struck~~ and `code`:
a second line.

```python
def f():

    return 1
```
1. one
2. two
   - nested with `n_ctx`

   ```sh
   ls

   ```
3. three

## Heading
> quoted
> twice

| a | b |
|---|--:|
| 1 | **2** |

| after | another |
|---|---|
| table | x |
- [x] done
---
See [the end][1] and <b>raw</b> &amp; https://auto.example/.

[1]: https://late.example/
"""


@pytest.fixture
def view(theme, qtbot) -> Iterator[MarkdownView]:
    with shown_view(theme, qtbot) as made:
        yield made


@pytest.mark.parametrize("step", [1, 4, 31])
def test_a_streamed_answer_ends_up_as_the_whole_text_at_once(view, step: int) -> None:
    view.set_text(SAMPLE)
    whole, height = looks(view), view.height()
    stream(view, SAMPLE, step)
    assert looks(view) == whole
    assert view.height() == height
    assert view.text() == SAMPLE


def test_any_mixture_of_marks_ends_up_as_the_whole_text_at_once(view) -> None:
    marks = ["\n", "\n\n", "```", "- ", "1. ", "    ", "> ", "# ", "|a|b|\n|-|-|\n", "---", "**"]
    luck = random.Random(7)
    for _ in range(60):
        source = "".join(luck.choice([*marks, "word ", "`", "é😀"]) for _ in range(25))
        view.set_text(source)
        whole = looks(view)
        stream(view, source, 3)
        assert looks(view) == whole, source


def test_markdown_is_shown_as_it_is_meant(view) -> None:
    view.set_text(SAMPLE)
    shown = texts(view)
    assert shown[:5] == [
        *["Intro with bold, slanted, struck and code:", "a second line.", "def f():", ""],
        "    return 1",
    ]
    numbers = {look[0]: look[3] for look in looks(view) if look[3]}
    assert [numbers[item] for item in ("one", "two", "three")] == ["1.", "2.", "3."]
    assert [look[1] for look in looks(view) if look[0] == "Heading"] == [2]
    tables = [f for f in view.document().rootFrame().childFrames() if isinstance(f, QTextTable)]
    assert [(t.rows(), t.columns()) for t in tables] == [(2, 2), (2, 2)]
    assert "See the end and <b>raw</b> & https://auto.example/." in shown
    assert links(view) == [
        ("the end", "https://late.example/"),
        ("https://auto.example/", "https://auto.example/"),
    ]


def test_a_front_matter_is_not_hidden(view) -> None:
    view.set_text("---\ntitle: x\n---\nbody")
    assert "title: x" in texts(view)


def test_an_open_fence_is_shown_as_code_while_it_streams(view) -> None:
    view.set_update_interval(0)
    for part in ("Look:\n", "``", "`py", "thon\n", "# no heading\n\n", "* no list\n", "``"):
        view.append(part)
    assert texts(view) == ["Look:", "# no heading", "", "* no list"]
    fixed = view.document().lastBlock().begin().fragment().charFormat().fontFixedPitch()
    assert fixed
    assert box_pixels(view) > 0
    view.append("`\nafter")
    assert texts(view)[-1] == "after"
    view.finish()


def box_pixels(view: MarkdownView) -> int:
    """How many pixels have the colour that only boxes of code have."""
    image, field = picture(view), LIGHT.colour(Role.FIELD).rgb()
    return sum(
        image.pixel(x, y) == field
        for x in range(0, image.width(), 5)
        for y in range(image.height())
    )


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_box_is_whole_wherever_it_stands(view, is_streamed) -> None:
    code, table = "```\ncode\n```\n\n", "| a |\n|---|\n| 1 |\n\n"
    heights = set()
    for text in (f"a\n\n{code}b", code, f"a\n\n{code}", table + code, f"{table}{code}b"):
        view.set_text("")
        view.set_update_interval(0)
        for part in text if is_streamed else [text]:
            view.append(part)
        view.finish()
        image, field = picture(view), LIGHT.colour(Role.FIELD).rgb()
        column = image.width() - 20  # where no letters are
        heights.add(sum(image.pixel(column, y) == field for y in range(image.height())))
    assert min(heights) > 2 * CODE_PADDING
    assert max(heights) - min(heights) <= 1  # lines of text stand between pixels


def test_a_box_is_drawn_around_code_and_only_there(view) -> None:
    view.set_text("no code, only `inline`")
    assert box_pixels(view) == 0
    view.set_text("```\ncode\n```")
    one = box_pixels(view)
    assert one > 1000
    view.set_text("```\ncode\n```\n```\ncode\n```")
    assert box_pixels(view) > 1.9 * one


def test_the_first_text_shows_at_once_and_the_rest_together_later(view, qtbot) -> None:
    view.set_update_interval(20)
    view.append("Hel")
    assert texts(view) == ["Hel"]
    changes: list[int] = []
    view.document().contentsChange.connect(lambda *_: changes.append(1))
    for part in ("lo", " wor", "ld"):
        view.append(part)
    assert changes == []
    qtbot.waitUntil(lambda: texts(view) == ["Hello world"])
    view.finish()


def test_finished_blocks_are_not_written_again(view) -> None:
    view.set_update_interval(0)
    view.append("first\n\n- item one\n- item two\n\nlast ")
    changed: list[int] = []
    view.document().contentsChange.connect(lambda at, _gone, _new: changed.append(at))
    view.append("words ")
    view.append("\n\nnext")
    assert changed
    assert min(changed) >= view.toPlainText().index("item two") - 1
    view.finish()


def test_a_selection_in_finished_text_survives_what_streams_in(view) -> None:
    view.set_update_interval(0)
    view.append("select me\n\nand then ")
    cursor = view.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(9, cursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    view.append("more **of** it\n\n```\ncode")
    view.finish()
    assert view.textCursor().selectedText() == "select me"


def test_the_view_is_as_tall_as_its_text_and_follows_the_width(view, qtbot) -> None:
    view.set_text("word " * 300)
    wide = view.height()
    assert wide == -(-view.document().size().height() // 1)
    assert not view.verticalScrollBar().isVisible()
    view.window().resize(300, 900)
    qtbot.waitUntil(lambda: view.height() > 1.5 * wide)
    assert view.height_for(600) == wide


def test_other_colours_are_taken_over_also_by_text_that_was_hidden(view, theme) -> None:
    view.set_text("[link](https://a.example)")

    def colour() -> str:
        fragment = view.document().begin().begin().fragment()
        return fragment.charFormat().foreground().color().name()

    light = colour()
    view.hide()
    theme.choose(ThemeChoice.DARK)
    view.show()
    assert colour() == DARK.colour(Role.ACCENT).name() != light
    theme.choose(ThemeChoice.LIGHT)
    assert colour() == light


def test_text_is_selected_by_keyboard_and_copied(view, qtbot, qapp) -> None:
    view.set_text("**one** two")
    view.setFocus()
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert qapp.clipboard().text() == "one"


def test_a_deeply_nested_answer_is_shown_in_reasonable_shape(view) -> None:
    for source in ("> " * 500 + "deep", "- " * 300 + "deep", "[" * 5000 + "deep", "*a " * 3000):
        view.set_text(source)
        assert view.text() == source
        assert view.height() > 0
    view.set_text("a\x00b\ufdd0\ufdd1\ufffc\u2029c\u2028d")
    assert view.toPlainText() == "a\ufffdb\ufffd\ufffd\ufffd\nc\nd"


def test_a_view_that_is_gone_leaves_no_timer_behind(view, qtbot) -> None:
    view.append("half")
    view.append(" an answer")
    gone: list[bool] = []
    view.destroyed.connect(lambda: gone.append(True))
    view.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.wait(80)
    assert gone == [True]
