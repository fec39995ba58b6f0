"""The engine's own plan says what a real load takes, and whatever ends it hurts nobody."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from helpers.engine_user import DEADLINE_SECONDS, EngineUser
from helpers.header_only import llama_8b, part_names, write_sparse

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.engine_messages import Buffer, Load, SettingValue, encode
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services import own_program
from lollma_gui.services.child_process import clean_environment
from lollma_gui.services.dry_run import dry_run
from lollma_gui.services.engine.links import ProcessLink, engine_environment

pytestmark = pytest.mark.engine

MIB = 1024 * 1024
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's own means")


def planners() -> list[psutil.Process]:
    """Dry runs under way."""
    return [c for c in psutil.Process().children() if c.cmdline()[-1:] == ["--plan"]]


class Child:
    """Does something to the child of a dry run as soon as it is there.

    ``cancelled`` is asked on the thread of the test, and the first time before the child has done
    anything.
    """

    def __init__(self, act: Callable[[psutil.Process], object], *, cancel: bool = False) -> None:
        self._act = act
        self._cancel = cancel
        self.process: psutil.Process | None = None

    def cancelled(self) -> bool:
        if self.process is None:
            if not (found := planners()):
                return False  # it has no command line yet: asked again in a moment
            (self.process,) = found
            self._act(self.process)
        return self._cancel

    def is_gone(self) -> bool:
        return self.process is not None and not self.process.is_running()


def plan(model: Path, **settings: SettingValue) -> DryRunResult:
    return dry_run(model, settings, cancelled=lambda: False)


def refusal(model: Path, **settings: SettingValue) -> LollmaError:
    with pytest.raises(LollmaError) as caught:
        plan(model, **settings)
    assert caught.value.title.endswith(".")
    assert caught.value.advice.endswith(".")
    return caught.value


def python(code: str) -> list[str]:
    """A child that runs this; ``be_planner()`` in it is the real one."""
    planner = "import sys\ndef be_planner():\n from lollma_gui import __main__\n"
    return [sys.executable, "-c", f"{planner} __main__.main(['--plan'])\n{code}"]


def broken(code: str, model: Path, limit_seconds: float = DEADLINE_SECONDS) -> LollmaError:
    with pytest.raises(LollmaError) as caught:
        dry_run(
            model,
            {"n_ctx": 4096, "n_seq_max": 256},
            cancelled=lambda: False,
            limit_seconds=limit_seconds,
            command=python(code),
        )
    return caught.value


@pytest.fixture(scope="module")
def big_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4.9 GB of which only the header exists."""
    return write_sparse(tmp_path_factory.mktemp("big"), "big", llama_8b())


@pytest.fixture
def user() -> Iterator[EngineUser]:
    user = EngineUser(ProcessLink)
    yield user
    user.close()


# ---- what it says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"n_ctx": 8192, "flash_attn": "off"},
        {"n_ctx": 3000, "type_k": "q8_0", "type_v": "q4_0"},
        {"n_ctx": 4096, "n_batch": 64, "n_ubatch": 32, "cpu": True},
    ],
    ids=["defaults", "no flash attention", "quantised cache", "small batches"],
)
def test_it_says_what_a_real_load_takes(
    user: EngineUser, starter_model: Path, settings: dict[str, SettingValue]
) -> None:
    said = plan(starter_model, **settings)
    loaded = user.load(starter_model, settings or {"n_gpu_layers": -1}).loaded

    assert loaded is not None
    real = {kind: _of_kind(loaded.buffers, kind) for kind in ("compute", "output", "KV")}
    assert said.by_device("compute") == real["compute"] != {}
    assert said.by_device("output") == real["output"] != {}
    assert said.kv_bytes == sum(real["KV"].values()) > 0
    assert said.n_ctx == loaded.n_ctx
    assert (said.layers, said.gpu_layers) == (loaded.layers, loaded.gpu_layers)
    assert said.flash_attention == (settings.get("flash_attn") != "off")
    assert said.flash_attention == (loaded.reported["flash_attn"] == "enabled")


def _of_kind(buffers: tuple[Buffer, ...], kind: str) -> dict[str, int]:
    return {b.device: b.n_bytes for b in buffers if b.kind == kind}


def test_a_large_model_needs_only_its_header(big_model: Path) -> None:
    said = plan(big_model, n_ctx=4096, cpu=True)
    assert said.kv_bytes == 536_870_912
    assert said.by_device("compute") == {"CPU": round(120.01 * MIB)}
    assert (said.n_ctx, said.layers) == (4096, 33)
    assert 0 < said.seconds < DEADLINE_SECONDS


def test_rows_of_logits_and_conversations_can_be_asked_for(big_model: Path) -> None:
    all_rows = plan(big_model, n_ctx=4096, n_outputs_max=2048, cpu=True)
    assert all_rows.by_device("compute") == {"CPU": round(266.5 * MIB)}
    four = plan(big_model, n_ctx=4096, n_seq_max=4, cpu=True)
    assert four.by_device("output") == {"CPU": round(1.96 * MIB)}
    assert plan(big_model, n_ctx=5000, n_seq_max=3).n_ctx == 3 * 1792
    assert plan(big_model, n_ctx=5000, n_seq_max=3, kv_unified=True).n_ctx == 5120


@pytest.mark.parametrize("given", [0, 2])
def test_a_split_model_is_planned_from_any_of_its_parts(
    tmp_path: Path, big_model: Path, given: int
) -> None:
    write_sparse(tmp_path, "split", llama_8b(parts=3))
    said = plan(tmp_path / part_names("split", 3)[given], n_ctx=4096, cpu=True)
    whole = plan(big_model, n_ctx=4096, cpu=True)
    assert (said.buffers, said.kv_bytes) == (whole.buffers, whole.kv_bytes)


