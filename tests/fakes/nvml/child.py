"""Runs surveys with the real pynvml in a process of its own: it loads one library a process.

Reads JSON from stdin: a list of stories, each a list of steps. A step is "close", "processes", or
the control file's content; there "seconds" is the time since the step before (usually 1) and
"power" what the kernel says of the cards' power from now on. Writes one list of answers a story,
pickled.
"""

import json
import os
import pickle
import sys
from pathlib import Path

from lollma_gui.services.nvml_probe import NvmlProbe


class Story:
    def __init__(self, pci_devices: Path, retry_seconds: float) -> None:
        self.now = 0.0
        self.devices = pci_devices
        self.probe = NvmlProbe(pci_devices, retry_seconds, lambda: self.now)

    def survey(self, step: dict) -> object:
        self.now += step.pop("seconds", 1)
        if power := step.pop("power", ""):
            for card in self.devices.iterdir():
                (card / "power" / "runtime_status").write_text(power + "\n")
        lines = [f"{name} {value}\n" for name, value in step.items()]
        Path(os.environ["FAKE_NVML"]).write_text("".join(lines))
        return self.probe.survey()

    def tell(self, steps: list) -> list:
        answers = []
        for step in steps:
            if step == "close":
                self.probe.close()
            elif step == "processes":
                answers.append(self.probe.processes())
            else:
                answers.append(self.survey(step))
        self.probe.close()
        return answers


if __name__ == "__main__":
    devices, retry_seconds = Path(sys.argv[1]), float(sys.argv[2])
    told = [Story(devices, retry_seconds).tell(steps) for steps in json.load(sys.stdin)]
    sys.stdout.buffer.write(pickle.dumps(told))
