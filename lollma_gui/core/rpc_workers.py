"""llama.cpp's RPC workers on other PCs: their addresses, and what they say of themselves.

They are llama.cpp's own ``rpc-server``; its devices count as devices of a llama-server that is
started with ``--rpc``.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError

#: The usual port of ``rpc-server``.
USUAL_PORT = 50052
#: llama.cpp takes no more (``GGML_RPC_MAX_SERVERS``).
MOST_WORKERS = 16
#: The version of the protocol that is spoken here (``ggml-rpc.h`` of llama-cpp-python 0.3.36).
MAJOR_VERSION = 7

#: What stands beside every list of them.
WARNING = (
    "An RPC worker knows no key: whoever reaches its port can use its GPU, and llama.cpp's makers "
    "call it insecure. Run it in a network you trust only, never open to the internet."
)

#: What llama.cpp prints when it cannot use them (common/arg.cpp, ggml/src/ggml-rpc/ggml-rpc.cpp),
#: what that means, and what to do.
RPC_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        r"RPC not supported in this build|failed to find RPC backend",
        "This build of llama.cpp cannot use RPC workers.",
        "Switch them off among the options, or install an official build.",
    ),
    (
        r"RPC server version mismatch: ([\d.]+)",
        "An RPC worker speaks another version ({0}) than this llama.cpp.",
        "Run rpc-server of the same llama.cpp there, or remove the worker.",
    ),
    (
        r"ggml-rpc\.cpp:\d+: Failed to connect to (\S+)",
        "The RPC worker at {0} cannot be reached.",
        "Start rpc-server there, or remove the worker among the options.",
    ),
)

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")
_MOST_PORT = 65535


class RpcDevice(NamedTuple):
    """Memory of one device of a worker, in bytes."""

    free_bytes: int
    total_bytes: int


class RpcWorker(NamedTuple):
    """What a worker says.

    Attributes:
        version: Major, minor and patch of the protocol that it speaks.
        devices: What it lends out.
    """

    version: tuple[int, int, int]
    devices: tuple[RpcDevice, ...] = ()

    @property
    def is_compatible(self) -> bool:
        """Whether a llama-server of this protocol can use it."""
        return self.version[0] == MAJOR_VERSION


def worker_address(text: str) -> str:
    """The address of a worker as it is kept: ``host:port``.

    llama.cpp cuts at the first colon (``parse_endpoint``), so that IPv6 cannot be said to it.

    Raises:
        LollmaError: If it is none.
    """
    host, colon, port = text.strip().removeprefix("rpc://").partition(":")
    number = int(port) if port.isascii() and port.isdigit() else 0
    if not colon:
        number = USUAL_PORT
    if not _HOST.fullmatch(host) or not 0 < number <= _MOST_PORT:
        raise LollmaError(
            "This is no address of an RPC worker.",
            f"It looks like 192.168.1.20:{USUAL_PORT}: a name or an IPv4 address, and a port.",
        )
    return f"{host}:{number}"


def workers_of(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The workers in a server's options, whether they are switched on or not."""
    listed = options.get("rpc_workers")
    kept = listed if isinstance(listed, list) else []
    return tuple(one for one in kept if isinstance(one, str))[:MOST_WORKERS]


def are_on(options: Mapping[str, Any]) -> bool:
    """Whether a server is to use its workers."""
    return options.get("rpc") is True


def with_workers(
    values: Mapping[str, SettingValue], options: Mapping[str, Any]
) -> Mapping[str, SettingValue]:
    """Settings that spread a model over a server's workers too, where it is to use them.

    It is said with the extra flags: llama-server takes them as they are, TextGen passes them on
    to its own. A ``--rpc`` that a person wrote there stands.
    """
    said = str(values.get("extra_flags") or "")
    listed = ",".join(workers_of(options)) if are_on(options) else ""
    if not listed or "--rpc" in said.replace("=", " ").split():
        return values
    return {**values, "extra_flags": f"{said} --rpc {listed}".strip()}
