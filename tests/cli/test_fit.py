"""``lollma fit`` says what a model needs, in words and as JSON."""

import io
import json
from pathlib import Path

import pytest

from lollma_gui.__main__ import main
from lollma_gui.cli import fit
from lollma_gui.core.readings import GpuReading, GpuSurvey

CARD = GpuReading("GPU-1", "RTX 4080", 0, memory_free_bytes=15 * 2**30)
TOO_SMALL = GpuReading("GPU-1", "GT 710", 0, memory_free_bytes=10**7)


def no_gpu() -> GpuSurvey:
    return GpuSurvey(problem="No NVIDIA driver was found.")


def test_json_holds_every_byte_and_null_for_what_is_not_known(starter_model: Path) -> None:
    out = io.StringIO()
    assert fit.run(str(starter_model), 8192, True, out, no_gpu) == 0
    said = json.loads(out.getvalue())
    (ram,) = said["devices"]
    assert ram.pop("free") > 0
    assert ram == {
        "name": "RAM",
        "kind": "cpu",
        "weights": 96_576_768,
        "kv": 188_743_680,
        "compute": None,
        "output": None,
        "overhead": None,
        "total": 96_576_768 + 188_743_680,
    }
    assert said["model"]["parameters"] == 134_515_008
    assert said["model"]["quantisation"] == "Q4_1"
    assert said["settings"]["n_ctx"] == 8192
    assert said["method"] == "arithmetic"
    assert said["max_gpu_layers"] is None
    assert said["max_context"] is None
    assert said["verdict"].startswith("Needs at least 272.1 MiB of the ")


def test_a_gpu_takes_the_layers_and_ram_keeps_the_embedding(starter_model: Path) -> None:
    out = io.StringIO()
    assert fit.run(str(starter_model), None, True, out, lambda: GpuSurvey((CARD,))) == 0
    ram, card = json.loads(out.getvalue())["devices"]
    assert (card["name"], card["kind"], card["free"]) == ("RTX 4080", "cuda", 15 * 2**30)
    assert (ram["weights"], ram["kv"], card["kv"]) == (30_081_024, 0, 94_371_840)
    # CUDA's alignment and row padding come on top of the bytes in the file.
    assert 96_576_768 < card["weights"] < 97_000_000


def test_text_says_the_verdict_in_a_sentence(starter_model: Path) -> None:
    out = io.StringIO()
    survey = GpuSurvey((TOO_SMALL,))
    assert fit.run(str(starter_model), None, False, out, lambda: survey) == 0
    lines = out.getvalue().splitlines()
    assert lines[1] == "llama, 135 M parameters, Q4_1, 98.4 MB on disk"
    assert lines[2] == "Context: 4,096 tokens"
    assert "more than the 9.5 MiB free in GT 710." in lines[-1]
    header, ram, card = (line.split("  ") for line in lines[4:7])
    assert header[-1].strip() == "free"
    assert (ram[0].strip(), card[0].strip()) == ("RAM", "GT 710")


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


def test_an_impossible_context_is_refused(
    starter_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", str(starter_model), "--ctx", "-1"]) == 1
    assert capsys.readouterr().err.startswith("A context of -1 tokens is not possible.")
