"""Runs surveys with the real pynvml in a process of its own: it loads one library a process.

Reads JSON from stdin: a list of stories, each a list of steps. A step is the control file's
content, or "close". Writes one list of surveys a story, pickled.
"""

import json
import os
import pickle
import sys
from pathlib import Path

from lollma_gui.services.nvml_probe import NvmlProbe


def tell(story: list, pci_devices: Path, retry_seconds: float) -> list:
    probe, surveys = NvmlProbe(pci_devices, retry_seconds), []
    for step in story:
        if step == "close":
            probe.close()
            continue
        lines = [f"{name} {value}\n" for name, value in step.items()]
        Path(os.environ["FAKE_NVML"]).write_text("".join(lines))
        surveys.append(probe.survey())
    probe.close()
    return surveys


if __name__ == "__main__":
    devices, retry_seconds = Path(sys.argv[1]), float(sys.argv[2])
    told = [tell(story, devices, retry_seconds) for story in json.load(sys.stdin)]
    sys.stdout.buffer.write(pickle.dumps(told))
