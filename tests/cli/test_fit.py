"""``lollma fit`` says what a model needs, in words and as JSON, for this PC and for others."""

import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.hub_server import HubFile, HubServer

import lollma_gui
from lollma_gui.__main__ import main
from lollma_gui.cli import fit
from lollma_gui.core.load_record import DeviceRecord, LoadRecord
from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.services.choices import Choices, ChoiceStore
from lollma_gui.services.database import Database
from lollma_gui.services.load_store import LoadStore
from lollma_gui.services.places import Places

GIB = 2**30
CARD = GpuReading("GPU-1", "RTX 4080", 0, memory_free_bytes=15 * GIB, memory_total_bytes=16 * GIB)
KEYS = ["name", "kind", "weights", "kv", "compute", "output", "overhead", "total", "free"]


def no_gpu() -> GpuSurvey:
    return GpuSurvey(problem="No NVIDIA driver was found.")


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    fit.add_arguments(parser)
    return parser.parse_args(list(arguments))


def asked(model: Path | str, *arguments: str, survey: Any = no_gpu) -> dict[str, Any]:
    """What the command says as JSON."""
    out = io.StringIO()
    assert fit.run(options(str(model), "--json", *arguments), out, Places.usual(), survey) == 0
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def text(model: Path, *arguments: str, survey: Any = no_gpu) -> list[str]:
    out = io.StringIO()
    assert fit.run(options(str(model), *arguments), out, Places.usual(), survey) == 0
    return out.getvalue().splitlines()


def test_json_holds_every_byte(starter_model: Path) -> None:
    said = asked(starter_model, "--ctx", "8192")
    (ram,) = said["devices"]
    assert list(ram) == KEYS
    assert (ram["name"], ram["kind"]) == ("RAM", "cpu")
    assert (ram["weights"], ram["kv"]) == (96_576_768, 188_743_680)
    assert ram["free"] > 0
    parts = ("weights", "kv", "compute", "output", "overhead")
    assert ram["total"] == sum(ram[part] for part in parts)
    assert all(isinstance(ram[part], int) for part in parts)
    assert said["model"]["parameters"] == 134_515_008
    assert said["model"]["quantisation"] == "Q4_1"
    assert said["settings"]["n_ctx"] == 8192
    assert said["method"] == "arithmetic"
    assert said["max_gpu_layers"] == 0
    assert said["max_context"] == 8192
    assert said["verdict"].startswith("Fits with ")


def test_a_gpu_takes_the_layers_and_ram_keeps_the_embedding(starter_model: Path) -> None:
    said = asked(starter_model, survey=lambda: GpuSurvey((CARD,)))
    ram, card = said["devices"]
    assert (card["name"], card["kind"], card["free"]) == ("RTX 4080", "cuda", 15 * GIB)
    assert (ram["weights"], ram["kv"], card["kv"]) == (30_081_024, 0, 94_371_840)
    # CUDA's alignment and row padding come on top of the bytes in the file.
    assert 96_576_768 < card["weights"] < 97_000_000
    assert said["max_gpu_layers"] == 31


def test_what_the_window_learned_and_was_told_counts_here_too(starter_model: Path) -> None:
    places = Places.usual()
    usual = asked(starter_model, survey=lambda: GpuSurvey((CARD,)))["devices"][1]["overhead"]
    database = Database(places.data / "lollma.sqlite")
    seen = DeviceRecord("GPU-1", "RTX 4080", GIB, usual, GIB, GIB + 777 * 2**20)
    LoadStore(database).add(LoadRecord("/m.gguf", 1.0, "arithmetic", (seen,)))
    database.close()
    ChoiceStore(places.config / "choices.json").save(Choices(games_mib=14 * 1024))
    said = asked(starter_model, survey=lambda: GpuSurvey((CARD,)))
    assert said["devices"][1]["overhead"] in (0, 777 * 2**20)
    assert said["max_gpu_layers"] == 0  # 14 GiB of 15 are for games
    no_games = Choices()
    ChoiceStore(places.config / "choices.json").save(no_games)
    said = asked(starter_model, survey=lambda: GpuSurvey((CARD,)))
    assert said["devices"][1]["overhead"] == 777 * 2**20 != usual


def test_another_pc_can_be_asked_about_without_looking_at_this_one(starter_model: Path) -> None:
    def looked() -> GpuSurvey:
        pytest.fail("nobody asked about this PC")

    said = asked(starter_model, "--vram", "8,12", "--ram", "32", survey=looked)
    assert [d["free"] for d in said["devices"]] == [32 * GIB, 8 * GIB, 12 * GIB]
    alone = asked(starter_model, "--vram", "0", "--ram", "0.5", survey=looked)
    assert len(alone["devices"]) == 1
    assert alone["fit"] in ("only just", "does not fit")


