"""The AppImage: one file that runs anywhere, the same bytes each time."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.small_release import small_release
from lollma_bootstrap.say import Trouble
from lollma_release import appimage
from lollma_release.product import ROOT

needs_tools = pytest.mark.skipif(
    not (shutil.which("mksquashfs") and shutil.which("unsquashfs")),
    reason="squashfs-tools is not installed",
)


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program with the runtime's mark; the true one has to be fetched from the net."""
    content = bytearray(Path("/bin/true").read_bytes())
    content[8:11] = appimage.MAGIC
    path = tmp_path_factory.mktemp("runtime") / "runtime-x86_64"
    path.write_bytes(content)
    return path


@pytest.fixture(scope="module")
def image(runtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return appimage.build(small_release(tmp_path_factory.mktemp("release")), runtime)


@pytest.fixture
def inside(image: Path, runtime: Path, tmp_path: Path) -> Path:
    """What is in the image, as the runtime unpacks it."""
    folder = tmp_path / "appimage_extracted_0123"
    offset = str(runtime.stat().st_size)
    command = ["unsquashfs", "-quiet", "-no-progress", "-o", offset, "-d", str(folder), str(image)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def start(program: Path, *arguments: str, **variables: str) -> list[str]:
    environment = os.environ | variables
    command = [str(program), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@needs_tools
def test_it_is_a_program_with_the_mark_of_an_appimage(image: Path, runtime: Path) -> None:
    assert os.access(image, os.X_OK)
    assert image.read_bytes().startswith(runtime.read_bytes())
    assert image.read_bytes()[8:11] == b"AI\x02"
    assert subprocess.run([image], check=False).returncode == 0


@needs_tools
def test_a_desktop_finds_entry_and_icon_on_top(inside: Path) -> None:
    top = {path.name for path in inside.iterdir()}
    assert top == {"AppRun", "lollma.desktop", "lollma.png", ".DirIcon", "usr"}
    assert (inside / ".DirIcon").resolve() == inside / "lollma.png"
    assert (inside / "usr/share/metainfo/lollma.metainfo.xml").exists()


@needs_tools
def test_mounted_it_starts_the_program_and_says_where_the_file_is(inside: Path) -> None:
    mounted = inside.rename(inside.with_name(".mount_LoLLMa"))
    said = start(
        mounted / "AppRun",
        *("model.gguf", "a b"),
        APPDIR=str(mounted),
        APPIMAGE="/x/L.AppImage",
        ARGV0="L",
        OWD="/x",
    )
    # Of the runtime's variables the program gets the one that is of use, its children none.
    assert said[:2] == ["model.gguf a b", "APPIMAGE=/x/L.AppImage"]
    assert json.loads(said[2])["kind"] == "appimage"


@needs_tools
def test_unpacked_a_start_that_ends_takes_nothing_from_others(inside: Path) -> None:
    running = inside / "usr" / "lib" / "lollma" / "lollma"
    # What the runtime does when the first of two starts ends: remove the folder that they share.
    running.write_text(f'#!/bin/sh\nrm -r {inside}\ncat "$0"\nexit 3\n')
    command = [str(inside / "AppRun")]
    environment = os.environ | {"APPDIR": str(inside)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    assert "exit 3" in done.stdout
    # An empty folder is left for the runtime, which wants to remove it, and nothing else.
    assert list(inside.parent.iterdir()) == [inside]
    assert list(inside.iterdir()) == []


@needs_tools
def test_the_same_folder_gives_the_same_bytes(image: Path, runtime: Path, tmp_path: Path) -> None:
    assert appimage.build(small_release(tmp_path), runtime).read_bytes() == image.read_bytes()


def test_another_program_is_not_taken_for_the_runtime(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="no AppImage runtime"):
        appimage.build(small_release(tmp_path), Path("/bin/true"))


def test_the_runtime_is_kept_only_if_it_is_the_very_one(tmp_path: Path, runtime: Path) -> None:
    target = tmp_path / "kept" / "runtime"
    with pytest.raises(Trouble, match="not the AppImage runtime that is meant"):
        appimage.fetch_runtime(target, runtime.as_uri())
    assert not target.exists()
    digest = subprocess.run(["sha256sum", runtime], capture_output=True, text=True, check=True)
    sha256 = digest.stdout.split()[0]
    appimage.fetch_runtime(target, runtime.as_uri(), sha256)
    assert target.read_bytes() == runtime.read_bytes()
    # Fetched once; then the net is not asked again.
    assert appimage.fetch_runtime(target, "file:///nowhere", sha256) == target


def test_without_a_net_the_next_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="--runtime"):
        appimage.fetch_runtime(tmp_path / "runtime", (tmp_path / "none").as_uri())


def test_the_start_script_is_sound_shell() -> None:
    script = ROOT / "packaging" / "linux" / "AppRun"
    assert os.access(script, os.X_OK)
    subprocess.run(["sh", "-n", script], check=True)
