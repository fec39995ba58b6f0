"""Programs that run models, told by how they were started."""

from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath

ENGINE = "llama.cpp engine"
ENGINE_API = "llama.cpp engine (API)"
LLAMA_SERVER = "llama-server"
KOBOLDCPP = "KoboldCpp"
TEXTGEN = "TextGen"

#: Names of the folder that TextGen is unpacked into.
_TEXTGEN_FOLDERS = ("text-generation-webui", "textgen")


def known_program(command: Sequence[str], folder: str = "") -> str:
    """Which of these programs a command line starts; empty for any other.

    Args:
        command: The command line, word by word.
        folder: The folder it was started in; may be empty.
    """
    if not command:
        return ""
    if _is_engine(command):
        return ENGINE
    if "--engine-api" in command[:-1] and _is_ours(command):
        return ENGINE_API
    program, words = _stem(command[0]), command[1:]
    if program.startswith("python"):
        return _python_program(words, folder)
    return _of_stem(program)


def _is_engine(command: Sequence[str]) -> bool:
    return command[-1] == "--engine" and _is_ours(command)


def _is_ours(command: Sequence[str]) -> bool:
    return "lollma_gui" in command[:-1] or _stem(command[0]).startswith("lollma")


def _of_stem(stem: str) -> str:
    if stem == "llama-server":
        return LLAMA_SERVER
    if stem.startswith("koboldcpp"):
        return KOBOLDCPP
    return TEXTGEN if stem.startswith("textgen") else ""


def _python_program(words: Sequence[str], folder: str) -> str:
    if list(words[:2]) == ["-m", "llama_cpp.server"]:
        return LLAMA_SERVER
    script = next((word for word in words if not word.startswith("-")), "")
    if _stem(script).startswith("koboldcpp"):
        return KOBOLDCPP
    parts = [part.lower() for part in (*_parts(script), *_parts(folder))]
    is_there = any(part.startswith(_TEXTGEN_FOLDERS) for part in parts)
    return TEXTGEN if _stem(script) == "server" and is_there else ""


def _parts(path: str) -> tuple[str, ...]:
    return PureWindowsPath(path).parts if "\\" in path else PurePosixPath(path).parts


def _stem(path: str) -> str:
    last = _parts(path)[-1] if _parts(path) else ""
    return last.lower().removesuffix(".exe").removesuffix(".py")
