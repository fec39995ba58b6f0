"""Which ready-made engine a PC gets."""

import shutil
import subprocess
import sys

import pytest
from lollma_bootstrap import cuda_libraries, flavours, nvidia
from lollma_bootstrap.flavours import Machine
from lollma_bootstrap.nvidia import Driver

FAKE_NVML = """
int nvmlInit_v2(void) { return INIT; }
int nvmlShutdown(void) { return 0; }
int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = VERSION; return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = COUNT; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **h) { *h = (void *)(long)(i + 1); return 0; }
int nvmlDeviceGetCudaComputeCapability(void *h, int *a, int *b) {
    *a = (long)h == 1 ? 8 : 6; *b = (long)h == 1 ? 9 : 1; return 0;
}
"""

SMI = """
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 550.54.15              Driver Version: 550.54.15      CUDA Version: 12.4     |
|-----------------------------------------+------------------------+----------------------+
"""


@pytest.mark.parametrize(
    ("cuda", "compute", "expected"),
    [
        ((13, 2), (8, 9), ["cu132", "cu130", "cu125", "cu124"]),
        ((13, 1), (8, 9), ["cu130", "cu125", "cu124", "cu123"]),
        ((13, 0), (12, 0), ["cu130", "cu125", "cu124", "cu123"]),
        ((14, 0), (9, 0), ["cu132", "cu130", "cu125", "cu124"]),
        ((12, 9), (7, 5), ["cu125", "cu124", "cu123", "cu122"]),
        ((12, 4), None, ["cu124", "cu123", "cu122", "cu121"]),
        ((12, 1), (8, 6), ["cu121", "cu118"]),
        ((12, 0), (8, 6), ["cu118"]),
        ((11, 8), (8, 6), ["cu118"]),
        ((11, 4), (8, 6), []),
        # A GTX 1080 with the last driver that knows it: CUDA 13 has no code for its GPU.
        ((13, 0), (6, 1), ["cu125", "cu124", "cu123", "cu122"]),
        # A GTX 980 is too old for all of them.
        ((12, 9), (5, 2), []),
        # 11.8 holds no code for a GPU made after it.
        ((12, 0), (12, 0), []),
    ],
)
def test_a_driver_gets_the_newest_build_it_and_its_gpu_can_run(cuda, compute, expected):
    assert flavours.cuda_flavours(Driver(cuda, compute))[:4] == expected


@pytest.mark.parametrize(
    ("asked", "machine", "expected"),
    [
        ("auto", Machine("linux", "x86_64"), ["cpu"]),
        ("auto", Machine("win32", "AMD64", Driver((12, 1))), ["cu121", "cu118", "cpu"]),
        ("auto", Machine("darwin", "arm64"), ["metal", "cpu"]),
        ("auto", Machine("darwin", "x86_64"), ["cpu"]),
        ("auto", Machine("linux", "x86_64", None, "AMD"), ["cpu"]),
        ("cpu", Machine("linux", "x86_64", Driver((12, 1))), ["cpu"]),
        ("cuda", Machine("linux", "x86_64", Driver((12, 1))), ["cu121", "cu118"]),
        ("cuda", Machine("linux", "x86_64"), []),
        ("vulkan", Machine("linux", "x86_64", Driver((12, 1))), ["vulkan"]),
        ("source", Machine("linux", "x86_64", Driver((12, 1))), []),
    ],
)
def test_what_is_asked_for_decides_which_pages_are_looked_at(asked, machine, expected):
    assert flavours.wanted(asked, machine) == expected


@pytest.fixture
def nvml(tmp_path):
    compiler = shutil.which("cc")
    if compiler is None or sys.platform == "win32":
        pytest.skip("no C compiler to make an NVML with")

    def make(name, **values):
        library = tmp_path / f"lib{name}.so"
        defines = [f"-D{key.upper()}={value}" for key, value in values.items()]
        subprocess.run(
            [compiler, "-shared", "-fPIC", *defines, "-x", "c", "-", "-o", str(library)],
            input=FAKE_NVML,
            text=True,
            check=True,
        )
        return str(library)

    return make


def test_the_drivers_own_library_tells_its_cuda_version_and_its_weakest_gpu(nvml):
    assert nvidia.read_nvml(nvml("two", init=0, version=12040, count=2)) == Driver((12, 4), (6, 1))
    assert nvidia.read_nvml(nvml("one", init=0, version=13020, count=1)) == Driver((13, 2), (8, 9))


def test_a_driver_without_a_gpu_or_that_does_not_start_counts_as_none(nvml, tmp_path):
    assert nvidia.read_nvml(nvml("empty", init=0, version=12040, count=0)) is None
    assert nvidia.read_nvml(nvml("broken", init=9, version=12040, count=1)) is None
    assert nvidia.read_nvml(str(tmp_path / "not there.so")) is None


def test_nvidia_smi_is_understood_where_the_library_is_not():
    assert nvidia.parse_smi(SMI, "8.9\n6.1\n") == Driver((12, 4), (6, 1))
    assert nvidia.parse_smi(SMI, "[N/A]\n") == Driver((12, 4), None)
    assert nvidia.parse_smi("NVIDIA-SMI has failed because ...", "") is None


def test_cuda_libraries_are_only_fetched_when_they_are_what_is_missing():
    linux = "Failed to load shared library: libcudart.so.12: cannot open shared object file"
    windows = "Could not find module 'llama.dll' (or one of its dependencies)."
    assert cuda_libraries.are_missing(linux, "cu124")
    assert cuda_libraries.are_missing(windows, "cu130")
    assert not cuda_libraries.are_missing(windows, "cpu")
    assert not cuda_libraries.are_missing("No module named 'numpy'", "cu124")
    assert not cuda_libraries.are_missing("", "cu124")


def test_nvidias_packages_are_of_the_builds_own_cuda_version():
    assert cuda_libraries.packages("cu124") == [
        "nvidia-cuda-runtime-cu12==12.4.*",
        "nvidia-cublas-cu12==12.4.*",
    ]
    assert cuda_libraries.packages("cu130") == [
        "nvidia-cuda-runtime==13.0.*",
        "nvidia-cublas==13.0.*",
    ]


def test_cuda_libraries_come_to_lie_beside_the_engines_own(tmp_path):
    engine, site = tmp_path / "llama_cpp" / "lib", tmp_path / "site"
    engine.mkdir(parents=True)
    files = {
        "nvidia/cuda_runtime/lib/libcudart.so.12": "runtime",
        "nvidia/cu13/lib/libcublasLt.so.13": "light",
        "nvidia/cublas/bin/cublas64_12.dll": "windows",
        "nvidia/cublas/lib/libnvblas.so.12": "not wanted",
    }
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for _ in range(2):  # once more over what is there already
        linked = cuda_libraries.link_into(engine, site)
    assert linked == ["cublas64_12.dll", "libcublasLt.so.13", "libcudart.so.12"]
    assert (engine / "libcudart.so.12").read_text() == "runtime"
    assert sorted(p.name for p in engine.iterdir()) == linked
