"""The profiles a person has, and which of them is used for what."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.profile import RECOMMENDED, Profile, Profiles, built_in_profiles
from lollma_gui.core.recommendations import Recommendation, recommended_values

#: The profile that edits go to when the one in use comes with the app and stays as it is.
MY_SETTINGS = "My settings"


class ProfileBook:
    """Own profiles by name, and the names in use by model; the empty key is for all models.

    Args:
        own: The person's profiles.
        used: Names as they were chosen, by key of the model.
    """

    def __init__(self, own: Iterable[Profile], used: Mapping[str, str]) -> None:
        self._own = {profile.name: profile for profile in own}
        self._used = dict(used)
        self._built_in = {profile.name for profile in built_in_profiles()}

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._built_in

    def copy(self) -> "ProfileBook":
        """One that does not change when this one does."""
        return ProfileBook(self._own.values(), self._used)

    def own(self, name: str) -> Profile | None:
        """The person's profile of this name."""
        return self._own.get(name)

    def all(self, advice: Mapping[str, Recommendation]) -> Profiles:
        """Every profile, where the recommended one says what is advised."""
        return Profiles([*built_in_profiles(recommended_values(advice)), *self._own.values()])

    # ---- use -------------------------------------------------------------------------------

    def used(self, key: str) -> str:
        """Name of the profile in use for a model: its own, else that of all, else the advised."""
        for name in (self._used.get(key), self._used.get("")):
            if name in self:
                return str(name)
        return RECOMMENDED

    def use(self, key: str, name: str) -> bool:
        """Use a profile for a model; whether that is anything new."""
        is_new = self._used.get(key) != name
        self._used[key] = name
        return is_new

    # ---- changes ---------------------------------------------------------------------------

    def put(self, profile: Profile) -> None:
        """Add a profile, in place of the one of that name."""
        self._own[profile.name] = profile

    def remove(self, gone: Profile) -> None:
        """Take a profile out; those that build upon it take its values over."""
        self._own.pop(gone.name, None)
        for heir in [p for p in self._own.values() if p.base == gone.name]:
            values = {**gone.values, **heir.values}
            self._own[heir.name] = replace(heir, base=gone.base, values=values)

    def rename(self, old: str, new: str) -> None:
        """Give an own profile another name, wherever it is spoken of."""
        self._own[new] = replace(self._own.pop(old), name=new)
        for name, profile in self._own.items():
            if profile.base == old:
                self._own[name] = replace(profile, base=new)
        self._used = {key: new if name == old else name for key, name in self._used.items()}

    def move_model(self, old: str, new: str) -> list[Profile]:
        """A model's file has another name now: its profiles and its choice go along.

        Returns:
            The profiles that were for this model only, as they are now.
        """
        if old in self._used:
            self._used[new] = self._used[old]
        moved = [replace(p, model=new) for p in self._own.values() if p.model == old]
        self._own.update({profile.name: profile for profile in moved})
        return moved

    def for_edits(self, now: Profile, key: str, model_name: str) -> Profile:
        """The profile that edits go to while this one is in use; it may not be kept yet."""
        if not now.built_in and now.model == key:
            return now
        name = f"{MY_SETTINGS} for {model_name}" if key else MY_SETTINGS
        known = self._own.get(name)
        if known is not None and known.base == now.name and known.model == key:
            return known
        return Profile(self.numbered(name), "", key, now.name)

    # ---- names -----------------------------------------------------------------------------

    def numbered(self, name: str) -> str:
        """The name, with a number behind it if it is taken."""
        number, free = 2, name
        while free in self:
            free = f"{name} {number}"
            number += 1
        return free

    def free_name(self, name: str) -> str:
        """A name a person typed, if it can be used.

        Raises:
            LollmaError: It is empty or taken.
        """
        name = " ".join(name.split())
        if not name:
            raise LollmaError("A profile needs a name.", "Type one.")
        if name in self:
            raise LollmaError(f"There is a profile “{name}” already.", "Choose another name.")
        return name

    def refuse_built_in(self, name: str) -> None:
        """Do nothing for a person's own profile.

        Raises:
            LollmaError: The profile comes with the app, or is not there.
        """
        if name not in self._own:
            raise LollmaError(
                f"“{name}” comes with LoLLMa and stays as it is.",
                "Save your values under another name.",
            )
