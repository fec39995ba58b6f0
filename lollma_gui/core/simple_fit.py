"""A rough memory plan from a handful of facts, until one that reads every tensor takes its place.

Weights are taken as evenly spread over the layers and the cache over the blocks; working memory
is a rule of thumb. Placement follows llama.cpp: layers go to the GPU from the last one on, the
output counts as one layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.settings_facts import Fit, MemoryNeed, ModelFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS

_MIB = 1024**2
#: What a GPU's driver takes before the first byte of ours; 120 to 700 MiB were seen.
_DRIVER_BYTES = 300 * _MIB
#: Working memory of one token of the physical batch: logits of 128 k words and the widest layer.
_BYTES_PER_BATCH_TOKEN = 600 * 1024
#: Heads of a model of middle size, for the attention table without flash attention.
_HEADS = 32

#: Bits of one number in the cache: 8 * bytes / block of ggml's types.
CACHE_BITS = {
    "f32": 32.0,
    "f16": 16.0,
    "bf16": 16.0,
    "q8_0": 8.5,
    "q5_1": 6.0,
    "q5_0": 5.5,
    "q4_1": 5.0,
    "q4_0": 4.5,
    "iq4_nl": 4.5,
}


def simple_fit(pc: PcFacts, model: ModelFacts) -> Fit | None:
    """A function from values to bytes; None where the model's size is not known."""
    if not model.weights_bytes or not model.blocks:
        return None

    def fit(values: Mapping[str, SettingValue]) -> MemoryNeed:
        return _Plan({**SETTINGS.defaults(), **values}, pc, model).need()

    return fit


@dataclass(frozen=True)
class _Plan:
    values: Mapping[str, Any]
    pc: PcFacts
    model: ModelFacts

    def need(self) -> MemoryNeed:
        weights, cache = self._weights_on_gpu(), self._cache_on_gpu()
        shares = self._shares() if self._gpu_layers() else [0.0] * len(self.pc.gpus)
        work, weights_of_all = self._working(), self.model.weights_bytes or 0
        gpus = tuple(
            int(share * (weights + cache) + work + _DRIVER_BYTES) if share else 0
            for share in shares
        )
        return MemoryNeed(gpus, int(weights_of_all - weights + self._cache() - cache + work))

    def _layers(self) -> int:
        return (self.model.blocks or 0) + 1

    def _gpu_layers(self) -> int:
        if self.values["cpu"] or not self.pc.gpus:
            return 0
        layers = self.values["n_gpu_layers"]
        return self._layers() if layers < 0 else min(layers, self._layers())

    def _weights_on_gpu(self) -> float:
        weights, blocks = self.model.weights_bytes or 0, self.model.blocks or 1
        share = self._gpu_layers() / self._layers()
        # The first blocks leave their experts in RAM, and the first are the last on the GPU.
        first_on_gpu = self._layers() - self._gpu_layers()
        left = max(min(self.values["n_cpu_moe"], blocks) - first_on_gpu, 0)
        return float(max(weights * share - self.model.expert_bytes * left / blocks, 0))

    def _cache(self) -> float:
        bits = CACHE_BITS[self.values["type_k"]] + CACHE_BITS[self.values["type_v"]]
        return float((self.model.kv_bytes_per_token or 0) * bits / 32 * self._tokens())

    def _tokens(self) -> int:
        return int(self.values["n_ctx"] or self.model.n_ctx_train or 4096)

    def _cache_on_gpu(self) -> float:
        if self.values["no_offload_kqv"]:
            return 0.0
        # The output layer has no cache and goes first.
        return self._cache() * max(self._gpu_layers() - 1, 0) / (self.model.blocks or 1)

    def _working(self) -> float:
        batch = min(self.values["n_ubatch"], self.values["n_batch"])
        tokens = self._tokens()
        table = 4 * _HEADS * tokens if self.values["flash_attn"] == "off" else 2 * tokens
        return float(batch * max(_BYTES_PER_BATCH_TOKEN, table))

    def _shares(self) -> list[float]:
        gpus = self.pc.gpus
        if self.values["split_mode"] == "none":
            return [float(i == self.values["main_gpu"]) for i in range(len(gpus))]
        given = [float(s) for s in self.values["tensor_split"]][: len(gpus)]
        parts = given + [0.0] * (len(gpus) - len(given)) if any(given) else _free(gpus)
        return [part / sum(parts) for part in parts]


def _free(gpus: tuple[Any, ...]) -> list[float]:
    return [float(max(gpu.free_bytes, 1)) for gpu in gpus]
