"""The window: run bar on top, tabs on the left, status line below. It only assembles."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.navigation import NavigationRail
from lollma_gui.widgets.notice import NoticeBar
from lollma_gui.widgets.run_bar import RunBar
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme, ThemeChoice

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent


class MainWindow(QWidget):
    """Assembles what it is given.

    Signals:
        about_wanted: The person wants to know which LoLLMa this is.
        close_wanted: The person closed the window; whoever owns it ends the app when it is ready.
        visibility_changed: Whether anybody can see the window.
        painted: The window was painted for the first time.
        open_wanted: The person wants to open a file.
    """

    about_wanted = Signal()
    close_wanted = Signal()
    visibility_changed = Signal(bool)
    painted = Signal()
    open_wanted = Signal()

    def __init__(self, theme: Theme, tabs: Sequence[str]) -> None:
        super().__init__()
        self._was_painted = False  # first: Qt calls changeEvent from here on
        self.setWindowTitle("LoLLMa")
        self.resize(1280, 820)
        self.setMinimumSize(900, 600)
        self._theme = theme
        self._tabs = list(tabs)
        self._make_page: Callable[[str], QWidget] | None = None
        self._made: dict[str, QWidget] = {}
        self._may_close = False
        #: Asked before the window closes; says no where the person has to decide something first.
        self.ask_to_close: Callable[[], bool] = lambda: True
        self._geometry = QByteArray()
        self.run_bar = RunBar(theme)
        self.navigation = NavigationRail(tabs)
        self.notices = NoticeBar(theme)
        self._stack = QStackedWidget()
        self._left_status = label("", TextRole.CAPTION)
        self.about_button = button("", tooltip="About LoLLMa (F1)")
        self._build()
        self._connect()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        content = QVBoxLayout()
        content.setContentsMargins(0, 0, 0, 0)
        content.setSpacing(0)
        notices = self._notices = QVBoxLayout()
        notices.setContentsMargins(16, 0, 16, 0)
        notices.setSpacing(0)
        # Room above them only while there are some.
        self.notices.setContentsMargins(0, 12, 0, 0)
        notices.addWidget(self.notices)
        content.addLayout(notices)
        content.addWidget(self._stack, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.navigation)
        middle.addLayout(content, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.run_bar)
        column.addLayout(middle, 1)
        column.addWidget(self._status_line())

    def _status_line(self) -> QFrame:
        line = QFrame()
        line.setObjectName("statusLine")
        row = QHBoxLayout(line)
        row.setContentsMargins(14, 4, 14, 4)
        row.addWidget(self._left_status)
        row.addStretch(1)
        self.about_button.setObjectName("aboutButton")
        row.addWidget(self.about_button)
        return line

    def _connect(self) -> None:
        self.navigation.chosen.connect(self._show_index)
        self.about_button.clicked.connect(lambda: self.about_wanted.emit())

    def _add_shortcuts(self) -> None:
        for index in range(len(self._tabs)):
            keys = QKeySequence(f"Ctrl+{index + 1}")
            QShortcut(keys, self, lambda i=index: self._jump(i))
        QShortcut(QKeySequence("Ctrl+O"), self, self.open_wanted.emit)
        QShortcut(QKeySequence("Ctrl+M"), self, self.run_bar.picker.open_menu)
        QShortcut(QKeySequence("Ctrl+U"), self, self.run_bar.unload_wanted.emit)
        QShortcut(QKeySequence("Ctrl+Q"), self, self.close)
        QShortcut(QKeySequence("F1"), self, self.about_wanted.emit)
        QShortcut(QKeySequence("Ctrl+Shift+L"), self, self._switch_theme)

    def _add_theme_button(self) -> None:
        from lollma_gui.widgets.theme_button import ThemeButton

        layout = self.navigation.layout()
        assert layout is not None
        self.theme_button = ThemeButton(self._theme)
        layout.addWidget(self.theme_button)

    def _switch_theme(self) -> None:
        dark = self._theme.is_dark
        self._theme.choose(ThemeChoice.LIGHT if dark else ThemeChoice.DARK)

    # ---- tabs ------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Name of the tab shown."""
        return self._tabs[self.navigation.current]

    def open_pages(self, make_page: Callable[[str], QWidget]) -> None:
        """From now on tabs can be made, each when it is first looked at; show the one chosen."""
        self._make_page = make_page
        self._add_shortcuts()
        self._add_theme_button()
        self._show_index(self.navigation.current)

    @Slot(str)
    def show_page(self, name: str) -> QWidget | None:
        """Show a tab by its name, the first one where there is none of that name.

        Returns:
            The tab; None before ``open_pages``.
        """
        self.navigation.choose(self._tabs.index(name) if name in self._tabs else 0)
        return self._made.get(self.page)

    def focus_page(self) -> None:
        """Go on with the keyboard in the tab that is shown, or in the list of tabs."""
        page = self._stack.currentWidget()
        place = page.focusProxy() if page is not None else None
        if place is not None and place.isVisible():
            place.setFocus()
        else:
            self.navigation.setFocus()

    def _jump(self, index: int) -> None:
        self.navigation.choose(index)
        self.focus_page()

    def _show_index(self, index: int) -> None:
        if self._make_page is None:
            return
        name = self._tabs[index]
        if name not in self._made:
            self._made[name] = self._make_page(name)
            self._stack.addWidget(self._made[name])
        self._stack.setCurrentWidget(self._made[name])

    # ---- what is shown ---------------------------------------------------------------------

    def show_below_notices(self, widget: QWidget) -> None:
        """Let something more be seen whichever tab is shown; it comes and goes by itself."""
        self._notices.addWidget(widget)

    def show_status_line(self, left: str, right: str) -> None:
        """The words at the bottom."""
        self._left_status.setText(left)
        self.about_button.setText(right)
        self.about_button.setAccessibleName(f"About {right}")

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
        if self._make_page is None:
            return  # closed in its first tenth of a second: there is nothing to end yet
        if not self.ask_to_close():
            return
        self._geometry = self.saveGeometry()
        self.hide()
        self.close_wanted.emit()

    def close_for_good(self) -> None:
        """Close without asking anybody."""
        self._may_close = True
        self.close()

    def changeEvent(self, event: "QEvent") -> None:
        """A window that is minimised need not be kept up to date."""
        super().changeEvent(event)
        if not self._was_painted:
            return  # naming QEvent costs time that the first painting waits for
        from PySide6.QtCore import QEvent

        if event.type() == QEvent.Type.WindowStateChange:
            self.visibility_changed.emit(not self.isMinimized())

    def raise_to_front(self) -> None:
        """Show the window above others, as a second start of the app asks for."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
