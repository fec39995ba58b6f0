"""Which file of a KoboldCpp release suits a PC.

Names as of 2025 (1.102), with those of 2024 behind them: ``koboldcpp.exe``,
``koboldcpp-nocuda.exe``, ``koboldcpp-linux-x64``, ``koboldcpp-linux-x64-nocuda``,
``koboldcpp-mac-arm64``, and ``-oldpc`` for processors without AVX2.
"""

from collections.abc import Collection

from lollma_gui.core.textgen_requirements import PcKind

_WITH_CUDA = {
    "Windows": ("koboldcpp.exe", "koboldcpp_cu12.exe"),
    "Linux": (
        "koboldcpp-linux-x64",
        "koboldcpp-linux-x64-cuda1210",
        "koboldcpp-linux-x64-cuda1150",
    ),
}
_WITHOUT_CUDA = {
    "Windows": ("koboldcpp-nocuda.exe", "koboldcpp_nocuda.exe"),
    "Linux": ("koboldcpp-linux-x64-nocuda",),
}
_OLD_PC = {
    "Windows": ("koboldcpp-oldpc.exe", "koboldcpp_oldcpu.exe"),
    "Linux": ("koboldcpp-linux-x64-oldpc",),
}


def choose(names: Collection[str], pc: PcKind, *, is_old: bool = False) -> str:
    """The file to fetch; empty: there is none for this PC.

    Args:
        names: All files of a release.
        pc: What the PC is.
        is_old: Whether its processor lacks AVX2.
    """
    if pc.system == "Darwin":
        wanted: tuple[str, ...] = ("koboldcpp-mac-arm64",) if pc.machine == "aarch64" else ()
    elif pc.machine != "x86_64":
        wanted = ()
    elif is_old:
        wanted = _OLD_PC.get(pc.system, ())
    elif pc.vendor == "NVIDIA":
        wanted = _WITH_CUDA.get(pc.system, ())
    else:
        # The one with CUDA works too, and is seven times as large.
        wanted = (*_WITHOUT_CUDA.get(pc.system, ()), *_WITH_CUDA.get(pc.system, ()))
    return next((name for name in wanted if name in names), "")
