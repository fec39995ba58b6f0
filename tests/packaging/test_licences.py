"""What goes into a release is told with its licence; what nobody can tell of does not go out."""

import shutil
import sys
from pathlib import Path

import pytest
from lollma_bootstrap.say import Trouble
from lollma_release import debian, licences
from lollma_release.product import Product

from lollma_gui.core.third_party import ThirdParty
from lollma_gui.services.third_party import from_json, of_environment, to_json

PAPER = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Source: https://example.org/thing

Files: *
Copyright: 2020 Somebody
License: LGPL-2.1+

Files: debian/*
Copyright: 2021 Somebody else
License: GPL-3+
"""

debian_only = pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no Debian here")


@pytest.fixture
def product(tmp_path: Path) -> Product:
    product = Product("1.0", 1_700_000_000, "c" * 40, tmp_path / "work", tmp_path / "out")
    resources = product.folder / "_internal" / "resources"
    resources.mkdir(parents=True)
    (resources / "style.qss").write_text("", encoding="utf-8")
    return product


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own Python in the place of a build environment."""
    monkeypatch.setattr(licences, "of_build", lambda python: of_environment())


@pytest.mark.usefixtures("looked_up")
def test_a_folder_gets_the_list_where_the_app_will_look_for_it(product: Product) -> None:
    path = licences.write(product, Path(sys.executable))
    assert path == product.folder / "_internal" / "resources" / "third_party.json"
    names = {work.name for work in from_json(path.read_text(encoding="utf-8"))}
    assert {"Qt", "Python", "llama.cpp and ggml", "psutil"} <= names
    before = path.read_bytes()
    assert licences.write(product, Path(sys.executable)).read_bytes() == before


@debian_only
@pytest.mark.usefixtures("looked_up")
def test_a_library_of_this_system_comes_with_debians_paper(product: Product) -> None:
    (product.folder / "_internal" / "libz.so.1").write_bytes(b"")
    works = from_json(licences.write(product, Path(sys.executable)).read_text(encoding="utf-8"))
    (zlib,) = (work for work in works if work.purl.startswith("pkg:deb/") and "zlib" in work.name)
    assert "Mark Adler" in zlib.text
    assert zlib.version


@debian_only
@pytest.mark.usefixtures("looked_up")
def test_a_library_nobody_knows_stops_the_build(product: Product) -> None:
    (product.folder / "_internal" / "libof-nobody.so.7").write_bytes(b"")
    with pytest.raises(Trouble, match=r"libof-nobody\.so\.7"):
        licences.write(product, Path(sys.executable))


def test_a_work_without_a_text_stops_the_build() -> None:
    works = [ThirdParty("Good", "1", "MIT", "Permission"), ThirdParty("Silent", "1", "MIT", " \n")]
    with pytest.raises(Trouble, match="Silent") as caught:
        licences.refuse_without_text(works)
    assert "Good" not in str(caught.value)


def test_an_environment_that_cannot_tell_is_said_to_be_made_anew(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="cannot say what it holds"):
        licences.of_build(tmp_path / "python")


@pytest.mark.usefixtures("looked_up")
def test_without_a_program_there_is_nothing_to_write_into(tmp_path: Path) -> None:
    nothing = Product("1.0", 0, "", tmp_path / "work", tmp_path / "out")
    with pytest.raises(Trouble, match="holds no program"):
        licences.write(nothing, Path(sys.executable))


def test_a_paper_of_debian_is_read() -> None:
    assert debian.licence_of(PAPER) == "LGPL-2.1+"
    assert debian.licence_of("This was packaged by hand.") == "see its text"


@debian_only
def test_what_papers_only_refer_to_is_added_once() -> None:
    owners, unknown = debian.owners(["libz.so.1", "libgcc_s.so.1", "libstdc++.so.6"])
    assert not unknown
    assert len(owners) == 2
    works = debian.works(owners)
    texts = [work.name for work in works if work.name.startswith("Licence text: ")]
    assert "Licence text: GPL-3" in texts
    assert len(texts) == len(set(texts))
    assert to_json(works)
