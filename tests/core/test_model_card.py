"""Cards are taken apart safely: front matter as plain words, HTML as Markdown or not at all."""

import pytest

from lollma_gui.core.model_card import MOST_TEXT, facts, pictures, read_card, without_html

FRONT = """---
license: apache-2.0
base_model:
- Qwen/Qwen3-8B
language: [en, de]
tags: [chat]
---
# Title
"""


def test_front_matter_is_told_and_not_shown() -> None:
    card = read_card(FRONT)
    assert card.text == "# Title"
    assert facts(card) == [
        ("Licence", "apache-2.0"),
        ("Made from", "Qwen/Qwen3-8B"),
        ("Languages", "en, de"),
        ("Tags", "chat"),
    ]


def test_another_licence_goes_by_its_own_name() -> None:
    card = read_card("---\nlicense: other\nlicense_name: their-terms\n---\n")
    assert card.licence == "their-terms"


@pytest.mark.parametrize(
    "front",
    [
        "license: [unclosed",
        "a: &x [1]\nb: *x\nlicense: mit",
        "license: !!python/object/apply:os.system ['true']",
        "[" * 50_000,
        "x: " + "y" * 70_000,
        "- a list",
    ],
)
def test_front_matter_that_is_odd_is_left_out_and_the_rest_shown(front: str) -> None:
    card = read_card(f"---\n{front}\n---\nHello")
    assert card.text == "Hello"
    assert facts(card) == []


def test_a_long_card_is_cut() -> None:
    card = read_card("word " * MOST_TEXT)
    assert len(card.text) == MOST_TEXT
    assert card.is_shortened


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('<p align="center">Hi</p>', "Hi"),
        ("<h2>Use</h2>", "## Use"),
        ("<b>bold</b> and <em>soft</em>", "**bold** and *soft*"),
        ('<a href="https://a.b/c">there</a>', "[there](https://a.b/c)"),
        ('<img alt="Logo" src="a b(1).png">', "![Logo](a%20b%281%29.png)"),
        ("one<br>two", "one\ntwo"),
        ("a<script>alert(1)</script>b", "ab"),
        ("a<!-- hidden -->b<style>p {}</style>c", "abc"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a · b ·"),
        ("1 < 2 and <https://a.b>", "1 < 2 and <https://a.b>"),
        ("`<b>code</b>`", "`<b>code</b>`"),
        ("```\n<b>code</b>\n```", "```\n<b>code</b>\n```"),
        ("<unknown-tag>kept</unknown-tag>", "kept"),
    ],
)
def test_html_becomes_markdown_or_is_gone(source: str, shown: str) -> None:
    assert without_html(source).strip() == shown


@pytest.mark.parametrize(
    "source", ["<a " * 80_000, "`" * 240_000, "<!--" * 60_000, "![" * 120_000, "`a" * 120_000]
)
def test_no_card_takes_long(source: str) -> None:
    """Without a time limit of its own: quadratic reading of these takes minutes."""
    read_card(source)


def test_pictures_are_those_at_safe_addresses() -> None:
    base = "https://hub.example/a/b/resolve/main/README.md"
    text = (
        "![a](img/a.png) ![b](https://x.y/b.png) ![c](http://x.y/c.png) ![d](data:image/png;x) "
        "![e](file:///e.png) ![a](img/a.png)"
    )
    assert pictures(text, base) == {
        "img/a.png": "https://hub.example/a/b/resolve/main/img/a.png",
        "https://x.y/b.png": "https://x.y/b.png",
    }
    assert len(pictures(" ".join(f"![]({n}.png)" for n in range(99)), base)) == 20
