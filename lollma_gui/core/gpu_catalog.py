"""GPUs and memories that a PC can have or get: their size and bandwidth.

Facts from the vendors' own data sheets: size and bus width of the memory and its data rate give
the nominal bandwidth (bus bits / 8 * data rate). Laptop chips differ with their power limit; the
usual version is listed. Where a name stands for several sizes each has a row.
"""

import re
from enum import StrEnum
from typing import NamedTuple

GIB = 2**30
_GB_PER_SECOND = 10**9
#: Compute capabilities of chips with stacked memory, which one token at a time cannot fill.
_HBM = ("6.0", "7.0", "8.0", "9.0")
#: The wide Apple chips are held up by computing; the first words that fit count.
_APPLE_SHARES = (("Ultra", 0.72), ("M1 Max", 0.62), ("M1 Pro", 0.62), ("Max", 0.85))


class GpuKind(StrEnum):
    """What a GPU is built into."""

    DESKTOP = "desktop"
    LAPTOP = "laptop"
    WORKSTATION = "workstation"
    DATA_CENTRE = "data centre"
    UNIFIED = "unified memory"


class GpuModel(NamedTuple):
    """One GPU as it is sold.

    Attributes:
        name: Without the vendor, for example ``RTX 4080``.
        vendor: NVIDIA, AMD, Intel or Apple.
        kind: What it is built into.
        memory_bytes: Its own memory; of unified memory all of it.
        bandwidth: Nominal bytes per second.
        compute_capability: CUDA's, for example ``8.9``; empty for other vendors.
    """

    name: str
    vendor: str
    kind: GpuKind
    memory_bytes: int
    bandwidth: int
    compute_capability: str = ""

    @property
    def label(self) -> str:
        """For a list: ``RTX 4080 · 16 GB``. Makers write GB for what are GiB."""
        return f"{self.name} · {self.memory_bytes // GIB} GB"

    @property
    def is_unified(self) -> bool:
        """Whether it shares the PC's memory."""
        return self.kind is GpuKind.UNIFIED

    @property
    def read_bandwidth(self) -> float:
        """Bytes per second that count for writing: less where llama.cpp reaches less than usual.

        From the same published runs as ``core/speed.py``, for AMD from llama.cpp#26284 (RX 7900
        XTX), for Intel from ipex-llm#12991 (Arc B580).
        """
        return self.bandwidth * self._read_share

    @property
    def _read_share(self) -> float:
        if self.compute_capability in _HBM:
            return 0.55
        if self.vendor == "Apple":
            return next((share for words, share in _APPLE_SHARES if words in self.name), 1.0)
        return {"AMD": 0.82, "Intel": 0.65 if "Arc A" in self.name else 0.92}.get(self.vendor, 1.0)

    @property
    def usable_bytes(self) -> int:
        """Most that a GPU of unified memory takes; of its own memory all.

        macOS gives the GPU two thirds of up to 36 GB and three quarters of more
        (``recommendedMaxWorkingSetSize`` of Metal); others are counted alike.
        """
        if not self.is_unified:
            return self.memory_bytes
        if self.memory_bytes <= 36 * GIB:
            return self.memory_bytes * 2 // 3
        return self.memory_bytes * 3 // 4


class RamKind(NamedTuple):
    """A kind of RAM as PCs have it: two channels, or the board's own."""

    name: str
    bandwidth: int


#: Data rate in MT/s * 8 bytes * channels.
RAM_KINDS = tuple(
    RamKind(name, rate * 8 * channels * 10**6)
    for name, rate, channels in (
        ("DDR3-1600, two channels", 1600, 2),
        ("DDR4-2400, two channels", 2400, 2),
        ("DDR4-2666, two channels", 2666, 2),
        ("DDR4-3200, one channel", 3200, 1),
        ("DDR4-3200, two channels", 3200, 2),
        ("DDR4-3600, two channels", 3600, 2),
        ("DDR5-4800, two channels", 4800, 2),
        ("DDR5-5600, two channels", 5600, 2),
        ("DDR5-6000, two channels", 6000, 2),
        ("DDR5-6400, two channels", 6400, 2),
        ("LPDDR5X-7500, two channels", 7500, 2),
        ("DDR4-3200, eight channels", 3200, 8),
        ("DDR5-4800, eight channels", 4800, 8),
        ("DDR5-4800, twelve channels", 4800, 12),
    )
)
#: The kind that most gaming PCs of today have.
USUAL_RAM = next(kind for kind in RAM_KINDS if kind.name == "DDR5-6000, two channels")
#: Sizes that PCs are sold with.
RAM_SIZES = tuple(n * GIB for n in (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512))

