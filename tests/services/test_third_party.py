"""What LoLLMa is built of that others wrote: all of it, each with the words of its licence."""

import importlib.metadata
import sys
from pathlib import Path

import pytest

from lollma_gui.core.bundled_works import WITHOUT_TEXT, WORKS
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.third_party import ThirdParty
from lollma_gui.services import third_party as service
from lollma_gui.services.places import resource


@pytest.fixture(scope="module")
def works() -> dict[str, ThirdParty]:
    # On 3.11 it brings the backport of importlib.metadata, whose answers are stricter.
    importlib.import_module("keyring.backends")
    return {work.name: work for work in service.of_environment()}


def test_every_work_has_the_whole_text_of_its_licence(works: dict[str, ThirdParty]) -> None:
    assert len(works) > 40
    assert [work.name for work in works.values() if len(work.text) < 150] == []
    assert [work.name for work in works.values() if not work.licence] == []
    refers = [w for w in works.values() if "Apache-2.0" in w.licence]
    assert refers
    assert all("TERMS AND CONDITIONS" in work.text for work in refers)


def test_what_the_app_needs_is_there_down_to_what_that_needs(works: dict[str, ThirdParty]) -> None:
    assert works["psutil"].version == importlib.metadata.version("psutil")
    # Needed by huggingface_hub, not by us.
    assert "tqdm" in works
    # A tool of ours: nobody who runs LoLLMa gets it.
    assert "ruff" not in works
    assert "lollma-gui" not in works


def test_qt_is_said_to_be_replaceable_and_where_its_source_is(works: dict[str, ThirdParty]) -> None:
    for name in ("Qt", "PySide6_Essentials", "shiboken6"):
        work = works[name]
        assert work.licence == "LGPL-3.0-only"
        assert "you may replace them" in work.text
        assert "code.qt.io" in work.text
        assert "GNU LESSER GENERAL PUBLIC LICENSE" in work.text
        # The LGPL is the GPL with additions and cannot be read without it.
        assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3" in work.text
        assert work.version == importlib.metadata.version("PySide6_Essentials")


def test_works_that_lie_inside_others_are_named_too(works: dict[str, ThirdParty]) -> None:
    assert "The ggml authors" in works["llama.cpp and ggml"].text
    assert works["Python"].version == ".".join(map(str, sys.version_info[:3]))
    assert {"OpenSSL", "SQLite", "HarfBuzz (in Qt)", "stb_image (in llama.cpp)"} <= set(works)


def test_no_text_of_a_licence_is_missing_on_any_system() -> None:
    for work in (*WORKS, *WITHOUT_TEXT.values()):
        for name in work.texts:
            assert resource("licences", f"{name}.txt").read_text(encoding="utf-8").strip()
    used = {name for work in (*WORKS, *WITHOUT_TEXT.values()) for name in work.texts}
    # Besides: the licence of OpenSSL.
    there = {path.stem for path in resource("licences").iterdir()}
    assert there == used | {"Apache-2.0"}


def test_a_release_reads_what_its_build_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = (ThirdParty("Ä work", "1.0", "MIT", "All of it", "", "pkg:generic/a@1.0"),)
    path = tmp_path / "resources" / service.WRITTEN
    path.parent.mkdir()
    path.write_text(service.to_json(written), encoding="utf-8")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert service.third_party() == written


def test_a_checkout_looks_it_up(works: dict[str, ThirdParty]) -> None:
    assert {work.name for work in service.third_party()} == set(works)


def test_a_release_without_its_list_says_so_and_makes_none_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(LollmaError, match="missing from this installation"):
        service.third_party()


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"colour": "red"}]'])
def test_a_damaged_list_is_a_sentence_and_not_a_crash(text: str) -> None:
    with pytest.raises(LollmaError, match="cannot be read"):
        service.from_json(text)
