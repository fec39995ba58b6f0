"""The papers beside a release: the list of its parts, and the check sums."""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lollma_bootstrap.say import Trouble
from lollma_release import lock, sbom, sums
from lollma_release.product import Product

from lollma_gui.core.third_party import ThirdParty
from lollma_gui.services.third_party import of_environment

WORKS = (
    ThirdParty("Small", "1.0", "MIT", "Permission", "https://example.org", "pkg:pypi/small@1.0"),
    ThirdParty("Inside", "", "LGPL-2.1+ and something", "Words"),
    ThirdParty("Licence text: GPL-3", "", "GPL-3", "Words"),
)
REPORT = {
    "install": [
        {
            "metadata": {"name": "Small", "version": "1.0"},
            "download_info": {"archive_info": {"hashes": {"sha256": "ab" * 32}}},
        }
    ]
}

with_library = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("cyclonedx", "jsonschema"))),
    reason="cyclonedx-python-lib is not here",
)


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product("1.0", 1_700_000_000, "c" * 40, tmp_path / "work", tmp_path / "out")


def given(product: Product, works: tuple[ThirdParty, ...] = WORKS) -> dict[str, Any]:
    return sbom.parts(product, "file.cdx.json", works, sbom.hashes(REPORT))


def test_a_part_has_the_hash_of_the_file_it_was_installed_from(product: Product) -> None:
    small, inside = given(product)["works"]
    assert small["sha256"] == ["ab" * 32]
    assert inside["sha256"] == []


def test_the_engine_counts_by_its_locked_source() -> None:
    (engine,) = lock.read(lock.LOCKED_ENGINE)
    purl = f"pkg:pypi/llama-cpp-python@{engine.version}"
    assert sbom.hashes(REPORT)[purl] == list(engine.hashes)


@with_library
def test_the_list_of_parts_is_what_cyclonedx_allows_and_the_same_every_time(
    product: Product,
) -> None:
    text = sbom.document(Path(sys.executable), given(product))
    assert sbom.document(Path(sys.executable), given(product)) == text
    read = json.loads(text)
    assert read["specVersion"] == "1.6"
    assert read["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert read["metadata"]["component"]["version"] == "1.0"
    assert {part["name"] for part in read["components"]} == {"Small", "Inside"}
    (small,) = (part for part in read["components"] if part["name"] == "Small")
    assert small["purl"] == "pkg:pypi/small@1.0"
    assert small["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert small["licenses"] == [{"license": {"id": "MIT"}}]


@with_library
def test_another_commit_is_another_list(product: Product) -> None:
    one = json.loads(sbom.document(Path(sys.executable), given(product)))
    later = product._replace(commit="d" * 40)
    other = json.loads(sbom.document(Path(sys.executable), given(later)))
    assert one["serialNumber"] != other["serialNumber"]


@with_library
def test_what_is_installed_here_makes_a_list_too(product: Product) -> None:
    text = sbom.document(Path(sys.executable), given(product, of_environment()))
    purls = {part.get("purl", "") for part in json.loads(text)["components"]}
    assert "pkg:github/ggml-org/llama.cpp" in purls
    assert any(purl.startswith("pkg:generic/qt@6.") for purl in purls)
    assert any(purl.startswith("pkg:generic/python@3.") for purl in purls)


def test_without_the_library_the_build_stops_with_its_words(product: Product) -> None:
    broken = given(product) | {"licence": None}
    with pytest.raises(Trouble, match="could not be made"):
        sbom.document(Path(sys.executable), broken)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no coreutils here")
def test_check_sums_are_read_by_the_program_people_have(tmp_path: Path) -> None:
    (tmp_path / "LoLLMa 1.zip").write_bytes(b"one")
    (tmp_path / "a.deb").write_bytes(b"two")
    (tmp_path / "folder").mkdir()
    sums.write(tmp_path)
    # Written again, it does not sum itself up.
    path = sums.write(tmp_path)
    check = ["sha256sum", "--strict", "-c", path.name]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "LoLLMa 1.zip: OK\na.deb: OK\n"
    assert done.returncode == 0
    (tmp_path / "a.deb").write_bytes(b"three")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_check_sums_are_the_files_own(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_bytes(b"two")
    text = sums.write(tmp_path).read_text(encoding="utf-8")
    assert text == f"{hashlib.sha256(b'two').hexdigest()} *a.deb\n"


def test_check_sums_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="nothing in"):
        sums.write(tmp_path)
