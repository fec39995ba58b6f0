"""RPC workers: addresses, and how programs are told of them."""

import pytest

from lollma_gui.core import launch_commands
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.program_name import Program
from lollma_gui.core.rpc_workers import RpcWorker, with_workers, worker_address, workers_of

TWO = {"rpc": True, "rpc_workers": ["192.168.1.20:50052", "pc.local:1"]}
SAID = "192.168.1.20:50052,pc.local:1"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 192.168.1.20:50052 ", "192.168.1.20:50052"),
        ("gaming-pc", "gaming-pc:50052"),
        ("rpc://pc.local:7", "pc.local:7"),
    ],
)
def test_an_address_is_completed(typed: str, kept: str) -> None:
    assert worker_address(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", ":1", "pc:0", "pc:65536", "pc:x", "pc:", "a b:1", "pc:1,evil:2", "[::1]:5", "a;b"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(LollmaError, match="no address") as refused:
        worker_address(typed)
    assert refused.value.advice


def test_llama_server_is_told_with_a_flag_and_textgen_passes_it_on() -> None:
    values = with_workers({"n_ctx": 4096, "extra_flags": "--verbose"}, TWO)
    words = launch_commands.arguments(Program.LLAMA_SERVER, values, "m.gguf")
    assert words[-3:] == ["--verbose", "--rpc", SAID]
    words = launch_commands.arguments(Program.TEXTGEN, values, "m.gguf")
    passed_on = next(word for word in words if word.startswith("--extra-flags="))
    assert passed_on.endswith(f"--verbose --rpc {SAID}")


@pytest.mark.parametrize(
    "options", [{}, {"rpc": True}, {**TWO, "rpc": False}, {"rpc": True, "rpc_workers": "x"}]
)
def test_switched_off_or_empty_nothing_is_said(options: dict) -> None:
    assert with_workers({"n_ctx": 1}, options) == {"n_ctx": 1}


@pytest.mark.parametrize("own", ["--rpc a:1", "--rpc=a:1"])
def test_what_a_person_wrote_stands(own: str) -> None:
    assert with_workers({"extra_flags": own}, TWO) == {"extra_flags": own}


def test_a_broken_file_gives_no_workers() -> None:
    assert workers_of({"rpc_workers": [1, "a:1", None]}) == ("a:1",)
    assert not RpcWorker((2, 0, 0)).is_compatible
