"""Where other programs keep their models on this PC.

Only looks: nothing is made, moved or written. Each method names the source of what it knows.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.model_source import ModelSource
from lollma_gui.services.partial_files import read_small_json

#: Folders below home that people put programs into.
_SHELVES = (
    *("", "apps", "Apps", "Applications", "programs", "Programs", "bin", "opt", "ai", "AI"),
    *("llm", "LLM", "src", "git", "code", "projects", "Projects", "GitHub", "github", "repos"),
    *("Documents", "Downloads", "Desktop"),
)
#: macOS asks the person before a program may look into these.
_ASKED_FOR = ("Documents", "Downloads", "Desktop")
_TEXTGEN_NAMES = ("text-generation-webui", "textgen", "oobabooga")
_KOBOLDCPP_NAME = "koboldcpp"


class Place(NamedTuple):
    """A folder to search.

    Attributes:
        source: Whose it is.
        path: The folder.
        is_deep: Whether the folders in it are searched too.
    """

    source: ModelSource
    path: Path
    is_deep: bool = True


class ModelPlaces:
    """Finds the folders of other programs. For any thread; takes some milliseconds.

    Args:
        home: The person's home folder.
        environ: Environment variables.
        platform: As ``sys.platform`` calls it.
        root: Where the system's own folders begin.
    """

    def __init__(
        self,
        home: Path,
        environ: Mapping[str, str],
        platform: str,
        root: Path = Path("/"),
    ) -> None:
        self._home = home
        self._environ = environ
        self._platform = platform
        self._root = root

    @classmethod
    def usual(cls) -> "ModelPlaces":
        """Those of the person whose program this is."""
        return cls(Path.home(), os.environ, sys.platform)

    def find(self) -> list[Place]:
        """All folders that are there, each once, under the first program that claims it."""
        found: dict[str, Place] = {}
        for place in self._candidates():
            if _is_folder(place.path):
                found.setdefault(os.path.realpath(place.path), place)
        return list(found.values())

    def _candidates(self) -> Iterator[Place]:
        for source, paths in (
            (ModelSource.LM_STUDIO, self._lm_studio()),
            (ModelSource.JAN, self._jan()),
            (ModelSource.GPT4ALL, self._gpt4all()),
            (ModelSource.OLLAMA, self._ollama()),
            (ModelSource.HUGGING_FACE, self._hugging_face()),
            (ModelSource.LLAMA_CPP, self._llama_cpp()),
        ):
            yield from (Place(source, path) for path in paths)
        shelves = [(shelf, _listed(shelf)) for shelf in self._shelves()]
        for shelf, entries in shelves:
            yield from (Place(ModelSource.TEXTGEN, path) for path in _textgen(shelf, entries))
        for shelf, entries in shelves:
            yield from _koboldcpp(shelf, entries)

    # ---- where this system keeps things ----------------------------------------------------

    def _variable(self, name: str) -> Path | None:
        value = self._environ.get(name, "").strip().strip("\"'")
        return self._expanded(value) if value else None

    def _expanded(self, path: str) -> Path:
        return self._home / path[2:] if path.startswith(("~/", "~\\")) else Path(path)

    @property
    def _data(self) -> Path:
        """Where programs keep data that moves with the person."""
        if self._platform == "win32":
            return self._variable("APPDATA") or self._home / "AppData" / "Roaming"
        if self._platform == "darwin":
            return self._home / "Library" / "Application Support"
        return self._variable("XDG_DATA_HOME") or self._home / ".local" / "share"

    @property
    def _local_data(self) -> Path:
        """Where programs keep data that stays on this PC."""
        if self._platform == "win32":
            return self._variable("LOCALAPPDATA") or self._home / "AppData" / "Local"
        return self._data

    @property
    def _config(self) -> Path:
        if self._platform in ("win32", "darwin"):
            return self._data
        return self._variable("XDG_CONFIG_HOME") or self._home / ".config"

    def _shelves(self) -> list[Path]:
        names = [n for n in _SHELVES if self._platform != "darwin" or n not in _ASKED_FOR]
        shelves = [*(self._home / name for name in names), self._root / "opt"]
        if self._platform == "win32":
            shelves += [Path(f"{drive}:\\") for drive in "CDEF"]
        return list(dict.fromkeys(shelves))

    # ---- program by program ----------------------------------------------------------------

    def _lm_studio(self) -> Iterator[Path]:
        """LM Studio: ``models`` in its home, or the ``downloadsFolder`` of its settings.

        Its home is named by a pointer file; before 0.3.6 it was ``~/.cache/lm-studio``
        (findLMStudioHome of lmstudio-js; settings.json of versions 0.2 and 0.4).
        """
        homes = [self._home / ".lmstudio", self._home / ".cache" / "lm-studio"]
        if pointed := _first_line(self._home / ".lmstudio-home-pointer"):
            homes.insert(0, self._expanded(pointed))
        for settings in (*homes, self._config / "LM Studio"):
            folder = read_small_json(settings / "settings.json").get("downloadsFolder")
            if isinstance(folder, str) and folder:
                yield self._expanded(folder)
        yield from (home / "models" for home in homes)

    def _jan(self) -> Iterator[Path]:
        """Jan: ``llamacpp/models`` in its data folder, before 0.6.5 ``models``.

        The data folder: JAN_DATA_FOLDER, else ``data_folder`` of its settings.json, else
        ``Jan/data`` (src-tauri/src/core/app/commands.rs); before 0.6 ``~/jan``.
        """
        homes = [self._data / "Jan", self._config / "Jan", self._data / "jan.ai.app"]
        homes.append(self._home / ".var" / "app" / "ai.jan.Jan" / "data" / "Jan")
        folders = [self._variable("JAN_DATA_FOLDER")]
        for home in homes:
            given = read_small_json(home / "settings.json").get("data_folder")
            folders.append(self._expanded(given) if isinstance(given, str) and given else None)
        folders += [*(home / "data" for home in homes), self._home / "jan"]
        for folder in filter(None, folders):
            yield from (folder / "llamacpp" / "models", folder / "models")

    def _gpt4all(self) -> Iterator[Path]:
        """GPT4All: ``modelPath`` of its settings, else its data folder; and its Python package's.

        Settings are Qt's INI file of ``nomic.ai``/``GPT4All`` (gpt4all-chat/src/main.cpp,
        mysettings.cpp), on macOS below ``~/.config`` as well.
        """
        name = Path("nomic.ai", "GPT4All")
        box = self._home / ".var" / "app" / "io.gpt4all.gpt4all"
        configs = [self._config, self._home / ".config", box / "config"]
        for config in configs:
            if given := _ini_value(config / name.with_suffix(".ini"), "modelPath"):
                yield self._expanded(given)
        yield from (self._local_data / name, box / "data" / name)
        yield self._home / ".cache" / "gpt4all"

    def _ollama(self) -> Iterator[Path]:
        """Ollama: OLLAMA_MODELS, else ``~/.ollama/models`` (envconfig/config.go).

        As a Linux service it runs as a user of its own, whose home is /usr/share/ollama
        (scripts/install.sh), /var/lib/ollama in some distributions; the snap has its own folder.
        """
        if given := self._variable("OLLAMA_MODELS"):
            yield given
        yield self._home / ".ollama" / "models"
        if self._platform not in ("win32", "darwin"):
            for path in ("usr/share/ollama/.ollama", "var/lib/ollama/.ollama", "var/lib/ollama"):
                yield self._root / path / "models"
            yield self._root / "var/snap/ollama/common/models"

    def _hugging_face(self) -> Iterator[Path]:
        """The Hub's cache: HF_HUB_CACHE, else ``hub`` in HF_HOME (constants.py of the client).

        Today's llama.cpp downloads into it too (common/hf-cache.cpp).
        """
        given = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
        yield from filter(None, map(self._variable, given))
        if home := self._variable("HF_HOME"):
            yield home / "hub"
        cache = self._variable("XDG_CACHE_HOME") or self._home / ".cache"
        yield cache / "huggingface" / "hub"

    def _llama_cpp(self) -> Iterator[Path]:
        """llama.cpp's own cache (``fs_get_cache_directory`` in common/common.cpp)."""
        if given := self._variable("LLAMA_CACHE"):
            yield given
        if self._platform == "win32":
            cache = self._local_data
        elif self._platform == "darwin":
            cache = self._home / "Library" / "Caches"
        else:
            cache = self._variable("XDG_CACHE_HOME") or self._home / ".cache"
        yield cache / "llama.cpp"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # the folder above may not be looked into


