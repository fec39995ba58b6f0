"""LoLLMa as the system sees it: processes that start, end and are killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

#: The app in a process of its own: loads a model, begins an answer, says the engine's number.
ANSWERING_APP = """
import sys
from PySide6.QtWidgets import QApplication
from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.qt.single_instance import SingleInstance
from lollma_gui.services.places import Places
application = QApplication(["lollma", "-style", "fusion"])
places = Places.usual()
instance = SingleInstance(places.data)
assert instance.is_first()
app = LollmaApp(application, places, instance, application.quit)
said = []
def on_status(status):
    if status.state is EngineState.READY and not said:
        said.append(True)
        app.parts.session.send("Write a very long story about a dragon.")
    if status.state is EngineState.GENERATING and len(said) == 1:
        said.append(True)
        print(status.pid, flush=True)
def begin():
    app.parts.settings.set_values({"max_new_tokens": 4000, "temperature": 0.9})
    app.parts.engine.status_changed.connect(on_status)
    app.load_model(sys.argv[1])
app.began.connect(begin)
app.window.show()
sys.exit(application.exec())
"""


def lollma(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lollma_gui", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_when_the_window_is_killed_the_engine_dies_and_the_question_is_kept(
    own_home: Path, starter_model: Path
) -> None:
    app = subprocess.Popen(
        [sys.executable, "-c", ANSWERING_APP, str(starter_model)], stdout=subprocess.PIPE, text=True
    )
    assert app.stdout is not None
    engine = psutil.Process(int(app.stdout.readline()))
    os.kill(app.pid, signal.SIGKILL)
    app.wait(30)
    app.stdout.close()
    engine.wait(30)
    assert not engine.is_running()

    from lollma_gui.services.conversation_store import ConversationStore

    store = ConversationStore(own_home / "data" / "lollma.sqlite")
    conversation = store.load(store.list()[0].id)
    store.close()
    assert conversation.turns[0].text == "Write a very long story about a dragon."


def test_a_second_start_ends_at_once_and_well(own_home: Path) -> None:
    first = subprocess.Popen([sys.executable, "-m", "lollma_gui"])
    socket_and_lock = own_home / "data" / "running.lock"
    try:
        while not socket_and_lock.exists():
            assert first.poll() is None
        # The first may hold its lock some moments before it listens; the second waits for it.
        second = lollma()
        assert (second.returncode, second.stderr) == (0, "")
        assert first.poll() is None
    finally:
        first.kill()
        first.wait(30)


def test_the_self_test_loads_writes_and_says_how_fast(starter_model: Path) -> None:
    done = lollma("--self-test", str(starter_model), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert list(said) == [
        *("model", "load_seconds", "first_token_seconds", "tokens_per_second", "text", "engine")
    ]
    assert said["model"] == str(starter_model)
    assert said["text"]
    assert said["tokens_per_second"] > 0
    assert "llama-cpp-python" in said["engine"]


def test_a_whole_self_test_plans_a_load_and_serves_an_answer(starter_model: Path) -> None:
    done = lollma("--self-test", str(starter_model), "--whole", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["planned_bytes"] > 1_000_000
    assert said["served_text"]
    assert said["served_at"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("damage", ["missing", "damaged", "none given"])
def test_a_self_test_that_cannot_be_done_says_why(tmp_path: Path, damage: str) -> None:
    bad = tmp_path / "bad.gguf"
    if damage == "damaged":
        bad.write_bytes(b"GGUF" + bytes(100))
    done = lollma("--self-test", *([] if damage == "none given" else [str(bad)]), "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["error"].endswith(".")
    assert said["advice"]


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["doctor", "--json"]])
def test_commands_that_need_no_window(arguments: list[str]) -> None:
    done = lollma(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_fit_says_what_a_model_needs(starter_model: Path) -> None:
    done = lollma("fit", str(starter_model), "--ctx", "4096", "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    ram = plan["devices"][-1]
    assert (ram["weights"], ram["kv"]) == (96_576_768, 94_371_840)
    assert plan["method"] == "arithmetic"
