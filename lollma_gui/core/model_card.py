"""A model card: what its front matter says, and its text as plain Markdown."""

import html
import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

#: Front matter beyond this many characters is nobody's; it is not read.
_MOST_FRONT = 64 * 1024
#: Lists within lists deeper than this are nobody's either, and take long to read.
_DEEPEST = 16
#: So much of a card is shown; the rest stands on its page. In characters, as what is read of it.
MOST_TEXT = 60_000
_MOST_READ = 4 * MOST_TEXT
#: So many entries of a list are told.
_MOST_ENTRIES = 12
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\n(?P<front>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)


class ModelCard(NamedTuple):
    """A card.

    Attributes:
        text: Markdown without HTML.
        licence: Its name on the Hub; empty if it is not said.
        base_models: What it was made from.
        tags: Words it is found by.
        languages: Codes of languages.
        is_shortened: Whether there is more than ``text``.
    """

    text: str = ""
    licence: str = ""
    base_models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_shortened: bool = False


def read_card(source: str) -> ModelCard:
    """Take a README.md apart.

    Args:
        source: Its text; whatever is wrong with the front matter, the rest is read.
    """
    source = source.replace("\r\n", "\n")
    found = _FRONT.match(source)
    front = _front_matter(found["front"]) if found else {}
    body = source[found.end() :] if found else source
    text = without_html(body[:_MOST_READ]).strip()
    name = _texts(front.get("license_name"))
    licence = _texts(front.get("license"))
    return ModelCard(
        text[:MOST_TEXT],
        (name if licence == ("other",) and name else licence or ("",))[0],
        _texts(front.get("base_model")),
        _texts(front.get("tags")),
        _texts(front.get("language")),
        len(text) > MOST_TEXT or len(body) > _MOST_READ,
    )


def _front_matter(text: str) -> dict[str, Any]:
    """What the YAML says; nothing where it cannot be read, or would grow when read."""
    import yaml  # type: ignore[import-untyped, unused-ignore]

    if len(text) > _MOST_FRONT:
        return {}
    try:
        read = yaml.safe_load(text) if _is_modest(text) else None
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _is_modest(text: str) -> bool:
    """Whether YAML stays as small as it is written: without aliases, and not deep."""
    import yaml

    depth = 0
    for token in yaml.scan(text):
        name = type(token).__name__
        depth += name.endswith(("SequenceStartToken", "MappingStartToken"))
        depth -= name in ("BlockEndToken", "FlowSequenceEndToken", "FlowMappingEndToken")
        if depth > _DEEPEST or isinstance(token, yaml.AliasToken):
            return False
    return True


def _texts(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    texts = (e[:100] for e in entries if isinstance(e, str) and e.strip())
    return tuple(texts)[:_MOST_ENTRIES]


# ---- HTML ------------------------------------------------------------------------------------

#: Code is shown as it was written: fenced blocks, and runs of backticks within a paragraph.
_CODE = re.compile(
    r"^[ ]{0,3}(?:`{3}|~{3})[^\n]*\n.*?(?:^[ ]{0,3}(?:`{3,}|~{3,})[ \t]*$|\Z)"
    r"|(?<!`)(?P<run>`{1,4})(?!`)[^`\n]{1,1000}(?P=run)(?!`)",
    re.DOTALL | re.MULTILINE,
)
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<name>script|style|head|template|iframe|object)\b.*?(?:</(?P=name)\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)(?P<rest>(?:\s[^<>]*)?)/?>")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_BLOCKS = frozenset(
    {
        *("p", "div", "center", "table", "thead", "tbody", "ul", "ol", "section", "details"),
        *("figure", "figcaption", "blockquote", "picture", "video", "article", "header", "footer"),
    }
)
_MARKS = {"b": "**", "strong": "**", "summary": "**", "i": "*", "em": "*", "code": "`"}
_TOO_MANY_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


def without_html(source: str) -> str:
    """Markdown in which HTML has become Markdown, or is gone; code stays to the letter."""
    source = _UNSEEN.sub("", source) if "<" in source else source
    parts, at = [], 0
    for code in _CODE.finditer(source):
        parts += [_plain(source[at : code.start()]), code[0]]
        at = code.end()
    parts.append(_plain(source[at:]))
    return _TOO_MANY_LINES.sub("\n\n", "".join(parts))


def _plain(text: str) -> str:
    if "<" not in text:
        return text
    links: list[str] = []
    return _TAG.sub(lambda tag: _markdown_of(tag, links), text)


def _markdown_of(tag: re.Match[str], links: list[str]) -> str:
    """What stands in a tag's place; ``links`` are the addresses of links that are open."""
    name, is_end = tag["name"].lower(), bool(tag["end"])
    if name == "a":
        return _link(tag, is_end, links)
    if name == "img":
        return _picture(_attributes(tag["rest"]))
    if name in _MARKS:
        return _MARKS[name]
    if name == "br":
        return "\n"
    if name == "hr":
        return "\n\n---\n\n"
    if name == "li":
        return "" if is_end else "\n- "
    if name in ("td", "th"):
        return " · " if is_end else ""
    if name == "tr":
        return "\n" if is_end else ""
    if re.fullmatch(r"h[1-6]", name):
        return "\n\n" if is_end else f"\n\n{'#' * int(name[1])} "
    return "\n\n" if name in _BLOCKS else ""


def _link(tag: re.Match[str], is_end: bool, links: list[str]) -> str:
    if is_end:
        return f"]({links.pop()})" if links else ""
    address = _address(_attributes(tag["rest"]).get("href", ""))
    if not address or links:
        return ""
    links.append(address)
    return "["


def _picture(attributes: dict[str, str]) -> str:
    address = _address(attributes.get("src", ""))
    words = re.sub(r"[\[\]\n]", " ", attributes.get("alt", "")) or "Picture"
    return f"![{words}]({address})" if address else words


def _attributes(text: str) -> dict[str, str]:
    found = _ATTRIBUTE.finditer(text)
    return {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in found}


def _address(text: str) -> str:
    """An address as Markdown takes it, nothing else that could end it."""
    return re.sub(r"[\s()<>]", lambda odd: f"%{ord(odd[0]):02X}", text.strip())


# ---- pictures --------------------------------------------------------------------------------

_PICTURE = re.compile(r"!\[[^\]\n]*\]\(\s*<?([^\s)>]+)")
_MOST_PICTURES = 20


def pictures(text: str, base: str) -> dict[str, str]:
    """Addresses of the pictures of a card that may be fetched when a person says so.

    Args:
        text: The card's Markdown.
        base: Address of the card, which others may be relative to.

    Returns:
        What the card calls each, and its whole address: https, or of the Hub's own host. At most
        twenty.
    """
    own = urlsplit(base).netloc
    found: dict[str, str] = {}
    for name in dict.fromkeys(_PICTURE.findall(text)):
        try:
            whole = urljoin(base, name)
            parts = urlsplit(whole)
        except ValueError:
            continue
        if parts.scheme == "https" or (parts.scheme == "http" and parts.netloc == own):
            found[name] = whole
    return dict(list(found.items())[:_MOST_PICTURES])


def facts(card: ModelCard) -> list[tuple[str, str]]:
    """What the front matter says, as titles and words."""
    told: Iterable[tuple[str, tuple[str, ...]]] = (
        ("Licence", (card.licence,) if card.licence else ()),
        ("Made from", card.base_models),
        ("Languages", card.languages),
        ("Tags", card.tags),
    )
    return [(title, ", ".join(entries)) for title, entries in told if entries]
