"""Profiles on disk: one readable JSON file each, and one that says which is in use."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.profile import (
    RECOMMENDED,
    Profile,
    Profiles,
    built_in_profiles,
    from_dict,
    to_dict,
)
from lollma_gui.core.textgen_preset import PresetExport, read_preset, write_preset
from lollma_gui.services import files
from lollma_gui.services.json_file import read_json, write_json

_IN_USE = "in use.json"
#: The key for all models in the file that says which profile is in use.
_ALL_MODELS = ""


class ProfileStore:
    """Keeps a person's profiles; those that come with the app are never written.

    Args:
        folder: Where the files lie; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[str, Path] = {}
        self._own: dict[str, Profile] = {}
        self._problems: list[str] = []

    @property
    def problems(self) -> list[str]:
        """What was wrong with the files when they were loaded, each as a sentence."""
        return list(self._problems)

    # ---- reading ---------------------------------------------------------------------------

    def load(self) -> None:
        """Read all profiles anew. What cannot be used is left out and reported."""
        self._paths, self._own, self._problems = {}, {}, []
        built_in = {profile.name for profile in built_in_profiles()}
        for path in self._files():
            stored, problems = read_json(path)
            if not stored and problems:
                self._problems += problems
                continue
            profile, wrong = from_dict(stored, path.stem)
            name = _free_name(profile.name, {*self._own, *built_in})
            if name != profile.name:
                wrong.append(f"There are two profiles “{profile.name}”; one is “{name}” now.")
            self._own[name] = replace(profile, name=name)
            self._paths[name] = path
            self._problems += [*problems, *wrong]

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        # A profile whose file is gone may still have its backup.
        backed_up = {p.with_suffix("") for p in self._folder.glob("*.json.bak")}
        found = {*self._folder.glob("*.json"), *backed_up}
        return sorted(p for p in found if p.name != _IN_USE)

    def profiles(self, recommended: Mapping[str, SettingValue] | None = None) -> Profiles:
        """The person's profiles and those that come with the app.

        Args:
            recommended: What was computed for this PC and the chosen model.
        """
        return Profiles([*built_in_profiles(recommended), *self._own.values()])

    # ---- writing ---------------------------------------------------------------------------

    def save(self, profile: Profile) -> None:
        """Keep a profile, in place of the one of the same name.

        Raises:
            LollmaError: It has the name of one that comes with the app, builds upon itself, or
                cannot be written.
        """
        self._refuse_built_in(profile.name)
        others = [p for p in self.profiles() if p.name != profile.name]
        if profile.base and not Profiles([*others, profile]).may_build_upon(
            profile.name, profile.base
        ):
            raise LollmaError(
                f"“{profile.name}” cannot build upon itself.",
                "Choose another profile to start from.",
            )
        path = self._paths.get(profile.name) or self._new_path(profile.name)
        write_json(path, to_dict(profile))
        self._own[profile.name] = profile
        self._paths[profile.name] = path

    def rename(self, old: str, new: str) -> None:
        """Give a profile another name, also in those that build upon it.

        Raises:
            LollmaError: The new name is taken, or a file cannot be written.
        """
        new = new.strip()
        if not new or new in self._own:
            raise LollmaError(f"There is a profile “{new}” already.", "Choose another name.")
        self._refuse_built_in(new)
        # The new one is written before the old one goes, so that nothing is lost in between.
        self.save(replace(self._own[old], name=new))
        for profile in [p for p in self._own.values() if p.base == old]:
            self.save(replace(profile, base=new))
        for model, name in self._in_use().items():
            if name == old:
                self.use(new, model)
        self.delete(old)

    def delete(self, name: str) -> None:
        """Remove a profile and its backup. Those that build upon it take its values over.

        Raises:
            LollmaError: Its file cannot be removed.
        """
        gone = self._own[name]
        for heir in [p for p in self._own.values() if p.base == name]:
            self.save(replace(heir, base=gone.base, values={**gone.values, **heir.values}))
        path = self._paths[name]
        try:
            path.with_name(path.name + ".bak").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise LollmaError(
                f"“{name}” could not be removed.",
                f"Check that this file may be deleted: {path}",
                str(error),
            ) from error
        del self._own[name], self._paths[name]

    def _refuse_built_in(self, name: str) -> None:
        if name in {profile.name for profile in built_in_profiles()}:
            raise LollmaError(
                f"“{name}” comes with LoLLMa and stays as it is.",
                "Save your values under another name.",
            )

    def _new_path(self, name: str) -> Path:
        """A file name that says what it is on every system, and is not taken."""
        plain = re.sub(r"[^\w .()+-]", "_", name).strip(" .")[:60] or "profile"
        path = self._folder / f"{plain}.json"
        taken = {str(p).lower() for p in (*self._paths.values(), *self._files())}
        if str(path).lower() in taken or path.name == _IN_USE:
            mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
            path = self._folder / f"{plain} {mark}.json"
        return path

    # ---- which one is in use ---------------------------------------------------------------

    def used_for(self, model: str = _ALL_MODELS) -> str:
        """Name of the profile in use for a model, else for all, else the recommended one."""
        chosen, profiles = self._in_use(), self.profiles()
        for key in (model, _ALL_MODELS):
            name = chosen.get(key)
            if name and name in profiles:
                return name
        return RECOMMENDED

    def in_use(self) -> dict[str, str]:
        """Profile names as they were chosen, by model; the empty key is for all models."""
        return self._in_use()

    def use(self, name: str, model: str = _ALL_MODELS) -> None:
        """Use a profile for a model, or for all that have none of their own.

        Raises:
            LollmaError: The choice cannot be written.
        """
        stored, _ = read_json(self._folder / _IN_USE)
        chosen = {**self._in_use(), model: name}
        write_json(self._folder / _IN_USE, {**stored, "version": 1, "profiles": chosen})

    def _in_use(self) -> dict[str, str]:
        stored, _ = read_json(self._folder / _IN_USE)
        chosen = stored.get("profiles")
        if not isinstance(chosen, dict):
            return {}
        return {model: name for model, name in chosen.items() if isinstance(name, str)}

    # ---- to and from other places ----------------------------------------------------------

    def export_json(self, profile: Profile, path: Path) -> None:
        """Write a profile to a file of the person's choice.

        Raises:
            LollmaError: It cannot be written.
        """
        # Not write_json: nobody wants a backup beside what is to be passed on.
        _write(path, json.dumps(to_dict(profile), indent=2) + "\n")

    def export_preset(
        self, values: Mapping[str, SettingValue], profile: Profile, path: Path
    ) -> PresetExport:
        """Write values in force as a preset of TextGen.

        Raises:
            LollmaError: It cannot be written.
        """
        preset = write_preset(values, profile)
        _write(path, preset.text)
        return preset

    def import_file(self, path: Path) -> tuple[Profile, list[str]]:
        """A profile from a JSON file of ours or a YAML preset of TextGen, under a free name.

        It is not kept until it is saved.

        Raises:
            LollmaError: The file cannot be read or is neither.
        """
        if path.suffix.lower() in (".yaml", ".yml"):
            profile, problems = read_preset(_text_of(path), path.stem)
        else:
            profile, problems = self._from_json(path)
        taken = {p.name for p in self.profiles()}
        return replace(profile, name=_free_name(profile.name, taken)), problems

    def _from_json(self, path: Path) -> tuple[Profile, list[str]]:
        try:
            stored = json.loads(_text_of(path))
        except (ValueError, RecursionError) as error:
            raise LollmaError(
                f"{path.name} is no profile.", "Choose a file that LoLLMa exported.", str(error)
            ) from error
        if not isinstance(stored, dict) or not isinstance(stored.get("values"), dict):
            raise LollmaError(f"{path.name} is no profile.", "Choose a file that LoLLMa exported.")
        return from_dict(stored, path.stem)


def _write(path: Path, text: str) -> None:
    try:
        files.write_atomically(path, text.encode())
    except OSError as error:
        raise LollmaError(
            f"{path.name} could not be written.", "Choose another folder.", str(error)
        ) from error


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LollmaError(
            f"{path.name} cannot be read.", "Choose another file.", str(error)
        ) from error


def _free_name(name: str, taken: set[str]) -> str:
    """The name itself, or with the first free number behind it."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free
