"""How much room a model's intermediate results take: RAM, each GPU, and the output buffer.

llama.cpp plans its compute buffers by building the graph of a full batch and giving each result a
place. The same is done here with a graph of sizes only, once for each range of the settings; what
comes out is a formula, so that an answer costs some multiplications. Source: ``sched_reserve`` and
``output_reserve`` in src/llama-context.cpp of llama.cpp; other files are named where they are used.
"""

from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core.compute_chain import Chain, Layout, Place, representative
from lollma_gui.core.compute_facts import ModelFacts, model_facts
from lollma_gui.core.compute_families import error_bound, is_measured, least
from lollma_gui.core.compute_graph import Dimensions
from lollma_gui.core.compute_models import Build
from lollma_gui.core.compute_parts import Wish
from lollma_gui.core.compute_series import Series
from lollma_gui.core.gguf_header import GgufHeader, padded
from lollma_gui.core.plan_settings import CONTEXT_STEP, PlanSettings, cache_space, cache_type
from lollma_gui.core.sliding_layers import window_of
from lollma_gui.core.tensor_types import TensorType

__all__ = ["Backend", "Buffers", "ComputeSize", "Layout"]

#: Smaller batches are never computed on a GPU whose weights are in RAM
#: (``GGML_OP_OFFLOAD_MIN_BATCH`` of ggml-cuda.cu).
_OFFLOAD_FROM = 32

#: GGML_SCHED_MAX_COPIES, the default of the build option.
_COPIES = 4


class Backend(StrEnum):
    """How GPUs compute.

    Attributes:
        PLAIN: With their own weights only, and nothing else (llama.cpp's RPC).
        CUDA: They also compute with weights in RAM, convert caches, and keep more.
    """

    PLAIN = "plain"
    CUDA = "cuda"


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
    take some microseconds.

    Args:
        header: The header of the whole model.
    """

    def __init__(self, header: GgufHeader) -> None:
        self._facts = model_facts(header)
        self._window = window_of(self._facts.keys, self._facts.rule)
        self._context = self._facts.number("context_length")
        self._is_exact = is_measured(self._facts)
        self._bound = error_bound(self._facts)
        self._series: dict[tuple[object, ...], Series] = {}
        self._copies: dict[tuple[object, ...], int] = {}
        self._alike: dict[tuple[object, ...], Series] = {}

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
        found = self._of(settings, layout, backend, offloads).most(dimensions)
        if offloads:
            found[0] += self._copied(settings, layout, wanted >= _OFFLOAD_FROM)
        return Buffers(
            found[-1],
            tuple(found[:-1]),
            4 * (self._facts.vocabulary or self._facts.width) * sequences,
            self._is_exact,
            self._bound,
        )

    def _of(
        self, settings: PlanSettings, layout: Layout, backend: Backend, offloads: bool
    ) -> Series:
        key = (
            *(settings.flash_attn, settings.type_k, settings.type_v, settings.offload_kqv),
            *(settings.n_cpu_moe, layout, backend, offloads),
        )
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = self._new(settings, layout, backend, offloads)
        return series

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

    def _new(
        self, settings: PlanSettings, layout: Layout, backend: Backend, offloads: bool
    ) -> Series:
        chain = _chain(self._facts, settings, layout, offloads)
        # Pipeline parallelism (constructor of ``llama_context``).
        overlaps = (
            len(layout.devices) > 1
            and layout.is_all_on_gpus
            and settings.offload_kqv
            and not settings.n_cpu_moe
        )
        real = Build(
            host=len(layout.devices),
            pins=True,
            attends_in_ram=not settings.offload_kqv,
            keeps=backend is Backend.CUDA,
            copies=_COPIES if overlaps else 1,
        )
        # llama.cpp's own dry run says a little more for several GPUs, and a person sees both.
        builds = (real, real._replace(pins=False)) if overlaps else (real,)
        wish = _wish(self._facts, settings, backend)
        key = (chain, builds, wish)
        if key not in self._alike:
            floor = None if self._is_exact else least(self._facts, settings.flash_attn)
            self._alike[key] = Series(self._facts, chain, builds, wish, floor)
        return self._alike[key]


def _chain(facts: ModelFacts, settings: PlanSettings, layout: Layout, offloads: bool) -> Chain:
    host = len(layout.devices)

    def place(index: int) -> Place:
        own = layout.device_of(index)
        cache = layout.device_of(_owner(facts, index)) if settings.offload_kqv else host
        # The first GPU takes over what is in RAM, for batches like these.
        computes = 0 if offloads and own == host else own
        in_ram = index < settings.n_cpu_moe
        experts = (0 if offloads else host) if in_ram else computes
        return Place(facts.blocks[index], computes, cache, experts)

    places = representative([place(i) for i in range(len(facts.blocks))])
    output = layout.device_of(layout.n_blocks)
    return Chain(places, 0 if offloads and output == host else output)


def _owner(facts: ModelFacts, index: int) -> int:
    """The block whose keys and values this one uses (``n_layer_kv_from_start``)."""
    block = facts.blocks[index]
    if block.owns_cache:
        return index
    return sum(b.owns_cache for b in facts.blocks) - (2 if block.slides else 1)


def _wish(facts: ModelFacts, settings: PlanSettings, backend: Backend) -> Wish:
    key_type, value_type = cache_type(settings.type_k), cache_type(settings.type_v)
    # Only the first block's heads count, as in the constructor of ``llama_kv_cache``.
    first = next((block for block in facts.blocks if block.kv_heads), None)
    return Wish(
        flash_attn=settings.flash_attn,
        turns_keys=_turns(key_type, first.key if first else 0),
        turns_values=_turns(value_type, first.value if first else 0),
        key_bytes=key_type.block_bytes / key_type.block_size,
        value_bytes=value_type.block_bytes / value_type.block_size,
        converts=backend is Backend.CUDA,
    )


def _turns(form: TensorType, length: int) -> bool:
    return form.block_size > 1 and length > 0 and length % 64 == 0
