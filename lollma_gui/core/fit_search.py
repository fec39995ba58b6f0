"""The best context, cache and number of GPU layers that fit into a PC's memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.settings_facts import Fit, MemoryNeed, ModelFacts, PcFacts

#: What stays free on each GPU; llama.cpp's own fit leaves the same (common/common.h).
GPU_MARGIN_BYTES = 1024**3
#: What stays free in RAM for everything else.
RAM_MARGIN_BYTES = 2 * 1024**3

#: Contexts that are tried, the longest first. Longer ones are for people who ask for them:
#: they slow every token down.
_CONTEXTS = (32_768, 16_384, 8_192, 4_096)
_COMFORTABLE = 8_192
_ON_CPU = 8_192


@dataclass(frozen=True)
class Placement:
    """What was found, as values of the table, and the memory it takes.

    ``fits`` is False if not even the RAM is enough.
    """

    n_ctx: int
    n_gpu_layers: int
    type_k: str = "f16"
    type_v: str = "f16"
    n_cpu_moe: int = 0
    fits: bool = True
    need: MemoryNeed | None = None

    def values(self) -> dict[str, SettingValue]:
        """As values by their names in the table."""
        return {
            "n_ctx": self.n_ctx,
            "n_gpu_layers": self.n_gpu_layers,
            "type_k": self.type_k,
            "type_v": self.type_v,
            "n_cpu_moe": self.n_cpu_moe,
            "flash_attn": "on" if self.type_v != "f16" else "auto",
        }


def search(fit: Fit, pc: PcFacts, model: ModelFacts) -> Placement:
    """The best placement: everything on the GPU if it can be, with as long a context as fits."""
    found = _Search(fit, pc, model)
    return found.on_gpu() if pc.gpus else found.in_ram()


class _Search:
    def __init__(self, fit: Fit, pc: PcFacts, model: ModelFacts) -> None:
        self._fit, self._pc, self._model = fit, pc, model
        trained = model.n_ctx_train or _CONTEXTS[0]
        self._contexts = tuple(c for c in _CONTEXTS if c <= trained) or (trained,)

    def on_gpu(self) -> Placement:
        comfortable = [c for c in self._contexts if c >= _COMFORTABLE]
        short = [c for c in self._contexts if c < _COMFORTABLE]
        for contexts, cache in (
            *((comfortable, "f16"), (comfortable, "q8_0")),
            *((short, "f16"), (short, "q8_0")),
        ):
            for n_ctx in contexts:
                tried = Placement(n_ctx, self._all_layers, cache, cache)
                if self._fits(tried):
                    return self._measured(tried)
        return self._experts_in_ram() or self._part_of_layers()

    def in_ram(self) -> Placement:
        # Reading a long prompt on a processor takes minutes, so length is of little use there.
        for n_ctx in (c for c in self._contexts if c <= _ON_CPU or c == self._contexts[-1]):
            tried = Placement(n_ctx, 0)
            if self._fits(tried):
                return self._measured(tried)
        return self._measured(Placement(self._contexts[-1], 0, fits=False))

    @property
    def _all_layers(self) -> int:
        return self._model.layers or -1

    def _experts_in_ram(self) -> Placement | None:
        blocks = self._model.blocks or 0
        if not self._model.expert_bytes:
            return None
        for n_ctx in self._contexts:

            def kept(n: int, n_ctx: int = n_ctx) -> Placement:
                return Placement(n_ctx, self._all_layers, n_cpu_moe=n)

            if self._fits(kept(blocks)):
                left = _largest(blocks, lambda n: self._fits(kept(blocks - n)))
                return self._measured(kept(blocks - left))
        return None

    def _part_of_layers(self) -> Placement:
        n_ctx = self._contexts[-1]
        most = _largest(self._all_layers, lambda n: self._gpus_fit(Placement(n_ctx, n)))
        found = Placement(n_ctx, most)
        return self._measured(replace(found, fits=self._fits(found)))

    def _fits(self, tried: Placement) -> bool:
        ram = self._pc.ram_available_bytes
        need = self._fit(tried.values())
        return self._gpus_fit(tried) and (ram is None or need.ram <= ram - RAM_MARGIN_BYTES)

    def _gpus_fit(self, tried: Placement) -> bool:
        need = self._fit(tried.values())
        return all(
            taken <= max(gpu.free_bytes - GPU_MARGIN_BYTES, 0)
            for taken, gpu in zip(need.gpus, self._pc.gpus, strict=False)
        )

    def _measured(self, found: Placement) -> Placement:
        return replace(found, need=self._fit(found.values()))


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number from 0 to ``most`` that fits, given that every smaller one does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
