"""How long one answer of the compute buffer's arithmetic takes, for a model of 100 layers.

Run by hand: ``python tests/benchmarks/plan_speed.py``. Settings are ones that were asked before, as
while a slider is dragged to and fro; what the first question for a new range costs is shown too.
The ratio is to a bare function that does the same multiplications and nothing else.
"""

import sys
import timeit
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from helpers.model_headers import header, tensor
from helpers.shapes import dense

from lollma_gui.core.compute_size import ComputeSize, Layout
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.memory_plan import TargetDevice, plan_memory
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.prepared_model import PreparedModel

LAYERS = 100
#: Short turns, and the best of many: other programs' work is not ours.
TURNS, REPEATS = 100, 500


def main() -> None:
    model = hundred_layers()
    settings = PlanSettings(n_ctx=5000)
    for text, layout in (
        ("all in RAM", Layout(LAYERS, LAYERS + 1, ())),
        ("one GPU, half of the layers", Layout(LAYERS, 50, ((50, 101),))),
        ("two GPUs and RAM", Layout(LAYERS, 20, ((20, 60), (60, 101)))),
    ):
        preparing = timeit.timeit(lambda: ComputeSize(model), number=1)
        size = ComputeSize(model)
        first = timeit.timeit(lambda: size.buffers(settings, layout), number=1)  # noqa: B023
        again = best(lambda: size.buffers(settings, layout))  # noqa: B023
        other = replace(settings, n_ctx=70_000)
        next_range = timeit.timeit(lambda: size.buffers(other, layout), number=1)  # noqa: B023
        bare = best(lambda: multiplied(len(layout.devices) + 1))  # noqa: B023
        print(f"{text}:")
        print(f"  preparing the model   {preparing * 1e6:10.1f} us")
        print(f"  first question        {first * 1e6:10.1f} us")
        print(f"  another range         {next_range * 1e6:10.1f} us")
        print(f"  every further one     {again * 1e6:10.1f} us   (target: at most 10)")
        print(f"  ratio to bare work    {again / bare:10.1f} x")
    whole_plans(model)


def whole_plans(model: GgufHeader) -> None:
    """A memory plan with weights, cache and all, as each step of a slider asks for."""
    prepared = PreparedModel(model)
    cards = [TargetDevice.cuda("A", 2**34, 2**34), TargetDevice.cuda("B", 2**33, 2**33)]
    for gpus in ([], cards[:1], cards):
        settings = PlanSettings(n_gpu_layers=50)
        plan_memory(prepared, settings, gpus)
        whole = best(lambda: plan_memory(prepared, settings, gpus))  # noqa: B023
        bare = best(lambda: multiplied(len(gpus) + 1))  # noqa: B023
        print(f"a whole plan, {len(gpus)} GPU(s): {whole * 1e6:.1f} us   (target: at most 50)")
        print(f"  ratio to bare work    {whole / bare:10.1f} x")


def best(work: "timeit._Stmt") -> float:
    return min(timeit.repeat(work, number=TURNS, repeat=REPEATS)) / TURNS


FORMS = tuple(tuple(float(8 * i + j) for j in range(8)) for i in range(4))
TERMS = (1, 512, 1, 1, 2**21, 2**21, 4096, 4096)


def multiplied(devices: int) -> list[float]:
    """Four formulas of eight products for each device."""
    values = []
    for _ in range(devices):
        most = 0.0
        for a, b, c, d, e, f, g, h in FORMS:
            one, u, o, s, nu, uw, nt, tw = TERMS
            value = a * one + b * u + c * o + d * s + e * nu + f * uw + g * nt + h * tw
            most = max(most, value)
        values.append(most)
    return values


def hundred_layers() -> GgufHeader:
    shape = dense.llama(LAYERS, 8192, 28_672, (64, 8, 128), 128_256, 131_072)
    return header(
        shape.architecture, shape.keys, [tensor(name, size, "F16") for name, size in shape.tensors]
    )


if __name__ == "__main__":
    main()
