"""One model on one PC: which settings fit, and how far each can go."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan, TargetDevice, plan_memory
from lollma_gui.core.plan_fit import devices_of
from lollma_gui.core.plan_settings import CONTEXT_STEP, PlanSettings
from lollma_gui.core.prepared_model import PreparedModel
from lollma_gui.core.settings_facts import PcFacts
from lollma_gui.core.verdict import Margins, Verdict, judge

#: What is kept free on top after a load failed for memory though the plan said that it fits.
_AFTER_FAILURE_BYTES = 1024**3
#: Contexts are looked for up to here where the model does not say what it was trained on.
_LONGEST = 131_072


@dataclass(frozen=True)
class FitCase:
    """A model, the memory it would be loaded to, and what is to stay free there.

    Attributes:
        model: The model.
        gpus: GPUs in llama.cpp's order.
        ram: The PC's memory.
        margins: What is to stay free.
        beside_bytes: What is loaded beside the model: on the first GPU that is used, else in RAM.
    """

    model: PreparedModel
    gpus: tuple[TargetDevice, ...]
    ram: TargetDevice
    margins: Margins
    beside_bytes: int = 0

    @classmethod
    def on(cls, pc: PcFacts, model: PreparedModel) -> "FitCase":
        """The model on this PC as it is now."""
        return cls(model, *devices_of(pc), Margins(pc.gpu_margin_bytes, pc.ram_margin_bytes))

    def after_failure(self) -> "FitCase":
        """The same, with more to be kept free on GPUs: a load failed for memory."""
        more = self.margins._replace(gpu=self.margins.gpu + _AFTER_FAILURE_BYTES)
        return replace(self, margins=more)

    def plan(self, settings: PlanSettings) -> MemoryPlan:
        """The memory plan of these settings, "as many layers as fit" written out.

        Raises:
            LollmaError: If llama.cpp would refuse these settings for this model.
        """
        plan = plan_memory(self.model, self.written_out(settings), self.gpus, self.ram)
        return _with_more(plan, self.beside_bytes) if self.beside_bytes else plan

    def judge(self, plan: MemoryPlan) -> Verdict:
        """The verdict on a plan, with this case's margins."""
        return judge(plan, self.margins)

    def written_out(self, settings: PlanSettings) -> PlanSettings:
        """The settings with "as many layers as fit" as a number."""
        if settings.n_gpu_layers >= 0:
            return settings
        layers = self.most_layers(settings) if self.gpus else 0
        return replace(settings, n_gpu_layers=layers)

    # ---- what fits -------------------------------------------------------------------------

    def fits(self, settings: PlanSettings) -> bool:
        """Whether the margin stays free everywhere; unknown memory counts as enough."""
        return self._within(settings, lambda plan: plan.devices)

    def fits_gpus(self, settings: PlanSettings) -> bool:
        """The same for GPUs alone."""
        return self._within(settings, lambda plan: plan.gpus)

    def _within(
        self,
        settings: PlanSettings,
        which: Callable[[MemoryPlan], tuple[DeviceShare, ...]],
    ) -> bool:
        try:
            plan = self.plan(settings)
        except LollmaError:
            return False
        return all(
            share.spare is None or share.spare >= self.margins.of(share, plan.error)
            for share in which(plan)
            if share.buffers
        )

    def most_layers(self, settings: PlanSettings) -> int:
        """The most layers that fit on the GPUs, the output included."""
        return largest(
            self.model.n_layers, lambda n: self.fits_gpus(replace(settings, n_gpu_layers=n))
        )

    def longest_context(self, settings: PlanSettings) -> int:
        """The longest context in tokens that fits with these layers; 0 if not even a short one.

        Never more than the model was trained on.
        """
        written = self.written_out(settings)
        trained = self.model.n_ctx_train or _LONGEST
        steps = max(trained // CONTEXT_STEP, 1)

        def fits(n: int) -> bool:
            return self.fits(replace(written, n_ctx=n * CONTEXT_STEP))

        found = largest(steps, fits) * CONTEXT_STEP
        return min(found, trained)

    def least_experts_in_ram(self, settings: PlanSettings) -> int | None:
        """The fewest blocks whose experts must stay in RAM so that all layers fit.

        None where even all experts in RAM are not enough, and for models without experts.
        """
        blocks = self.model.n_blocks
        whole = replace(settings, n_gpu_layers=self.model.n_layers)
        if not (self.gpus and self.model.expert_blocks):
            return None
        if not self.fits(replace(whole, n_cpu_moe=blocks)):
            return None
        on_gpu = largest(blocks, lambda n: self.fits(replace(whole, n_cpu_moe=blocks - n)))
        return blocks - on_gpu


def _with_more(plan: MemoryPlan, n_bytes: int) -> MemoryPlan:
    """The plan with something beside the model."""
    place = next((i for i, share in enumerate(plan.devices) if i and share.buffers), 0)
    devices = list(plan.devices)
    devices[place] = devices[place]._replace(weights=devices[place].weights + n_bytes)
    return plan._replace(devices=tuple(devices))


def largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number from 0 to ``most`` that fits, given that every smaller one does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
