"""The one question: asked of a person at a terminal, and not twice."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")

ASK = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from lollma_bootstrap import starter
from lollma_bootstrap.places import Checkout
starter.offer(Checkout(Path(sys.argv[2])))
print("and on")
"""


@pytest.fixture
def root(tmp_path):
    """A checkout whose Python is the one that runs the tests, so that the app can be asked."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    # Notes down the fetching instead of doing it: there is no network in a test.
    python.write_text(
        f'#!/bin/sh\nif [ "$1" = -m ]; then echo "fetching: $3"; exit; fi\n'
        f'exec "{sys.executable}" "$@"\n'
    )
    python.chmod(0o755)
    return tmp_path


def at_terminal(run_py, root, answer, **environment):
    """Run the offer before a pseudo terminal that types the answer; returns what it showed."""
    master, slave = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ASK, str(run_py.parent), str(root)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={k: v for k, v in os.environ.items() if k != "CI"} | environment,
    ) as process:
        os.close(slave)
        os.write(master, answer.encode())
        shown = b""
        while b"and on" not in shown:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            shown += piece
        process.wait()
    os.close(master)
    return shown.decode()


def test_a_no_is_remembered_and_the_question_is_not_asked_again(run_py, root):
    first = at_terminal(run_py, root, "n\n")
    assert first.count("Fetch a small one") == 1
    assert "fetching" not in first
    assert "Fetch a small one" not in at_terminal(run_py, root, "\n")


def test_enter_means_yes(run_py, root):
    assert "fetching: get-starter" in at_terminal(run_py, root, "\n")


def test_who_has_a_model_is_not_asked(run_py, root, own_home):
    (own_home / "models" / "some one").mkdir(parents=True)
    (own_home / "models" / "some one" / "x.gguf").write_bytes(b"GGUF")
    assert "Fetch" not in at_terminal(run_py, root, "\n")


def test_nobody_is_asked_on_a_build_server_or_without_a_terminal(run_py, root):
    assert "Fetch" not in at_terminal(run_py, root, "\n", CI="true")
    command = [sys.executable, "-c", ASK, str(run_py.parent), str(root)]
    quiet = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert quiet.stdout == "and on\n"
