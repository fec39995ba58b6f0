"""Compares the memory plan with the engine's, device by device, on a PC without any GPU.

python tests/tools/rpc_report.py PYTHON [SHAPE ...] [--json FILE]

PYTHON is an interpreter whose llama-cpp-python was built with CMAKE_ARGS=-DGGML_RPC=ON; two RPC
servers of it stand in for GPUs. Nothing is allocated but the state of recurrent layers.
"""

import argparse
import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.model_shapes import SHAPES, write_shape
from helpers.oracle import Breakdown, Oracle, Refusal
from helpers.planned import Model, Planned, planned, prepared
from helpers.rpc_servers import rpc_library, rpc_servers

Settings = dict[str, Any]

#: Context settings, without those that the oracle alone needs.
CONTEXTS: tuple[Settings, ...] = (
    {"n_ctx": 4096},
    {"n_ctx": 4096, "flash_attn": False},
    {"n_ctx": 32_768, "n_ubatch": 128, "type_k": "q8_0", "type_v": "q8_0"},
    {"n_ctx": 16_384, "offload_kqv": False},
    {"n_ctx": 8192, "swa_full": True, "op_offload": False},
)


def loads(n_blocks: int, n_gpus: int, *, has_experts: bool) -> Iterator[Settings]:
    """Ways to spread a model over RAM and GPUs."""
    splits = [()] if n_gpus == 1 else [(1.0, 1.0), (3.0, 1.0), (1.0, 4.0), (0.0, 1.0)]
    in_ram = (0, n_blocks // 2, n_blocks) if has_experts else (0,)
    layers = (1, 2, n_blocks // 2, n_blocks, -1)
    for n_layers, split, n_cpu_moe in itertools.product(layers, splits, in_ram):
        found: Settings = {"n_gpu_layers": n_layers}
        if split:
            found["tensor_split"] = split
        if n_cpu_moe:
            found["n_cpu_moe"] = n_cpu_moe
        yield found


class Report:
    """Counts what agrees and prints what does not."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.points = self.equal = self.crashes = 0

    def model(self, name: str, folder: Path, oracle: Oracle, n_gpus: int) -> None:
        path = write_shape(folder, name, "Q4_K_M")
        model, shape = prepared(path), SHAPES[name]()
        has_experts = any("_exps." in tensor for tensor, _ in shape.tensors)
        before = self.points, self.equal
        for load in loads(int(shape.keys["block_count"]), n_gpus, has_experts=has_experts):
            refused = oracle.open(path, **load)
            if refused:
                print(f"{name} {load}: {refused}")
                continue
            for context in CONTEXTS:
                self._compare(name, model, {**load, **context}, oracle.plan(**context))
        points, equal = self.points - before[0], self.equal - before[1]
        print(f"{name:20} {n_gpus} GPU(s): {equal} of {points} loads equal to the byte", flush=True)

    def _compare(
        self, name: str, model: Model, settings: Settings, answer: Breakdown | Refusal
    ) -> None:
        if isinstance(answer, Refusal) and answer.has_crashed:
            self.crashes += 1
            return
        n_gpus = len(settings.get("tensor_split", (1.0,)))
        theirs = _of_devices(answer, n_gpus)
        ours = planned(model, settings, n_gpus)
        self.points += 1
        self.equal += ours == theirs
        if ours != theirs:
            print(f"  {name} {settings}:\n    arithmetic {ours}\n    engine     {theirs}")
        rows = [] if isinstance(answer, Refusal) else [row._asdict() for row in answer.rows]
        self.records.append({"shape": name, "settings": settings, "gpus": n_gpus, "rows": rows})


def _of_devices(answer: Breakdown | Refusal, n_gpus: int) -> Planned:
    if isinstance(answer, Refusal):
        return None
    devices = [answer.on(name) for name in ("CPU", *(f"RPC{i}" for i in range(n_gpus)))]
    return tuple((device.weights, device.kv) for device in devices)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python")
    parser.add_argument("shapes", nargs="*", default=list(SHAPES))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    library, report = rpc_library(arguments.python), Report()
    with tempfile.TemporaryDirectory() as folder:
        for n_gpus in (1, 2):
            with (
                rpc_servers(n_gpus, arguments.python, library) as servers,
                Oracle(arguments.python, library, servers) as oracle,
            ):
                for name in arguments.shapes or SHAPES:
                    report.model(name, Path(folder), oracle, n_gpus)
    print(f"{report.equal} of {report.points} loads equal; {report.crashes} ended the engine")
    if arguments.json:
        arguments.json.write_text(json.dumps(report.records))


if __name__ == "__main__":
    main()