def test_every_setting_changes_what_it_should(starter_model: Path) -> None:
    def device(*arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = asked(starter_model, "--vram", "8", *arguments)["devices"][1]
        return found

    usual = device()
    assert device("--ctx", "8192")["kv"] == 2 * usual["kv"]
    quantised = device("--type-k", "q8_0", "--type-v", "q8_0")
    assert quantised["kv"] * 2 < usual["kv"] * 1.1
    assert device("--ngl", "10")["weights"] < usual["weights"]
    assert device("--ngl", "auto")["weights"] == usual["weights"]
    assert device("--ubatch", "1024")["compute"] > 1.5 * usual["compute"]
    assert device("--batch", "64")["compute"] < usual["compute"]
    assert device("--flash-attn", "off", "--ctx", "8192")["compute"] > usual["compute"]
    split = asked(starter_model, "--vram", "8,8", "--tensor-split", "1,3")["devices"]
    assert split[1]["weights"] < split[2]["weights"]


def test_the_engine_itself_can_be_asked(starter_model: Path) -> None:
    exact = asked(starter_model, "--vram", "0", "--exact")
    assert exact["method"] == "dry-run"
    plan, engine = asked(starter_model, "--vram", "0")["devices"][0], exact["devices"][0]
    assert (plan["weights"], plan["kv"]) == (engine["weights"], engine["kv"])
    assert plan["compute"] == pytest.approx(engine["compute"], rel=0.06)


def test_the_engine_cannot_plan_for_a_gpu_that_is_not_here(
    starter_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", str(starter_model), "--vram", "16", "--exact"]) == 1
    assert "only for GPUs that are in this PC" in capsys.readouterr().err


def test_text_says_the_verdict_and_what_would_fit(starter_model: Path) -> None:
    lines = text(starter_model, "--vram", "0", "--ram", "0.25", "--ctx", "8192")
    assert lines[1] == "llama, 135 M parameters, Q4_1, 98.4 MB on disk"
    assert lines[2].startswith("Context 8,192 tokens, KV cache f16/f16")
    header, ram = (line.split("  ") for line in lines[4:6])
    assert header[-1].strip() == "free"
    assert ram[0].strip() == "RAM"
    assert any(line.startswith("Needs ") and line.endswith("more in RAM.") for line in lines)
    assert lines[-1] == "Planned by arithmetic."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        (b"PK\3\4 something else", "The file is a ZIP archive, not a GGUF model."),
        (b"GGUF\3\0\0\0", "The model file is damaged: it ends in the middle of its header."),
    ],
)
def test_what_is_no_model_fails_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    assert main(["fit", str(path), "--json"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(said)
    assert len(printed.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ctx", "-1"], "Context length: "),
        (["--ngl", "many"], "GPU layers: "),
        (["--tensor-split", "a,b"], "Share of each GPU: "),
        (["--vram", "lots"], "'lots' is no amount of video memory."),
        (["--vram", "-4"], "--vram -4 is no amount of memory."),
        (["--ram", "-1"], "--ram -1 is no amount of memory."),
        (["--type-v", "q8_0", "--flash-attn", "off"], "A quantised V cache needs flash"),
    ],
)
def test_what_is_impossible_is_refused_in_a_sentence(
    starter_model: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["fit", str(starter_model), *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(said)
    assert len(printed.err.splitlines()) == 1


# ---- on the Hub ----------------------------------------------------------------------------


@pytest.fixture
def hub(starter_model: Path) -> Iterator[HubServer]:
    with HubServer() as server:
        model = HubFile(starter_model.read_bytes())
        server.add_to_repository("owner/repo", "main", "deep/Small-135M-Q4_1.gguf", model)
        yield server


def in_a_terminal(hub: HubServer, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command as a person starts it, with the Hub's address in the environment."""
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_TOKEN_PATH": "/no/such/token"}
    environment.pop("HF_TOKEN", None)
    return subprocess.run(
        [sys.executable, "-m", "lollma_gui", "fit", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_model_on_the_hub_is_planned_from_its_header(hub: HubServer, starter_model: Path) -> None:
    pc = ("--vram", "8", "--ram", "16")
    remote = json.loads(
        in_a_terminal(hub, "owner/repo/deep/Small-135M-Q4_1.gguf", "--json", *pc).stdout
    )
    local = asked(starter_model, *pc)
    assert remote["devices"] == local["devices"]
    assert remote["model"]["name"] == "Small-135M"
    engine = in_a_terminal(
        hub, f"{hub.url}/owner/repo/blob/main/deep/Small-135M-Q4_1.gguf", "--json"
    )
    assert json.loads(engine.stdout)["method"] == "arithmetic"
    exact = in_a_terminal(
        hub, "owner/repo/deep/Small-135M-Q4_1.gguf", "--json", "--vram", "0", "--exact"
    )
    assert json.loads(exact.stdout)["method"] == "dry-run"


def test_a_mistyped_path_asks_nobody_on_the_network(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(lollma_gui.__file__).parents[1]))
    said = in_a_terminal(hub, "models/deep/wrong.gguf")
    assert said.stderr.startswith("There is no file")
    assert hub.seen == []


def test_a_model_that_is_not_on_the_hub_is_a_sentence(hub: HubServer) -> None:
    said = in_a_terminal(hub, "owner/repo/other.gguf")
    assert said.returncode == 1
    assert said.stdout == ""
    assert "does not have this file" in said.stderr
