"""The GGUF files of a repository on the Hub, and which of them are worth a look."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lollma_gui.core.model_family import quantisation_label
from lollma_gui.core.split_names import parse_split_name


class HubFile(NamedTuple):
    """One model of a repository: a file, or all parts of a split one.

    Attributes:
        path: Inside the repository; that of the first part.
        size: Bytes of all parts; None where the Hub does not say.
        parts: Paths of all parts that are there, in order.
    """

    path: str
    size: int | None
    parts: tuple[str, ...]

    @property
    def is_beside(self) -> bool:
        """Whether its name says that it is no language model but goes beside one."""
        name = self.path.rpartition("/")[2].lower()
        return "mmproj" in name or name.startswith("imatrix") or name.endswith("imatrix.gguf")


def hub_files(files: Iterable[tuple[str, int | None]]) -> list[HubFile]:
    """Models among the files of a repository, those of one split together, in order of path.

    Args:
        files: Path and size in bytes of each file.
    """
    models: dict[tuple[str, str, int], list[tuple[str, int | None]]] = {}
    for path, size in sorted(files):
        folder, _, name = path.rpartition("/")
        if not name.lower().endswith(".gguf"):
            continue
        split = parse_split_name(name)
        key = (folder, split.stem, split.count) if split else (folder, name, 1)
        models.setdefault(key, []).append((path, size))
    return [_model(parts) for parts in models.values()]


def _model(parts: Sequence[tuple[str, int | None]]) -> HubFile:
    sizes = [size for _, size in parts if size is not None]
    whole = sum(sizes) if len(sizes) == len(parts) else None
    return HubFile(parts[0][0], whole, tuple(path for path, _ in parts))


def asked_file(files: Sequence[HubFile], file_name: str, quantisation: str) -> HubFile | None:
    """The model that a person asked for by a path or a quantisation; None if it is not there."""
    if file_name:
        return next((file for file in files if file_name in file.parts), None)
    wanted = quantisation.upper()
    labels = ((quantisation_label(f.path).upper(), f) for f in files if not f.is_beside)
    return next((file for label, file in labels if wanted and label == wanted), None)


def looked_into(files: Iterable[HubFile], asked: HubFile | None, most: int) -> list[HubFile]:
    """Which models to look into, in order: the one asked for, then small before large.

    Of too many, the largest are left out: they are the least likely to fit. What goes beside a
    model comes last.
    """
    rest = (file for file in files if file != asked)
    ordered = sorted(rest, key=lambda file: (file.is_beside, file.size or 0, file.path))
    return [*([asked] if asked else []), *ordered][:most]
