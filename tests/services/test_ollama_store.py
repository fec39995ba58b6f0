"""Ollama's names and tags lead to the files behind them; nothing is ever written there."""

import json
import os
from pathlib import Path

import pytest
from helpers.gguf_files import write_model
from helpers.stores import OllamaStore, write_named, write_projector
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.model_info import ModelKind
from lollma_gui.core.model_source import ModelSource
from lollma_gui.services.model_library import LibraryEntry, scan
from lollma_gui.services.model_places import Place
from lollma_gui.services.ollama_store import read_manifests

LIBRARY = "registry.ollama.ai/library"
NOWHERE = "sha256:" + "0" * 64


@pytest.fixture
def store(tmp_path: Path) -> OllamaStore:
    return OllamaStore(tmp_path / "ollama")


def listed(store: OllamaStore) -> dict[str, LibraryEntry]:
    place = Place(ModelSource.OLLAMA, store.folder)
    return {entry.name: entry for entry in scan([place], clock=lambda: 0).entries}


def test_names_are_those_that_ollama_shows(store: OllamaStore, tmp_path: Path) -> None:
    for number, name in enumerate(
        (
            f"{LIBRARY}/llama3.2/3b",
            "registry.ollama.ai/someone/model/latest",
            "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF/Q4_K_M",
        )
    ):
        store.manifest(name, model=store.blob(write_named(tmp_path / f"{number}.gguf")))
    (store.folder / "manifests" / ".DS_Store").touch()
    (store.folder / "manifests" / LIBRARY / "llama3.2" / ".hidden").touch()
    entries = listed(store)
    assert set(entries) == {
        "llama3.2:3b",
        "someone/model:latest",
        "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M",
    }
    entry = entries["llama3.2:3b"]
    assert entry.info is not None
    assert entry.path.parent == store.blobs
    assert (entry.source, entry.problem) == (ModelSource.OLLAMA, "")
    assert entry.size_bytes == entry.path.stat().st_size
    assert entry.info.files == (str(entry.path),)


def test_a_file_with_several_names_is_listed_once_with_all(
    store: OllamaStore, tmp_path: Path
) -> None:
    digest = store.blob(write_named(tmp_path / "m.gguf"))
    for tag in ("3b", "latest"):
        store.manifest(f"{LIBRARY}/llama3.2/{tag}", model=digest)
    assert list(listed(store)) == ["llama3.2:3b, llama3.2:latest"]


def test_the_projector_is_paired_and_told_apart(store: OllamaStore, tmp_path: Path) -> None:
    model = store.blob(write_named(tmp_path / "m.gguf"))
    projector = store.blob(write_projector(tmp_path / "p.gguf"))
    license_ = tmp_path / "LICENSE"
    license_.write_text("free")
    store.manifest(
        f"{LIBRARY}/gemma3/4b", model=model, projector=projector, license=store.blob(license_)
    )
    entries = listed(store)
    assert set(entries) == {"gemma3:4b", "gemma3:4b (projector)"}
    info, other = entries["gemma3:4b"].info, entries["gemma3:4b (projector)"].info
    assert info is not None
    assert other is not None
    assert info.companions == (str(store.path(projector)),)
    assert other.kind is ModelKind.PROJECTOR


def test_what_is_missing_or_cut_off_is_said_with_the_command_that_helps(
    store: OllamaStore, tmp_path: Path
) -> None:
    store.manifest(f"{LIBRARY}/gone/1b", model=NOWHERE)
    cut = store.blob(write_named(tmp_path / "m.gguf"))
    store.manifest(f"{LIBRARY}/cut/1b", model=cut)
    os.truncate(store.path(cut), 100)
    (store.folder / "manifests" / LIBRARY / "odd").mkdir()
    (store.folder / "manifests" / LIBRARY / "odd" / "1b").write_text("not JSON")
    entries = listed(store)
    assert entries["gone:1b"].problem == "Its file is missing from Ollama's store."
    assert entries["gone:1b"].advice == "Get it again: ollama pull gone:1b"
    assert "100 B of" in entries["cut:1b"].problem
    assert "cannot be read" in entries["odd:1b"].problem
    assert not any(entry.info for entry in entries.values())


def test_models_in_the_cloud_and_of_other_formats_are_left_out(store: OllamaStore) -> None:
    path = store.manifest(f"{LIBRARY}/gpt-oss/120b-cloud", tensor=NOWHERE)
    path.with_name("none").write_text(json.dumps({"layers": None, "config": {}}))
    assert listed(store) == {}


def test_downloads_under_way_say_how_much_is_there(store: OllamaStore) -> None:
    digest = "a" * 64
    (store.blobs / f"sha256-{digest}-partial").write_bytes(b"GGUF" + bytes(10**6))
    for number, completed in enumerate((400_000, 0)):
        part = {"N": number, "Offset": 0, "Size": 500_000, "Completed": completed}
        (store.blobs / f"sha256-{digest}-partial-{number}").write_text(json.dumps(part))
    (entry,) = listed(store).values()
    assert entry.is_partial
    assert entry.problem == "The download was not finished: 400.0 kB of 1.0 MB are there."
    assert "Ollama" in entry.advice
    assert entry.size_bytes == 400_000


@given(
    digest=st.one_of(st.text(), st.just("sha256:../../../../etc/passwd"), st.none(), st.integers()),
    kind=st.one_of(st.just("application/vnd.ollama.image.model"), st.text(), st.none()),
    size=st.one_of(st.integers(), st.text(), st.none()),
)
def test_no_manifest_leads_out_of_the_store(
    tmp_path_factory: pytest.TempPathFactory, digest: object, kind: object, size: object
) -> None:
    store = OllamaStore(tmp_path_factory.mktemp("wild") / "ollama")
    path = store.manifest(f"{LIBRARY}/m/1")
    path.write_text(
        json.dumps({"layers": [{"digest": digest, "mediaType": kind, "size": size}, 3]})
    )
    for manifest in read_manifests(store.folder):
        for layers in manifest.layers.values():
            assert all(layer.blob.parent == store.blobs for layer in layers)
    for entry in listed(store).values():
        assert entry.problem


def test_a_search_changes_nothing(store: OllamaStore, tmp_path: Path) -> None:
    store.manifest(f"{LIBRARY}/m/1", model=store.blob(write_model(tmp_path / "m.gguf")))

    def state() -> list[tuple[str, int, int]]:
        every = sorted(store.folder.rglob("*"))
        return [(str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in every]

    before = state()
    for path in store.folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert listed(store)["m:1"].info
    assert state() == before
    for path in store.folder.rglob("*"):
        path.chmod(0o755)
