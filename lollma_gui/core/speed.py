"""How fast a model will write on this PC: the bytes read for each token over the bandwidth.

Writing one token reads every weight that takes part in it once, so the memory's bandwidth is what
counts. What each format costs was read off the table of llama.cpp's tools/quantize/README.md
(Llama-3.1-8B, "text generation t/s @ 128", llama.cpp of llama-cpp-python 0.3.36); the share of the
nominal bandwidth and the time a layer takes were fitted to published llama-bench runs of Llama 3 8B
and 70B on eleven GPUs (XiongjieDai/GPU-Benchmarks-on-LLM-Inference, May 2024). It remains a
prediction: one measured run on the PC itself is better than any table, see ``calibration``.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lollma_gui.core.cache_size import CacheSize
from lollma_gui.core.gguf_header import GgufHeader, TensorInfo
from lollma_gui.core.model_keys import ModelKeys
from lollma_gui.core.placement import HOST, Placement
from lollma_gui.core.plan_settings import PlanSettings

#: Seconds a layer takes whatever its size: kernels are started, threads wait for each other.
_GPU_LAYER_SECONDS = 50e-6
_HOST_LAYER_SECONDS = 20e-6
#: Share of the nominal bandwidth that 16-bit weights are read with.
_GPU_SHARE = 0.88
_HOST_SHARE = 0.75
#: Experts are read here and there: about 0.57 of RAM's bandwidth was seen instead of 0.75.
_EXPERT_SHARE = 0.76
#: Effective bandwidth of a format relative to F16.
_RELATIVE = {
    "F32": 1.0,
    "F16": 1.0,
    "BF16": 1.0,
    "Q8_0": 0.96,
    "Q6_K": 0.87,
    "Q5_K": 0.88,
    "Q5_0": 0.88,
    "Q5_1": 0.88,
    "Q4_K": 0.87,
    "Q4_0": 0.87,
    "Q4_1": 0.87,
    "IQ4_NL": 0.84,
    "IQ4_XS": 0.82,
    "MXFP4": 0.83,
    "Q3_K": 0.64,
    "Q2_K": 0.62,
    "IQ3_S": 0.60,
    "IQ3_XXS": 0.57,
    "IQ2_S": 0.50,
    "IQ2_XS": 0.48,
    "IQ2_XXS": 0.45,
    "IQ1_M": 0.37,
    "IQ1_S": 0.38,
}
_OTHER_FORMAT = 0.6
#: How far the truth may lie from the prediction, below and above; and after a calibration.
_UNMEASURED = (0.75, 1.25)
_MEASURED = (0.9, 1.1)
#: A measured run moves predictions by no more than this: another program may have been busy.
_LEAST_FACTOR, _MOST_FACTOR = 0.4, 1.6

_EMBEDDING, _OUTPUT = "token_embd.weight", "output.weight"
#: Tables of which one row is read for a token.
_LOOKED_UP = ("token_embd.", "per_layer_token_embd.", "position_embd.", "token_types.")


class DeviceReading(NamedTuple):
    """What one device reads for one token.

    Attributes:
        by_type: Bytes by the format they are stored in, for example ``Q4_K``.
        experts: The same for experts, those used for one token only.
        layers: Layers it computes, the output included.
    """

    by_type: Mapping[str, float]
    experts: Mapping[str, float]
    layers: int

    @property
    def total(self) -> float:
        """Bytes altogether."""
        return sum(self.by_type.values()) + sum(self.experts.values())


class Speed(NamedTuple):
    """A predicted speed of writing, in tokens per second.

    Attributes:
        expected: The likeliest.
        low: Hardly slower than this.
        high: Hardly faster than this.
        is_calibrated: Whether a measured run on this PC went into it.
    """

    expected: float
    low: float
    high: float
    is_calibrated: bool = False

    def calibrated(self, factor: float | None) -> "Speed":
        """The same with what measured runs on this PC teach, see ``calibration``."""
        if factor is None or self.is_calibrated:
            return self
        expected, (low, high) = self.expected * factor, _MEASURED
        return Speed(expected, expected * low, expected * high, is_calibrated=True)

    @property
    def text(self) -> str:
        """For a table, marked as a prediction: ``~52``."""
        return f"~{_rounded(self.expected)}"

    @property
    def sentence(self) -> str:
        """For a person: ``About 40 to 60 tok/s, predicted from …``."""
        whence = "this PC's own measured runs" if self.is_calibrated else "memory bandwidth"
        low, high = _rounded(self.low), _rounded(self.high)
        span = f"{low} to {high}" if low != high else low
        return f"About {span} tok/s, predicted from {whence}."


def reading(
    header: GgufHeader, settings: PlanSettings, placement: Placement, depth: int
) -> dict[int, DeviceReading]:
    """What each device reads to write one token.

    Args:
        header: The header of the whole model.
        settings: How it is loaded.
        placement: Where its tensors lie, for the same settings.
        depth: Tokens in the context already.

    Raises:
        LollmaError: If llama.cpp would refuse these settings for this model.
    """
    plain: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    experts: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    used = _share_of_experts(header)
    for device, tensor, share in _weights(header, placement):
        if "_exps." in tensor.name:
            experts[device][tensor.type.name] += tensor.n_bytes * used
        else:
            plain[device][tensor.type.name] += tensor.n_bytes * share
    # What is looked back over is a cache of this depth: llama.cpp reads it in steps of 256 tokens,
    # and of sliding layers no more than the window.
    seen = CacheSize(header, _at_depth(settings, depth))
    for layer in range(seen.n_blocks):
        device = placement.device_of(layer) if settings.offload_kqv else HOST
        for stored in seen.layer(layer):
            plain[device][stored.type.name] += stored.n_bytes
    layers = _layers(placement, seen.n_blocks)
    devices = {*plain, *experts, *layers}
    return {
        device: DeviceReading(plain[device], experts[device], layers.get(device, 0))
        for device in devices
    }


def predict(
    readings: Mapping[int, DeviceReading],
    bandwidths: Mapping[int, float | None],
    factor: float | None = None,
) -> Speed | None:
    """The speed of writing.

    Args:
        readings: What each device reads for a token, from ``reading``.
        bandwidths: Bytes per second of each device, of GPUs their ``read_bandwidth``; ``HOST`` is
            RAM.
        factor: From ``calibration``; None where nothing was measured on this PC yet.

    Returns:
        None if the bandwidth of a device that matters is unknown.
    """
    seconds = 0.0
    all_bytes = sum(each.total for each in readings.values())
    for device, each in readings.items():
        bandwidth = bandwidths.get(device)
        if not bandwidth:
            # One row of the embedding in RAM of unknown speed changes nothing.
            if each.total > all_bytes / 1000:
                return None
            continue
        seconds += _seconds(each, bandwidth, is_host=device == HOST)
    if seconds <= 0:
        return None
    expected = (1 if factor is None else factor) / seconds
    low, high = _UNMEASURED if factor is None else _MEASURED
    return Speed(expected, expected * low, expected * high, factor is not None)


def calibration(runs: Iterable[tuple[float, float]]) -> float | None:
    """What to multiply predictions with, from runs on this PC: the median of their ratios.

    Args:
        runs: Measured and predicted (uncalibrated) tokens per second of each run.

    Returns:
        A factor from 0.4 to 1.6, however far off a run was; None if there is no usable run.
    """
    ratios = sorted(measured / said for measured, said in runs if measured > 0 and said > 0)
    if not ratios:
        return None
    middle = len(ratios) // 2
    median = ratios[middle] if len(ratios) % 2 else (ratios[middle - 1] + ratios[middle]) / 2
    return min(max(median, _LEAST_FACTOR), _MOST_FACTOR)


# ---- what is read ----------------------------------------------------------------------------


def _weights(header: GgufHeader, placement: Placement) -> Iterable[tuple[int, TensorInfo, float]]:
    """Every copy of a tensor, with its device and the share of it that is read."""
    copies = list(placement.weights())
    is_tied = all(tensor.name != _OUTPUT for tensor in header.tensors)
    embeddings = [i for i, (_, tensor) in enumerate(copies) if tensor.name == _EMBEDDING]
    # A tied embedding is the output matrix too: of its copies the last one made, whole.
    output = max(embeddings, default=-1) if is_tied else -1
    for index, (device, tensor) in enumerate(copies):
        looked_up = tensor.name.startswith(_LOOKED_UP) and index != output
        rows = tensor.n_elements // tensor.shape[0] if tensor.shape else 1
        yield device, tensor, 1 / rows if looked_up else 1.0


def _share_of_experts(header: GgufHeader) -> float:
    keys = ModelKeys(header)
    total, used = keys.whole("expert_count"), keys.whole("expert_used_count")
    return min(used / total, 1.0) if total and used else 1.0


def _at_depth(settings: PlanSettings, depth: int) -> PlanSettings:
    return PlanSettings(
        n_ctx=max(depth, 1),
        n_batch=1,
        n_ubatch=1,
        flash_attn=settings.flash_attn,
        type_k=settings.type_k,
        type_v=settings.type_v,
    )


def _layers(placement: Placement, n_blocks: int) -> dict[int, int]:
    counted: dict[int, int] = defaultdict(int)
    for layer in range(n_blocks + 1):
        counted[placement.device_of(layer)] += 1
    return counted


# ---- how long that takes ---------------------------------------------------------------------


def _seconds(each: DeviceReading, bandwidth: float, *, is_host: bool) -> float:
    share = _HOST_SHARE if is_host else _GPU_SHARE
    layer_seconds = _HOST_LAYER_SECONDS if is_host else _GPU_LAYER_SECONDS
    weighted = _weighted(each.by_type) + _weighted(each.experts) / _EXPERT_SHARE
    return weighted / (bandwidth * share) + each.layers * layer_seconds


def _weighted(by_type: Mapping[str, float]) -> float:
    """Bytes, those of slower formats counted for more."""
    return sum(n / _RELATIVE.get(name, _OTHER_FORMAT) for name, n in by_type.items())


def _rounded(value: float) -> str:
    """Two figures: more would be made up."""
    if value < 9.5:
        return f"{value:.1f}"
    step = 10 if value >= 99.5 else 1
    return f"{round(value / step) * step:,}"
