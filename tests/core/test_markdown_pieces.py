"""Markdown cut while it arrives: nothing is lost, and a finished piece stays finished."""

from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.markdown_pieces import Piece, PieceKind, PieceReader

PROSE, OPEN, LINE, CLOSE = (
    PieceKind.PROSE,
    PieceKind.CODE_OPEN,
    PieceKind.CODE_LINE,
    PieceKind.CODE_CLOSE,
)


def read(source: str, step: int = 0) -> list[Piece]:
    reader = PieceReader()
    size = step or max(len(source), 1)
    pieces: list[Piece] = []
    for at in range(0, len(source), size):
        pieces += reader.feed(source[at : at + size])
    return pieces + reader.finish()


def sources(source: str) -> list[str]:
    return [p.source for p in read(source) if p.source.strip()]


def test_a_blank_line_ends_a_paragraph() -> None:
    assert sources("one\ntwo\n\nthree") == ["one\ntwo\n\n", "three"]


def test_a_blank_line_inside_a_fence_does_not_end_the_code() -> None:
    pieces = read("```python\na\n\n  b\n```\nafter")
    assert [(p.kind, p.text) for p in pieces] == [
        *[(OPEN, "python"), (LINE, "a"), (LINE, ""), (LINE, "  b"), (CLOSE, ""), (PROSE, "")]
    ]


def test_a_fence_is_closed_only_by_one_as_long_and_alone_on_its_line() -> None:
    pieces = read("````\n```\n~~~~\n```` x\n````\n")
    assert [p.kind for p in pieces] == [OPEN, LINE, LINE, LINE, CLOSE]


def test_the_indentation_of_a_fence_is_taken_off_its_code() -> None:
    assert [p.text for p in read("  ```\n    a\n b\n  ```")] == ["", "  a", "b", ""]


def test_items_of_a_numbered_list_come_one_by_one_and_keep_counting() -> None:
    pieces = [
        p for p in read("3. a\n   more\n\n   - x\n\n3. b\n\n1. c\n\ntext") if p.source.strip()
    ]
    assert [(p.source, p.number) for p in pieces] == [
        *[("3. a\n   more\n\n   - x\n\n", 3), ("3. b\n\n", 4), ("1. c\n\n", 5), ("text", None)]
    ]


def test_a_fence_inside_a_list_item_stays_with_its_item() -> None:
    code = "- a\n  ```sh\n- not an item\n\n# no heading\n  ```\n"
    assert sources(code + "- b\n") == [code, "- b\n"]


def test_a_list_a_heading_a_quote_or_a_fence_needs_no_blank_line_before_it() -> None:
    assert sources("ways:\n- a\n# T\nx\n> q\n> r\nlazy\n```\n") == [
        *["ways:\n", "- a\n", "# T\n", "x\n", "> q\n> r\nlazy\n", "```\n"]
    ]


def test_a_number_other_than_one_and_an_underline_stay_in_the_paragraph() -> None:
    assert sources("born in\n1984. Yes\n---\n") == ["born in\n1984. Yes\n---\n"]


def test_an_unfinished_line_that_may_become_a_mark_is_not_shown_yet() -> None:
    for partial in ("-", "---", "1.", "``", "```py", "#", "**"):
        reader = PieceReader()
        reader.feed("Title\n" + partial)
        rest = reader.rest()
        assert rest is not None
        assert rest.source == "Title\n"


def test_the_rest_of_open_code_is_its_unfinished_line() -> None:
    reader = PieceReader()
    reader.feed("```\nx = 1\ny =")
    rest = reader.rest()
    assert rest is not None
    assert (rest.kind, rest.text) == (LINE, "y =")
    reader.feed(" 2\n``")
    assert reader.rest() is None


def test_lines_of_running_text_are_told_from_tables_and_lists() -> None:
    flags = [
        p.is_paragraph for p in read("a\nb\n\n|a|b|\n|-|-|\n|1|2|\n\n- c\n") if p.source.strip()
    ]
    assert flags == [True, False, False]


def test_link_definitions_are_collected() -> None:
    reader = PieceReader()
    reader.feed('see [x][1]\n\n[1]: https://a.example "A"\n[^2]: not a definition\n')
    assert reader.definitions == '[1]: https://a.example "A"\n'


MARKS = ["\n", "\n\n", "```", "~~~~", "- ", "1. ", "2) ", "* ", "  ", "    ", "\t", "> ", "#", "|"]
MARKDOWN = st.lists(st.sampled_from([*MARKS, "---", "===", "a", "word ", "\r", "é😀"])).map("".join)


@given(MARKDOWN, st.integers(1, 9))
def test_nothing_is_lost_and_the_steps_of_arrival_make_no_difference(text: str, step: int) -> None:
    pieces = read(text)
    assert "".join(p.source for p in pieces) == text
    assert read(text, step) == pieces


@given(MARKDOWN)
def test_what_is_given_out_and_the_rest_never_show_more_than_arrived(text: str) -> None:
    reader = PieceReader()
    done = "".join(p.source for p in reader.feed(text))
    rest = reader.rest()
    assert text.startswith(done + (rest.source if rest else ""))
