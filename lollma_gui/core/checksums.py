"""Checksums as people copy them from web pages and lists."""

import re

_SHA256 = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")


def find_sha256(text: str) -> str:
    """The only SHA-256 in a text, in small letters; empty if there is none, or several.

    Args:
        text: For example ``sha256:9F86…`` or a line of ``sha256sum``.
    """
    found = {match.lower() for match in _SHA256.findall(text)}
    return found.pop() if len(found) == 1 else ""
