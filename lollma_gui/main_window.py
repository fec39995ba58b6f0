"""The window: run bar on top, tabs on the left, status line below. It only assembles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from lollma_gui.widgets.navigation import NavigationRail
from lollma_gui.widgets.notice import NoticeBar
from lollma_gui.widgets.run_bar import RunBar
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme, ThemeChoice


@dataclass(frozen=True)
class Page:
    """One tab: its name, and how to make it when it is first looked at."""

    name: str
    make: Callable[[], QWidget]


class MainWindow(QMainWindow):
    """Assembles what it is given.

    Signals:
        close_wanted: The person closed the window; whoever owns it ends the app when it is ready.
        page_shown: Name of the tab now shown.
        visibility_changed: Whether anybody can see the window.
        painted: The window was painted for the first time.
    """

    close_wanted = Signal()
    page_shown = Signal(str)
    visibility_changed = Signal(bool)
    painted = Signal()

    def __init__(self, theme: Theme, pages: Sequence[Page]) -> None:
        super().__init__()
        self.setWindowTitle("LoLLMa")
        self.resize(1280, 820)
        self.setMinimumSize(900, 600)
        self._theme = theme
        self._pages = list(pages)
        self._made: dict[int, QWidget] = {}
        self._was_painted = False
        self._may_close = False
        self._geometry = QByteArray()
        self.run_bar = RunBar(theme)
        self.navigation = NavigationRail([page.name for page in pages])
        self.notices = NoticeBar(theme)
        self._stack = QStackedWidget()
        self._left_status = label("", TextRole.CAPTION)
        self._right_status = label("", TextRole.CAPTION)
        self._build()
        self._connect()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        content = QVBoxLayout()
        content.setContentsMargins(0, 0, 0, 0)
        content.setSpacing(0)
        notices = QVBoxLayout()
        notices.setContentsMargins(16, 0, 16, 0)
        notices.addSpacing(0)
        notices.addWidget(self.notices)
        content.addLayout(notices)
        content.addWidget(self._stack, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.navigation)
        middle.addLayout(content, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.run_bar)
        column.addLayout(middle, 1)
        column.addWidget(self._status_line())
        self.setCentralWidget(whole)

    def _status_line(self) -> QFrame:
        line = QFrame()
        line.setObjectName("statusLine")
        row = QHBoxLayout(line)
        row.setContentsMargins(14, 4, 14, 4)
        row.addWidget(self._left_status)
        row.addStretch(1)
        row.addWidget(self._right_status)
        return line

    def _connect(self) -> None:
        self.navigation.chosen.connect(self._show_index)
        for index in range(len(self._pages)):
            keys = QKeySequence(f"Ctrl+{index + 1}")
            QShortcut(keys, self, lambda i=index: self.navigation.choose(i))
        QShortcut(QKeySequence("Ctrl+M"), self, self.run_bar.picker.open_menu)
        QShortcut(QKeySequence("Ctrl+U"), self, self.run_bar.unload_wanted.emit)
        QShortcut(QKeySequence("Ctrl+Q"), self, self.close)
        QShortcut(QKeySequence("Ctrl+Shift+L"), self, self._switch_theme)

    def _switch_theme(self) -> None:
        dark = self._theme.is_dark
        self._theme.choose(ThemeChoice.LIGHT if dark else ThemeChoice.DARK)

    # ---- tabs ------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Name of the tab shown."""
        return self._pages[self.navigation.current].name

    def show_page(self, name: str) -> QWidget:
        """Show a tab by its name; the first one where there is none of that name."""
        names = [page.name for page in self._pages]
        index = names.index(name) if name in names else 0
        self.navigation.choose(index)
        return self._page_widget(index)

    def page_widget(self, name: str) -> QWidget:
        """The tab of this name, made if it was never looked at."""
        return self._page_widget([page.name for page in self._pages].index(name))

    def _page_widget(self, index: int) -> QWidget:
        if index not in self._made:
            self._made[index] = self._pages[index].make()
            self._stack.addWidget(self._made[index])
        return self._made[index]

    def _show_index(self, index: int) -> None:
        self._stack.setCurrentWidget(self._page_widget(index))
        self.page_shown.emit(self._pages[index].name)

    # ---- what is shown ---------------------------------------------------------------------

    def show_status_line(self, left: str, right: str) -> None:
        """The words at the bottom."""
        self._left_status.setText(left)
        self._right_status.setText(right)

    def geometry_text(self) -> str:
        """Size and place as text, to be remembered; the last ones of a window now hidden."""
        if self.isVisible():
            self._geometry = self.saveGeometry()
        return bytes(self._geometry.toBase64().data()).decode("ascii")

    def restore_geometry_text(self, text: str) -> None:
        """Take a remembered size and place; nonsense is ignored by Qt."""
        if text:
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(text.encode("ascii"))))

    # ---- what Qt tells ---------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window is there: what can wait begins now."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.navigation.setFocus()
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide at once; the app ends when engine and downloads have ended."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self._geometry = self.saveGeometry()
        self.hide()
        self.close_wanted.emit()

    def close_for_good(self) -> None:
        """Close without asking anybody."""
        self._may_close = True
        self.close()

    def changeEvent(self, event: QEvent) -> None:
        """A window that is minimised need not be kept up to date."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.visibility_changed.emit(not self.isMinimized())

    def raise_to_front(self) -> None:
        """Show the window above others, as a second start of the app asks for."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
