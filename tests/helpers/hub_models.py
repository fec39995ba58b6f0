"""Repositories of models of real shapes on the local Hub: true headers, weights nobody holds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fakes.hub_server import HubFile, HubServer
from helpers.gguf_files import write_model
from helpers.header_only import Part, part_names
from helpers.model_shapes import write_shape

from lollma_gui.services.model_files import read_model_header

REPOSITORY = "some-one/Model-8B-GGUF"
SHAPE = "llama3.1-8b"


def add_file(hub: HubServer, name: str, path: Path, **options: Any) -> HubFile:
    """Serve the header of a sparse file, and as many zeros as it has holes."""
    with path.open("rb") as file:
        head = file.read(read_model_header(path).data_offset)
    served = HubFile(head, zeros=path.stat().st_size - len(head), **options)
    hub.add_to_repository(REPOSITORY, "main", name, served)
    return served


def add_quants(
    hub: HubServer, folder: Path, *quantisations: str, shape: str = SHAPE, stem: str = "Model-8B"
) -> dict[str, HubFile]:
    """Serve a model in these quantisations: of each, all large tensors have its main format."""
    folder.mkdir(exist_ok=True)
    served = {}
    for name in quantisations:
        whole = write_shape(folder, shape, name if name == "Q4_K_M" else _main_format(name))
        served[name] = add_file(hub, f"{stem}-{name}.gguf", whole)
    return served


def _main_format(quantisation: str) -> str:
    kind, k, _size = quantisation.partition("_K")
    return kind + k


def add_split(hub: HubServer, parts: Sequence[Part], stem: str) -> list[HubFile]:
    """Serve a split model."""
    served = []
    for name, (head, size) in zip(part_names(stem, len(parts)), parts, strict=True):
        served.append(HubFile(head, zeros=size - len(head)))
        hub.add_to_repository(REPOSITORY, "main", name, served[-1])
    return served


def add_projector(hub: HubServer, folder: Path) -> HubFile:
    """Serve what lets a model see pictures."""
    folder.mkdir(exist_ok=True)
    path = write_model(
        folder / "mmproj.gguf", {"general.type": "mmproj"}, [("v.x", (1024, 2048), "F16")], "clip"
    )
    return add_file(hub, "mmproj-F16.gguf", path)
