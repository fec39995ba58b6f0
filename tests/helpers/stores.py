"""Libraries laid out as other programs do, with real GGUF files in them."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.gguf_files import Tensor, write_model

OTHER: Tensor = ("output.weight", (32, 4), "Q8_0")


def write_named(path: Path, metadata: Mapping[str, Any] | None = None) -> Path:
    """A small model at a path; its folders are made. Models of different names differ."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_model(path, {"general.name": path.stem, **(metadata or {})})


def write_projector(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_model(path, {"general.type": "mmproj"}, architecture="clip")


class OllamaStore:
    """A store as ``ollama pull`` makes it.

    Args:
        folder: Where ``blobs`` and ``manifests`` are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "blobs"
        self.blobs.mkdir(parents=True)

    def blob(self, file: Path) -> str:
        """Take a file in; returns its digest."""
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        shutil.move(file, self.blobs / f"sha256-{digest}")
        return f"sha256:{digest}"

    def path(self, digest: str) -> Path:
        return self.blobs / digest.replace(":", "-")

    def manifest(self, name: str, **layers: str) -> Path:
        """Note a name, for example ``registry.ollama.ai/library/llama3.2/3b``."""
        path = self.folder / "manifests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        listed = [
            {
                "mediaType": f"application/vnd.ollama.image.{kind}",
                "digest": digest,
                "size": self.path(digest).stat().st_size if self.path(digest).exists() else 10,
            }
            for kind, digest in layers.items()
        ]
        path.write_text(json.dumps({"schemaVersion": 2, "layers": listed}))
        return path


def hub_file(hub: Path, repository: str, file: Path, name: str, commit: str = "0a1b") -> Path:
    """Put a file into the Hub's cache: the bytes in a blob, and a link with its name to it."""
    home = hub / f"models--{repository.replace('/', '--')}"
    blob = home / "blobs" / hashlib.sha256(file.read_bytes()).hexdigest()
    blob.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(file, blob)
    link = home / "snapshots" / commit / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    return link
