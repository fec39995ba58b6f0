"""What tests of services turned into signals share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.fit_parts import FitParts


@pytest.fixture
def make_parts(qapp: object, tmp_path: Path) -> Iterator[Callable[..., FitParts]]:
    """Makes the parts behind the fit panel, and ends them."""
    made: list[FitParts] = []

    def make(**given: Any) -> FitParts:
        made.append(FitParts(tmp_path / "home", **given))
        return made[-1]

    yield make
    for parts in made:
        parts.close()