#: Name, GB (one or several), GB/s; below vendor, kind and compute capability.
_Row = tuple[str, tuple[int, ...], float]

_GTX_10: tuple[_Row, ...] = (
    ("GT 1030", (2,), 48),
    ("GTX 1050", (2,), 112),
    ("GTX 1050", (3,), 84),
    ("GTX 1050 Ti", (4,), 112),
    ("GTX 1060", (3, 6), 192),
    ("GTX 1070", (8,), 256),
    ("GTX 1070 Ti", (8,), 256),
    ("GTX 1080", (8,), 320),
    ("GTX 1080 Ti", (11,), 484),
    ("TITAN X", (12,), 480),
    ("TITAN Xp", (12,), 548),
)
_GTX_16: tuple[_Row, ...] = (
    ("GTX 1630", (4,), 96),
    ("GTX 1650", (4,), 128),
    ("GTX 1650 SUPER", (4,), 192),
    ("GTX 1660", (6,), 192),
    ("GTX 1660 SUPER", (6,), 336),
    ("GTX 1660 Ti", (6,), 288),
    ("RTX 2060", (6, 12), 336),
    ("RTX 2060 SUPER", (8,), 448),
    ("RTX 2070", (8,), 448),
    ("RTX 2070 SUPER", (8,), 448),
    ("RTX 2080", (8,), 448),
    ("RTX 2080 SUPER", (8,), 496),
    ("RTX 2080 Ti", (11,), 616),
    ("TITAN RTX", (24,), 672),
)
_RTX_20_LAPTOP: tuple[_Row, ...] = (
    ("GTX 1650 Ti", (4,), 192),
    ("GTX 1650 Ti with Max-Q Design", (4,), 160),
    ("RTX 2060 with Max-Q Design", (6,), 264),
    ("RTX 2070 with Max-Q Design", (8,), 384),
    ("RTX 2070 SUPER with Max-Q Design", (8,), 352),
    ("RTX 2080 with Max-Q Design", (8,), 384),
    ("RTX 2080 SUPER with Max-Q Design", (8,), 352),
)
_RTX_30: tuple[_Row, ...] = (
    ("RTX 3050", (6,), 168),
    ("RTX 3050", (8,), 224),
    ("RTX 3060", (8,), 240),
    ("RTX 3060", (12,), 360),
    ("RTX 3060 Ti", (8,), 448),
    ("RTX 3070", (8,), 448),
    ("RTX 3070 Ti", (8,), 608),
    ("RTX 3080", (10,), 760),
    ("RTX 3080", (12,), 912),
    ("RTX 3080 Ti", (12,), 912),
    ("RTX 3090", (24,), 936),
    ("RTX 3090 Ti", (24,), 1008),
)
_RTX_30_LAPTOP: tuple[_Row, ...] = (
    ("RTX 2050", (4,), 112),
    ("RTX 3050 Laptop GPU", (4,), 192),
    ("RTX 3050 Laptop GPU", (6,), 144),
    ("RTX 3050 Ti Laptop GPU", (4,), 192),
    ("RTX 3060 Laptop GPU", (6,), 336),
    ("RTX 3070 Laptop GPU", (8,), 448),
    ("RTX 3070 Ti Laptop GPU", (8,), 448),
    ("RTX 3080 Laptop GPU", (8, 16), 448),
    ("RTX 3080 Ti Laptop GPU", (16,), 512),
)
_RTX_40: tuple[_Row, ...] = (
    ("RTX 4060", (8,), 272),
    ("RTX 4060 Ti", (8, 16), 288),
    ("RTX 4070", (12,), 504),
    ("RTX 4070 SUPER", (12,), 504),
    ("RTX 4070 Ti", (12,), 504),
    ("RTX 4070 Ti SUPER", (16,), 672),
    ("RTX 4080", (16,), 717),
    ("RTX 4080 SUPER", (16,), 736),
    ("RTX 4090", (24,), 1008),
    ("RTX 4090 D", (24,), 1008),
)
_RTX_40_LAPTOP: tuple[_Row, ...] = (
    ("RTX 4050 Laptop GPU", (6,), 192),
    ("RTX 4060 Laptop GPU", (8,), 256),
    ("RTX 4070 Laptop GPU", (8,), 256),
    ("RTX 4080 Laptop GPU", (12,), 432),
    ("RTX 4090 Laptop GPU", (16,), 576),
)
_RTX_50: tuple[_Row, ...] = (
    ("RTX 5050", (8,), 320),
    ("RTX 5060", (8,), 448),
    ("RTX 5060 Ti", (8, 16), 448),
    ("RTX 5070", (12,), 672),
    ("RTX 5070 Ti", (16,), 896),
    ("RTX 5080", (16,), 960),
    ("RTX 5090", (32,), 1792),
    ("RTX 5090 D", (32,), 1792),
)
_RTX_50_LAPTOP: tuple[_Row, ...] = (
    ("RTX 5050 Laptop GPU", (8,), 384),
    ("RTX 5060 Laptop GPU", (8,), 384),
    ("RTX 5070 Laptop GPU", (8,), 384),
    ("RTX 5070 Ti Laptop GPU", (12,), 672),
    ("RTX 5080 Laptop GPU", (16,), 896),
    ("RTX 5090 Laptop GPU", (24,), 896),
)
_TURING_PRO: tuple[_Row, ...] = (
    ("Quadro RTX 4000", (8,), 416),
    ("Quadro RTX 5000", (16,), 448),
    ("Quadro RTX 6000", (24,), 672),
    ("Quadro RTX 8000", (48,), 672),
)
_AMPERE_PRO: tuple[_Row, ...] = (
    ("RTX A400", (4,), 96),
    ("RTX A1000", (8,), 192),
    ("RTX A2000", (6, 12), 288),
    ("RTX A4000", (16,), 448),
    ("RTX A4500", (20,), 640),
    ("RTX A5000", (24,), 768),
    ("RTX A5500", (24,), 768),
    ("RTX A6000", (48,), 768),
)
_ADA_PRO: tuple[_Row, ...] = (
    ("RTX 2000 Ada Generation", (16,), 224),
    ("RTX 4000 Ada Generation", (20,), 360),
    ("RTX 4000 SFF Ada Generation", (20,), 280),
    ("RTX 4500 Ada Generation", (24,), 432),
    ("RTX 5000 Ada Generation", (32,), 576),
    ("RTX 5880 Ada Generation", (48,), 960),
    ("RTX 6000 Ada Generation", (48,), 960),
)
_BLACKWELL_PRO: tuple[_Row, ...] = (
    ("RTX PRO 2000 Blackwell", (16,), 288),
    ("RTX PRO 4000 Blackwell", (24,), 672),
    ("RTX PRO 4500 Blackwell", (32,), 896),
    ("RTX PRO 5000 Blackwell", (48,), 1344),
    ("RTX PRO 6000 Blackwell Workstation Edition", (96,), 1792),
    ("RTX PRO 6000 Blackwell Max-Q Workstation Edition", (96,), 1792),
)
_AMPERE_SERVER: tuple[_Row, ...] = (
    ("A2", (16,), 200),
    ("A10", (24,), 600),
    ("A40", (48,), 696),
)
_A100: tuple[_Row, ...] = (
    ("A30", (24,), 933),
    ("A100 PCIe", (40,), 1555),
    ("A100 PCIe", (80,), 1935),
    ("A100 SXM4", (40,), 1555),
    ("A100 SXM4", (80,), 2039),
)
_ADA_SERVER: tuple[_Row, ...] = (("L4", (24,), 300), ("L40", (48,), 864), ("L40S", (48,), 864))
_HOPPER: tuple[_Row, ...] = (
    ("H100 PCIe", (80,), 2000),
    ("H100 SXM5", (80,), 3350),
    ("H100 NVL", (94,), 3900),
    ("H200", (141,), 4800),
)
_RX_6000: tuple[_Row, ...] = (
    ("Radeon RX 6400", (4,), 128),
    ("Radeon RX 6500 XT", (4,), 144),
    ("Radeon RX 6600", (8,), 224),
    ("Radeon RX 6600 XT", (8,), 256),
    ("Radeon RX 6650 XT", (8,), 280),
    ("Radeon RX 6700", (10,), 320),
    ("Radeon RX 6700 XT", (12,), 384),
    ("Radeon RX 6750 XT", (12,), 432),
    ("Radeon RX 6800", (16,), 512),
    ("Radeon RX 6800 XT", (16,), 512),
    ("Radeon RX 6900 XT", (16,), 512),
    ("Radeon RX 6950 XT", (16,), 576),
    ("Radeon RX 7600", (8,), 288),
    ("Radeon RX 7600 XT", (16,), 288),
    ("Radeon RX 7700 XT", (12,), 432),
    ("Radeon RX 7800 XT", (16,), 624),
    ("Radeon RX 7900 GRE", (16,), 576),
    ("Radeon RX 7900 XT", (20,), 800),
    ("Radeon RX 7900 XTX", (24,), 960),
    ("Radeon RX 9060 XT", (8, 16), 320),
    ("Radeon RX 9070 GRE", (12,), 432),
    ("Radeon RX 9070", (16,), 640),
    ("Radeon RX 9070 XT", (16,), 640),
)
_RX_LAPTOP: tuple[_Row, ...] = (
    ("Radeon RX 6600M", (8,), 224),
    ("Radeon RX 6700M", (10,), 320),
    ("Radeon RX 6800M", (12,), 384),
    ("Radeon RX 7600M XT", (8,), 288),
    ("Radeon RX 7900M", (16,), 576),
)
_RADEON_PRO: tuple[_Row, ...] = (
    ("Radeon PRO W6800", (32,), 512),
    ("Radeon PRO W7800", (32,), 576),
    ("Radeon PRO W7900", (48,), 864),
    ("Radeon AI PRO R9700", (32,), 640),
)
_ARC: tuple[_Row, ...] = (
    ("Arc A310", (4,), 124),
    ("Arc A380", (6,), 186),
    ("Arc A580", (8,), 512),
    ("Arc A750", (8,), 512),
    ("Arc A770", (8,), 512),
    ("Arc A770", (16,), 560),
    ("Arc B570", (10,), 380),
    ("Arc B580", (12,), 456),
)
_ARC_LAPTOP: tuple[_Row, ...] = (
    ("Arc A370M", (4,), 112),
    ("Arc A730M", (12,), 336),
    ("Arc A770M", (16,), 512),
)
_ARC_PRO: tuple[_Row, ...] = (("Arc Pro B50", (16,), 224), ("Arc Pro B60", (24,), 456))
_APPLE: tuple[_Row, ...] = (
    ("M1", (8, 16), 68.3),
    ("M1 Pro", (16, 32), 204.8),
    ("M1 Max", (32, 64), 409.6),
    ("M1 Ultra", (64, 128), 819.2),
    ("M2", (8, 16, 24), 102.4),
    ("M2 Pro", (16, 32), 204.8),
    ("M2 Max", (32, 64, 96), 409.6),
    ("M2 Ultra", (64, 128, 192), 819.2),
    ("M3", (8, 16, 24), 102.4),
    ("M3 Pro", (18, 36), 153.6),
    ("M3 Max", (36, 96), 307.2),
    ("M3 Max", (48, 64, 128), 409.6),
    ("M3 Ultra", (96, 256, 512), 819.2),
    ("M4", (16, 24, 32), 120),
    ("M4 Pro", (24, 48, 64), 273),
    ("M4 Max", (36,), 410),
    ("M4 Max", (48, 64, 128), 546),
)

