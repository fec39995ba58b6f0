"""Builds the stand-in for the NVIDIA driver, and asks it through the real pynvml."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import lollma_gui
from lollma_gui.core.readings import GpuSurvey

HERE = Path(__file__).parent
CAN_BUILD = sys.platform.startswith("linux") and shutil.which("gcc") is not None


def build(folder: Path, *options: str) -> Path:
    """Compile the library into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "libnvidia-ml.so.1"
    command = ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", f"-Wl,-soname,{library.name}"]
    subprocess.run([*command, *options, str(HERE / "fake_nvml.c"), "-o", str(library)], check=True)
    return library


class Driver:
    """A PC with (or, without a library, lacking) an NVIDIA driver.

    Args:
        folder: Where control file, log and PCI devices are kept.
        library: The driver's library; None for a PC without.
    """

    def __init__(self, folder: Path, library: Path | None) -> None:
        self._folder, self._library = folder, library
        self._pci = folder / "pci"
        self._pci.mkdir(parents=True)
        self._log = folder / "log"

    def add_card(
        self,
        name: str,
        status: str,
        vendor: str = "0x10de",
        kind: str = "0x030000",
        control: str = "on",
    ) -> None:
        """Put a card into a slot; ``status`` is its power status as the kernel says it.

        With ``control`` "auto" the kernel may let it sleep.
        """
        card = self._pci / name
        (card / "power").mkdir(parents=True)
        (card / "vendor").write_text(vendor + "\n")
        (card / "class").write_text(kind + "\n")
        (card / "power" / "runtime_status").write_text(status + "\n")
        (card / "power" / "control").write_text(control + "\n")

    @property
    def log(self) -> list[str]:
        """Every opening and closing of the driver."""
        return self._log.read_text().split() if self._log.exists() else []

    def tell(self, *stories: list, retry_seconds: float = 0) -> list[list[GpuSurvey]]:
        """What the probe says at each step of each story."""
        environment = dict(os.environ)
        environment["PYTHONPATH"] = str(Path(lollma_gui.__file__).parent.parent)
        environment["FAKE_NVML"] = str(self._folder / "control")
        environment["FAKE_NVML_LOG"] = str(self._log)
        environment["LD_LIBRARY_PATH"] = str(self._library.parent if self._library else "")
        done = subprocess.run(
            [sys.executable, str(HERE / "child.py"), str(self._pci), str(retry_seconds)],
            input=json.dumps(stories).encode(),
            env=environment,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        told: list[list[GpuSurvey]] = pickle.loads(done.stdout)
        return told
