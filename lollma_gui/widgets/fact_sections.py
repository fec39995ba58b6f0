"""Facts in sections, each with its title and the pages it names."""

from collections.abc import Sequence

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lollma_gui.core.model_details import Section
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.text import TextRole, label


class _SectionView(QWidget):
    """One section."""

    def __init__(self) -> None:
        super().__init__()
        self.title = label("", TextRole.STRONG)
        self.facts = FactList()
        self.links: list[QPushButton] = []
        self._row = QHBoxLayout()
        self._row.setSpacing(4)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.facts)
        column.addLayout(self._row)

    def show_section(self, section: Section) -> None:
        """Show this section."""
        self.title.setText(section.title)
        self.facts.show_facts(section.facts)
        while self.links:
            self.links.pop().deleteLater()
        for words, address in section.links:
            self._add_link(words, address)

    def _add_link(self, words: str, address: str) -> None:
        # The address is the file's: what is opened is said before the click.
        link = button(f"{words} ↗", tooltip=address)
        link.setProperty("kind", "link")
        link.setAccessibleName(f"Open in the browser: {words}")
        link.setAccessibleDescription(address)
        link.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(address)))
        self.links.append(link)
        self._row.insertWidget(self._row.count() - 1, link)


class FactSections(QWidget):
    """Sections below each other. They stay, only what they say changes: nothing jumps."""

    def __init__(self) -> None:
        super().__init__()
        self._views: list[_SectionView] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(14)

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Show these."""
        while len(self._views) < len(sections):
            self._views.append(_SectionView())
            self._column.addWidget(self._views[-1])
        for number, view in enumerate(self._views):
            if number < len(sections):
                view.show_section(sections[number])
            view.setVisible(number < len(sections))

    def facts(self) -> dict[str, str]:
        """All that is shown, by name; of two of one name the later one."""
        return dict(fact for view in self._shown() for fact in view.facts.facts())

    def links(self) -> list[QPushButton]:
        """Buttons that open a page."""
        return [link for view in self._shown() for link in view.links]

    def titles(self) -> list[str]:
        """The titles that are shown."""
        return [view.title.text() for view in self._shown()]

    def _shown(self) -> list[_SectionView]:
        return [view for view in self._views if not view.isHidden()]
