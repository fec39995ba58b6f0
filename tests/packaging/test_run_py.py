"""The command as a person types it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from lollma_bootstrap import options
from lollma_bootstrap.say import Trouble


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_an_old_python_can_read_the_file_and_meets_the_check_before_anything_newer(run_py):
    tree = ast.parse(run_py.read_text(encoding="utf-8"), feature_version=(3, 6))
    kinds = [(type(node).__name__, node.lineno) for node in tree.body]
    check = next(line for kind, line in kinds if kind == "If")
    ours = [
        node.lineno
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("lollma_bootstrap")
    ]
    assert ours
    assert min(ours) > check


def test_an_old_python_is_told_what_to_do_in_one_sentence(run_py):
    pretend = (
        "import sys, runpy; sys.version_info = (3, 6, 15);"
        f"runpy.run_path({str(run_py)!r}, run_name='__main__')"
    )
    result = run("-c", pretend)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer and this is Python 3.6.15" in result.stderr


def test_help_names_both_commands_and_every_engine(run_py):
    result = run(run_py, "--help")
    assert result.returncode == 0
    assert result.stderr == ""
    for word in ("test [arguments of pytest", "--fresh", *options.ENGINES):
        assert word in result.stdout


def test_an_unknown_engine_is_refused_with_the_known_ones_and_nothing_is_made(run_py, tmp_path):
    result = run(run_py, "--engine", "warp")
    assert result.returncode == 1
    assert 'There is no engine "warp".' in result.stderr
    assert "vulkan" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("line", "engine", "test", "rest"),
    [
        ([], None, False, []),
        (["test"], None, True, []),
        (["test", "tests/core", "-q"], None, True, ["tests/core", "-q"]),
        (["--engine", "cpu", "test", "-x"], "cpu", True, ["-x"]),
        (["--engine=vulkan"], "vulkan", False, []),
        (
            ["fit", "a model.gguf", "--ctx", "4096"],
            None,
            False,
            ["fit", "a model.gguf", "--ctx", "4096"],
        ),
        (["--self-test"], None, False, ["--self-test"]),
        (["fit", "--help"], None, False, ["fit", "--help"]),
        (["--", "--help"], None, False, ["--help"]),
        (["--", "test"], None, False, ["test"]),
    ],
)
def test_our_options_end_where_the_apps_arguments_begin(line, engine, test, rest):
    parsed = options.parse(line, {})
    assert (parsed.engine, parsed.test, parsed.rest) == (engine, test, rest)
    assert not parsed.help


def test_the_environment_variable_chooses_the_engine_unless_the_option_does():
    assert options.parse([], {"LOLLMA_ENGINE": "vulkan"}).engine == "vulkan"
    assert options.parse(["--engine", "cpu"], {"LOLLMA_ENGINE": "vulkan"}).engine == "cpu"
    with pytest.raises(Trouble, match="no engine"):
        options.parse([], {"LOLLMA_ENGINE": "steam"})
