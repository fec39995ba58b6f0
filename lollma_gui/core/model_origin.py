"""Where a model file came from, so that a newer upload can be noticed."""

import json
from typing import NamedTuple


class Origin(NamedTuple):
    """One file of a model that was downloaded from the Hub.

    Attributes:
        model: Path of the model's first file on this PC: parts of one model share it.
        title: What the model was called.
        repository: ``owner/name``.
        revision: Branch, tag or commit that was asked for.
        commit: The commit that the file was fetched from.
        path: Inside the repository.
        sha256: In hexadecimal; empty if nobody knew it.
        size: Bytes.
        fetched_at: Seconds since 1970.
    """

    model: str
    title: str
    repository: str
    revision: str
    commit: str
    path: str
    sha256: str
    size: int
    fetched_at: float


def encode_origin(origin: Origin) -> str:
    """As JSON."""
    return json.dumps(origin._asdict())


def decode_origin(text: str) -> Origin:
    """What ``encode_origin`` made.

    Raises:
        ValueError: If it is something else.
    """
    try:
        return Origin(**json.loads(text))
    except (TypeError, json.JSONDecodeError) as error:
        raise ValueError("not an origin") from error
