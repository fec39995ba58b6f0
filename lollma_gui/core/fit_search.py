"""The best context, cache and number of GPU layers that fit into a PC's memory."""

from dataclasses import dataclass, replace

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.plan_settings import PlanSettings, plan_settings
from lollma_gui.core.settings_facts import MemoryNeed

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

    @property
    def settings(self) -> PlanSettings:
        """As what a memory plan is made for."""
        return plan_settings(self.values())


def search(case: FitCase) -> Placement | None:
    """The best placement: everything on the GPU if it can be, with as long a context as fits.

    Args:
        case: The model and the PC.

    Returns:
        The placement; None where llama.cpp refuses the model with any settings.
    """
    found = _Search(case)
    try:
        return found.on_gpu() if case.gpus else found.in_ram()
    except LollmaError:
        return None


class _Search:
    def __init__(self, case: FitCase) -> None:
        self._case = case
        trained = case.model.n_ctx_train or _CONTEXTS[0]
        self._contexts = tuple(c for c in _CONTEXTS if c <= trained) or (trained,)
        self._all_layers = case.model.n_layers

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

    def _experts_in_ram(self) -> Placement | None:
        for n_ctx in self._contexts:
            tried = Placement(n_ctx, self._all_layers)
            blocks = self._case.least_experts_in_ram(tried.settings)
            if blocks is not None:
                return self._measured(replace(tried, n_cpu_moe=blocks))
        return None

    def _part_of_layers(self) -> Placement:
        found = Placement(self._contexts[-1], self._all_layers)
        found = replace(found, n_gpu_layers=self._case.most_layers(found.settings))
        return self._measured(replace(found, fits=self._fits(found)))

    def _fits(self, tried: Placement) -> bool:
        return self._case.fits(tried.settings)

    def _measured(self, found: Placement) -> Placement:
        plan = self._case.plan(found.settings)
        need = MemoryNeed(tuple(share.total for share in plan.gpus), plan.ram.total)
        return replace(found, need=need)
