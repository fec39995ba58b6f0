"""What the tests of the two commands share."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# run.py starts with this folder on its search path; so do its tests.
sys.path.insert(0, str(ROOT / "packaging"))


@pytest.fixture
def run_py() -> Path:
    return ROOT / "packaging" / "run.py"
