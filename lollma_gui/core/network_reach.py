"""Who can reach a server, at which addresses, and what that means, in words."""

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple

from lollma_gui.core.server_config import Access

#: Networks inside this PC: of containers, virtual machines and tunnels to nowhere.
_INSIDE = re.compile(
    r"^(?:lo\d*|docker|br-|veth|virbr|vmnet|vboxnet|podman|cni|flannel|lxc|lxd|tun|tap|utun|awdl"
    r"|llw|bridge\d|vEthernet|Loopback|VirtualBox|VMware)",
    re.IGNORECASE,
)


class OwnAddress(NamedTuple):
    """An address of this PC in a network.

    Attributes:
        network: What the system calls the network's interface: ``wlan0``, ``Ethernet``.
        address: IPv4, as ``192.168.1.20``.
    """

    network: str
    address: str


def outward(addresses: Iterable[OwnAddress]) -> list[OwnAddress]:
    """Those at which others can reach this PC, addresses of a home's network first."""
    found = [one for one in addresses if _is_outward(one)]
    return sorted(found, key=lambda one: not ipaddress.ip_address(one.address).is_private)


def _is_outward(one: OwnAddress) -> bool:
    try:
        address = ipaddress.IPv4Address(one.address)
    except ValueError:
        return False
    is_inside = address.is_loopback or address.is_link_local or address.is_unspecified
    return not is_inside and not _INSIDE.match(one.network)


def web_address(address: str, port: int, path: str = "") -> str:
    """The address for a browser or a program: ``http://192.168.1.20:5000/v1``."""
    return f"http://{address}:{port}{path}"


def reach_words(access: Access, *, is_public: bool) -> str:
    """What it means that these can connect.

    Args:
        access: Who can connect.
        is_public: Whether one of this PC's addresses is open to the whole internet.
    """
    if access is Access.THIS_PC:
        return "Only programs on this PC can connect. Nothing is open to your network."
    if is_public:
        return (
            "This PC has an address that the whole internet can reach: anybody there can try to "
            "connect. Only the key keeps them out, and it travels unencrypted."
        )
    return (
        "Every device in your network can try to connect; only the key keeps others out. It "
        "travels unencrypted: choose this in networks you trust, at home and not in a café."
    )


def is_public(addresses: Iterable[OwnAddress]) -> bool:
    """Whether one of the addresses is not one of a home's network."""
    return any(ipaddress.ip_address(one.address).is_global for one in addresses)


_WIDE_HOST = r"--(?:listen-)?host[ =](?!127\.|localhost|::1)\S+"
#: Flags by which the programs listen to everybody, or open a way in from the internet.
_OPENING = re.compile(
    rf"(?<!\S)(?:--listen|--share|--public-api|--remotetunnel|{_WIDE_HOST})(?=\s|=|$)"
)


def wide_host(flags: str) -> str:
    """The first flag that names an address beyond this PC to listen on; empty: none."""
    found = re.search(rf"(?<!\S){_WIDE_HOST}", flags)
    return found[0] if found else ""


def opening_flag(flags: str) -> str:
    """The first flag that would let others connect, however it is chosen here; empty: none."""
    found = _OPENING.search(flags)
    return found[0] if found else ""