# ---- refused by llama.cpp ------------------------------------------------------------------


def test_a_quantised_v_cache_without_flash_attention_is_refused(big_model: Path) -> None:
    error = refusal(big_model, flash_attn="off", type_v="q8_0")
    assert error.title == "A quantised V cache needs flash attention."
    assert "flash_attn" in error.advice


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    (header, size), *_ = llama_8b()
    model = write_sparse(tmp_path, "cut", [(header, size - 1_000_000)])
    assert "cut off" in refusal(model).title


def test_a_missing_file_and_a_missing_part_are_told(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "nowhere.gguf").title
    first = write_sparse(tmp_path, "split", llama_8b(parts=3))
    (tmp_path / part_names("split", 3)[1]).unlink()
    assert "part 2 is missing" in refusal(first).title


# ---- what can happen to the child ----------------------------------------------------------


def test_llama_cpp_may_abort(tmp_path: Path) -> None:
    # A header that reads well, but asks for more blocks than llama.cpp has room for.
    model = write_sparse(tmp_path, "many", llama_8b(block_count=1_000_000))
    error = refusal(model)
    assert "GGML_ASSERT(hparams.n_layer_all > 0" in error.title
    assert "GGML_ASSERT" in error.details
    assert "arithmetic" in error.advice


def test_a_child_that_is_killed_from_outside_is_told(big_model: Path) -> None:
    child = Child(psutil.Process.kill)
    with pytest.raises(LollmaError) as caught:
        dry_run(big_model, {}, cancelled=child.cancelled)
    assert "ended from outside" in caught.value.title or sys.platform == "win32"
    assert "arithmetic" in caught.value.advice
    assert child.is_gone()


def test_a_child_that_hangs_is_ended(big_model: Path) -> None:
    child = Child(psutil.Process.suspend)
    with pytest.raises(LollmaError) as caught:
        dry_run(big_model, {}, cancelled=child.cancelled, limit_seconds=0.3)
    assert "took too long" in caught.value.title
    assert child.is_gone()


def test_a_cancelled_dry_run_leaves_no_child(big_model: Path) -> None:
    child = Child(lambda process: process, cancel=True)
    with pytest.raises(Cancelled):
        dry_run(big_model, {}, cancelled=child.cancelled)
    assert child.is_gone()


@linux_only
def test_a_lack_of_memory_is_told_as_one(big_model: Path) -> None:
    # 256 conversations take 125 MiB of logits: more than this child may have beyond its libraries.
    error = broken(
        "import psutil, resource\n"
        "from lollma_gui.services.engine import library\n"
        "allowed = psutil.Process().memory_info().vms + 64 * 1024 * 1024\n"
        "resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))\n"
        "be_planner()",
        big_model,
    )
    assert "not enough memory" in error.title
    assert "smaller quantisation" in error.advice


@linux_only
def test_the_child_is_the_first_to_go_when_memory_runs_out(big_model: Path) -> None:
    read: list[str] = []

    def look() -> bool:
        read.extend(Path(f"/proc/{c.pid}/oom_score_adj").read_text().strip() for c in planners())
        return read[-1:] == ["1000"]

    with pytest.raises(Cancelled):
        dry_run(big_model, {"n_ctx": 131_072}, cancelled=look)


def test_a_missing_library_is_told(big_model: Path) -> None:
    error = broken("sys.modules['llama_cpp'] = None\nbe_planner()", big_model)
    assert "not installed" in error.title
    assert error.advice


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("print('hello')", "no answer that can be understood"),
        ('print(\'{"result": {"buffers": 3}}\')', "no answer that can be understood"),
        ("", "no answer that can be understood"),
        ("sys.exit(3)", "stopped itself"),
        ("sys.exit(77)", "exit code 77"),
    ],
    ids=["a word", "a wrong shape", "nothing", "abort on Windows", "another status"],
)
def test_whatever_else_the_child_says_is_told(big_model: Path, code: str, title: str) -> None:
    error = broken(code, big_model)
    assert title in error.title
    assert "arithmetic" in error.advice


def test_what_llama_cpp_prints_is_no_part_of_the_answer(big_model: Path) -> None:
    noisy = python("import os; os.write(2, b'log\\n' * 9999)\nbe_planner()")
    assert dry_run(big_model, {}, cancelled=lambda: False, command=noisy).layers == 33


def test_a_program_that_is_not_there_is_told(tmp_path: Path, big_model: Path) -> None:
    missing = [str(tmp_path / "no-such-python")]
    with pytest.raises(LollmaError) as caught:
        dry_run(big_model, {}, cancelled=lambda: False, command=missing)
    assert "could not be started" in caught.value.title


@pytest.mark.parametrize("is_at_work", [False, True])
def test_the_child_ends_when_its_parent_does(is_at_work: bool) -> None:
    hangs = "import threading\nfrom lollma_gui.services import dry_run_child\n"
    hangs += "dry_run_child._outcome = lambda request: threading.Event().wait()\nbe_planner()"
    command = python(hangs) if is_at_work else own_program.command("--plan")
    child = subprocess.Popen(command, stdin=subprocess.PIPE, env=clean_environment())
    # However a parent ends, the system closes its end of the pipe.
    child.communicate(encode(Load(0, "any.gguf")).encode() if is_at_work else b"", DEADLINE_SECONDS)
    assert child.returncode == 1


def test_the_engine_numbers_gpus_as_plans_do_unless_a_person_wants_it_otherwise() -> None:
    assert engine_environment({})["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    own = {"CUDA_DEVICE_ORDER": "FASTEST_FIRST"}
    assert engine_environment(own)["CUDA_DEVICE_ORDER"] == "FASTEST_FIRST"
