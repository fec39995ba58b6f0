"""What settings are judged against: this PC and one model. Everything may be unknown (None)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.gpu_overhead import USUAL_OVERHEAD
from lollma_gui.core.prepared_model import PreparedModel

#: What stays free on each GPU; llama.cpp's own fit leaves the same (common/common.h).
GPU_MARGIN_BYTES = 1024**3
#: Enough where a load on this PC was measured: only other programs can surprise us then.
LEARNED_MARGIN_BYTES = GPU_MARGIN_BYTES // 2
#: What stays free in RAM for everything else.
RAM_MARGIN_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class GpuFacts:
    """One GPU; memory in bytes.

    Attributes:
        name: As its driver says it.
        total_bytes: All its memory.
        free_bytes: What is free without a model of ours.
        vendor: NVIDIA, AMD, Intel or Apple; empty if unknown.
        overhead_bytes: What driver and engine take there beside llama.cpp's buffers.
        is_learned: Whether that was measured on this PC.
        key: Its UUID where known.
        bandwidth: Bytes per second that its memory is read with; None if unknown.
    """

    name: str
    total_bytes: int
    free_bytes: int
    vendor: str = ""
    overhead_bytes: int = USUAL_OVERHEAD
    is_learned: bool = False
    key: str = ""
    bandwidth: float | None = None


@dataclass(frozen=True)
class PcFacts:
    """The PC as far as settings depend on it.

    Attributes:
        physical_cores: Real cores, efficiency cores included.
        logical_cores: Threads the processor runs at once.
        performance_cores: Fast cores alone, on processors that have two kinds.
        ram_total_bytes: All RAM.
        ram_available_bytes: What a program could get without swapping.
        gpus: GPUs in llama.cpp's order.
        memlock_limit_bytes: Most RAM a program may lock; infinite where there is no limit.
        numa_nodes: Groups of processors with memory of their own.
        gpu_margin_bytes: What is to stay free on each GPU.
        ram_margin_bytes: What is to stay free in RAM.
    """

    physical_cores: int | None = None
    logical_cores: int | None = None
    performance_cores: int | None = None
    ram_total_bytes: int | None = None
    ram_available_bytes: int | None = None
    gpus: tuple[GpuFacts, ...] = ()
    memlock_limit_bytes: float | None = None
    numa_nodes: int | None = None
    gpu_margin_bytes: int = GPU_MARGIN_BYTES
    ram_margin_bytes: int = RAM_MARGIN_BYTES

    @property
    def writing_threads(self) -> int | None:
        """Threads that suit writing: one a fast core."""
        return self.performance_cores or self.physical_cores


def with_margins(pc: PcFacts, margin: int | None, games: int) -> PcFacts:
    """The PC with what is to stay free on each GPU.

    Args:
        pc: The PC.
        margin: Bytes; None leaves it to us: less is enough where loads were measured here.
        games: Bytes that are kept free for games on top.
    """
    is_learned = bool(pc.gpus) and all(gpu.is_learned for gpu in pc.gpus)
    automatic = LEARNED_MARGIN_BYTES if is_learned else GPU_MARGIN_BYTES
    return replace(pc, gpu_margin_bytes=(automatic if margin is None else margin) + games)


@dataclass(frozen=True)
class ModelFacts:
    """The model as far as settings depend on it.

    Attributes:
        name: As the window shows it.
        blocks: Its blocks; llama.cpp counts one layer more, the output.
        n_ctx_train: Context it was trained on, in tokens.
        weights_bytes: All its tensors.
        kv_bytes_per_token: Keys and values of one token at 16 bits, all layers together.
        expert_bytes: Those of the weights that are experts; 0 for models without.
        is_mla: Whether it keeps keys and values as one (DeepSeek).
        sliding_window: Its window in tokens; 0 for none.
        rope_freq_base: RoPE base it was trained with.
        has_chat_template: Whether it was taught to chat.
        sampling: Its ``general.sampling.*`` metadata, keys without that prefix.
        prepared: For memory plans; None where the header could not be read.
    """

    name: str = ""
    blocks: int | None = None
    n_ctx_train: int | None = None
    weights_bytes: int | None = None
    kv_bytes_per_token: float | None = None
    expert_bytes: int = 0
    is_mla: bool = False
    sliding_window: int = 0
    rope_freq_base: float | None = None
    has_chat_template: bool | None = None
    sampling: Mapping[str, object] = field(default_factory=dict)
    prepared: PreparedModel | None = None

    @property
    def layers(self) -> int | None:
        """Layers as llama.cpp counts them: the blocks and the output."""
        return None if self.blocks is None else self.blocks + 1


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes a load takes: one number for each GPU in order, and RAM."""

    gpus: tuple[int, ...]
    ram: int

    @property
    def gpu_total(self) -> int:
        """Bytes on all GPUs together."""
        return sum(self.gpus)


#: Values of settings to the memory they would take.
Fit = Callable[[Mapping[str, SettingValue]], MemoryNeed]
