"""What a person does with profiles in the Settings tab: save, rename, delete, import, export."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.settings import Settings
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.profile_form import ProfileForm
from lollma_gui.widgets.theme import Role

_PROFILES = "Profiles (*.json);;TextGen presets (*.yaml *.yml);;All files (*)"


class ProfileActions(QObject):
    """Carries out what the profile menu offers.

    Args:
        settings: Whose profiles.
        notices: Says what happened.
        window: The widget that file dialogs belong to.

    Attributes:
        place: Where names are asked for; empty until then.
    """

    def __init__(self, settings: Settings, notices: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self.place = QVBoxLayout()
        self._settings = settings
        self._form: ProfileForm | None = None
        self._notices = notices
        self._window = window
        self._renamed = ""
        self._deleted_at = -1
        settings.undo_stack.indexChanged.connect(self._forget_deleted)

    @property
    def form(self) -> ProfileForm:
        """Asks for names; made when it is first needed."""
        if self._form is None:
            self._form = ProfileForm()
            self._form.accepted.connect(self._accept)
            self.place.addWidget(self._form)
        return self._form

    def do(self, key: str) -> None:
        """Carry out one of ``settings_tools.ACTIONS``."""
        doings: dict[str, Callable[[], None]] = {
            "save": self._ask_save,
            "rename": self._ask_rename,
            "delete": self._delete,
            "import": self._ask_import,
            "json": self._ask_json,
            "preset": self._ask_preset,
        }
        doings[key]()

    # ---- names -----------------------------------------------------------------------------

    def _ask_save(self) -> None:
        self._renamed = ""
        self.form.ask(
            "Save the values in force as a profile",
            "Save",
            "",
            full=True,
            may_be_for_one=bool(self._settings.scope),
        )

    def _ask_rename(self) -> None:
        self._renamed = name = self._settings.profile.name
        self.form.ask(f"Rename “{name}”", "Rename", name, full=False, may_be_for_one=False)

    def _accept(self, name: str, note: str, only_this_model: bool) -> None:
        try:
            if self._renamed:
                self._settings.rename(self._renamed, name)
            else:
                self._settings.save_as(name, note, only_this_model=only_this_model)
        except LollmaError as error:
            self.form.show_problem(f"{error.title} {error.advice}".strip())
            return
        self.form.hide()

    def _delete(self) -> None:
        name, stack = self._settings.profile.name, self._settings.undo_stack
        try:
            self._settings.delete(name)
        except LollmaError as error:
            self.show_error(error)
            return
        self._deleted_at = stack.index()
        notice = Notice(f"The profile “{name}” was deleted.", action="Undo", key="deleted")
        self._notices.show_notice(notice, stack.undo)

    def _forget_deleted(self, index: int) -> None:
        """The notice's Undo takes back the last change: it goes when that is another one."""
        if index != self._deleted_at:
            self._notices.clear("deleted")

    # ---- files -----------------------------------------------------------------------------

    def _ask_import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Import a profile", "", _PROFILES)
        if path:
            self.import_from(Path(path))

    def _ask_json(self) -> None:
        path = self._ask_where("Export the profile", ".json", "Profiles (*.json)")
        if path:
            self._settings.export_json(path)
            self._say(f"The profile is exported to {path}.")

    def _ask_preset(self) -> None:
        path = self._ask_where("Export a TextGen preset", ".yaml", "TextGen presets (*.yaml)")
        if path:
            self.export_preset_to(path)

    def _ask_where(self, title: str, ending: str, kinds: str) -> Path | None:
        name = self._settings.profile.name + ending
        path, _ = QFileDialog.getSaveFileName(self._window, title, name, kinds)
        if not path:
            return None
        return Path(path) if Path(path).suffix else Path(path).with_suffix(ending)

    def import_from(self, path: Path) -> None:
        """Read a profile or preset, and use it."""
        self._settings.import_file(
            path,
            lambda name, problems: self._say(f"“{name}” is imported and in use.", problems),
        )

    def export_preset_to(self, path: Path) -> None:
        """Write the generation settings as a TextGen preset."""
        self._settings.export_preset(
            path, lambda problems: self._say(f"The preset is exported to {path}.", problems)
        )

    # ---- words -----------------------------------------------------------------------------

    def _say(self, sentence: str, problems: list[str] | None = None) -> None:
        role = Role.WARNING if problems else Role.GOOD
        notice = Notice(sentence, " ".join(problems or []), role, key="profile")
        self._notices.show_notice(notice)

    def show_error(self, error: LollmaError) -> None:
        """Say what went wrong."""
        self._notices.show_notice(Notice(error.title, error.advice, Role.BAD, key="profile"))
