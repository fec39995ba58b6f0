"""TextGen's installation: which release, what an update would change, the way back, the end."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QVBoxLayout, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.git_facts import Update
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.textgen_care import TextGenCare
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.flow_row import FlowRow
from lollma_gui.widgets.text import TextRole, label

_NEWEST = "Newest"
_MOST_SHOWN = 200


class TextGenSetup(QWidget):
    """Installs, updates and removes.

    Args:
        session: The server.
        care: Does the work.

    Signals:
        chosen: ``install``, ``elsewhere`` or ``choose``: the person wants to install it, into a
            folder of its choice, or has it already.
    """

    chosen = Signal(str)

    def __init__(self, session: ServerSession, care: TextGenCare) -> None:
        super().__init__()
        self._session = session
        self._care = care
        self._update: Update | None = None
        self.title = label("TextGen", TextRole.TITLE)
        self.text = label("", TextRole.MUTED, wrap=True, selectable=True)
        self.said = label("", TextRole.STRONG, wrap=True, selectable=True)
        self.changes = QPlainTextEdit()
        self.release = QComboBox()
        self._fresh = FlowRow()
        self._is_busy = False
        self._here = FlowRow()
        self._build()
        care.busy_changed.connect(self._show_busy)
        care.releases_found.connect(self._show_releases)
        care.looked.connect(self._show_update)
        care.done.connect(self._show_done)
        care.failed.connect(self._show_error)
        care.kept_changed.connect(self.show_session)
        session.status_changed.connect(self.show_session)
        session.found_changed.connect(self.show_session)
        session.config_changed.connect(self.show_session)
        self.show_session()

    def _build(self) -> None:
        self.changes.setReadOnly(True)
        self.changes.setProperty("role", "mono")
        self.changes.setAccessibleName("What the update changes")
        self.changes.hide()
        self.release.addItem(_NEWEST)
        self.release.setToolTip("The release that is installed")
        self.release.setAccessibleName("Release")
        self.release.textActivated.connect(self._take_release)
        self._more = button("Show releases", tooltip="Asks github.com which there are")
        self._more.clicked.connect(self._care.find_releases)
        self._look = button("Look for an update")
        self._look.clicked.connect(self._care.look)
        self._apply = button("Update now", primary=True)
        self._apply.clicked.connect(self._take_update)
        self._back = button("Go back to the version before")
        self._back.clicked.connect(self._care.go_back)
        self._remove = button("Remove")
        self._remove.clicked.connect(self._care.remove)
        self._kept = button("Bring back what was kept")
        self._kept.clicked.connect(self._care.take_back)
        self._cancel = button("Cancel")
        self._cancel.clicked.connect(self._care.cancel)
        self._here.show_widgets(
            [self._look, self._apply, self._back, self._kept, self._remove, self._cancel]
        )
        self._fill_fresh()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (self.title, self.text, self._fresh, self._here, self.said):
            column.addWidget(widget)
        column.addWidget(self.changes, 1)
        column.addStretch(0)

    def _fill_fresh(self) -> None:
        widgets: list[QWidget] = [self.release, self._more]
        for key, words in (
            ("install", "Install"),
            ("elsewhere", "Install into…"),
            ("choose", "It is here already…"),
        ):
            made = button(words, primary=key == "install")
            made.clicked.connect(lambda _=False, k=key: self.chosen.emit(k))
            widgets.append(made)
        self._fresh.show_widgets(widgets)

    def adopt(self, folder: Path) -> None:
        """Take an installation that was here before."""
        self._care.adopt(folder)

    # ---- what is shown ---------------------------------------------------------------------

    def show_session(self, _news: object = None) -> None:
        """Show what can be done with it now."""
        session, found = self._session, self._session.found
        adopted = bool(session.config.options.get("adopted"))
        own = found is not None and not adopted
        self._fresh.setVisible(found is None or adopted)
        self._here.setVisible(own)
        at_rest = session.status.is_at_rest
        tips = {
            self._remove: "Into the bin; models and user data are kept",
            self._kept: "Models and user data of the one that was removed",
        }
        self._kept.setVisible(own and at_rest and self._care.has_kept)
        for made in (self._look, self._back, self._kept, self._remove):
            made.setEnabled(at_rest and not self._is_busy)
            made.setToolTip(tips.get(made, "") if at_rest else "Stop it first")
        self._more.setEnabled(not self._is_busy)
        self._cancel.setVisible(self._is_busy)
        self.text.setText(_words(session))
        self._show_can_update()

    def _show_can_update(self) -> None:
        update = self._update
        can = update is not None and update.is_news and update.is_forward
        self._apply.setEnabled(bool(can and update and not update.in_the_way))
        self._apply.setVisible(bool(can))
        self._here.place()

    def _show_busy(self, words: str) -> None:
        self._is_busy = bool(words)
        self.show_session()
        if words:
            self.said.setText(f"{words[0].upper()}{words[1:]}…")
        elif self.said.text().endswith("…"):
            self.said.setText("")

    def _show_releases(self, names: list[str]) -> None:
        wanted = str(self._session.config.options.get("release", "")) or _NEWEST
        self.release.clear()
        self.release.addItems([_NEWEST, *names])
        self.release.setCurrentText(wanted)

    def _take_release(self, name: str) -> None:
        release = "" if name == _NEWEST else name
        self._session.configure(self._session.config.with_options(release=release))

    def _show_update(self, update: Update) -> None:
        self._update = update if update.is_news else None
        self.said.setText(_update_words(update))
        shown = [*update.in_the_way, "", *update.commits] if update.in_the_way else update.commits
        self.changes.setPlainText("\n".join(shown[:_MOST_SHOWN]))
        self.changes.setVisible(update.is_news)
        self._show_can_update()

    def _take_update(self) -> None:
        if self._update is not None:
            self._care.apply(self._update)

    def _show_done(self, words: str) -> None:
        self._update = None
        self.changes.hide()
        self.said.setText(words)
        self._show_can_update()

    def _show_error(self, error: LollmaError) -> None:
        self.said.setText(str(error))


def _words(session: ServerSession) -> str:
    found = session.found
    if found is None:
        return (
            "Oobabooga's TextGen, once text-generation-webui: fetched with git, with a Python of "
            "its own (named lollma) and the packages for this PC's GPU."
        )
    if session.config.options.get("adopted"):
        return (
            f"{found.path} was here before LoLLMa and is not touched: update it as you installed "
            "it. LoLLMa can install one of its own beside it."
        )
    return f"{found.version} in {found.path}"


def _update_words(update: Update) -> str:
    if not update.is_news:
        return "There is nothing newer."
    if not update.is_forward:
        return (
            f"{update.name} does not follow from the version that is here: install it into "
            "another folder instead."
        )
    files = "1 file" if len(update.files) == 1 else f"{len(update.files)} files"
    changes = "1 change" if len(update.commits) == 1 else f"{len(update.commits)} changes"
    words = f"{update.name}: {changes} in {files}."
    if update.in_the_way:
        words += " It would overwrite what was changed here (on top of the list): move that away."
    return words
