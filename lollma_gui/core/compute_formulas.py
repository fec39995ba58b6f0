"""The formulas of models of one shape, which all their quantisations and most descendants share.

What results need depends on the shapes of weights and on the numbers in the header, not on formats.
A library has many files of few shapes, and finding a formula is what takes time in judging one.
"""

import functools
import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from lollma_gui.core.compute_chain import Chain, Layout, Place, representative
from lollma_gui.core.compute_facts import ModelFacts
from lollma_gui.core.compute_families import is_measured, least
from lollma_gui.core.compute_models import Build
from lollma_gui.core.compute_parts import Wish
from lollma_gui.core.compute_series import Series
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.plan_settings import PlanSettings, cache_type
from lollma_gui.core.tensor_types import TensorType

#: GGML_SCHED_MAX_COPIES, the default of the build option.
_COPIES = 4
#: Shapes that are kept, and ways to load each; both are more than a library and a day have.
_SHAPES_KEPT, _WAYS_KEPT = 128, 512


class Backend(StrEnum):
    """How GPUs compute.

    Attributes:
        PLAIN: With their own weights only, and nothing else (llama.cpp's RPC).
        CUDA: They also compute with weights in RAM, convert caches, and keep more.
    """

    PLAIN = "plain"
    CUDA = "cuda"


class Formulas:
    """The formulas of one shape, found when they are needed first. For any thread.

    Args:
        facts: A model of the shape; its bytes do not count.
    """

    def __init__(self, facts: ModelFacts) -> None:
        self._facts = facts
        self._is_exact = is_measured(facts)
        self._series: dict[tuple[object, ...], Series] = {}
        self._alike: dict[tuple[object, ...], Series] = {}

    def series(
        self, settings: PlanSettings, layout: Layout, backend: Backend, offloads: bool
    ) -> Series:
        """The formulas of one way to load it.

        Args:
            settings: The settings.
            layout: Where layers lie.
            backend: How the GPUs compute.
            offloads: Whether the first GPU computes with weights in RAM too.
        """
        key = (
            *(settings.flash_attn, settings.type_k, settings.type_v, settings.offload_kqv),
            *(settings.n_cpu_moe, layout, backend, offloads),
        )
        series = self._series.get(key)
        if series is None:
            if len(self._series) >= _WAYS_KEPT:
                self._series, self._alike = {}, {}
            series = self._series[key] = self._new(settings, layout, backend, offloads)
        return series

    def _new(
        self, settings: PlanSettings, layout: Layout, backend: Backend, offloads: bool
    ) -> Series:
        chain = _chain(self._facts, settings, layout, offloads)
        builds = _builds(settings, layout, backend)
        wish = _wish(self._facts, settings, backend)
        floor = None if self._is_exact else least(self._facts, settings.flash_attn)
        key = (chain, builds, wish)
        return self._alike.setdefault(key, Series(self._facts, chain, builds, wish, floor))


def formulas_of(header: GgufHeader, facts: ModelFacts) -> Formulas:
    """The formulas of a model, shared with all models of its shape.

    Args:
        header: The model's header.
        facts: What it says.
    """
    return _kept(_Shape(_name(header, facts), facts))


@dataclass(frozen=True)
class _Shape:
    """A shape: the same for models whose names for it are the same."""

    name: bytes
    facts: ModelFacts = field(compare=False)


@functools.lru_cache(_SHAPES_KEPT)
def _kept(shape: _Shape) -> Formulas:
    return Formulas(shape.facts)


def _name(header: GgufHeader, facts: ModelFacts) -> bytes:
    """The same for headers that differ in nothing that a graph depends on."""
    prefix = header.architecture + "."
    numbers = sorted((k, repr(v)) for k, v in header.metadata.items() if k.startswith(prefix))
    tensors = [(tensor.name, tensor.shape) for tensor in header.tensors]
    told = repr((header.architecture, facts.vocabulary, numbers, tensors))
    return hashlib.blake2b(told.encode(), digest_size=20).digest()


def _builds(settings: PlanSettings, layout: Layout, backend: Backend) -> tuple[Build, ...]:
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
    return (real, real._replace(pins=False)) if overlaps else (real,)


def _chain(facts: ModelFacts, settings: PlanSettings, layout: Layout, offloads: bool) -> Chain:
    host = len(layout.devices)
    once: dict[Place, Place] = {}

    def place(index: int) -> Place:
        own = layout.device_of(index)
        cache = layout.device_of(_owner(facts, index)) if settings.offload_kqv else host
        # The first GPU takes over what is in RAM, for batches like these.
        computes = 0 if offloads and own == host else own
        in_ram = index < settings.n_cpu_moe
        experts = (0 if offloads else host) if in_ram else computes
        made = Place(facts.blocks[index], computes, cache, experts)
        return once.setdefault(made, made)

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
