"""What several tests of services begin with."""

from pathlib import Path

import pytest
from helpers.git_source import GitSourceFolder, textgen_source

from lollma_gui.core.git_facts import GitSource


@pytest.fixture
def repository(tmp_path: Path) -> GitSourceFolder:
    """A repository like TextGen's, with history and tags."""
    return textgen_source(tmp_path / "origin")


@pytest.fixture
def source(repository: GitSourceFolder) -> GitSource:
    """That repository as the only place where a program comes from."""
    return GitSource((repository.url,), may_be_files=True)
