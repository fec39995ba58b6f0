"""The addresses of this PC in its networks."""

import socket

from lollma_gui.core.network_reach import OwnAddress, outward


def own_addresses() -> list[OwnAddress]:
    """Where others can reach this PC now; takes some milliseconds, on Windows more."""
    import psutil

    states = psutil.net_if_stats()
    return outward(
        OwnAddress(network, address.address)
        for network, addresses in psutil.net_if_addrs().items()
        if network not in states or states[network].isup
        for address in addresses
        if address.family == socket.AF_INET
    )
