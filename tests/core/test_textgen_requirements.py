"""Each kind of PC gets the file of requirements that has a llama.cpp for it."""

import pytest

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.textgen_requirements import FOLDER, PcKind, choose, machine_name

#: Every file in requirements/ of TextGen v4.9 (ed888c71).
V49 = {
    *(
        f"requirements/full/requirements{kind}.txt"
        for kind in ("", "_amd", "_apple_intel", "_apple_silicon", "_cpu_only", "_nowheels")
    ),
    *(
        f"requirements/portable/requirements{kind}.txt"
        for kind in (
            "",
            "_amd",
            "_apple_intel",
            "_apple_silicon",
            "_cpu_only",
            "_cuda131",
            "_ik",
            "_ik_cpu_only",
            "_ik_cuda131",
            "_nowheels",
            "_vulkan",
        )
    ),
}


@pytest.mark.parametrize(
    ("pc", "kind"),
    [
        (PcKind("Linux", vendor="NVIDIA", cuda=(13, 1)), "_cuda131"),
        (PcKind("Windows", vendor="NVIDIA", cuda=(13, 2)), "_cuda131"),
        (PcKind("Windows", vendor="NVIDIA", cuda=(13, 0)), ""),
        (PcKind("Linux", vendor="NVIDIA", cuda=(12, 4)), ""),
        (PcKind("Linux", vendor="NVIDIA"), ""),
        (PcKind("Linux", vendor="NVIDIA", cuda=(11, 8)), "_vulkan"),
        (PcKind("Linux", "aarch64", "NVIDIA", (13, 1)), "_cuda131"),
        (PcKind("Linux", vendor="AMD", has_rocm=True), "_amd"),
        (PcKind("Windows", vendor="AMD"), "_vulkan"),
        (PcKind("Linux", vendor="Intel"), "_vulkan"),
        (PcKind("Linux"), "_cpu_only"),
        (PcKind("Windows"), "_cpu_only"),
        (PcKind("Darwin", "aarch64", "Apple"), "_apple_silicon"),
        (PcKind("Darwin", "x86_64"), "_apple_intel"),
    ],
    ids=str,
)
def test_the_file_for_a_pc(pc: PcKind, kind: str) -> None:
    found = choose(V49, pc)
    assert found.path == f"{FOLDER}/requirements{kind}.txt"
    assert found.why.endswith(".")
    assert found.needed_bytes >= 10**9


@pytest.mark.parametrize(
    "pc",
    [PcKind("Linux", "aarch64"), PcKind("Linux", "aarch64", "NVIDIA", (12, 4))],
    ids=str,
)
def test_a_pc_without_a_llama_cpp_is_told_so(pc: PcKind) -> None:
    with pytest.raises(LollmaError, match=r"no llama\.cpp for this computer"):
        choose(V49, pc)


def test_an_older_checkout_gives_the_next_best() -> None:
    before_cuda131 = {name for name in V49 if "cuda131" not in name}
    pc = PcKind("Linux", vendor="NVIDIA", cuda=(13, 1))
    assert choose(before_cuda131, pc).path == f"{FOLDER}/requirements.txt"
    before_vulkan = {name for name in V49 if "vulkan" not in name}
    assert choose(before_vulkan, PcKind("Linux", vendor="Intel")).path.endswith("cpu_only.txt")


def test_a_checkout_from_before_the_portable_files_is_too_old() -> None:
    with pytest.raises(LollmaError, match="too old"):
        choose({"requirements.txt", "requirements_amd.txt"}, PcKind("Linux"))


def test_names_of_processors() -> None:
    assert machine_name("AMD64") == "x86_64"
    assert machine_name("arm64") == "aarch64"
