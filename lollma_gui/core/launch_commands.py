"""What setting values amount to in each program: words of a command line, or keywords in Python.

Only values that differ from what the program does by itself are said. Where a program listens and
how it is watched (host, port, keys) is not a setting: whoever starts it adds that.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lollma_gui.core import launch_koboldcpp, launch_llama_server, launch_python, launch_textgen
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.launch_values import LaunchValues
from lollma_gui.core.program_name import Program
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.core.shell_line import shell_line

_ARGUMENTS: dict[Program, Callable[[LaunchValues, str], list[str]]] = {
    Program.LLAMA_SERVER: launch_llama_server.arguments,
    Program.TEXTGEN: launch_textgen.arguments,
    Program.KOBOLDCPP: launch_koboldcpp.arguments,
}
#: How each program is called in a line for a person; whoever starts it knows its real place.
_COMMANDS: dict[Program, tuple[str, ...]] = {
    Program.LLAMA_SERVER: ("llama-server",),
    Program.TEXTGEN: ("python", "server.py"),
    Program.KOBOLDCPP: ("koboldcpp",),
}


def arguments(
    program: Program,
    values: Mapping[str, SettingValue],
    model_path: str,
    model: ModelFacts | None = None,
) -> list[str]:
    """Words behind the name of a server program.

    Args:
        program: llama-server, TextGen or KoboldCpp.
        values: By name; what is missing has its default.
        model_path: Where the model file lies.
        model: What is known of the model: its RoPE base, trained context and window matter.

    Raises:
        KeyError: The program is not started from a command line.
    """
    return _ARGUMENTS[program](LaunchValues(values, model or ModelFacts(), program), model_path)


def command_line(
    program: Program,
    values: Mapping[str, SettingValue],
    model_path: str,
    model: ModelFacts | None = None,
    *,
    windows: bool = False,
) -> str:
    """The whole command to copy; for llama-cpp-python, lines of Python."""
    if program is Program.LLAMA_CPP_PYTHON:
        return python_lines(values, model_path, model)
    words = [*_COMMANDS[program], *arguments(program, values, model_path, model)]
    return shell_line(words, windows=windows)


def llama_keywords(
    values: Mapping[str, SettingValue], model: ModelFacts | None = None
) -> dict[str, Any]:
    """Keywords of ``llama_cpp.Llama``, without ``model_path`` and ``draft_model``."""
    return launch_python.load_keywords(_for_python(values, model))


def completion_keywords(values: Mapping[str, SettingValue]) -> dict[str, Any]:
    """Keywords of ``Llama.create_chat_completion`` that are plain values."""
    return launch_python.call_keywords(_for_python(values, None))


def python_lines(
    values: Mapping[str, SettingValue], model_path: str, model: ModelFacts | None = None
) -> str:
    """A small Python program that loads the model and asks it something with these values."""
    return launch_python.lines(_for_python(values, model), model_path)


def _for_python(values: Mapping[str, SettingValue], model: ModelFacts | None) -> LaunchValues:
    return LaunchValues(values, model or ModelFacts(), Program.LLAMA_CPP_PYTHON)
