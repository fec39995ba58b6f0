import pytest

from lollma_gui.core.known_programs import known_program

KNOWN = [
    (["/venv/bin/python", "-m", "lollma_gui", "--engine"], "", "llama.cpp engine"),
    ([r"C:\LoLLMa\lollma.exe", "--engine"], "", "llama.cpp engine"),
    (["/opt/llama.cpp/llama-server", "-m", "x.gguf", "--port", "8080"], "", "llama-server"),
    ([r"C:\llama\llama-server.exe", "-m", "x.gguf"], "", "llama-server"),
    (["python3", "-m", "llama_cpp.server", "--model", "x.gguf"], "", "llama-server"),
    (["./koboldcpp-linux-x64-cuda1210", "--model", "x.gguf"], "", "KoboldCpp"),
    ([r"D:\AI\koboldcpp.exe"], "", "KoboldCpp"),
    (["python", "koboldcpp.py", "--model", "x.gguf"], "", "KoboldCpp"),
    (["python", "/home/a/text-generation-webui/server.py", "--api"], "", "TextGen"),
    (["python3.11", "server.py"], "/home/a/textgen-portable-4.1", "TextGen"),
    ([r"C:\AI\text-generation-webui\env\python.exe", "server.py"], r"C:\AI\textgen", "TextGen"),
]
OTHERS = [
    ([], ""),
    (["/usr/bin/firefox"], ""),
    (["python", "server.py"], "/home/a/my-project"),
    (["python", "-c", "pass"], ""),
    (["python", "-m", "lollma_gui"], ""),
    (["game", "--engine"], ""),
    (["less", "koboldcpp.log"], ""),
    (["vim", "/home/a/text-generation-webui/server.py"], ""),
    (["grep", "llama-server"], ""),
    ([""], ""),
]


@pytest.mark.parametrize(("command", "folder", "expected"), KNOWN)
def test_programs_that_run_models_are_known_by_how_they_are_started(command, folder, expected):
    assert known_program(command, folder) == expected


@pytest.mark.parametrize(("command", "folder"), OTHERS)
def test_nothing_else_is_taken_for_one(command, folder):
    assert known_program(command, folder) == ""
