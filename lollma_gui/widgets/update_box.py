"""Whether to be told of new versions, what that sends, and what the last question brought."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lollma_gui.core.releases import UpdateView
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.text import TextRole, label

_WHAT = (
    "Then, once a day at most, GitHub is asked for the newest release of {repository}. It is sent "
    "the name LoLLMa and the mark (ETag) of its last answer, and sees your IP address, as every "
    "website does; nothing else. Nothing is downloaded or installed."
)
_NOBODY = (
    "This build does not say where its releases are published, so there is nobody to ask: it was "
    "made from a checkout, or by somebody for their own use."
)


class UpdateBox(QWidget):
    """Shows an ``UpdateView``.

    Signals:
        wanted_chosen: Whether the person wants to be told.
        check_wanted: GitHub is to be asked now.
        page_wanted: Address of the page of the newer version.
    """

    wanted_chosen = Signal(bool)
    check_wanted = Signal()
    page_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._page = ""
        self.box = QCheckBox("Tell me about new versions")
        self.what = label("", TextRole.CAPTION, wrap=True)
        self.check_button = button("Check now", tooltip="Ask GitHub once, now")
        self.page_button = button("See what is new", tooltip="Opens its page in the browser")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(120)
        self.progress.setAccessibleName("Asking GitHub")
        self.result = label("", TextRole.MUTED, selectable=True, wrap=True)
        self._build()
        self.box.clicked.connect(self.wanted_chosen)
        self.check_button.clicked.connect(self.check_wanted)
        self.page_button.clicked.connect(lambda: self.page_wanted.emit(self._page))
        self.show_view(UpdateView())

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.check_button)
        row.addWidget(self.progress)
        row.addWidget(self.result, 1)
        row.addWidget(self.page_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.box)
        column.addWidget(self.what)
        column.addSpacing(4)
        column.addLayout(row)

    def show_view(self, view: UpdateView) -> None:
        """Show how it stands now."""
        can_ask = bool(view.repository) and view.is_ready
        words = _WHAT.format(repository=view.repository) if view.repository else _NOBODY
        self.what.setText(words)
        self.box.setAccessibleDescription(words)
        self.box.setChecked(view.is_wanted)
        self.box.setEnabled(can_ask)
        self.check_button.setEnabled(can_ask and not view.is_checking)
        self.progress.setVisible(view.is_checking)
        said = f"{view.words} {view.advice}".strip()
        self.result.setText("" if view.is_checking else said or _known(view))
        self._page = view.newer.page if view.newer else ""
        self.page_button.setVisible(view.newer is not None and not view.is_checking)


def _known(view: UpdateView) -> str:
    return f"LoLLMa {view.newer.version} is there." if view.newer else ""
