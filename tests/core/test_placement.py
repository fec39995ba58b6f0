"""Weights and cache of each device are those of llama.cpp, to the byte.

The numbers are the engine's own (llama-cpp-python 0.3.36), for header-only files of these shapes
with servers of its RPC backend in place of GPUs; ``tests/tools/rpc_report.py`` asks it anew, for
all shapes and many more settings.
"""

from pathlib import Path
from typing import Any

import pytest
from helpers.model_shapes import write_shape
from helpers.planned import planned, prepared

#: Shape, settings, (weights, cache) of RAM and of each GPU.
ENGINE: tuple[tuple[str, dict[str, Any], tuple[tuple[int, int], ...]], ...] = (
    (
        "llama3.1-8b",
        {"n_gpu_layers": 16, "n_ctx": 4096},
        ((2_511_438_080, 285_212_672), (2_401_460_480, 251_658_240)),
    ),
    (
        "smollm2-135m",
        {"n_gpu_layers": 1, "n_ctx": 4096},
        ((103_666_176, 94_371_840), (30_083_328, 0)),
    ),
    (
        "gemma3-12b",
        {"n_gpu_layers": 24, "tensor_split": (3.0, 1.0), "n_ctx": 4096},
        ((4_186_221_440, 398_458_880), (2_391_128_064, 289_406_976), (1_542_832_000, 83_886_080)),
    ),
    (
        "gemma3n-e4b",
        {"n_gpu_layers": 1, "n_ctx": 4096},
        ((4_235_782_080, 67_108_864), (541_073_408, 0)),
    ),
    (
        "gemma3n-e4b",
        {"n_gpu_layers": -1, "tensor_split": (1.0, 4.0), "n_ctx": 4096},
        ((1_761_607_680, 0), (632_090_112, 23_068_672), (2_383_157_696, 44_040_192)),
    ),
    (
        "gemma4-e4b",
        {"n_gpu_layers": 42, "tensor_split": (1.0, 4.0), "n_ctx": 4096},
        ((2_305_547_296, 2_097_152), (514_458_912, 33_554_432), (2_378_350_592, 73_400_320)),
    ),
    (
        "rwkv7-2.9b",
        {"n_gpu_layers": 32, "n_ctx": 4096},
        ((241_378_720, 675_840), (4_673_908_320, 20_951_040)),
    ),
    (
        "rwkv7-2.9b",
        {"n_gpu_layers": -1, "n_ctx": 4096},
        ((94_371_840, 0), (4_820_915_200, 21_626_880)),
    ),
    (
        "glm4.5-air",
        {"n_gpu_layers": 23, "tensor_split": (1.0, 1.0), "n_ctx": 4096},
        (
            (37_197_598_720, 419_430_400),
            (18_063_857_664, 201_326_592),
            (15_177_396_736, 150_994_944),
        ),
    ),
    (
        "glm4.5-air",
        {"n_gpu_layers": 2, "tensor_split": (3.0, 1.0), "n_ctx": 4096},
        ((69_929_622_016, 771_751_936), (509_231_104, 0), (0, 0)),
    ),
    (
        "deepseek-v3.2",
        {"n_gpu_layers": 31, "tensor_split": (1.0, 1.0), "n_ctx": 4096},
        (
            (201_462_313_984, 184_549_376),
            (108_673_187_840, 92_274_688),
            (93_859_714_048, 74_973_184),
        ),
    ),
    (
        "glm-5.2",
        {"n_gpu_layers": 2, "n_ctx": 4096},
        ((444_450_840_576, 390_070_272), (780_620_800, 0)),
    ),
    (
        "lfm2-1.2b",
        {"n_gpu_layers": 8, "n_ctx": 4096},
        ((456_820_224, 25_264_128), (381_789_696, 25_231_360)),
    ),
    (
        "nemotron-51b",
        {"n_gpu_layers": 40, "tensor_split": (3.0, 1.0), "n_ctx": 4096, "flash_attn": False},
        (
            (21_038_522_624, 556_793_856),
            (14_709_465_344, 405_798_912),
            (5_636_702_464, 117_440_512),
        ),
    ),
    (
        "phi3-mini",
        {"n_gpu_layers": -1, "tensor_split": (0.0, 1.0), "n_ctx": 4096},
        ((55_406_592, 0), (0, 0), (2_337_087_360, 1_610_612_736)),
    ),
    (
        "qwen3-next-80b-a3b",
        {"n_gpu_layers": 24, "n_ctx": 16384, "offload_kqv": False},
        ((25_133_369_600, 481_689_600), (23_347_329_792, 0)),
    ),
    (
        "gemma-embedding-300m",
        {"n_gpu_layers": -1, "n_ctx": 4096},
        ((165_150_720, 0), (229_807_104, 0)),
    ),
    ("bge-small", {"n_gpu_layers": 12, "n_ctx": 4096}, ((13_961_888, 0), (13_827_072, 0))),
)


@pytest.mark.parametrize(("name", "settings", "expected"), ENGINE)
def test_each_device_holds_what_llama_cpp_puts_there(
    name: str, settings: dict[str, Any], expected: tuple[tuple[int, int], ...], tmp_path: Path
) -> None:
    model = prepared(write_shape(tmp_path, name, "Q4_K_M"))
    assert planned(model, settings, len(expected) - 1) == expected
