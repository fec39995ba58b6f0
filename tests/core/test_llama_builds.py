"""The official build that suits a PC is chosen by the names of a release's files."""

import pytest

from lollma_gui.core.llama_builds import choose

NAMES = [
    "cudart-llama-bin-win-cuda-12.4-x64.zip",
    "cudart-llama-bin-win-cuda-13.1-x64.zip",
    "llama-b7000-bin-macos-arm64.tar.gz",
    "llama-b7000-bin-macos-x64.tar.gz",
    "llama-b7000-bin-ubuntu-vulkan-x64.tar.gz",
    "llama-b7000-bin-ubuntu-x64.tar.gz",
    "llama-b7000-bin-ubuntu-s390x.tar.gz",
    "llama-b7000-bin-win-cpu-arm64.zip",
    "llama-b7000-bin-win-cpu-x64.zip",
    "llama-b7000-bin-win-cuda-12.4-x64.zip",
    "llama-b7000-bin-win-cuda-13.1-x64.zip",
    "llama-b7000-bin-win-hip-radeon-x64.zip",
    "llama-b7000-bin-win-vulkan-x64.zip",
    "llama-b7000-xcframework.zip",
]


@pytest.mark.parametrize(
    ("platform", "machine", "backend", "chosen"),
    [
        ("linux", "x86_64", "cpu", ["llama-b7000-bin-ubuntu-x64.tar.gz"]),
        ("linux", "x86_64", "vulkan", ["llama-b7000-bin-ubuntu-vulkan-x64.tar.gz"]),
        # There is no CUDA build for Linux: Vulkan uses the same card.
        ("linux", "x86_64", "cuda", ["llama-b7000-bin-ubuntu-vulkan-x64.tar.gz"]),
        ("linux", "riscv64", "cpu", []),
        ("linux", "aarch64", "cpu", []),
        ("darwin", "arm64", "cpu", ["llama-b7000-bin-macos-arm64.tar.gz"]),
        ("win32", "AMD64", "cpu", ["llama-b7000-bin-win-cpu-x64.zip"]),
        ("win32", "ARM64", "vulkan", ["llama-b7000-bin-win-cpu-arm64.zip"]),
        ("win32", "AMD64", "hip", ["llama-b7000-bin-win-hip-radeon-x64.zip"]),
        (
            "win32",
            "AMD64",
            "cuda",
            [
                "llama-b7000-bin-win-cuda-12.4-x64.zip",
                "cudart-llama-bin-win-cuda-12.4-x64.zip",
            ],
        ),
    ],
)
def test_the_build_for_a_pc(platform: str, machine: str, backend: str, chosen: list[str]) -> None:
    assert choose(NAMES, platform, machine, backend) == chosen
