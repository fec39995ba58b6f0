"""The real theme for tests of widgets."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from lollma_gui.services.places import resource
from lollma_gui.widgets.theme import Theme, ThemeChoice


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme, with the real style sheet."""
    yield Theme(qapp, resource("style.qss").read_text(encoding="utf-8"), ThemeChoice.LIGHT)
    qapp.setStyleSheet("")
