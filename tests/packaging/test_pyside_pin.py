"""The installed PySide6 must not wear out None.

PySide6 6.12.0 drops one reference to None in every call that returns nothing. Up to Python 3.11
None can die of that, and the program with it, after some thousand calls.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CALLS = 20_000
CHILD = f"""
import sys
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel()
for n in range(100):
    label.setText("warm")
before = sys.getrefcount(None)
for n in range({CALLS}):
    label.setText("x")
    label.setEnabled(True)
    label.update()
print(before - sys.getrefcount(None))
"""


def test_void_calls_do_not_use_up_references_to_none():
    # In a process of its own: the defect ends it with a fatal error.
    result = subprocess.run(
        [sys.executable, "-c", CHILD],
        capture_output=True,
        text=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    assert result.returncode == 0, result.stderr[-800:]
    # From 3.12 on None is immortal and its count stands still; living through it is the proof.
    assert int(result.stdout.split()[-1]) < CALLS // 100


@pytest.mark.parametrize(
    ("python", "version", "allowed"),
    [
        ("3.11", "6.12.0", False),
        ("3.11", "6.13.1", False),
        ("3.11", "6.11.3", True),
        ("3.12", "6.12.0", True),
        ("3.13", "6.12.0", True),
        ("3.13", "6.7.3", False),
    ],
)
def test_the_project_file_keeps_the_broken_version_from_pythons_it_kills(python, version, allowed):
    requirements = pytest.importorskip("packaging.requirements")
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    lines = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    environment = {"python_version": python, "python_full_version": f"{python}.1"}
    applying = [
        requirement
        for requirement in map(requirements.Requirement, lines)
        if requirement.name.lower().startswith("pyside6")
        and (requirement.marker is None or requirement.marker.evaluate(environment))
    ]
    assert applying
    assert all(version in requirement.specifier for requirement in applying) is allowed