_KIND = GpuKind
#: In the order of the lists above: rows, vendor, kind, compute capability.
_FAMILIES: tuple[tuple[tuple[_Row, ...], str, GpuKind, str], ...] = (
    (_GTX_10, "NVIDIA", _KIND.DESKTOP, "6.1"),
    (_GTX_16, "NVIDIA", _KIND.DESKTOP, "7.5"),
    (_RTX_30, "NVIDIA", _KIND.DESKTOP, "8.6"),
    (_RTX_40, "NVIDIA", _KIND.DESKTOP, "8.9"),
    (_RTX_50, "NVIDIA", _KIND.DESKTOP, "12.0"),
    (_RTX_20_LAPTOP, "NVIDIA", _KIND.LAPTOP, "7.5"),
    (_RTX_30_LAPTOP, "NVIDIA", _KIND.LAPTOP, "8.6"),
    (_RTX_40_LAPTOP, "NVIDIA", _KIND.LAPTOP, "8.9"),
    (_RTX_50_LAPTOP, "NVIDIA", _KIND.LAPTOP, "12.0"),
    (_TURING_PRO, "NVIDIA", _KIND.WORKSTATION, "7.5"),
    (_AMPERE_PRO, "NVIDIA", _KIND.WORKSTATION, "8.6"),
    (_ADA_PRO, "NVIDIA", _KIND.WORKSTATION, "8.9"),
    (_BLACKWELL_PRO, "NVIDIA", _KIND.WORKSTATION, "12.0"),
    ((("GB10", (128,), 273),), "NVIDIA", _KIND.UNIFIED, "12.1"),
    ((("Tesla P4", (8,), 192), ("Tesla P40", (24,), 347)), "NVIDIA", _KIND.DATA_CENTRE, "6.1"),
    ((("Tesla P100", (16,), 732),), "NVIDIA", _KIND.DATA_CENTRE, "6.0"),
    ((("TITAN V", (12,), 653),), "NVIDIA", _KIND.DESKTOP, "7.0"),
    ((("Tesla V100", (16, 32), 900),), "NVIDIA", _KIND.DATA_CENTRE, "7.0"),
    ((("Tesla T4", (16,), 320),), "NVIDIA", _KIND.DATA_CENTRE, "7.5"),
    (_AMPERE_SERVER, "NVIDIA", _KIND.DATA_CENTRE, "8.6"),
    (_A100, "NVIDIA", _KIND.DATA_CENTRE, "8.0"),
    (_ADA_SERVER, "NVIDIA", _KIND.DATA_CENTRE, "8.9"),
    (_HOPPER, "NVIDIA", _KIND.DATA_CENTRE, "9.0"),
    (_RX_6000, "AMD", _KIND.DESKTOP, ""),
    (_RX_LAPTOP, "AMD", _KIND.LAPTOP, ""),
    (_RADEON_PRO, "AMD", _KIND.WORKSTATION, ""),
    ((("Ryzen AI Max+ 395", (32, 64, 96, 128), 256),), "AMD", _KIND.UNIFIED, ""),
    (_ARC, "Intel", _KIND.DESKTOP, ""),
    (_ARC_LAPTOP, "Intel", _KIND.LAPTOP, ""),
    (_ARC_PRO, "Intel", _KIND.WORKSTATION, ""),
    (_APPLE, "Apple", _KIND.UNIFIED, ""),
)

