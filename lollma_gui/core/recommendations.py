"""For every setting the value that suits this PC and this model, with the reason in a sentence."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_search import Placement, search
from lollma_gui.core.plan_fit import plan_fit
from lollma_gui.core.recommended_sampling import recommend_generation
from lollma_gui.core.settings_facts import Fit, ModelFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.tensor_types import BY_NAME
from lollma_gui.core.units import memory_size


@dataclass(frozen=True)
class Recommendation:
    """A value, and one sentence why, with the numbers it rests on."""

    value: SettingValue
    reason: str


def recommend(pc: PcFacts, model: ModelFacts | None = None) -> dict[str, Recommendation]:
    """A recommendation for every setting of the table, in its order.

    Args:
        pc: What is free now counts: measure without a model of ours loaded.
        model: None for advice that holds for any model.
    """
    model = model or ModelFacts()
    fit = plan_fit(pc, model)
    found = search(FitCase.on(pc, model.prepared)) if fit and model.prepared else None
    case = _Case(pc, model, fit, found)
    advice = {
        **_as_they_are(),
        **_placement(case),
        **_batch(case),
        **_threads(case),
        **_gpus(case),
        **_memory(case),
    }
    n_ctx = advice["n_ctx"].value
    sampling = recommend_generation(model, n_ctx if isinstance(n_ctx, int) else 4096)
    advice |= {name: Recommendation(*pair) for name, pair in sampling.items()}
    return advice | _painting(case)


@functools.cache
def _as_they_are() -> dict[str, Recommendation]:
    """The usual values: made once, for advice on a thousand models is kept."""
    return {s.name: Recommendation(s.default, _AS_IT_IS.get(s.name, _PLAIN)) for s in SETTINGS}


def _painting(case: "_Case") -> dict[str, Recommendation]:
    """Where the model computes on few cores, each painting takes them away from it."""
    cores = case.pc.physical_cores
    if case.pc.gpus or cores is None or cores > _FEW_CORES:
        return {}
    reason = f"The model needs all {cores} cores: painting 20 times a second would slow it down."
    return {"max_updates_second": Recommendation(8, reason)}


def recommended_values(advice: Mapping[str, Recommendation]) -> dict[str, SettingValue]:
    """The values alone."""
    return {name: r.value for name, r in advice.items()}


#: Apple's GPUs and those of other makers are used by llama.cpp but not measured by us: then all
#: layers are offered, which costs nothing where there is no GPU at all.
_NO_MEASURED_GPU = "No GPU could be measured; if the engine has one, all layers go to it."
#: On more cores than this the window has one to itself often enough.
_FEW_CORES = 4
_PLAIN = "The usual value; there is nothing on this PC that speaks against it."
#: Reasons for leaving a setting as it is, whatever the PC.
_AS_IT_IS = {
    "alpha_value": "Within the trained context nothing needs stretching.",
    "rope_freq_base": "The model file knows its own base.",
    "compress_pos_emb": "Within the trained context nothing needs squeezing.",
    "tensorcores": "llama.cpp of today uses tensor cores by itself wherever there are any.",
    "streaming_llm": "Dropping the oldest turns and reading the rest again is the safe way.",
    "attention_sink_size": "Only counts when the context is shifted.",
    "cpu": "The GPU is there to be used; without one this changes nothing.",
    "row_split": "llama.cpp of today cannot do it on NVIDIA, AMD or Apple GPUs.",
    "no_offload_kqv": "The cache is quickest beside the layers it belongs to.",
    "no_mul_mat_q": "Today it is chosen when llama.cpp is built.",
    "no_mmap": "Mapping loads faster and shares memory; turn it off for network drives only.",
    "rope_scaling_type": "The model file says what it was made for.",
    "all_outputs": "Chatting looks at the logits of the last token only.",
    "swa_full": "Keeping only the window saves memory, and most chats never need more.",
    "split_mode": "Whole layers for each GPU: works everywhere.",
    "lora": "Adapters are a matter of taste.",
    "speculation": "Worth trying for code; it changes speed, never the answer.",
    "chat_template": "The model's own is the one it was trained with.",
    "type_k": "16 bits keep keys exact, and there is room for them.",
    "type_v": "16 bits keep values exact, and there is room for them.",
    "n_cpu_moe": "Every layer is fastest as a whole.",
}


@dataclass(frozen=True)
class _Case:
    pc: PcFacts
    model: ModelFacts
    fit: Fit | None
    found: Placement | None

    @property
    def gpu_free(self) -> int:
        return sum(gpu.free_bytes for gpu in self.pc.gpus)

    def spare(self, **changed: SettingValue) -> int:
        """Bytes left on the tightest GPU beside the margin, with some values changed."""
        if not (self.found and self.fit and self.pc.gpus):
            return 0
        need = self.fit({**self.found.values(), **changed})
        taken = zip(need.gpus, self.pc.gpus, strict=False)
        return min((gpu.free_bytes - self.pc.gpu_margin_bytes - n for n, gpu in taken), default=0)

    @property
    def all_on_gpu(self) -> bool:
        layers = self.model.layers
        return bool(self.found and layers and self.found.n_gpu_layers >= layers)


def _placement(case: _Case) -> dict[str, Recommendation]:
    found = case.found
    if found is None or found.need is None:
        return _without_a_model(case)
    advice = {
        "n_gpu_layers": _layers(case, found),
        "n_ctx": Recommendation(found.n_ctx, _context_reason(case, found)),
        "flash_attn": _flash_attention(case, found),
    }
    if found.type_v != "f16":
        why = f"Half the memory of f16: that makes room for {found.n_ctx:,} tokens on the GPU."
        advice |= {n: Recommendation(found.type_v, why) for n in ("type_k", "type_v")}
    if found.n_cpu_moe:
        why = (
            f"The experts of {found.n_cpu_moe} of {case.model.blocks} blocks stay in RAM, so that "
            f"everything else fits into {memory_size(case.gpu_free)} of video memory."
        )
        advice["n_cpu_moe"] = Recommendation(found.n_cpu_moe, why)
    return advice


def _without_a_model(case: _Case) -> dict[str, Recommendation]:
    names = " and ".join(gpu.name for gpu in case.pc.gpus)
    if case.pc.gpus:
        free = memory_size(case.gpu_free)
        layers = Recommendation(
            -1, f"As many as fit into {free} free on {names}; choose a model for a number."
        )
    else:
        layers = Recommendation(-1, _NO_MEASURED_GPU)
    n_ctx = min(4096, case.model.n_ctx_train or 4096)
    return {
        "n_gpu_layers": layers,
        "n_ctx": Recommendation(
            n_ctx, "Enough for a long talk with any model; choose one for more."
        ),
        "flash_attn": _flash_attention(case, None),
    }


def _layers(case: _Case, found: Placement) -> Recommendation:
    layers, need = case.model.layers or 0, found.need
    taken = memory_size(need.gpu_total if need else 0)
    if not case.pc.gpus:
        return Recommendation(-1, _NO_MEASURED_GPU)
    if found.n_gpu_layers >= layers:
        why = f"All {layers} layers fit: {taken} of {memory_size(case.gpu_free)} free."
    elif found.n_gpu_layers:
        why = (
            f"{found.n_gpu_layers} of {layers} layers fit into {memory_size(case.gpu_free)} of "
            f"free video memory with {memory_size(case.pc.gpu_margin_bytes)} to spare; the "
            "processor does the rest."
        )
    else:
        why = f"Not one layer fits into {memory_size(case.gpu_free)} of free video memory."
    return Recommendation(found.n_gpu_layers, why)


def _context_reason(case: _Case, found: Placement) -> str:
    bits = (_bits(found.type_k) + _bits(found.type_v)) / 32
    per_token = (case.model.kv_bytes_per_token or 0) * bits
    cost = f" Costs {memory_size(per_token * 1024)} for 1,024 tokens." if per_token else ""
    if not found.fits:
        ram = memory_size(case.pc.ram_available_bytes)
        return f"Even this short, the model does not fit into {ram} of free RAM.{cost}"
    trained = case.model.n_ctx_train
    if trained and found.n_ctx >= trained:
        return f"All the {trained:,} tokens the model was trained on.{cost}"
    if not case.pc.gpus:
        return f"Reading more than this takes minutes on a processor.{cost}"
    if case.all_on_gpu:
        return f"The longest that fits beside all layers; longer also gets slower.{cost}"
    return f"Short, because the model is larger than the free video memory.{cost}"


def _bits(cache_type: str) -> float:
    return BY_NAME[cache_type.upper()].bits_per_weight


def _flash_attention(case: _Case, found: Placement | None) -> Recommendation:
    if found and found.type_v != "f16":
        return Recommendation("on", f"A {found.type_v} cache of values needs it.")
    nvidia = next((g.name for g in case.pc.gpus if g.vendor == "NVIDIA"), "")
    if nvidia:
        return Recommendation("on", f"Less memory for long contexts, and faster on {nvidia}.")
    return Recommendation("auto", "llama.cpp turns it on wherever the hardware can do it.")


def _batch(case: _Case) -> dict[str, Recommendation]:
    spare = case.spare()
    if case.all_on_gpu and case.spare(n_ubatch=1024) > 0:
        why = f"{memory_size(spare)} of video memory are left: prompts are read faster."
        physical = Recommendation(1024, why)
    else:
        physical = Recommendation(512, "A good balance of speed and working memory.")
    whole = Recommendation(2048, "Only bounds the physical batch; costs no memory by itself.")
    return {"n_batch": whole, "n_ubatch": physical}


def _threads(case: _Case) -> dict[str, Recommendation]:
    pc = case.pc
    if not pc.physical_cores:
        unknown = Recommendation(0, "The number of cores is not known here.")
        return {"threads": unknown, "threads_batch": unknown}
    fast, cores = pc.writing_threads or pc.physical_cores, pc.physical_cores
    if fast < cores:
        why = f"One for each of the {fast} fast cores; all wait for the slowest thread."
    elif pc.logical_cores and pc.logical_cores > cores:
        why = f"One for each of {cores} real cores; the {pc.logical_cores} logical ones share them."
    else:
        why = f"One for each of {cores} cores."
    reading = f"Reading is pure computing: all {cores} real cores help."
    return {
        "threads": Recommendation(fast, why),
        "threads_batch": Recommendation(cores, reading),
    }


def _gpus(case: _Case) -> dict[str, Recommendation]:
    gpus = case.pc.gpus
    if len(gpus) < 2:
        return {
            "tensor_split": Recommendation([], "Only with several GPUs."),
            "main_gpu": Recommendation(0, "Only with several GPUs."),
        }
    free = [gpu.free_bytes for gpu in gpus]
    shown = " and ".join(memory_size(n) for n in free)
    largest = free.index(max(free))
    split: list[SettingValue] = [round(100 * n / sum(free), 1) for n in free]
    return {
        "tensor_split": Recommendation(split, f"By free memory: {shown}."),
        "main_gpu": Recommendation(
            largest, f"{gpus[largest].name} has the most free memory, {memory_size(free[largest])}."
        ),
    }


def _memory(case: _Case) -> dict[str, Recommendation]:
    nodes = case.pc.numa_nodes or 1
    numa = (
        Recommendation("distribute", f"This PC has {nodes} memory nodes; all shall work.")
        if nodes > 1
        else Recommendation("off", "This PC has one memory node.")
    )
    weights, available = case.model.weights_bytes, case.pc.ram_available_bytes
    if case.all_on_gpu and case.found and not case.found.n_cpu_moe:
        why = "The model lies in video memory; nothing of it can be swapped out."
    elif weights and available:
        why = f"{memory_size(weights)} of model in {memory_size(available)} of free RAM: " + (
            "it stays there by itself."
            if weights < available * 0.7
            else "locking leaves too little."
        )
    else:
        why = "Systems keep what is used in RAM by themselves."
    return {"numa": numa, "mlock": Recommendation(False, why)}
