"""One step in the settings, that can be taken back."""

import weakref
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from lollma_gui.core.profile import Profile


class Changeable(Protocol):
    """What a step acts upon."""

    def used_name(self, scope: str) -> str:
        """Name of the profile in use for a scope."""

    def apply_change(
        self, scope: str, used: str, before: Profile | None, after: Profile | None
    ) -> None:
        """Put a profile in place of another (None: there is none) and use one for a scope."""


class SettingsChange(QUndoCommand):
    """One step: a profile before and after, and which profile is used for a scope."""

    def __init__(
        self,
        settings: Changeable,
        words: str,
        scope: str,
        used: str,
        before: Profile | None,
        after: Profile | None,
    ) -> None:
        super().__init__(words)
        # Weak: the settings own the stack that owns this step, and a circle of Python and Qt
        # objects is taken down in an order that Qt does not survive.
        self._settings = weakref.proxy(settings)
        self._scope = scope
        self._used_before = settings.used_name(scope)
        self._used = used
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Do it, again."""
        self._settings.apply_change(self._scope, self._used, self._before, self._after)

    def undo(self) -> None:
        """Take it back."""
        self._settings.apply_change(self._scope, self._used_before, self._after, self._before)
