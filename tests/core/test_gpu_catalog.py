"""The list of GPUs: found under the names drivers report, and plausible in every row."""

import re

import pytest

from lollma_gui.core.gpu_catalog import (
    GIB,
    GPUS,
    RAM_KINDS,
    RAM_SIZES,
    USUAL_RAM,
    GpuKind,
    find_gpu,
)

#: Names as drivers report them, with the memory they report; then GB, GB/s, compute capability.
REPORTED = [
    ("NVIDIA GeForce RTX 4080", 16_376, 16, 717, "8.9"),
    ("NVIDIA GeForce RTX 4080 Laptop GPU", 12_282, 12, 432, "8.9"),
    ("NVIDIA GeForce RTX 4070 Ti SUPER", 16_376, 16, 672, "8.9"),
    ("NVIDIA GeForce RTX 4060 Ti", 16_380, 16, 288, "8.9"),
    ("NVIDIA GeForce RTX 4060 Ti", 8_188, 8, 288, "8.9"),
    ("NVIDIA GeForce RTX 3080", 10_240, 10, 760, "8.6"),
    ("NVIDIA GeForce RTX 3080", 12_288, 12, 912, "8.6"),
    ("NVIDIA GeForce RTX 3060", 12_288, 12, 360, "8.6"),
    ("NVIDIA GeForce GTX 1060 6GB", 6_144, 6, 192, "6.1"),
    ("NVIDIA GeForce GTX 1060 3GB", 3_072, 3, 192, "6.1"),
    ("NVIDIA GeForce GTX 1070 with Max-Q Design", 8_192, 8, 256, "6.1"),
    ("NVIDIA GeForce RTX 2070 with Max-Q Design", 8_192, 8, 384, "7.5"),
    ("NVIDIA GeForce RTX 5090", 32_607, 32, 1792, "12.0"),
    ("NVIDIA TITAN X (Pascal)", 12_288, 12, 480, "6.1"),
    ("NVIDIA RTX A6000", 49_140, 48, 768, "8.6"),
    ("NVIDIA RTX 6000 Ada Generation", 49_140, 48, 960, "8.9"),
    ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 97_887, 96, 1792, "12.0"),
    ("Tesla P40", 24_576, 24, 347, "6.1"),
    ("NVIDIA A100-SXM4-80GB", 81_920, 80, 2039, "8.0"),
    ("NVIDIA A100 80GB PCIe", 81_920, 80, 1935, "8.0"),
    ("NVIDIA A100-PCIE-40GB", 40_960, 40, 1555, "8.0"),
    ("NVIDIA H100 80GB HBM3", 81_559, 80, 3350, "9.0"),
    ("NVIDIA H100 PCIe", 81_559, 80, 2000, "9.0"),
    ("NVIDIA H200", 143_771, 141, 4800, "9.0"),
    ("Tesla V100-SXM2-32GB", 32_768, 32, 900, "7.0"),
    ("AMD Radeon RX 7900 XTX", 24_560, 24, 960, ""),
    ("Radeon RX 9070 XT", 16_304, 16, 640, ""),
    ("Intel(R) Arc(TM) A770 Graphics", 16_288, 16, 560, ""),
    ("Intel(R) Arc(TM) B580 Graphics", 12_216, 12, 456, ""),
    ("Apple M3 Max", 131_072, 128, 410, ""),
    ("Apple M2", 16_384, 16, 102, ""),
]


@pytest.mark.parametrize(("name", "mib", "size", "speed", "capability"), REPORTED)
def test_a_gpu_is_found_under_the_name_its_driver_reports(
    name: str, mib: int, size: int, speed: int, capability: str
) -> None:
    gpu = find_gpu(name, mib * 2**20)
    assert gpu is not None
    assert gpu.memory_bytes == size * GIB
    assert round(gpu.bandwidth / 1e9) == speed
    assert gpu.compute_capability == capability


@pytest.mark.parametrize(
    "name", ["", "NVIDIA GeForce RTX 9999", "NVIDIA GeForce RTX 408", "llvmpipe", "RTX", "NVIDIA"]
)
def test_nothing_is_taken_for_something_like_it(name: str) -> None:
    assert find_gpu(name) is None


def test_the_size_in_the_name_counts_where_the_driver_says_none() -> None:
    gpu = find_gpu("GTX 1060 6GB")
    assert gpu is not None
    assert gpu.memory_bytes == 6 * GIB


def test_every_row_finds_itself() -> None:
    for gpu in GPUS:
        assert find_gpu(f"{gpu.vendor} {gpu.name}", gpu.memory_bytes) == gpu


def test_every_row_is_plausible() -> None:
    assert len({(gpu.name, gpu.memory_bytes) for gpu in GPUS}) == len(GPUS)
    for gpu in GPUS:
        assert 2 * GIB <= gpu.memory_bytes <= 512 * GIB
        assert 40e9 <= gpu.bandwidth <= 5e12, gpu
        assert bool(gpu.compute_capability) == (gpu.vendor == "NVIDIA"), gpu
        assert re.fullmatch(r"(\d+\.\d)?", gpu.compute_capability)


@pytest.mark.parametrize(
    "series",
    [
        *("GTX 10", "GTX 16", "RTX 20", "RTX 30", "RTX 40", "RTX 50", "RTX A", "RTX PRO"),
        *("RX 6", "RX 7", "RX 9", "Arc A", "Arc B", "A100", "H100", "M1", "M2", "M3", "M4"),
    ],
)
def test_every_series_is_listed(series: str) -> None:
    assert sum(series in gpu.name for gpu in GPUS) >= 2


def test_of_unified_memory_a_part_is_left_for_the_rest() -> None:
    shares = {
        gpu.memory_bytes // GIB: round(gpu.usable_bytes / gpu.memory_bytes, 2)
        for gpu in GPUS
        if gpu.vendor == "Apple"
    }
    assert (shares[16], shares[64]) == (0.67, 0.75)
    card = find_gpu("RTX 4090")
    assert card is not None
    assert card.usable_bytes == card.memory_bytes
    assert card.kind is GpuKind.DESKTOP


def test_ram_has_the_bandwidth_of_its_channels() -> None:
    speeds = {kind.name: kind.bandwidth / 1e9 for kind in RAM_KINDS}
    assert speeds["DDR4-3200, two channels"] == 51.2
    assert speeds["DDR5-6000, two channels"] == 96.0
    assert USUAL_RAM.bandwidth == 96_000_000_000
    assert list(RAM_SIZES) == sorted(RAM_SIZES)
