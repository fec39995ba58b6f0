"""Ollama's models: names and tags that lead to plain GGUF files. Only read, never written.

``manifests/HOST/NAMESPACE/NAME/TAG`` is JSON that lists layers; each is a file
``blobs/sha256-…`` and says by its media type what it is. Sources: server/modelpath.go,
server/manifest.go, server/images.go and types/model/name.go of Ollama.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.model_source import ModelSource
from lollma_gui.services import partial_files
from lollma_gui.services.model_candidate import Candidate, reason
from lollma_gui.services.model_walk import Walk

_HOST, _NAMESPACE = "registry.ollama.ai", "library"
_MEDIA_TYPE = "application/vnd.ollama.image."
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
#: Layers that are GGUF files, the model first.
_MODEL, _BESIDE = "model", ("projector", "adapter", "draft")


class Layer(NamedTuple):
    """One part of a model.

    Attributes:
        blob: The file.
        size: Its bytes, as the manifest says.
    """

    blob: Path
    size: int


class Manifest(NamedTuple):
    """One name and tag.

    Attributes:
        path: The file it was read from.
        name: As Ollama shows it: ``llama3.2:3b``, ``owner/model:tag``, ``hf.co/owner/model:tag``.
        layers: By what they are: ``model``, ``projector``, ``adapter``, ``draft``, ``template``,
            ``params``, ``license`` …
        is_damaged: Whether the file could not be read as a manifest.
    """

    path: Path
    name: str
    layers: Mapping[str, tuple[Layer, ...]]
    is_damaged: bool = False


def read_manifests(store: Path) -> list[Manifest]:
    """All names and tags of a store, in order.

    Args:
        store: The folder with ``blobs`` and ``manifests``.
    """
    found = []
    for path in sorted(_files(store / "manifests", depth=4)):
        host, namespace, name, tag = path.parts[-4:]
        owner = "" if namespace == _NAMESPACE and host == _HOST else f"{namespace}/"
        at = "" if host == _HOST else f"{host}/"
        values = partial_files.read_small_json(path)
        layers = _layers(store, values.get("layers"))
        found.append(Manifest(path, f"{at}{owner}{name}:{tag}", layers, not values))
    return found


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """Files so many levels below a folder; hidden ones are other programs'."""
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if not entry.name.startswith(".")]
    except OSError:
        return
    for entry in entries:
        if depth > 1 and entry.is_dir():
            yield from _files(folder / entry.name, depth - 1)
        elif depth == 1 and entry.is_file():
            yield folder / entry.name


def _layers(store: Path, listed: object) -> dict[str, tuple[Layer, ...]]:
    layers: dict[str, tuple[Layer, ...]] = defaultdict(tuple)
    for layer in listed if isinstance(listed, list) else ():
        if not isinstance(layer, dict):
            continue
        kind, digest, size = (layer.get(key) for key in ("mediaType", "digest", "size"))
        match = _DIGEST.fullmatch(digest) if isinstance(digest, str) else None
        if match and isinstance(kind, str) and kind.startswith(_MEDIA_TYPE):
            blob = store / "blobs" / f"sha256-{match[1]}"
            n_bytes = size if isinstance(size, int) else 0
            layers[kind.removeprefix(_MEDIA_TYPE)] += (Layer(blob, n_bytes),)
    return dict(layers)


class _Blob:
    """A GGUF file with all that manifests say of it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.names: list[str] = []
        self.companions: dict[str, None] = {}


def candidates(store: Path, walk: Walk) -> Iterator[Candidate]:
    """The models of a store: each file once, under all its names.

    Args:
        store: The folder with ``blobs`` and ``manifests``.
        walk: Knows which files were met before; takes note of what is looked into.
    """
    walk.folders += map(str, (store, store / "blobs", *_folders(store / "manifests")))
    blobs: dict[Path, _Blob] = {}
    for manifest in read_manifests(store):
        if manifest.is_damaged:
            yield _damaged(manifest)
        model = next(iter(manifest.layers.get(_MODEL, ())), None)
        if model is None:
            continue  # kept in another format than GGUF, or a name for a model in the cloud
        of_model = blobs.setdefault(model.blob, _Blob(model.size))
        of_model.names.append(manifest.name)
        for kind in _BESIDE:
            for layer in manifest.layers.get(kind, ()):
                of_model.companions[str(layer.blob)] = None
                beside = blobs.setdefault(layer.blob, _Blob(layer.size))
                beside.names.append(f"{manifest.name} ({kind})")
    for path, blob in blobs.items():
        if found := _candidate(path, blob, walk):
            yield found
    yield from _partials(store / "blobs")


def _folders(manifests: Path) -> Iterator[Path]:
    """Folders that change when a model comes or goes."""
    yield manifests
    for folder, inner, _files in os.walk(manifests):
        yield from (Path(folder, name) for name in inner)


def _damaged(manifest: Manifest) -> Candidate:
    return Candidate(
        *(str(manifest.path), 0, 0, ModelSource.OLLAMA, manifest.name, ()),
        problem=f"What Ollama noted of {manifest.name} cannot be read.",
        advice=_again(manifest.name),
    )


def _candidate(path: Path, blob: _Blob, walk: Walk) -> Candidate | None:
    title, companions = ", ".join(blob.names), tuple(blob.companions)
    found = Candidate(str(path), 0, 0, ModelSource.OLLAMA, title, companions)
    advice = _again(blob.names[0].partition(" ")[0])
    try:
        status = path.stat()
    except FileNotFoundError:
        return found._replace(problem="Its file is missing from Ollama's store.", advice=advice)
    except OSError as error:
        problem = f"Its file in Ollama's store could not be read: {reason(error)}."
        return found._replace(problem=problem, advice="Check its permissions.")
    if not walk.is_new(str(path), status):
        return None
    found = found._replace(size=status.st_size, mtime_ns=status.st_mtime_ns)
    if blob.size and status.st_size < blob.size:
        there = f"{units.file_size(status.st_size)} of {units.file_size(blob.size)}"
        problem = f"Its file in Ollama's store is cut off: {there} are there."
        return found._replace(problem=problem, advice=advice)
    return found


def _again(name: str) -> str:
    return f"Get it again: ollama pull {name}"


def _partials(blobs: Path) -> Iterator[Candidate]:
    """Downloads that Ollama has not finished; what they will be called it does not say."""
    parts: dict[str, list[Path]] = defaultdict(list)
    for path in _files(blobs, depth=1):
        digest, marker, number = path.name.partition("-partial-")
        if marker and number.isdigit():
            parts[digest].append(path)
    for digest, files in sorted(parts.items()):
        have, need = partial_files.ollama_progress(files)
        data = blobs / f"{digest}-partial"
        if not partial_files.is_model(data):
            continue
        problem, advice = partial_files.unfinished(have, need, ModelSource.OLLAMA.value)
        title = f"Download {digest.removeprefix('sha256-')[:12]}"
        changed = max((p.stat().st_mtime_ns for p in files if p.exists()), default=0)
        yield Candidate(
            *(str(data), have, changed, ModelSource.OLLAMA, title, (), problem, advice, True)
        )
