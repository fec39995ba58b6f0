"""The settings in force, for all models or one: edited here, kept as profiles, undone at will."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtGui import QUndoStack

from lollma_gui.core import launch_commands, settings_checks
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.load_case import LoadCase
from lollma_gui.core.profile import RECOMMENDED, Difference, Profile, Profiles, Sourced
from lollma_gui.core.profile_book import ProfileBook
from lollma_gui.core.program_name import Program
from lollma_gui.core.recommendations import Recommendation, recommend
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_checks import Finding
from lollma_gui.core.settings_facts import ModelFacts, PcFacts
from lollma_gui.core.settings_now import SettingsNow
from lollma_gui.core.settings_prices import PRICED, price
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.qt.background import Background
from lollma_gui.qt.settings_change import SettingsChange
from lollma_gui.services.profile_store import ProfileStore


class Settings(QObject):
    """Everything the settings tab shows and everything the engine is given.

    Args:
        store: Keeps profiles; read once here, written only through ``keeper``.
        keeper: A background of one thread, so that writes happen in order.
        facts_of: What is known of a model file, by its path.
        parent: The Qt parent.

    Signals:
        changed: Values, profile, scope, advice or findings changed.
        failed: A ``LollmaError``: something could not be stored.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        store: ProfileStore,
        keeper: Background,
        facts_of: Callable[[str], ModelFacts],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._keeper = keeper
        self._facts_of = facts_of
        self._pc = PcFacts()
        self._scope = ""
        self._model_path = ""
        self._loaded: dict[str, SettingValue] = {}
        self._loaded_path = ""
        self._loaded_layers: SettingValue = None
        self._advice_of: dict[str, tuple[ModelFacts, dict[str, Recommendation]]] = {}
        self.undo_stack = QUndoStack(self)
        store.load()
        own = [profile for profile in store.profiles() if not profile.built_in]
        self._book = ProfileBook(own, store.in_use())

    @property
    def problems(self) -> list[str]:
        """What was wrong with the stored profiles, each as a sentence."""
        return self._store.problems

    # ---- facts -----------------------------------------------------------------------------

    def set_pc(self, facts: PcFacts) -> None:
        """What this PC has; recommendations follow."""
        self._pc = facts
        self._advice_of.clear()
        self.changed.emit()

    def set_model(self, path: str) -> None:
        """The model that is loaded or about to be; empty for none."""
        if path == self._model_path:
            return
        self._model_path = path
        if self._scope and self._scope != model_key(path):
            self._scope = ""
        self._advice_of.clear()
        self.changed.emit()

    def set_loaded(self, values: Mapping[str, SettingValue]) -> None:
        """What the model at hand was loaded with; empty when none is."""
        self._loaded = dict(values)
        self._loaded_path = self._model_path
        self._loaded_layers = self.values_of(self._loaded_path)["n_gpu_layers"] if values else None
        self.changed.emit()

    # ---- scope and profiles ----------------------------------------------------------------

    @property
    def scope(self) -> str:
        """Key of the model the edits are for, empty for all models."""
        return self._scope

    def scopes(self) -> list[tuple[str, str]]:
        """All models, and the model at hand, each with its words."""
        found = [("", "All models")]
        if self._model_path:
            name = self._facts_of(self._model_path).name or Path(self._model_path).stem
            found.append((model_key(self._model_path), name))
        return found

    def set_scope(self, key: str) -> None:
        """Edit the settings of this model, or of all."""
        if key != self._scope:
            self._scope = key
            self.changed.emit()

    @property
    def profile(self) -> Profile:
        """The profile in use for the scope."""
        found: Profile = self._all()[self._book.used(self._scope)]
        return found

    def profiles(self) -> list[Profile]:
        """Those that can be chosen for the scope, the app's own first."""
        return self._all().for_model(self._scope)

    def use_profile(self, name: str) -> None:
        """Use this profile for the scope."""
        self._step(f"use {name}", name, None, None)

    def save_as(self, name: str, note: str = "", *, only_this_model: bool = False) -> None:
        """Keep the values in force under a name of their own, and use that profile.

        Raises:
            LollmaError: The name is empty or taken.
        """
        name = self._book.free_name(name)
        now = self.profile
        model = self._scope if only_this_model else ""
        base = now.name if now.built_in else now.base
        made = Profile(name, note.strip(), model, base, {} if now.built_in else dict(now.values))
        self._step(f"save {name}", name, None, made)

    def rename(self, old: str, new: str) -> None:
        """Give an own profile another name.

        Raises:
            LollmaError: The name is empty or taken, or the profile comes with the app.
        """
        self._book.refuse_built_in(old)
        new = self._book.free_name(new)
        self._book.rename(old, new)
        # Steps that speak of the old name could not be taken back any more.
        self.undo_stack.clear()
        self._keep(lambda: self._store.rename(old, new))
        self.changed.emit()

    def delete(self, name: str) -> None:
        """Delete an own profile; can be undone.

        Raises:
            LollmaError: The profile comes with the app.
        """
        self._book.refuse_built_in(name)
        gone = self._book.own(name)
        assert gone is not None
        used = self._book.used(self._scope)
        used = (gone.base or RECOMMENDED) if used == name else used
        self._step(f"delete {name}", used, gone, None)

    def compare(self, first: str, second: str) -> list[Difference]:
        """What two profiles differ in."""
        return self._all().compare(first, second)

    def import_file(self, path: Path, on_done: Callable[[str, list[str]], None]) -> None:
        """Read a profile (JSON) or a TextGen preset (YAML), keep and use it."""

        def take(read: tuple[Profile, list[str]]) -> None:
            profile, problems = read
            name = self._book.numbered(profile.name)
            made = replace(profile, name=name, model="", built_in=False)
            self._step(f"import {name}", name, None, made)
            on_done(name, problems)

        self._keeper.run(
            lambda _job: self._store.import_file(path),
            on_result=take,
            on_error=self.failed.emit,
            owner=self,
        )

    def export_json(self, path: Path) -> None:
        """Write the profile in use to a file."""
        profile = self.profile
        if profile.built_in:
            profile = replace(profile, values=self.values(), base="", built_in=False)
        self._keep(lambda: self._store.export_json(profile, path))

    def export_preset(self, path: Path, on_done: Callable[[list[str]], None]) -> None:
        """Write a TextGen preset; ``on_done`` gets a sentence for each value it cannot hold."""
        values, profile = self.values(), self.profile
        self._keeper.run(
            lambda _job: self._store.export_preset(values, profile, path),
            on_result=lambda preset: on_done(list(preset.problems)),
            on_error=self.failed.emit,
            owner=self,
        )

    # ---- values ----------------------------------------------------------------------------

    def sourced(self) -> dict[str, Sourced]:
        """Every setting's value in force, and the profile it comes from."""
        return self._all().resolve(self.profile.name)

    def values(self) -> dict[str, SettingValue]:
        """Every setting's value in force."""
        return {name: sourced.value for name, sourced in self.sourced().items()}

    def own(self, name: str) -> bool:
        """Whether the person's profile in use says this value itself."""
        profile = self.profile
        return not profile.built_in and name in profile.values

    def advice(self) -> dict[str, Recommendation]:
        """What suits this PC and the model at hand, with reasons."""
        return self._advice(self._model_path)

    def findings(self) -> dict[str, tuple[Finding, ...]]:
        """What is wrong with the values in force, by setting."""
        facts = self._facts_of(self._model_path) if self._model_path else ModelFacts()
        found = settings_checks.check_settings(self.values(), facts, self._pc)
        return settings_checks.by_setting(found)

    def set_value(self, name: str, value: SettingValue) -> None:
        """Set a value, in the person's own profile.

        Raises:
            LollmaError: The setting refuses the value.
        """
        self.set_values({name: value})

    def set_values(self, values: Mapping[str, SettingValue]) -> None:
        """Set several values as one step.

        Raises:
            LollmaError: A setting refuses its value; nothing is changed then.
        """
        try:
            accepted = {name: SETTINGS[name].accept(value) for name, value in values.items()}
        except ValueError as error:
            raise LollmaError(str(error), "The value from before stays in force.") from error
        in_force = self.values()
        changes = {name: v for name, v in accepted.items() if in_force[name] != v}
        if changes:
            own = self._book.for_edits(self.profile, self._scope, self.scopes()[-1][1])
            after = replace(own, values={**own.values, **changes})
            label = SETTINGS[next(iter(changes))].label
            words = f"change {label}" if len(changes) == 1 else f"change {len(changes)} settings"
            before = self._book.own(own.name)
            self._step(words, own.name, before, after)

    def set_values_of(self, path: str, values: Mapping[str, SettingValue]) -> None:
        """Set values for one model, whether it is the one at hand or not, as one step.

        Raises:
            LollmaError: A setting refuses its value; nothing is changed then.
        """
        at_hand = self._model_path, self._scope
        self._model_path, self._scope = path, model_key(path)
        blocker = QSignalBlocker(self)  # nobody is to see another model at hand
        try:
            self.set_values(values)
        finally:
            self._model_path, self._scope = at_hand
            blocker.unblock()
        self.changed.emit()

    def move_model(self, old: str, new: str) -> None:
        """A model's file has another path now: what was set for it goes along."""
        before, after = model_key(old), model_key(new)
        if before == after:
            return
        used = self._book.used(before)
        for profile in self._book.move_model(before, after):
            self._keep(lambda p=profile: self._store.save(p))  # type: ignore[misc]
        if self._book.used(after) == used:
            self._keep(lambda: self._store.use(used, after))
        self.undo_stack.clear()  # its steps speak of the old name
        self.changed.emit()

    def reset(self, name: str) -> None:
        """Let the base profile say this value again."""
        if self.own(name):
            before = self.profile
            words = f"reset {SETTINGS[name].label}"
            after = before.without(name)
            self._step(words, before.name, before, after)

    def take(self, names: Sequence[str]) -> None:
        """Take the recommended values of these settings, as one step."""
        advice = self.advice()
        self.set_values({name: advice[name].value for name in names})

    # ---- what it amounts to ----------------------------------------------------------------

    def price(self, name: str) -> int | None:
        """Bytes a setting's value costs, from the rough plan; None where it is not known."""
        if not self._model_path or name not in PRICED:
            return None
        return price(name, self.values(), self._pc, self._facts_of(self._model_path))

    def command_line(self, program: Program) -> str:
        """What the values amount to in a program, to copy."""
        path = self._model_path or "MODEL.gguf"
        facts = self._facts_of(self._model_path) if self._model_path else None
        return launch_commands.command_line(program, self.values(), path, facts)

    def pending(self) -> list[str]:
        """Settings changed since the model was loaded that need it to be loaded again."""
        if not self._loaded:
            return []
        now = self.load_case(self._loaded_path).asked()
        if now["n_gpu_layers"] == self._loaded_layers:
            # "As many as fit" came out as what was loaded; to work it out again would take time.
            now["n_gpu_layers"] = self._loaded["n_gpu_layers"]
        return SETTINGS.needing_reload(self._loaded, now)

    def load_case(self, path: str) -> LoadCase:
        """What a load of this model is planned from, at this moment."""
        return LoadCase(path, self.values_of(path), self._facts_of(path), self._pc)

    def load_values(self, path: str) -> dict[str, SettingValue]:
        """What the engine is to load this model with. Plans: not for the window's thread."""
        return self.load_case(path).values()

    def generation_values(self, path: str) -> dict[str, SettingValue]:
        """What the engine is to answer with."""
        names = {setting.name for setting in SETTINGS.section(Section.GENERATION)}
        return {n: v for n, v in self.values_of(path).items() if n in names}

    def now(self) -> SettingsNow:
        """All of it as it is now, for other threads."""
        return SettingsNow(self._book.copy(), self._pc)

    # ---- inside ----------------------------------------------------------------------------

    def values_of(self, path: str) -> dict[str, SettingValue]:
        """Every setting's value in force for a model, whether it is loaded or not."""
        profiles = self._book.all(self._advice(path))
        return profiles.values(self._book.used(model_key(path)))

    def _all(self) -> Profiles:
        return self._book.all(self.advice())

    def _advice(self, path: str) -> dict[str, Recommendation]:
        facts = self._facts_of(path) if path else ModelFacts()
        known = self._advice_of.get(path)
        if known is None or known[0] != facts:
            known = self._advice_of[path] = facts, recommend(self._pc, facts)
        return known[1]

    def _step(self, words: str, used: str, before: Profile | None, after: Profile | None) -> None:
        self.undo_stack.push(SettingsChange(self, words, self._scope, used, before, after))

    def used_name(self, scope: str) -> str:
        """Name of the profile in use for a scope. For undo steps only."""
        return self._book.used(scope)

    def apply_change(
        self, scope: str, used: str, before: Profile | None, after: Profile | None
    ) -> None:
        """Put a profile in place of another and use one. For undo steps only."""
        if after is not None:
            self._book.put(after)
            self._keep(lambda: self._store.save(after))
        elif before is not None:
            self._book.remove(before)
            self._keep(lambda: self._store.delete(before.name))
        if self._book.use(scope, used):
            self._keep(lambda: self._store.use(used, scope))
        self.changed.emit()

    def _keep(self, work: Callable[[], Any]) -> None:
        self._keeper.run(
            lambda _job: work(),
            on_result=lambda _none: None,
            on_error=self.failed.emit,
            owner=self,
        )


def model_key(path: str) -> str:
    """What settings of one model are kept under: its file's name, wherever the file lies."""
    return Path(path).name if path else ""
