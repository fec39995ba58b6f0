"""How far the memory arithmetic is from the engine's dry run, by architecture.

python tests/tools/fit_report.py [SHAPE ...] [--quantisation Q4_K_M ...] [--rpc PYTHON]

Without ``--rpc`` everything is in RAM: the table has the error of the compute buffer alone, and of
the total with weights and cache. With it, compute buffers of one and of two devices and of RAM:
PYTHON is an interpreter whose llama-cpp-python was built with CMAKE_ARGS=-DGGML_RPC=ON.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from helpers.compute import cases, error, header_of, layout_of
from helpers.model_shapes import QUANTISATIONS, SHAPES, write_shape
from helpers.oracle import Oracle, Refusal
from helpers.rpc_servers import rpc_library, rpc_servers

from lollma_gui.core.compute_size import ComputeSize
from lollma_gui.core.plan_settings import PlanSettings

#: Errors below this are gaps between tensors.
_EQUAL = 2e-5


class Table:
    """Collects errors under names and prints a line for each."""

    def __init__(self) -> None:
        self._errors: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, value: float) -> None:
        self._errors[name].append(value)

    def show(self) -> None:
        print(f"{'':32} {'points':>6} {'equal':>6} {'median':>8} {'lowest':>8} {'highest':>8}")
        rows = {**self._errors, "all": [e for values in self._errors.values() for e in values]}
        for name, errors in rows.items():
            if errors:
                print(_line(name, errors), flush=True)


def _line(name: str, errors: list[float]) -> str:
    equal = sum(abs(e) < _EQUAL for e in errors)
    median = statistics.median(abs(e) for e in errors)
    return (
        f"{name:32} {len(errors):6} {equal:6} {median:8.3%} {min(errors):+8.2%} {max(errors):+8.2%}"
    )


def in_ram(names: Iterable[str], quantisations: Iterable[str], folder: Path) -> None:
    compute, total = Table(), Table()
    for name, quantisation in itertools.product(names, quantisations):
        model = header_of(name, quantisation)
        size, layout = ComputeSize(model), layout_of(model, 0, 0)
        with Oracle() as oracle:
            if oracle.open(write_shape(folder, name, quantisation)):
                continue
            for case in cases():
                answer = oracle.plan(**case.asked)
                if isinstance(answer, Refusal):
                    continue
                truth = answer.on("CPU")
                found = size.buffers(PlanSettings(**case.ours), layout).host
                everything = truth.weights + truth.kv
                label = f"{model.architecture} {name}"
                compute.add(label, error(found, truth.compute))
                total.add(label, error(everything + found, everything + truth.compute))
        print(f"{name} {quantisation} done", file=sys.stderr)
    print("compute buffer")
    compute.show()
    print("\nweights, cache and compute buffer")
    total.show()


def on_devices(names: Iterable[str], python: str, folder: Path) -> None:
    library, table = rpc_library(python), Table()
    for gpus in (1, 2):
        with (
            rpc_servers(gpus, python, library) as servers,
            Oracle(python, library, servers) as oracle,
        ):
            for name in names:
                for device, value in _device_errors(name, gpus, oracle, folder):
                    table.add(f"{name} {gpus} GPU(s) {device}", value)
    table.show()


def _device_errors(
    name: str, gpus: int, oracle: Oracle, folder: Path
) -> Iterator[tuple[str, float]]:
    model = header_of(name)
    size, blocks = ComputeSize(model), layout_of(model, 0, 0).n_blocks
    path = write_shape(folder, name, "Q4_K_M")
    for layers in (1, blocks // 2, blocks + 1):
        layout = layout_of(model, layers, gpus)
        # Shares of layers that come out as ``layout`` has them.
        split = [float(end - first) for first, end in layout.devices]
        extra = int(model.metadata.get(f"{model.architecture}.nextn_predict_layers", 0))
        if oracle.open(path, n_gpu_layers=layers + extra, tensor_split=split):
            continue
        for case in itertools.islice(cases(), 0, None, 17):
            answer = oracle.plan(**case.asked)
            if isinstance(answer, Refusal):
                continue
            found = size.buffers(PlanSettings(**case.ours), layout)
            yield "RAM", error(found.host, answer.on("CPU").compute)
            for number, n_bytes in enumerate(found.devices):
                truth = answer.on(f"RPC{number}").compute
                # A device with next to nothing says nothing about the arithmetic.
                if truth > 2**20:
                    yield "GPUs", error(n_bytes, truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--quantisation", nargs="+", choices=QUANTISATIONS, default=["Q4_K_M"])
    parser.add_argument("--rpc", metavar="PYTHON")
    arguments = parser.parse_args()
    names = arguments.shapes or list(SHAPES)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.rpc:
            on_devices(names, arguments.rpc, Path(folder))
        else:
            in_ram(names, arguments.quantisation, Path(folder))


if __name__ == "__main__":
    main()
