"""A release is built of what was locked, or not at all."""

import hashlib
import os
import sys
import zipfile
from pathlib import Path

import pytest
from lollma_bootstrap.say import Trouble
from lollma_release import environment, lock
from lollma_release.product import Product


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product("1.0", 1_700_000_000, "", tmp_path / "work", tmp_path / "out")


def small_wheel(folder: Path) -> str:
    """A wheel of nothing, in a folder pip looks into; returns its SHA-256."""
    folder.mkdir()
    path = folder / "small_thing-1.0-py3-none-any.whl"
    about = "small_thing-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("small_thing.py", "")
        wheel.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: small-thing\nVersion: 1.0"
        )
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any"
        )
        wheel.writestr(f"{about}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def locked(root: Path, sha256: str) -> None:
    folder = root / lock.LOCKS
    folder.mkdir(parents=True)
    entry = f"small-thing==1.0 \\\n    --hash=sha256:{sha256}\n"
    (folder / lock.TOOLS).write_text(entry, encoding="utf-8")


@pytest.fixture
def only_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The only package there is; returns its SHA-256."""
    sha256 = small_wheel(tmp_path / "wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setattr(environment, "OLDEST", (3, 11))
    return sha256


def test_the_locked_package_is_installed_into_a_fresh_environment(
    product: Product, tmp_path: Path, only_here: str
) -> None:
    locked(tmp_path, only_here)
    left_over = product.work / "tools" / "left over"
    left_over.mkdir(parents=True)
    python = environment.make_tools(product, sys.executable, tmp_path)
    assert python == environment.tools(product)
    assert list(product.work.glob("tools/**/small_thing.py"))
    assert not left_over.exists()


def test_a_package_that_is_not_the_locked_one_stops_the_build(
    product: Product, tmp_path: Path, only_here: str
) -> None:
    locked(tmp_path, "0" * 64)
    with pytest.raises(Trouble, match="not the one that was locked"):
        environment.make_tools(product, sys.executable, tmp_path)
    assert not list(product.work.glob("tools/**/small_thing.py"))


def test_a_python_that_is_too_old_is_named_with_what_to_install(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "OLDEST", (9, 0))
    with pytest.raises(Trouble, match=r"Python 3\.12 or newer") as caught:
        environment.make_tools(product, sys.executable)
    assert "--python PATH" in caught.value.mend


def test_a_python_that_is_not_there_is_said_so(product: Product) -> None:
    with pytest.raises(Trouble, match="does not run"):
        environment.make_tools(product, os.fspath(product.work / "python"))
