"""What llama.cpp says while it works: passed on line by line, and read for what it allocated."""

import re
from collections import deque
from collections.abc import Callable

from lollma_gui.core.engine_messages import Buffer

#: enum ggml_log_level of llama.cpp's ggml.h (llama-cpp-python 0.3.36 lists older numbers); the
#: last one continues the line begun before.
_DEBUG, _ERROR, _CONTINUE = 1, 4, 5

_BUFFER = re.compile(r"\s(\S+)\s+(model|KV|RS|compute|output) buffer size =\s*([\d.]+) MiB")
_CACHE = re.compile(r"llama_kv_cache: size =\s*([\d.]+) MiB")
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to GPU")
_DEVICE = re.compile(r"using device (\S+ \([^)]*\))")
_FLASH = re.compile(r"Flash Attention (?:was auto, set to )?(\w+)$|flash_attn\s*=\s*(\w+)")


class LlamaLog:
    """Collects llama.cpp's log lines of one load or one answer.

    Attributes:
        errors: The last lines llama.cpp marked as errors.
        buffers: What it reported to have allocated, in its order.
        cache_bytes: Size of all KV caches together; true in a dry run too, where their buffers are
            reported as empty.
        devices: Devices other than the CPU that it said it uses.
        gpu_layers: Layers on a GPU, as reported.
        layers: All layers, the output layer included, as reported.
        flash_attention: ``enabled``, ``disabled``, ... as reported; empty if it was not.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._partial = ""
        self._level = 0
        self.clear()

    def clear(self) -> None:
        """Forget what was collected."""
        self.errors: deque[str] = deque(maxlen=20)
        self.buffers: list[Buffer] = []
        self.cache_bytes = 0
        self.devices: list[str] = []
        self.gpu_layers = 0
        self.layers = 0
        self.flash_attention = ""

    def add(self, level: int, text: str) -> None:
        """Take a piece of log; llama.cpp may end a line much later than it begins it."""
        if level != _CONTINUE:
            self._level = level
        self._partial += text
        *lines, self._partial = self._partial.split("\n")
        for line in lines:
            self._take(line.rstrip())

    def _take(self, line: str) -> None:
        if self._level == _DEBUG:
            return  # a line for each node of the graph: nothing a person would read
        self._write(line)
        if self._level == _ERROR:
            self.errors.append(line)
        if match := _BUFFER.search(line):
            self.buffers.append(Buffer(match[1], match[2], _n_bytes(match[3])))
        elif match := _CACHE.search(line):
            self.cache_bytes += _n_bytes(match[1])
        elif match := _OFFLOADED.search(line):
            self.gpu_layers, self.layers = int(match[1]), int(match[2])
        elif match := _DEVICE.search(line):
            self.devices.append(match[1])
        elif match := _FLASH.search(line):
            self.flash_attention = match[1] or match[2]


def _n_bytes(mebibytes: str) -> int:
    return round(float(mebibytes) * 1024 * 1024)
