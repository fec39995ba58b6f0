"""Which flags a checkout of TextGen really has.

First from its ``modules/shared.py``, which is read and never run; then, where its environment is
there, from its own ``--help``.
"""

import ast
import re
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.textgen_flags import Explained, TextGenFlag, TextGenFlags, UnknownDefault
from lollma_gui.services.child_process import clean_environment, popen_options

_HELP_SECONDS = 60.0
#: Where argparse lists a flag: "  --ctx-size N, --n_ctx N   Context size".
_LISTED = re.compile(r"^  (-.*?)(?:  |$)", re.MULTILINE)
_OPTION = re.compile(r"--[A-Za-z0-9][\w-]*")


class StaleLine(NamedTuple):
    """A line of ``CMD_FLAGS.txt`` that this checkout would not understand.

    Attributes:
        number: Line number from 1.
        text: The line.
        explained: What is wrong with it.
    """

    number: int
    text: str
    explained: Explained


def read_flags(folder: Path) -> TextGenFlags:
    """The flags in the source of a checkout.

    Args:
        folder: Where its ``server.py`` lies.

    Raises:
        LollmaError: If it cannot be read, or has no flags.
    """
    path = folder / "modules" / "shared.py"
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError) as error:
        raise LollmaError(
            "The flags of this TextGen cannot be read.",
            f"Check that {folder} is a whole TextGen.",
            f"{path}: {error}",
        ) from error
    flags = tuple(_flags_in(tree, _preset_values(folder)))
    if not flags:
        raise LollmaError(
            "This TextGen has no flags where they are looked for.",
            "It is too old or too new for LoLLMa; start it by its own script.",
            str(path),
        )
    return TextGenFlags(flags)


def ask_help(python: Path, folder: Path) -> frozenset[str]:
    """The flags that the program itself names; imports nothing heavy, takes some 0.1 s.

    Raises:
        LollmaError: If it does not say them: its environment lacks something.
    """
    # Its own folder may have a CMD_FLAGS.txt with a flag that even --help stumbles over.
    with tempfile.TemporaryDirectory(prefix="lollma-") as empty:
        words = [str(python), "server.py", "--user-data-dir", empty, "--help"]
        try:
            answer = subprocess.run(
                words,
                cwd=folder,
                env=clean_environment({"COLUMNS": "400", "PYTHONDONTWRITEBYTECODE": "1"}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_HELP_SECONDS,
                check=False,
                **popen_options(),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _no_help(str(error)) from error
    if answer.returncode:
        raise _no_help(answer.stderr.decode("utf-8", "replace")[-2000:])
    listed = _LISTED.findall(answer.stdout.decode("utf-8", "replace"))
    return frozenset(option for text in listed for option in _OPTION.findall(text))


def _no_help(details: str) -> LollmaError:
    missing = re.search(r"No module named '([\w.]+)'", details)
    return LollmaError(
        f"TextGen lacks {missing[1]}." if missing else "TextGen does not start, not even for help.",
        "Install what it needs once more.",
        details,
    )


def stale_lines(user_data: Path, flags: TextGenFlags) -> tuple[StaleLine, ...]:
    """What in ``CMD_FLAGS.txt`` keeps TextGen from starting, or means something else today."""
    lines = _lines_of(user_data)
    found = []
    for explained in flags.problems(cmd_flags(user_data)):
        name = explained.words[0].partition("=")[0]
        number, text = next((n, line) for n, line in lines if name in line)
        found.append(StaleLine(number, text, explained))
    return tuple(found)


def cmd_flags(user_data: Path) -> list[str]:
    """The words that TextGen puts before its command line, read as it does (shared.py, v4.9).

    Raises:
        LollmaError: If a quotation mark in the file is never closed.
    """
    lines = [line.strip().rstrip("\\").strip() for _, line in _lines_of(user_data)]
    try:
        return shlex.split(" ".join(line for line in lines if line))
    except ValueError as error:
        raise LollmaError(
            "A quotation mark in CMD_FLAGS.txt is never closed.",
            f"Correct it: {user_data / 'CMD_FLAGS.txt'}",
        ) from error


def _lines_of(user_data: Path) -> list[tuple[int, str]]:
    try:
        text = (user_data / "CMD_FLAGS.txt").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = enumerate(text.splitlines(), 1)
    return [(number, line) for number, line in lines if not line.strip().startswith("#")]


# ---- reading the source --------------------------------------------------------------------


def _preset_values(folder: Path) -> Mapping[str, Any]:
    """``default_preset_values``, which ``_d`` stands for."""
    try:
        tree = ast.parse((folder / "modules" / "presets.py").read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_preset_values":
            try:
                found = ast.literal_eval(node.value)
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}
    return {}


def _flags_in(tree: ast.Module, presets: Mapping[str, Any]) -> list[TextGenFlag]:
    flags, group = [], ""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        names = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if node.func.attr == "add_argument_group" and names:
            group = str(names[0])
        options = [name for name in names if isinstance(name, str) and name.startswith("--")]
        if node.func.attr == "add_argument" and options:
            flags += _flag(options, node, group, presets)
    return flags


def _flag(
    options: list[str], node: ast.Call, group: str, presets: Mapping[str, Any]
) -> list[TextGenFlag]:
    said = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    action = ast.unparse(said["action"]).strip("'\"") if "action" in said else ""
    default = _value(said.get("default"), presets) if "default" in said else None
    text = str(_value(said.get("help"), presets) or "")
    if "BooleanOptionalAction" in action:
        options = [*options, *(f"--no-{option[2:]}" for option in options)]
    if action:
        off = False if default is None else default
        return [TextGenFlag(tuple(options), 0, "bool", off, help=text, group=group)]
    many = "nargs" in said and _value(said["nargs"], presets) in ("+", "*")
    choices = _value(said.get("choices"), presets) or ()
    return [
        TextGenFlag(
            tuple(options),
            -1 if many else 1,
            ast.unparse(said["type"]) if "type" in said else "str",
            default,
            tuple(str(choice) for choice in choices) if isinstance(choices, list | tuple) else (),
            text,
            group,
        )
    ]


def _value(node: ast.expr | None, presets: Mapping[str, Any]) -> Any:
    """A value as far as it stands there; ``UnknownDefault`` for what is worked out."""
    if node is None:
        return None
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "_d":
        return presets.get(ast.literal_eval(node.slice), UnknownDefault)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return UnknownDefault
