"""What llama.cpp itself says a load takes, to the byte: its dry run, without any allocation.

``no_alloc`` plans everything and allocates next to nothing, so a 671-billion-parameter model of
holes is as good as a real one. Compared with real loads of the starter model in
``tests/core/test_exactness.py``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

_ROOT = Path(__file__).parents[2]


class BufferBytes(NamedTuple):
    """Bytes in the buffers of one kind.

    Attributes:
        buffer: llama.cpp's name of the kind, for example ``CPU_REPACK``.
        device: Device it belongs to, for example ``CPU`` or ``RPC0``.
        weights: Tensors of the model.
        kv: Cache and recurrent state.
        compute: Intermediate results.
    """

    buffer: str
    device: str
    weights: int
    kv: int
    compute: int


class Breakdown(NamedTuple):
    """Where a load's bytes go.

    Attributes:
        rows: One for each kind of buffer.
    """

    rows: tuple[BufferBytes, ...]

    def on(self, device: str) -> BufferBytes:
        """All buffers of one device together."""
        rows = [row for row in self.rows if row.device == device]
        sums = (sum(row[i] for row in rows) for i in (2, 3, 4))
        return BufferBytes("all", device, *sums)


class Refusal(NamedTuple):
    """llama.cpp would not do it.

    Attributes:
        reason: The last lines of its log.
        has_crashed: It did not refuse politely but ended its process.
    """

    reason: str
    has_crashed: bool = False


class Oracle:
    """A process that keeps a model open to plan many contexts for it.

    Args:
        python: Interpreter whose llama_cpp is asked, by default this one.
        rpc_library: Path of its ``libggml-rpc.so.0``, for ``servers``.
        servers: Addresses of RPC servers, which take the place of GPUs.
    """

    def __init__(
        self, python: str = sys.executable, rpc_library: str = "", servers: Sequence[str] = ()
    ) -> None:
        self._python = python
        self._rpc = {"library": rpc_library, "servers": list(servers)}
        self._child: subprocess.Popen[str] | None = None
        self._opened: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end()

    def open(self, path: Path, *, is_real: bool = False, **settings: object) -> Refusal | None:
        """Open a model.

        Args:
            path: The model.
            is_real: Really load it, and really allocate what contexts take.
            **settings: Fields of ``LoadArguments`` (layers on GPUs, split, ...).
        """
        request = {"do": "open", "path": str(path), "is_real": is_real, "settings": settings}
        self._opened = request
        if self._child is None:
            self._start()
        return _refusal(self._ask(request))

    def plan(self, flash_attn: bool | None = True, **settings: object) -> Breakdown | Refusal:
        """Plan a context of the open model.

        Args:
            flash_attn: On, off, or None = where the backend has it.
            **settings: Fields of ``LoadArguments`` (n_ctx, n_ubatch, type_k, ...), and n_seq_max,
                kv_unified and n_outputs_max as in ``llama_context_params``; outputs as many as
                sequences unless given, as our engine has it.
        """
        if self._child is None:
            self._start()
            self._ask(self._opened)
        sequences = settings.get("n_seq_max", 1)
        # Fewer outputs than sequences make the engine abort.
        wish = {"n_seq_max": 1, "kv_unified": False, "n_outputs_max": sequences, **settings}
        wish["flash_attn_type"] = -1 if flash_attn is None else int(flash_attn)
        answer = self._ask({"do": "plan", "settings": wish})
        rows = (BufferBytes(**row) for row in answer.get("rows", ()))
        return _refusal(answer) or Breakdown(tuple(rows))

    def _start(self) -> None:
        paths = os.pathsep.join((str(_ROOT), str(_ROOT / "tests")))
        self._child = subprocess.Popen(
            [self._python, "-m", "helpers.oracle_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Otherwise an assertion of the engine starts a debugger for its backtrace.
            env={**os.environ, "GGML_NO_BACKTRACE": "1", "PYTHONPATH": paths},
        )
        if self._rpc["servers"]:
            self._ask({"do": "connect", **self._rpc})

    def _ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        child = self._child
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        line = child.stdout.readline()
        if line:
            return dict(json.loads(line))
        return {"refused": f"exit code {self._end()}", "crashed": True}

    def _end(self) -> int:
        child, self._child = self._child, None
        if child is None:
            return 0
        with child:
            assert child.stdin is not None
            child.stdin.close()
            return child.wait()


def _refusal(answer: Mapping[str, Any]) -> Refusal | None:
    if "refused" not in answer:
        return None
    return Refusal(answer["refused"], answer.get("crashed", False))
