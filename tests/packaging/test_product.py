"""What a release is called follows from the checkout alone."""

import os
import subprocess
from pathlib import Path

import pytest
from lollma_release.product import this_product

import lollma_gui


def test_a_release_has_the_version_the_app_says_and_the_time_of_the_last_commit(
    tmp_path: Path,
) -> None:
    (tmp_path / "lollma_gui").mkdir()
    (tmp_path / "lollma_gui" / "__init__.py").write_text('"""X."""\n\n__version__ = "9.8.7"\n')
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    dated = ["commit", "-qm", "First", "--date", "@1700000000 +0000"]
    environment = os.environ | {"GIT_COMMITTER_DATE": "@1700000000 +0000"}
    subprocess.run([*git, *dated], check=True, env=environment)
    product = this_product(tmp_path)
    assert product.version == "9.8.7"
    assert product.time == 1_700_000_000
    assert len(product.commit) == 40
    assert product.deb.name == "lollma_9.8.7_amd64.deb"


def test_outside_a_git_checkout_there_is_no_commit(tmp_path: Path) -> None:
    (tmp_path / "lollma_gui").mkdir()
    (tmp_path / "lollma_gui" / "__init__.py").write_text('__version__ = "1.0"\n')
    assert this_product(tmp_path).commit == ""


def test_without_a_version_there_is_no_release(tmp_path: Path) -> None:
    (tmp_path / "lollma_gui").mkdir()
    (tmp_path / "lollma_gui" / "__init__.py").write_text("")
    with pytest.raises(ValueError, match="version"):
        this_product(tmp_path)


def test_this_checkout_is_what_the_app_says() -> None:
    assert this_product().version == lollma_gui.__version__
