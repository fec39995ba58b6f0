"""A report of a fault says what is needed to understand it, and works whatever is missing."""

import importlib.metadata
import json
import platform
import re
from pathlib import Path

import PySide6
import pytest
from packaging.version import Version

import lollma_gui
from lollma_gui import __version__
from lollma_gui.core.build_info import BuildInfo
from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.services import about_facts, build_info
from lollma_gui.services.own_work import own_work
from lollma_gui.services.places import resource

CARD = GpuReading(key="0", index=0, name="GeForce RTX 4080")


def facts(survey: GpuSurvey | None = None, build: BuildInfo | None = None) -> dict[str, str]:
    return dict(about_facts.about_facts(build or BuildInfo(), survey))


def test_versions_are_those_of_what_runs() -> None:
    told = facts()
    assert told["LoLLMa"] == __version__
    assert told["Build"] == "from a checkout"
    assert told["Python"].startswith(platform.python_version())
    assert told["Qt"] == f"{PySide6.__version__} (PySide6)"
    engine = importlib.metadata.version("llama_cpp_python")
    assert told["Engine"].startswith(f"llama-cpp-python {engine}")
    assert platform.machine() in told["System"]


def test_the_gpu_and_its_driver_are_told() -> None:
    told = facts(GpuSurvey(gpus=(CARD, CARD), driver="580.65", cuda="13.0"))
    assert told["GPU"] == "GeForce RTX 4080, GeForce RTX 4080"
    assert told["Driver"] == "580.65, CUDA 13.0"
    assert facts(GpuSurvey(driver="26.1"))["Driver"] == "26.1"
    assert facts(GpuSurvey(is_absent=True))["GPU"] == "none found"
    assert facts()["GPU"] == facts()["Driver"] == "-"


def test_without_an_engine_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(about_facts.metadata, "version", missing)
    told = facts()
    assert told["Engine"] == "not installed"
    assert told["Qt"] == "-"


@pytest.mark.parametrize("name", ["libllama.so.0.5.0", "libllama.0.5.0.dylib"])
def test_llama_cpps_version_is_that_of_its_library(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    files = [
        importlib.metadata.PackagePath(f"llama_cpp/lib/{one}") for one in ("libllama.so", name)
    ]
    monkeypatch.setattr(about_facts.metadata, "files", lambda _package: files)
    assert facts()["Engine"].endswith(", llama.cpp 0.5.0")
    monkeypatch.setattr(about_facts.metadata, "files", lambda _package: None)
    assert "llama.cpp" not in facts()["Engine"]


def test_a_build_is_read_from_where_the_release_leaves_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert build_info.read_build() == BuildInfo("checkout")
    values = {"kind": "deb", "commit": "0c1e570", "date": "2026-11-25", "repository": "o/lollma"}
    (tmp_path / "resources").mkdir()
    path = tmp_path / "resources" / "build.json"
    path.write_text(json.dumps(values))
    monkeypatch.setattr("sys._MEIPASS", str(tmp_path), raising=False)
    assert build_info.read_build() == BuildInfo("deb", "0c1e570", "2026-11-25", "o/lollma")
    path.write_text("{")
    assert build_info.read_build() == BuildInfo("checkout")


def test_our_own_licence_is_whole_in_a_checkout_and_in_a_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (Path(lollma_gui.__file__).parents[1] / "LICENSE").read_text()
    assert own_work().text == text
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "LICENSE").write_text("as built")
    monkeypatch.setattr("sys._MEIPASS", str(tmp_path), raising=False)
    assert own_work().text == "as built"


def test_the_changelog_begins_with_this_version() -> None:
    text = resource("CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)", text, re.MULTILINE)
    assert versions[0] == __version__
    assert versions == sorted(versions, key=Version, reverse=True)
