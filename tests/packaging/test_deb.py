"""The package for Debian: made by Debian's own tools, the same bytes each time."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.small_release import small_release
from lollma_bootstrap.say import Trouble
from lollma_release import deb, needed
from lollma_release.product import Product

pytestmark = pytest.mark.skipif(
    not (shutil.which("dpkg-deb") and shutil.which("objdump")),
    reason="dpkg-deb or objdump is not installed",
)


def dpkg_deb(*arguments: str) -> str:
    done = subprocess.run(["dpkg-deb", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deb.build(small_release(tmp_path_factory.mktemp("release")))


@pytest.fixture
def unpacked(package: Path, tmp_path: Path) -> Path:
    dpkg_deb("-x", str(package), str(tmp_path))
    return tmp_path


def test_it_says_what_it_is(package: Path) -> None:
    assert package.name == "lollma_1.2.3rc1_amd64.deb"
    assert dpkg_deb("-f", str(package), "Package").strip() == "lollma"
    # Debian must take 1.2.3 for newer than its candidate.
    assert dpkg_deb("-f", str(package), "Version").strip() == "1.2.3~rc1"
    assert "libc6 (>= 2." in dpkg_deb("-f", str(package), "Depends")


def test_lollma_on_the_path_is_the_program_with_what_it_needs(unpacked: Path) -> None:
    program = unpacked / "usr" / "bin" / "lollma"
    told = subprocess.run([program, "a b"], capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[0] == "a b"
    assert json.loads(told.splitlines()[-1]) == {"kind": "deb", "commit": "c"}
    assert (unpacked / "usr/lib/lollma/_internal/libsmall.so").is_symlink()


def test_anybody_may_read_it_and_only_root_owns_it(package: Path) -> None:
    for line in dpkg_deb("-c", str(package)).splitlines():
        rights, owner, *_ = line.split()
        assert owner == "root/root"
        assert rights in ("drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--", "lrwxrwxrwx")
        assert "2023-11-14" in line


def test_it_can_be_verified_after_it_was_installed(package: Path, unpacked: Path) -> None:
    control = unpacked / "control"
    dpkg_deb("-e", str(package), str(control))
    subprocess.run(
        ["md5sum", "--check", "--quiet", str(control / "md5sums")], cwd=unpacked, check=True
    )


def test_nothing_of_ours_runs_when_it_comes_or_goes(package: Path, unpacked: Path) -> None:
    control = unpacked / "control"
    dpkg_deb("-e", str(package), str(control))
    assert {path.name for path in control.iterdir()} == {"control", "md5sums"}


def test_it_lies_where_debian_allows_and_nowhere_else(unpacked: Path) -> None:
    assert {path.name for path in unpacked.iterdir()} == {"usr"}
    assert {path.name for path in (unpacked / "usr").iterdir()} == {"bin", "lib", "share"}
    documents = unpacked / "usr" / "share" / "doc" / "lollma"
    assert "MIT License" in (documents / "copyright").read_text()


def test_the_same_folder_gives_the_same_bytes(package: Path, tmp_path: Path) -> None:
    product = small_release(tmp_path)
    # Somebody else builds, whose new files nobody but themselves may read.
    before = os.umask(0o077)
    try:
        again = deb.build(product)
    finally:
        os.umask(before)
    assert again.read_bytes() == package.read_bytes()


def test_without_a_built_folder_the_next_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="build_linux"):
        deb.build(Product("1.0", 0, "", tmp_path / "work", tmp_path / "out"))


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.2.3", "1.2.3"), ("1.0rc1", "1.0~rc1"), ("1.0.dev2", "1.0~dev2"), ("1.0b3", "1.0~b3")],
)
def test_versions_sort_in_debian_as_in_python(version: str, expected: str) -> None:
    assert deb.debian_version(version) == expected


def test_a_library_that_is_included_needs_no_package(tmp_path: Path) -> None:
    wanted = needed.needs(small_release(tmp_path).folder)
    assert wanted.glibc >= (2, 14)
    assert set(wanted.libraries) == {"libc.so.6"}
    assert needed.packages(wanted) == [f"libc6 (>= 2.{wanted.glibc[1]})"]


def test_packages_are_named_once_with_the_oldest_that_will_do() -> None:
    path = Path("libx.so")
    libraries = dict.fromkeys(
        ("libm.so.6", "libstdc++.so.6", "libgthread-2.0.so.0", "libglib-2.0.so.0"), path
    )
    found = needed.packages(needed.Needs(libraries, (2, 35), 30))
    assert found == ["libc6 (>= 2.35)", "libglib2.0-0", "libstdc++6 (>= 12)"]


def test_a_library_nobody_is_known_to_have_stops_the_build() -> None:
    wanted = needed.Needs({"libodd.so.3": Path("libqt.so")}, (2, 35), 0)
    with pytest.raises(Trouble, match=r"libqt\.so needs libodd\.so\.3"):
        needed.packages(wanted)
