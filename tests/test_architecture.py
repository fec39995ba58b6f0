"""The floors of the house, as rules a newcomer can read and cannot break by accident."""

import ast
from pathlib import Path

import pytest

import lollma_gui

PACKAGE = Path(lollma_gui.__file__).parent
ROOT = PACKAGE.parent

#: Lowest first. A file imports from its own floor or a lower one.
FLOORS = ["core", "services", "qt", "widgets", "tabs", "cli", "top"]
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "_resources" not in p.parts)

#: Files that are tables of data, where length is no burden.
TABLES: set[str] = {
    "lollma_gui/core/gpu_catalog.py",
    "lollma_gui/core/settings_generation.py",
    "lollma_gui/core/settings_model.py",
}


def floor_of(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) > 1 or parts[0] in FLOORS else "top"


def imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative imports hide the floor"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def offences(path: Path) -> list[str]:
    """Every broken rule of one file, each as a sentence."""
    relative = path.relative_to(PACKAGE)
    floor = floor_of(relative.parts)
    found = []
    for name in imports(path):
        if name.startswith("lollma_gui."):
            target = name.split(".")[1]
            target_floor = target if target in FLOORS else "top"
            if target == "__version__":
                continue
            if FLOORS.index(target_floor) > FLOORS.index(floor):
                found.append(f"{relative}: {floor}/ must not import the higher floor {name}")
        if name.startswith("PySide6"):
            if floor in ("core", "services"):
                found.append(f"{relative}: no Qt in {floor}/ ({name})")
            if floor == "qt" and "QtWidgets" in name:
                found.append(f"{relative}: no QtWidgets in qt/ ({name})")
    return found + blocking_calls(path, floor)


def blocking_calls(path: Path, floor: str) -> list[str]:
    if floor not in ("qt", "widgets", "tabs"):
        return []
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute):
            continue
        called = ast.unparse(node)
        if (
            node.attr == "processEvents"
            or called == "time.sleep"
            or node.attr.startswith("waitFor")
        ):
            found.append(f"{path.name}:{node.lineno}: {called} would freeze the window")
        if called in ("QApplication.instance", "QCoreApplication.instance"):
            found.append(f"{path.name}:{node.lineno}: needs stand in the constructor, not {called}")
    network = ("urllib", "http.client", "socket", "requests", "httpx", "huggingface_hub")
    found += [
        f"{path.name}: no network in {floor}/ ({name})"
        for name in imports(path)
        if name.startswith(network)
    ]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_imports_only_from_its_own_floor_or_a_lower_one(path: Path) -> None:
    assert offences(path) == []


def test_core_does_not_touch_the_world() -> None:
    world = ("os", "subprocess", "socket", "threading", "sqlite3", "urllib", "psutil", "shutil")
    found = [
        f"{path.name}: {name}"
        for path in (PACKAGE / "core").glob("*.py")
        for name in imports(path)
        # Taking an address apart asks nobody anything.
        if name.split(".")[0] in world and not name.startswith("urllib.parse.")
    ]
    assert found == []


def test_the_rules_bite(tmp_path: Path) -> None:
    bad = tmp_path / "widgets" / "bad.py"
    bad.parent.mkdir()
    bad.write_text(
        "import time, socket\n"
        "from lollma_gui.tabs import chat_tab\n"
        "from PySide6.QtWidgets import QApplication\n"
        "time.sleep(1)\nQApplication.instance()\nQApplication.processEvents()\n"
    )
    globals_before = PACKAGE
    try:
        globals()["PACKAGE"] = tmp_path
        found = offences(bad)
    finally:
        globals()["PACKAGE"] = globals_before
    assert len(found) == 5, found


def test_rooms_are_small() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in [*FILES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "packaging").rglob("*.py")]
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 400
        and str(p.relative_to(ROOT)) not in TABLES
    }
    assert long == {}


def test_functions_are_short() -> None:
    long = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 40:
                    long.append(f"{path.relative_to(PACKAGE)}:{node.name} has {length} lines")
    assert long == []


def test_top_level_holds_only_what_the_plan_names() -> None:
    allowed = {
        "lollma_gui",
        "resources",
        "tests",
        "packaging",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    }
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")} - {"build", "dist"}
    assert found <= allowed
