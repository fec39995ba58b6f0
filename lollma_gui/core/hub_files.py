"""The GGUF files of a repository on the Hub, and which of them are worth a look."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lollma_gui.core.hub_download import HubPart
from lollma_gui.core.model_family import quantisation_label
from lollma_gui.core.split_names import parse_split_name


class HubFile(NamedTuple):
    """One model of a repository: a file, or all parts of a split one.

    Attributes:
        path: Inside the repository; that of the first part.
        size: Bytes of all parts; None where the Hub does not say.
        parts: All parts that are there, in order.
    """

    path: str
    size: int | None
    parts: tuple[HubPart, ...]

    @property
    def name(self) -> str:
        """Its name without folders; that of the first part."""
        return self.path.rpartition("/")[2]

    @property
    def is_projector(self) -> bool:
        """Whether its name says that it lets a model see or hear."""
        return "mmproj" in self.name.lower()

    @property
    def is_beside(self) -> bool:
        """Whether its name says that it is no language model but goes beside one."""
        name = self.name.lower()
        return self.is_projector or name.startswith("imatrix") or name.endswith("imatrix.gguf")


class HubListing(NamedTuple):
    """What a repository holds.

    Attributes:
        commit: The commit that was listed; empty if unknown.
        files: Its models.
    """

    commit: str
    files: tuple[HubFile, ...]

    def encoded(self) -> dict[str, object]:
        """As plain values for JSON; ``decode_listing`` reads them."""
        return {"commit": self.commit, "parts": [part for f in self.files for part in f.parts]}


def decode_listing(values: Mapping[str, Any]) -> HubListing:
    """Read what ``HubListing.encoded`` gave.

    Raises:
        KeyError: If it is something else.
        TypeError: If it is something else.
    """
    parts = [HubPart(*part) for part in values["parts"]]
    return HubListing(str(values["commit"]), tuple(hub_files(parts)))


def hub_files(files: Iterable[HubPart]) -> list[HubFile]:
    """Models among the files of a repository, those of one split together, in order of path."""
    models: dict[tuple[str, str, int], list[HubPart]] = {}
    for part in sorted(files, key=lambda part: part.path):
        folder, _, name = part.path.rpartition("/")
        if not name.lower().endswith(".gguf"):
            continue
        split = parse_split_name(name)
        key = (folder, split.stem, split.count) if split else (folder, name, 1)
        models.setdefault(key, []).append(part)
    return [_model(parts) for parts in models.values()]


def _model(parts: Sequence[HubPart]) -> HubFile:
    sizes = [part.size for part in parts if part.size is not None]
    whole = sum(sizes) if len(sizes) == len(parts) else None
    return HubFile(parts[0].path, whole, tuple(parts))


def asked_file(files: Sequence[HubFile], file_name: str, quantisation: str) -> HubFile | None:
    """The model that a person asked for by a path or a quantisation; None if it is not there."""
    if file_name:
        return next((f for f in files if file_name in [part.path for part in f.parts]), None)
    wanted = quantisation.upper()
    labels = ((quantisation_label(f.path).upper(), f) for f in files if not f.is_beside)
    return next((file for label, file in labels if wanted and label == wanted), None)


def projector_for(files: Iterable[HubFile]) -> HubFile | None:
    """The projector that goes beside the models of a repository; of several the F16 one.

    Its working memory is small beside a model's, and all runtimes know F16.
    """
    found = sorted((f for f in files if f.is_projector), key=lambda f: (f.size or 0, f.path))
    usual = (f for f in found if quantisation_label(f.path).upper() in ("F16", "FP16"))
    return next(usual, found[0] if found else None)


def looked_into(files: Iterable[HubFile], asked: HubFile | None, most: int) -> list[HubFile]:
    """Which models to look into, in order: the one asked for, then small before large.

    Of too many, the largest are left out: they are the least likely to fit. What goes beside a
    model comes last.
    """
    rest = (file for file in files if file != asked)
    ordered = sorted(rest, key=lambda file: (file.is_beside, file.size or 0, file.path))
    return [*([asked] if asked else []), *ordered][:most]
