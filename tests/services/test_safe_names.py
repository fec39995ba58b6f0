"""No name of a file from a repository gets out of its folder, on no system."""

import sys
import tempfile
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.safe_names import check_inside, marked, safe_paths

#: What names of files are made to do harm with.
NASTY = st.sampled_from(
    [
        *("..", ".", "", "/", "\\", "//", "\\\\?\\", "C:", "c:\\", "\0", "\n", "\x1b", "\x7f", "~"),
        *("CON", "nul.gguf", "COM1", "lpt9.txt", "aux", "a.", "a ", " a", "...", "$HOME", "%TEMP%"),
        *("a" * 300, "é" * 200, "\u202e", "\ud800", "\u2025", "file:", ":stream", "*", "|", "<>"),
    ]
)
NAMES = st.lists(st.one_of(NASTY, st.text(max_size=12)), min_size=1, max_size=6).flatmap(
    lambda parts: st.sampled_from(["/", "\\", ""]).map(lambda between: between.join(parts))
)
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{k}{n}" for k in ("COM", "LPT") for n in range(10))}


def paths_of(folder: Path, names: list[str]) -> list[Path] | None:
    try:
        return safe_paths(folder, names)
    except LollmaError:
        return None


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_nothing_gets_out_of_the_folder(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "models"
        for path in paths_of(folder, names) or []:
            assert path != folder
            assert path.resolve().is_relative_to(folder.resolve())
            path.parent.mkdir(parents=True, exist_ok=True)
            # Every name can really be used here.
            path.with_name(path.name + ".part.json.tmp").touch()
        assert {p.name for p in Path(place).iterdir()} <= {"models"}


@given(NAMES)
def test_nothing_gets_out_on_windows_either(name: str) -> None:
    folder = Path("models")
    for path in paths_of(folder, [name]) or []:
        below = PureWindowsPath("D:\\models", *path.relative_to(folder).parts)
        assert below.drive == "D:"
        assert below.parts[:2] == ("D:\\", "models")
        assert ".." not in below.parts
        for part in below.parts[2:]:
            assert not set(part) & set('<>:"/\\|?*')
            assert all(ord(letter) >= 32 for letter in part)
            assert part == part.rstrip(" .")
            assert part.split(".")[0].rstrip().upper() not in DEVICES


@given(st.lists(NAMES, min_size=2, max_size=4, unique=True))
def test_no_two_files_become_one_on_any_system(names: list[str]) -> None:
    paths = paths_of(Path("models"), names)
    if paths is not None:
        assert len({str(path).casefold() for path in paths}) == len(names)


@given(st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}[A-Za-z0-9]\.gguf", fullmatch=True))
def test_a_usual_name_stays_what_it_is(name: str) -> None:
    if name.split(".")[0].upper() not in DEVICES:
        assert safe_paths(Path("models"), [f"Q4/{name}"]) == [Path("models") / "Q4" / name]


@pytest.mark.parametrize(
    "name",
    [
        "../a.gguf",
        "a/../../b",
        "/etc/passwd",
        "C:\\a",
        "c:a",
        "a\0b",
        "\\\\host\\a",
        "a//b",
        "",
        ".",
    ],
)
def test_names_that_lead_out_are_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(LollmaError, match="cannot be used"):
        safe_paths(tmp_path, [name])


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("ab:c?.gguf", "ab_c_.gguf"),
        ("nul.gguf", "_nul.gguf"),
        (".hidden.gguf", "_hidden.gguf"),
        ("model.gguf. ", "model.gguf"),
        ("a\tb.gguf", "a_b.gguf"),
    ],
)
def test_names_that_some_system_cannot_hold_are_repaired(tmp_path, name, becomes) -> None:
    assert safe_paths(tmp_path, [name]) == [tmp_path / becomes]


def test_a_long_name_keeps_what_llama_cpp_reads_at_its_end(tmp_path: Path) -> None:
    names = [f"{'x' * 300}-0000{n}-of-00002.gguf" for n in (1, 2)]
    paths = safe_paths(tmp_path, names)
    assert [p.name[-20:] for p in paths] == [f"-0000{n}-of-00002.gguf"[-20:] for n in (1, 2)]
    assert all(len(path.name) <= 200 for path in paths)


def test_a_mark_stands_before_the_number_of_a_part() -> None:
    path = Path("m/Big-00001-of-00003.gguf")
    assert marked(path, "abc1234") == Path("m/Big.abc1234-00001-of-00003.gguf")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize("where", ["folder", "file", "part"])
def test_a_link_in_the_folder_leads_nothing_out(tmp_path: Path, where: str) -> None:
    folder, outside = tmp_path / "models", tmp_path / "outside"
    (folder / "owner").mkdir(parents=True)
    outside.mkdir()
    link = {"folder": "owner/repo", "file": "owner/a.gguf", "part": "owner/a.gguf.part"}[where]
    name = "owner/repo/a.gguf" if where == "folder" else "owner/a.gguf"
    (folder / link).symlink_to(outside if where == "folder" else outside / "x")
    with pytest.raises(LollmaError, match="link in the way"):
        safe_paths(folder, [name])


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_models_folder_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "models").symlink_to(tmp_path / "disk")
    check_inside(tmp_path / "models", tmp_path / "models" / "owner" / "a.gguf")
