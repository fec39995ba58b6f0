"""Predicted speeds: right bytes, llama.cpp's own measurements met, and silence where unknown."""

from dataclasses import replace

import pytest
from helpers.model_headers import MODELS, attention, header, llama_q4_k_m, tensor

from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.gpu_catalog import find_gpu
from lollma_gui.core.placement import HOST, Placement
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.speed import DeviceReading, Speed, calibration, predict, reading

GB = 1e9
LLAMA_8B = llama_q4_k_m(32, 4096, 14_336, 1024, 128_256, has_rope_freqs=True)
SETTINGS = PlanSettings()


def read_of(
    model: GgufHeader, layers: int = -1, depth: int = 256, settings: PlanSettings = SETTINGS
) -> dict[int, DeviceReading]:
    return reading(model, settings, Placement(model, layers, (1.0,)), depth)


def speed_of(model: GgufHeader, layers: int, depth: int = 256) -> Speed:
    found = predict(read_of(model, layers, depth), {0: 500 * GB, HOST: 60 * GB})
    assert found is not None
    return found


def weights(model: GgufHeader, *names: str) -> int:
    return sum(t.n_bytes for t in model.tensors if t.name.startswith(names))


# ---- bytes -----------------------------------------------------------------------------------


def test_every_weight_is_read_once_but_only_one_row_of_the_embedding() -> None:
    read = read_of(LLAMA_8B)
    cache = 32 * 2 * 1024 * 2 * 256
    embedding = weights(LLAMA_8B, "token_embd.")
    everything = weights(LLAMA_8B, "")
    assert read[0].total == pytest.approx(everything - embedding + cache)
    assert read[HOST].total == pytest.approx(embedding / 128_256)
    assert (read[0].layers, HOST in read and read[HOST].layers) == (33, 0)


TIED = header(
    "llama",
    attention(1, 256, 4, 4, 64),
    [tensor("token_embd.weight", (256, 1000), "Q8_0"), tensor("output_norm.weight", (256,), "F32")],
)


@pytest.mark.parametrize(("layers", "device"), [(-1, 0), (0, HOST)])
def test_a_tied_embedding_is_read_whole_where_the_output_is(layers: int, device: int) -> None:
    read = read_of(TIED, layers)
    assert read[device].by_type["Q8_0"] == 256 * 1000 * 34 / 32
    if device == 0:
        assert read[HOST].by_type["Q8_0"] == 256 * 34 / 32


def test_of_the_experts_only_those_that_are_used_are_read() -> None:
    keys = {**attention(1, 256, 4, 4, 64), "expert_count": 128, "expert_used_count": 8}
    model = header(
        "qwen3moe",
        keys,
        [
            tensor("blk.0.ffn_up_exps.weight", (256, 512, 128), "Q4_K"),
            tensor("blk.0.ffn_up_shexp.weight", (256, 512), "Q4_K"),
        ],
    )
    read = read_of(model)[0]
    assert read.experts["Q4_K"] == weights(model, "blk.0.ffn_up_exps") * 8 / 128
    assert read.by_type["Q4_K"] == weights(model, "blk.0.ffn_up_shexp")


def test_sliding_layers_look_no_further_back_than_their_window() -> None:
    gemma = MODELS["gemma3-12b"]
    shallow, deep, deeper = (read_of(gemma, depth=n)[0].total for n in (1024, 32_768, 65_536))
    row = 2 * 8 * 256 * 2
    assert deeper - deep == 8 * row * 32_768  # 8 of 48 layers look back over everything
    assert deep - shallow == pytest.approx(8 * row * (32_768 - 1024) + 40 * row * 256)


def test_a_recurrent_state_is_read_whatever_the_depth() -> None:
    mamba = MODELS["mamba-2.8b"]
    assert read_of(mamba, depth=1)[0].total == read_of(mamba, depth=100_000)[0].total == 24_903_680


def test_a_cache_kept_in_ram_is_read_from_there() -> None:
    kept = replace(SETTINGS, offload_kqv=False)
    assert read_of(LLAMA_8B, depth=4096, settings=kept)[HOST].by_type["F16"] == 536_870_912
    assert "F16" not in read_of(LLAMA_8B, depth=4096, settings=kept)[0].by_type


# ---- speed -----------------------------------------------------------------------------------

#: llama.cpp's table: GiB of the file, format of the embedding, text generation t/s @ 128.
TABLE = {
    "F16": (14.96, 16, 29.17),
    "Q8_0": (7.95, 8.5, 50.93),
    "Q6_K": (6.14, 6.5625, 58.67),
    "Q4_K": (4.58, 4.5, 71.93),
    "IQ4_XS": (4.17, 4.25, 77.51),
    "Q3_K": (3.74, 3.4375, 71.68),
    "Q2_K": (2.95, 2.625, 79.85),
    "IQ3_S": (3.52, 3.4375, 70.15),
    "IQ2_S": (2.74, 2.5625, 74.44),
    "IQ1_S": (1.87, 1.5625, 79.73),
}


