"""The folders of other programs are found where each of them keeps its models, on each system."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest
from helpers.stores import hub_file, write_named, write_projector

from lollma_gui.core.model_source import ModelSource
from lollma_gui.services.model_library import LibraryEntry, scan
from lollma_gui.services.model_places import ModelPlaces, Place

S = ModelSource


def found(
    home: Path, platform: str = "linux", environ: Mapping[str, str] | None = None
) -> list[Place]:
    return ModelPlaces(home, environ or {}, platform, root=home / "root").find()


def listed(*places: Place) -> dict[str, LibraryEntry]:
    return {entry.name: entry for entry in scan(places, clock=lambda: 0).entries}


#: For each program and system, where it keeps models without any setting.
USUAL = [
    *((S.LM_STUDIO, system, ".lmstudio/models") for system in ("linux", "darwin", "win32")),
    *((S.LM_STUDIO, system, ".cache/lm-studio/models") for system in ("linux", "win32")),
    (S.JAN, "linux", ".local/share/Jan/data/llamacpp/models"),
    (S.JAN, "linux", ".config/Jan/data/llamacpp/models"),
    (S.JAN, "linux", ".var/app/ai.jan.Jan/data/Jan/data/llamacpp/models"),
    (S.JAN, "darwin", "Library/Application Support/Jan/data/llamacpp/models"),
    (S.JAN, "win32", "AppData/Roaming/Jan/data/llamacpp/models"),
    (S.JAN, "linux", "jan/models"),
    (S.GPT4ALL, "linux", ".local/share/nomic.ai/GPT4All"),
    (S.GPT4ALL, "darwin", "Library/Application Support/nomic.ai/GPT4All"),
    (S.GPT4ALL, "win32", "AppData/Local/nomic.ai/GPT4All"),
    (S.GPT4ALL, "linux", ".cache/gpt4all"),
    (S.TEXTGEN, "linux", "text-generation-webui/user_data/models"),
    (S.TEXTGEN, "linux", "src/text-generation-webui/models"),
    (S.TEXTGEN, "win32", "Downloads/textgen-portable-3.9-windows/textgen-3.9/user_data/models"),
    (S.TEXTGEN, "linux", "root/opt/textgen/user_data/models"),
    (S.KOBOLDCPP, "linux", "apps/koboldcpp"),
    (S.LLAMA_CPP, "linux", ".cache/llama.cpp"),
    (S.LLAMA_CPP, "darwin", "Library/Caches/llama.cpp"),
    (S.LLAMA_CPP, "win32", "AppData/Local/llama.cpp"),
    *((S.HUGGING_FACE, sys_, ".cache/huggingface/hub") for sys_ in ("linux", "darwin", "win32")),
    *((S.OLLAMA, system, ".ollama/models") for system in ("linux", "darwin", "win32")),
    (S.OLLAMA, "linux", "root/usr/share/ollama/.ollama/models"),
    (S.OLLAMA, "linux", "root/var/snap/ollama/common/models"),
]


@pytest.mark.parametrize(("source", "platform", "path"), USUAL)
def test_every_program_is_found_where_it_keeps_models(
    tmp_path: Path, source: ModelSource, platform: str, path: str
) -> None:
    assert found(tmp_path, platform) == []
    (tmp_path / path).mkdir(parents=True)
    assert Place(source, tmp_path / path) in found(tmp_path, platform)


VARIABLES = [
    (S.JAN, "JAN_DATA_FOLDER", "x", "x/llamacpp/models"),
    (S.OLLAMA, "OLLAMA_MODELS", "x", "x"),
    (S.LLAMA_CPP, "LLAMA_CACHE", "x", "x"),
    (S.HUGGING_FACE, "HF_HUB_CACHE", "x", "x"),
    (S.HUGGING_FACE, "HUGGINGFACE_HUB_CACHE", "x", "x"),
    (S.HUGGING_FACE, "HF_HOME", "x", "x/hub"),
    (S.HUGGING_FACE, "XDG_CACHE_HOME", "x", "x/huggingface/hub"),
    (S.LLAMA_CPP, "XDG_CACHE_HOME", "x", "x/llama.cpp"),
    (S.GPT4ALL, "XDG_DATA_HOME", "x", "x/nomic.ai/GPT4All"),
]


@pytest.mark.parametrize(("source", "name", "value", "path"), VARIABLES)
def test_variables_that_lead_elsewhere_are_followed(
    tmp_path: Path, source: ModelSource, name: str, value: str, path: str
) -> None:
    (tmp_path / path).mkdir(parents=True)
    given = {name: f'"{tmp_path / value}"'}  # people put quotes around it
    assert found(tmp_path, environ=given) == [Place(source, tmp_path / path)]


def test_settings_files_that_lead_elsewhere_are_followed(tmp_path: Path) -> None:
    elsewhere = {name: tmp_path / "disk" / name for name in ("lms", "jan", "gpt4all")}
    for path in (elsewhere["lms"], elsewhere["jan"] / "llamacpp/models", elsewhere["gpt4all"]):
        path.mkdir(parents=True)
    lm_studio, jan = tmp_path / ".lmstudio", tmp_path / ".local/share/Jan"
    lm_studio.mkdir()
    (lm_studio / "settings.json").write_text(json.dumps({"downloadsFolder": str(elsewhere["lms"])}))
    jan.mkdir(parents=True)
    (jan / "settings.json").write_text(json.dumps({"data_folder": str(elsewhere["jan"])}))
    ini = tmp_path / ".config/nomic.ai/GPT4All.ini"
    ini.parent.mkdir(parents=True)
    text = (
        f"[General]\nthreadCount=4\nmodelPath={elsewhere['gpt4all']}/\n\n[network]\nmodelPath=/no\n"
    )
    ini.write_text(text)
    assert found(tmp_path) == [
        Place(S.LM_STUDIO, elsewhere["lms"]),
        Place(S.JAN, elsewhere["jan"] / "llamacpp/models"),
        Place(S.GPT4ALL, elsewhere["gpt4all"]),
    ]


def test_the_pointer_to_lm_studios_home_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk" / "models").mkdir(parents=True)
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{tmp_path / 'disk'}\n")
    assert found(tmp_path) == [Place(S.LM_STUDIO, tmp_path / "disk" / "models")]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"downloadsFolder": 3}', "\0\1", "null"])
def test_damaged_settings_of_others_do_no_harm(tmp_path: Path, content: str) -> None:
    for path in (".lmstudio", ".local/share/Jan"):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "settings.json").write_text(content)
    (tmp_path / ".lmstudio-home-pointer").write_bytes(b"\xff\xfe\0")
    assert found(tmp_path) == []


def test_a_folder_of_two_programs_is_found_once(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    both = {"LLAMA_CACHE": str(tmp_path / "shared"), "HF_HUB_CACHE": str(tmp_path / "shared")}
    assert found(tmp_path, environ=both) == [Place(S.HUGGING_FACE, tmp_path / "shared")]


def test_macos_is_not_made_to_ask_for_private_folders(tmp_path: Path) -> None:
    (tmp_path / "Documents/koboldcpp").mkdir(parents=True)
    assert found(tmp_path, "darwin") == []
    assert found(tmp_path, "linux") == [Place(S.KOBOLDCPP, tmp_path / "Documents/koboldcpp")]


def test_beside_koboldcpp_only_its_neighbours_are_searched(tmp_path: Path) -> None:
    downloads = tmp_path / "Downloads"
    write_named(downloads / "near.gguf")
    write_named(downloads / "models" / "inner.gguf")
    write_named(downloads / "holiday" / "far.gguf")
    assert found(tmp_path) == []
    (downloads / "koboldcpp-linux-x64").touch()
    places = found(tmp_path)
    assert [place.is_deep for place in places] == [True, False]
    assert set(listed(*places)) == {"near", "inner"}


# ---- what is in them -------------------------------------------------------------------------


def test_lm_studios_models_are_listed_as_its_own(tmp_path: Path) -> None:
    home = tmp_path / ".lmstudio/models/lmstudio-community/Qwen3-8B-GGUF"
    write_named(home / "Qwen3-8B-Q4_K_M.gguf")
    write_projector(home / "mmproj-model-f16.gguf")
    entries = listed(*found(tmp_path))
    assert set(entries) == {"Qwen3-8B", "mmproj-model"}
    assert {entry.source for entry in entries.values()} == {S.LM_STUDIO}


def test_jans_names_and_projectors_come_from_its_notes(tmp_path: Path) -> None:
    models = tmp_path / ".local/share/Jan/data/llamacpp/models"
    home = models / "Menlo/Jan-nano-gguf/q4"
    write_named(home / "model.gguf")
    projector = write_projector(home / "mmproj.gguf")
    (home / "model.yml").write_text(
        "model_path: llamacpp/models/Menlo/Jan-nano-gguf/q4/model.gguf\n"
        "mmproj_path: llamacpp/models/Menlo/Jan-nano-gguf/q4/mmproj.gguf\n"
        "name: Menlo/Jan-nano\nsize_bytes: 123\nembedding: false\n"
    )
    imported = write_named(tmp_path / "elsewhere" / "mine.gguf")
    (models / "mine").mkdir()
    (models / "mine/model.yml").write_text(f"model_path: {imported}\nname: My own\n")
    (models / "lost").mkdir()
    lost = tmp_path / "lost.gguf"
    (models / "lost/model.yml").write_text(f"model_path: '{lost}'\nname: Lost\n")
    entries = listed(*found(tmp_path))
    assert set(entries) == {"Menlo/Jan-nano", "mmproj", "My own", "Lost"}
    nano = entries["Menlo/Jan-nano"].info
    assert nano is not None
    assert nano.companions == (str(projector),)
    assert entries["My own"].path == imported
    assert "is not there" in entries["Lost"].problem


def test_the_hubs_cache_is_listed_by_human_names(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("the Hub's cache has no links there")
    hub = tmp_path / ".cache/huggingface/hub"
    named = write_named(tmp_path / "a.gguf")
    nameless = write_named(tmp_path / "b.gguf")
    first = hub_file(hub, "unsloth/Qwen3-8B-GGUF", named, "Q4_K_M/Qwen3-8B-Q4_K_M.gguf")
    hub_file(hub, "owner/Some-Model", nameless, "model.gguf")
    (hub / "models--owner--Some-Model" / ".no_exist").mkdir()
    half = hub / "models--owner--Half" / "blobs" / "ab12.incomplete"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"GGUF" + bytes(96))
    (half.parent / "cd34.incomplete").write_bytes(b"other" + bytes(95))
    entries = listed(*found(tmp_path))
    assert set(entries) == {"Qwen3-8B", "owner/Some-Model", "Download of owner/Half"}
    assert entries["Qwen3-8B"].path == first
    assert entries["Download of owner/Half"].is_partial


def test_paths_of_another_system_do_no_harm(tmp_path: Path) -> None:
    given = {"APPDATA": str(PurePosixPath("Z:/nowhere")), "LOCALAPPDATA": "Z:\\nowhere"}
    assert found(tmp_path, "win32", given) == []
