"""A view of Markdown on a real page, and what stands on it."""

import contextlib
from collections.abc import Iterator

from PySide6.QtWidgets import QVBoxLayout, QWidget

from lollma_gui.widgets.markdown_view import MarkdownView
from lollma_gui.widgets.theme import Theme


@contextlib.contextmanager
def shown_view(theme: Theme, qtbot) -> Iterator[MarkdownView]:
    """A view in a page 600 pixels wide."""
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    made = MarkdownView(theme)
    column.addWidget(made)
    column.addStretch(1)
    page.resize(600, 900)
    with qtbot.waitExposed(page):
        page.show()
    yield made


def looks(view: MarkdownView) -> list[tuple[str, int, int, str, float]]:
    """Each block as it stands on the page."""
    block, found = view.document().begin(), []
    while block.isValid():
        form, listed = block.blockFormat(), block.textList()
        number = listed.itemText(block) if listed else ""
        top = view.document().documentLayout().blockBoundingRect(block).top()
        found.append((block.text(), form.headingLevel(), form.indent(), number, top))
        block = block.next()
    return found


def texts(view: MarkdownView) -> list[str]:
    return [look[0] for look in looks(view)]


def links(view: MarkdownView) -> list[tuple[str, str]]:
    found, block = [], view.document().begin()
    while block.isValid():
        for part in block:
            letters = part.fragment().charFormat()
            if letters.isAnchor():
                found.append((part.fragment().text(), letters.anchorHref()))
        block = block.next()
    return found


def stream(view: MarkdownView, source: str, step: int) -> None:
    view.set_text("")
    view.set_update_interval(0)
    for at in range(0, len(source), step):
        view.append(source[at : at + step])
    view.finish()
