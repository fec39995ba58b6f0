"""The router's file says what the command line would, or nothing at all."""

from lollma_gui.core.llama_preset import model_name, preset, section, sections_of


def test_flags_become_keys() -> None:
    words = ["--model", "/m/a b.gguf", "--ctx-size", "4096", "--n-gpu-layers", "-1", "--swa-full"]
    body = section(words)
    assert body == "model = /m/a b.gguf\nctx-size = 4096\nn-gpu-layers = -1\nswa-full = true"
    assert preset({"a b": body}) == f"version = 1\n\n[a b]\n{body}\n"


def test_without_a_model_nothing_is_to_be_loaded() -> None:
    assert section([]) == ""
    assert preset({}) == "version = 1\n"


def test_what_was_written_is_read_again() -> None:
    sections = {"one": "model = /m/one.gguf", "two 2": "model = /m/2\na = 1"}
    assert sections_of(preset(sections)) == sections
    assert sections_of(preset({})) == {}


def test_what_cannot_be_written_is_not_written() -> None:
    assert section(["--model", "/m/a;b.gguf"]) is None, "a comment would begin in the path"
    assert section(["--model", "/m/a.gguf\nport = 1"]) is None
    assert section(["--model", "/m/a.gguf", "--lora", "1", "--lora", "2"]) is None
    assert section(["--model", "/m/a.gguf", "-c", "1"]) is None


def test_a_model_is_called_by_its_file() -> None:
    assert model_name("/models/Some-Model.Q4_K_M.gguf") == "Some-Model.Q4_K_M"
    assert model_name("/models/odd]name;1.gguf") == "odd_name_1"
    assert model_name("") == ""