#: Every GPU, families together, small before large.
GPUS: tuple[GpuModel, ...] = tuple(
    GpuModel(name, vendor, kind, size * GIB, round(speed * _GB_PER_SECOND), capability)
    for rows, vendor, kind, capability in _FAMILIES
    for name, sizes, speed in rows
    for size in sizes
)

#: What drivers put around the name of a chip.
_NOISE = re.compile(r"nvidia|geforce|amd|intel|apple|radeon|\(r\)|\(tm\)|\bgraphics\b|\btesla\b")
_SIZE = re.compile(r"\b\d+ ?gb\b|-\d+gb\b")
#: Names of drivers for what is listed under another.
_ALSO = {
    "h100 hbm3": "h100 sxm5",
    "h100": "h100 sxm5",
    "v100 sxm2": "v100",
    "v100 pcie": "v100",
    "p100 pcie": "p100",
    "p100 sxm2": "p100",
    "titan x (pascal)": "titan x",
    "8060s": "ryzen ai max+ 395",
}
_MAX_Q = " with max-q design"


def find_gpu(name: str, memory_bytes: int | None = None) -> GpuModel | None:
    """The GPU that a driver names, for example ``NVIDIA GeForce RTX 4080 Laptop GPU``.

    Args:
        name: As NVML or another driver reports it, or as people write it.
        memory_bytes: Its memory as the driver reports it: tells versions of one name apart. A
            driver reports somewhat less than the maker.

    Returns:
        None for what is not listed: nothing is taken for something like it.
    """
    wanted = _plain(name)
    found = _BY_NAME.get(wanted) or _BY_NAME.get(wanted.removesuffix(_MAX_Q), [])
    if not found:
        return None
    size = memory_bytes or _size_in(name)
    if size is None:
        return found[0]
    return min(found, key=lambda gpu: abs(gpu.memory_bytes - size))


def _size_in(name: str) -> int | None:
    said = re.search(r"(\d+) ?gb", name.lower())
    return int(said[1]) * GIB if said else None


def _plain(name: str) -> str:
    """A name without vendor, brand and size, to compare: ``rtx 4080 laptop gpu``."""
    bare = _NOISE.sub(" ", name.lower())
    bare = " ".join(_SIZE.sub(" ", bare).replace("-", " ").split())
    bare = bare.replace("max q", "max-q").replace("pci e", "pcie").replace("pciex", "pcie")
    return _ALSO.get(bare, bare)


def _by_name() -> dict[str, list[GpuModel]]:
    listed: dict[str, list[GpuModel]] = {}
    for gpu in GPUS:
        listed.setdefault(_plain(gpu.name), []).append(gpu)
    return listed


_BY_NAME = _by_name()
