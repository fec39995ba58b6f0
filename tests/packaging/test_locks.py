"""What a release is built of is written down, with hashes, and agrees with the project file."""

import re
from pathlib import Path

import pytest
from lollma_bootstrap.say import Trouble
from lollma_release import lock

requirements = pytest.importorskip("packaging.requirements")
version = pytest.importorskip("packaging.version")

LISTS = [lock.RUN, lock.FREEZE, lock.TOOLS, lock.LOCKED_ENGINE]
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
}


def environment(system: str, python: str) -> dict[str, str]:
    return SYSTEMS[system] | {"python_version": python, "python_full_version": f"{python}.1"}


def locked(system: str, python: str = "3.13") -> dict[str, str]:
    """Version by name of what would be installed on a system."""
    found = {}
    for entry in (*lock.read(lock.RUN), *lock.read(lock.LOCKED_ENGINE)):
        text = f"{entry.name}; {entry.marker}" if entry.marker else entry.name
        marker = requirements.Requirement(text).marker
        if marker is None or marker.evaluate(environment(system, python)):
            assert entry.name not in found, f"{entry.name} is locked twice for {system}"
            found[entry.name] = entry.version
    return found


@pytest.mark.parametrize("python", ["3.12", "3.13"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_dependency_is_locked_at_a_version_the_project_file_allows(
    system: str, python: str
) -> None:
    found = locked(system, python)
    applying = [
        requirement
        for requirement in map(requirements.Requirement, lock.dependencies())
        if requirement.marker is None or requirement.marker.evaluate(environment(system, python))
    ]
    assert len(applying) > 10
    for requirement in applying:
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in found, f"{name} is not locked: python packaging/lock.py"
        assert found[name] in requirement.specifier, f"{name} {found[name]}"


def test_the_engine_is_the_very_version_the_project_file_pins() -> None:
    (engine,) = lock.read(lock.LOCKED_ENGINE)
    assert f"{engine.name}=={engine.version}" in lock.dependencies()
    assert "llama-cpp-python" not in {entry.name for entry in lock.read(lock.RUN)}


def test_qt_is_the_one_that_was_tried() -> None:
    found = locked("Linux")
    assert found["pyside6-essentials"].startswith("6.11.")
    assert found["shiboken6"] == found["pyside6-essentials"]


@pytest.mark.parametrize("name", LISTS)
def test_every_entry_has_hashes_and_no_list_says_where_it_is_fetched(name: str) -> None:
    entries = lock.read(name)
    assert entries
    assert all(entry.hashes for entry in entries)
    text = (lock.ROOT / lock.LOCKS / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text


def test_what_is_in_two_lists_is_the_same_in_both() -> None:
    run = {entry.name: entry.version for entry in lock.read(lock.RUN)}
    shared = [entry for entry in lock.read(lock.FREEZE) if entry.name in run]
    assert shared
    assert all(run[entry.name] == entry.version for entry in shared)


def test_all_that_the_tools_list_was_asked_for_is_in_it() -> None:
    for source, made in (("freeze.in", lock.FREEZE), ("tools.in", lock.TOOLS)):
        lines = (lock.ROOT / lock.LOCKS / source).read_text(encoding="utf-8").splitlines()
        asked = {re.split(r"[\[<>=]", line)[0] for line in lines if not line.startswith("#")}
        assert asked <= {entry.name for entry in lock.read(made)}


def test_a_line_without_a_hash_is_refused_and_not_overlooked(tmp_path: Path) -> None:
    folder = tmp_path / lock.LOCKS
    folder.mkdir(parents=True)
    hashed = f"good==1 \\\n    --hash=sha256:{'a' * 64}\n    # via something\n"
    (folder / lock.RUN).write_text(f"# Made\n{hashed}bad==2.0\n", encoding="utf-8")
    with pytest.raises(Trouble, match=r"bad==2\.0"):
        lock.read(lock.RUN, tmp_path)
    (folder / lock.RUN).write_text(hashed, encoding="utf-8")
    assert lock.read(lock.RUN, tmp_path) == (lock.Locked("good", "1", "", ("a" * 64,)),)


def test_a_missing_list_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"packaging/lock\.py"):
        lock.read(lock.RUN, tmp_path)
