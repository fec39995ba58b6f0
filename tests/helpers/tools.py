"""Tools of the system that tests ask."""

import shutil

import pytest


def tool(name: str) -> str:
    """Where it lies; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
