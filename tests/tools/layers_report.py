"""How near the number of GPU layers that the app chooses is to the true best, without any GPU.

python tests/tools/layers_report.py PYTHON [SHAPE ...]

PYTHON is an interpreter whose llama-cpp-python was built with CMAKE_ARGS=-DGGML_RPC=ON; an RPC
server of it stands in for a GPU. The engine's dry run says what each number of layers takes; for
many amounts of free memory the most that fit are compared with what arithmetic says, both without
a margin.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from helpers.model_shapes import SHAPES, write_shape
from helpers.oracle import Breakdown, Oracle
from helpers.planned import Model, prepared
from helpers.rpc_servers import rpc_library, rpc_servers

from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.memory_plan import PLAIN, TargetDevice
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.verdict import Margins

SETTINGS: tuple[dict[str, Any], ...] = (
    {"n_ctx": 8192},
    {"n_ctx": 32_768, "type_k": "q8_0", "type_v": "q8_0"},
    {"n_ctx": 4096, "flash_attn": False},
)
#: So many amounts of free memory for each model and setting.
_AMOUNTS = 200


def taken(oracle: Oracle, path: Path, layers: int, settings: dict[str, Any]) -> int | None:
    """Bytes on the device with so many layers there; None where llama.cpp refuses."""
    if oracle.open(path, n_gpu_layers=layers) is not None:
        return None
    answer = oracle.plan(**settings)
    if not isinstance(answer, Breakdown):
        return None
    device = answer.on("RPC0")
    return device.weights + device.kv + device.compute


def difference(model: Model, needs: list[int], settings: dict[str, Any]) -> Counter[int]:
    """Layers chosen less the most that fit, counted over amounts of free memory."""
    found: Counter[int] = Counter()
    for step in range(_AMOUNTS):
        free = needs[0] + (needs[-1] - needs[0]) * step // (_AMOUNTS - 1)
        best = max(n for n, need in enumerate(needs) if need <= free)
        device = TargetDevice("GPU", PLAIN, free, free)
        case = FitCase(model, (device,), TargetDevice.ram(), Margins(0, 0))
        found[case.most_layers(PlanSettings(**settings)) - best] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python")
    parser.add_argument("shapes", nargs="*", default=list(SHAPES))
    arguments = parser.parse_args()
    library, total = rpc_library(arguments.python), Counter[int]()
    with (
        tempfile.TemporaryDirectory() as folder,
        rpc_servers(1, arguments.python, library) as servers,
        Oracle(arguments.python, library, servers) as oracle,
    ):
        for name in arguments.shapes:
            path = write_shape(Path(folder), name, "Q4_K_M")
            model = prepared(path)
            for settings in SETTINGS:
                needs = [taken(oracle, path, n, settings) for n in range(model.n_layers + 1)]
                if None in needs:
                    continue
                found = difference(model, [n for n in needs if n is not None], settings)
                total += found
                print(f"{name:20} {settings}: {dict(sorted(found.items()))}", flush=True)
    print(f"layers chosen less the most that fit: {dict(sorted(total.items()))}")


if __name__ == "__main__":
    main()
