"""The whole app in a real window, with the real model."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.person import Person
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lollma_gui.services.places import Places


@pytest.fixture
def places(own_home: Path) -> Places:
    return Places.below(own_home)


@pytest.fixture
def person(qtbot: QtBot, qapp: QApplication, places: Places) -> Iterator[Person]:
    person = Person(qtbot, qapp, places)
    yield person
    person.close_all()


@pytest.fixture
def with_starter(places: Places, starter_model: Path) -> Path:
    """The starter model lies where the app puts it."""
    places.models.mkdir(parents=True)
    path = places.models / starter_model.name
    try:
        os.link(starter_model, path)
    except OSError:  # another file system
        path.symlink_to(starter_model)
    return path
