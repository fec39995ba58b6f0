"""How much room a model's intermediate results take: RAM, each GPU, and the output buffer.

llama.cpp plans its compute buffers by building the graph of a full batch and giving each result a
place. The same is done here with a graph of sizes only, once for each range of the settings; what
comes out is a formula, so that an answer costs some multiplications. Source: ``sched_reserve`` and
``output_reserve`` in src/llama-context.cpp of llama.cpp; other files are named where they are used.
"""

from typing import NamedTuple

from lollma_gui.core.compute_chain import Layout
from lollma_gui.core.compute_facts import model_facts
from lollma_gui.core.compute_families import error_bound, is_measured
from lollma_gui.core.compute_formulas import Backend, formulas_of
from lollma_gui.core.compute_graph import Dimensions
from lollma_gui.core.gguf_header import GgufHeader, padded
from lollma_gui.core.plan_settings import CONTEXT_STEP, PlanSettings, cache_space
from lollma_gui.core.sliding_layers import window_of

__all__ = ["Backend", "Buffers", "ComputeSize", "Layout"]

#: Smaller batches are never computed on a GPU whose weights are in RAM
#: (``GGML_OP_OFFLOAD_MIN_BATCH`` of ggml-cuda.cu).
_OFFLOAD_FROM = 32


class Buffers(NamedTuple):
    """Room for intermediate results, in bytes.

    Attributes:
        host: Compute buffer in RAM.
        devices: Compute buffer of each GPU.
        output: Output buffer, in RAM.
        is_exact: Whether llama.cpp was seen to take just this for models of this architecture.
        bound: The truth is at most this much higher, as a share of ``host`` and of each of
            ``devices``.
    """

    host: int
    devices: tuple[int, ...]
    output: int
    is_exact: bool
    bound: float


class ComputeSize:
    """The buffers of one model, prepared once; ``buffers`` is cheap.

    The first call for a new range of settings builds a graph, some milliseconds; all further ones
    take some microseconds, also for other models of the same shape.

    Args:
        header: The header of the whole model.
    """

    def __init__(self, header: GgufHeader) -> None:
        self._facts = model_facts(header)
        self._window = window_of(self._facts.keys, self._facts.rule)
        self._context = self._facts.number("context_length")
        self._is_exact = is_measured(self._facts)
        self._bound = error_bound(self._facts)
        self._formulas = formulas_of(header, self._facts)
        self._copies: dict[tuple[object, ...], int] = {}

    def buffers(
        self, settings: PlanSettings, layout: Layout, backend: Backend = Backend.PLAIN
    ) -> Buffers:
        """Room for intermediate results.

        Args:
            settings: The settings.
            layout: Where layers lie.
            backend: How the GPUs compute.
        """
        space = cache_space(settings, self._context)
        sequences = settings.n_seq_max or 1
        # A full batch has as many tokens of each sequence (``graph_reserve``).
        tokens = padded(min(space.n_ubatch, space.cells * space.streams), sequences)
        wanted = max(settings.n_outputs_max or settings.n_batch, sequences)
        window = space.cells
        if self._window and not settings.swa_full:
            lookback = self._window * (sequences if settings.kv_unified else 1)
            window = padded(min(window, lookback + space.n_ubatch), CONTEXT_STEP)
        cells, streams = space.cells, space.streams
        if not self._facts.rule.has_cache:
            # Everything is read at once (``build_attn_inp_no_cache``).
            cells, window, streams = tokens, tokens, 1
        dimensions = Dimensions(tokens, min(tokens, wanted), cells, window, sequences, streams)
        offloads = (
            backend == "cuda"
            and settings.op_offload
            and tokens >= _OFFLOAD_FROM
            and bool(layout.devices)
        )
        found = self._formulas.series(settings, layout, backend, offloads).most(dimensions)
        if offloads:
            found[0] += self._copied(settings, layout, wanted >= _OFFLOAD_FROM)
        return Buffers(
            found[-1],
            tuple(found[:-1]),
            4 * (self._facts.vocabulary or self._facts.width) * sequences,
            self._is_exact,
            self._bound,
        )

    def _copied(self, settings: PlanSettings, layout: Layout, many_outputs: bool) -> int:
        """Room on the first GPU for the largest weight that lies in RAM.

        Each operation with such a weight is a split of its own, so that one copy at a time is
        there (``ggml_backend_sched_split_graph``; ``ggml_backend_cuda_device_offload_op``).
        """
        key = (settings.n_cpu_moe, layout, many_outputs)
        if key not in self._copies:
            whole = self._facts.largest[: layout.on_gpu_from]
            experts = self._facts.largest[: settings.n_cpu_moe]
            output = self._facts.output_bytes if many_outputs else 0
            self._copies[key] = max(
                max((size for size, _ in whole), default=0),
                max((size for _, size in experts), default=0),
                output if layout.on_gpu_from > layout.n_blocks else 0,
            )
        return self._copies[key]