@pytest.mark.parametrize("form", TABLE)
def test_the_speeds_llama_cpp_measured_on_one_card_are_met_within_a_tenth(form: str) -> None:
    """The card is not named: its bandwidth is taken from the F16 row alone."""
    gib, bits, measured = TABLE[form]
    read = DeviceReading({form: gib * 2**30 - 128_256 * 4096 * bits / 8}, {}, 33)
    found = predict({0: read}, {0: 460 * GB / 0.88})
    assert found is not None
    assert found.expected == pytest.approx(measured, rel=0.1)
    assert found.low < measured < found.high


#: Published llama-bench runs (tg 512; AMD tg 64) of Llama 3 8B at Q4_K_M on one GPU.
PUBLISHED = {
    "RTX 3070": 72.8,
    "RTX 3080": 109.6,
    "RTX 3090": 115.4,
    "RTX 4070 Ti": 83.5,
    "RTX 4080": 108.2,
    "RTX 4090": 130.6,
    "RX 7900 XTX": 105.8,
    "Apple M1": 10.2,
    "Apple M1 Max": 35.7,
    "Apple M2 Ultra": 78.8,
    "Apple M3 Max": 49.0,
}


def on_card(name: str) -> Speed:
    card = find_gpu(name, 10 * 2**30 if name == "RTX 3080" else 48 * 2**30)
    assert card is not None
    found = predict(read_of(LLAMA_8B), {0: card.read_bandwidth, HOST: None})
    assert found is not None
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_speeds_published_for_real_gpus_are_within_what_is_predicted(name: str) -> None:
    found = on_card(name)
    assert found.low < PUBLISHED[name] < found.high
    assert found.expected == pytest.approx(PUBLISHED[name], rel=0.16)


def test_predictions_are_neither_too_high_nor_too_low_on_the_whole() -> None:
    errors = sorted(on_card(name).expected / real - 1 for name, real in PUBLISHED.items())
    assert abs(errors[len(errors) // 2]) < 0.05


def test_layers_in_ram_make_it_slower() -> None:
    speeds = [speed_of(LLAMA_8B, n).expected for n in (33, 24, 12, 0)]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] > 5 * speeds[-1]


def test_a_deep_context_makes_it_slower() -> None:
    assert speed_of(LLAMA_8B, -1, 65_536).expected < 0.6 * speed_of(LLAMA_8B, -1).expected


def test_a_tiny_model_is_not_promised_the_speed_of_its_size_alone() -> None:
    tiny = llama_q4_k_m(30, 512, 1536, 256, 49_152, has_rope_freqs=False)
    found = predict(read_of(tiny), {0: 1000 * GB, HOST: 60 * GB})
    assert found is not None
    assert 300 < found.expected < 800


def test_nothing_is_said_where_a_bandwidth_is_unknown() -> None:
    assert predict(read_of(LLAMA_8B), {HOST: 60 * GB}) is None
    assert predict(read_of(LLAMA_8B, 20), {0: 500 * GB, HOST: None}) is None
    assert predict({}, {}) is None


def test_ram_of_unknown_speed_does_not_matter_when_everything_is_on_the_gpu() -> None:
    found, known = (predict(read_of(LLAMA_8B), {0: 5e11, HOST: b}) for b in (None, 60 * GB))
    assert found is not None
    assert known is not None
    assert found.expected == pytest.approx(known.expected, rel=1e-3)


def test_it_is_always_marked_as_predicted() -> None:
    assert Speed(51.8, 40, 60).text == "~52"
    assert Speed(6.84, 5, 8).text == "~6.8"
    assert Speed(414, 300, 500).text == "~410"
    assert Speed(51.8, 38, 62).sentence == "About 38 to 62 tok/s, predicted from memory bandwidth."


# ---- calibration -----------------------------------------------------------------------------


def test_a_measured_run_on_this_pc_corrects_the_prediction_and_narrows_it() -> None:
    read, bandwidths = read_of(LLAMA_8B), {0: 500 * GB}
    before = predict(read, bandwidths)
    assert before is not None
    after = predict(read, bandwidths, calibration([(0.8 * before.expected, before.expected)]))
    assert after is not None
    assert after.expected == pytest.approx(0.8 * before.expected)
    assert after.high - after.low < before.high - before.low
    assert "this PC's own measured runs" in after.sentence


@pytest.mark.parametrize(
    ("runs", "factor"),
    [
        ([], None),
        ([(0, 10), (5, 0)], None),
        ([(1, 100)], 0.4),
        ([(100, 1)], 1.6),
        ([(9, 10), (11, 10), (1, 10)], 0.9),
        ([(9, 10), (11, 10)], 1.0),
    ],
)
def test_a_calibration_is_bounded_and_one_odd_run_does_not_spoil_it(
    runs: list[tuple[float, float]], factor: float | None
) -> None:
    found = calibration(runs)
    assert found == (None if factor is None else pytest.approx(factor))