class _Listed(NamedTuple):
    """What lies in a folder: names of folders, names of files."""

    folders: list[str]
    files: list[str]


def _listed(folder: Path) -> _Listed:
    found = _Listed([], [])
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                (found.folders if entry.is_dir() else found.files).append(entry.name)
    except OSError:
        pass  # it is not there, or not for us
    found.folders.sort()
    return found


def _textgen(shelf: Path, entries: _Listed) -> Iterator[Path]:
    """TextGen: ``user_data/models`` of each copy; before 3.1 ``models``.

    The one-click installers and portable builds put the copy into a folder of theirs; copies may
    share a ``user_data`` beside them (modules/paths.py of textgen).
    """
    for name in _named(entries.folders, _TEXTGEN_NAMES):
        copy = shelf / name
        inner = _named(_listed(copy).folders, _TEXTGEN_NAMES)
        for folder in (copy, *(copy / n for n in inner)):
            yield from (folder / "user_data" / "models", folder / "models")
        yield shelf / "user_data" / "models"


def _koboldcpp(shelf: Path, entries: _Listed) -> Iterator[Place]:
    """KoboldCpp is one program file without folders of its own: people put models beside it.

    A folder that bears its name is searched whole; of any other folder only what lies beside the
    program, and ``models`` there.
    """
    source = ModelSource.KOBOLDCPP
    yield from (Place(source, shelf / name) for name in _named(entries.folders, [_KOBOLDCPP_NAME]))
    if _named(entries.files, [_KOBOLDCPP_NAME]):
        yield Place(source, shelf / "models")
        yield Place(source, shelf, is_deep=False)


def _named(names: Iterable[str], beginnings: Sequence[str]) -> list[str]:
    return [name for name in names if name.lower().startswith(tuple(beginnings))]


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip().partition("\n")[0].strip()
    except (OSError, ValueError):
        return ""


def _ini_value(path: Path, key: str) -> str:
    """A text of the ``General`` group in a file of Qt's settings; empty if it is not there."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return ""
    group = "General"
    for line in map(str.strip, lines):
        if line.startswith("["):
            group = line.strip("[]")
        elif group == "General" and line.partition("=")[0].strip() == key:
            return line.partition("=")[2].strip().strip('"').replace("\\\\", "\\")
    return ""
