"""llama.cpp finds its backends where the engine's build has put them."""

import json
import subprocess
from pathlib import Path

import pytest

from lollma_gui.services import own_program
from lollma_gui.services.engine import backends
from lollma_gui.services.llama_facts_child import MARK

pytestmark = pytest.mark.engine


class FakeFunction:
    """A function of the C library that notes how it is called."""

    restype: object = None
    argtypes: object = None

    def __init__(self, answer: int = 0) -> None:
        self.answer = answer
        self.calls: list[tuple[object, ...]] = []

    def __call__(self, *arguments: object) -> int:
        self.calls.append(arguments)
        return self.answer


class FakeGgml:
    def __init__(self, devices: int) -> None:
        self.ggml_backend_dev_count = FakeFunction(devices)
        self.ggml_backend_load_all_from_path = FakeFunction()


@pytest.mark.parametrize(("devices", "loads"), [(0, True), (1, False)])
def test_backends_are_looked_for_beside_the_binding_where_none_is_built_in(
    monkeypatch: pytest.MonkeyPatch, devices: int, loads: bool
) -> None:
    from llama_cpp import _ggml

    ggml = FakeGgml(devices)
    monkeypatch.setattr(_ggml, "libggml", ggml)
    backends.load()
    folder = Path(_ggml.__file__).parent / "lib"
    assert ggml.ggml_backend_load_all_from_path.calls == [(str(folder).encode(),)] * loads


def test_the_engine_that_is_here_can_compute() -> None:
    done = subprocess.run(
        own_program.command("--llama"),
        cwd=own_program.folder(),
        capture_output=True,
        text=True,
        check=True,
    )
    facts = json.loads(done.stdout.partition(MARK)[2])
    assert facts["version"].startswith("0.3.")
    assert isinstance(facts["devices"], list)
