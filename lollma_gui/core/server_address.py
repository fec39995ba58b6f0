"""The address of a server elsewhere: checked, completed, and what is to be said of it."""

import ipaddress
from urllib.parse import SplitResult, urlsplit, urlunsplit

from lollma_gui.core.errors import LollmaError

_EXAMPLE = "It looks like http://192.168.1.20:5000/v1."
#: Ends of names that a home's router or the PCs themselves give out.
_HOME_NAMES = (".local", ".lan", ".home", ".home.arpa", ".internal", ".fritz.box")
#: Networks that are nobody's but their own: of homes, of tunnels (100.64/10), of one link.
_HOME_NETWORKS = tuple(
    ipaddress.ip_network(one)
    for one in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
        *("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10"),
    )
)


def api_address(text: str) -> str:
    """The address of an API as it is kept; without a path it gets the usual ``/v1``.

    Raises:
        LollmaError: If it is none, or has a name and password in it.
    """
    parts = _split(text.strip())
    if parts.username is not None or parts.password is not None:
        raise LollmaError(
            "A name or password does not belong into the address.",
            "Write the key into its own field: it is kept with the system's secrets.",
        )
    if parts.query or parts.fragment:
        raise LollmaError("The address goes on behind a “?” or “#”.", f"{_EXAMPLE}")
    path = parts.path.rstrip("/").removesuffix("/chat/completions").removesuffix("/models")
    return urlunsplit((parts.scheme.lower(), parts.netloc, path or "/v1", "", ""))


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise LollmaError("This is no address of a server.", _EXAMPLE, str(error)) from error
    if parts.scheme.lower() not in ("http", "https"):
        raise LollmaError(f"{parts.scheme}:// is not spoken here.", _EXAMPLE)
    if not host or any(letter.isspace() or ord(letter) < 33 for letter in text):
        raise LollmaError("This is no address of a server.", _EXAMPLE)
    return parts


def host_of(url: str) -> str:
    """The PC in an address, without its port."""
    return urlsplit(url).hostname or ""


def is_at_home(host: str) -> bool:
    """Whether a host is this PC or in a network of one's own, as far as its name tells."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = host.lower()
        return "." not in name or name.endswith(_HOME_NAMES)
    return any(address in network for network in _HOME_NETWORKS)


def reading_aloud(url: str, key: str) -> str:
    """What others can read on the way, as a warning; empty: nothing, or only within one's network.

    Args:
        url: The address.
        key: The key; empty: none.
    """
    if urlsplit(url).scheme != "http" or is_at_home(host_of(url)):
        return ""
    what = "The key and all that is said travel" if key else "All that is said travels"
    return f"{what} through the internet in clear text: use https:// if the server has it."
