"""The CUDA libraries that a ready-made CUDA build expects to find on the PC.

The engine's CUDA wheels leave out cudart and cuBLAS. A PC for games has the driver but not the
toolkit, so they come from NVIDIA's own packages and are linked into the folder where the engine's
library looks first.
"""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

_WANTED = re.compile(
    r"lib(cudart|cublas|cublasLt)\.so\.\d+$|(cudart64|cublas64|cublasLt64)_\d+\.dll$"
)


def are_missing(error: str, flavour: str) -> bool:
    """Whether the engine failed to load for want of CUDA's libraries.

    Windows does not name the library that is missing.
    """
    if not flavour.startswith("cu"):
        return False
    return bool(re.search(r"libcu(dart|blas)|or one of its dependencies|WinError 126", error))


def packages(flavour: str) -> list[str]:
    """NVIDIA's packages for a flavour such as "cu124", as pip requirements."""
    major, minor = flavour[2:4], flavour[4:]
    if int(major) < 13:
        return [
            f"nvidia-{part}-cu{major}=={major}.{minor}.*" for part in ("cuda-runtime", "cublas")
        ]
    return [f"nvidia-{part}=={major}.{minor}.*" for part in ("cuda-runtime", "cublas")]


def link_into(engine_folder: Path, packages_folder: Path) -> list[str]:
    """Put links to the libraries beside the engine's own; returns their names, sorted.

    Args:
        engine_folder: Folder of the engine's libraries.
        packages_folder: site-packages, below which NVIDIA's packages lie.
    """
    linked = []
    for library in _libraries(packages_folder / "nvidia"):
        place = engine_folder / library.name
        place.unlink(missing_ok=True)
        try:
            # A hard link costs no space, needs no rights on Windows and survives pip's tidying.
            os.link(library, place)
        except OSError:
            shutil.copy2(library, place)
        linked.append(library.name)
    return sorted(linked)


def _libraries(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if _WANTED.fullmatch(path.name) and path.is_file())
