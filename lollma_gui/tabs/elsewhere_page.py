"""One server on another PC: how it answers, its models, its address; nothing of it runs here."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from lollma_gui.core import units
from lollma_gui.core.server_state import ServerStatus
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.servers import Servers
from lollma_gui.tabs.elsewhere_form import ElsewhereForm
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.menu_button import MenuButton
from lollma_gui.widgets.problem_card import ProblemCard
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_TOLD = (
    "Of your settings it is told those that every such server understands: longest answer, "
    "temperature, top-p, frequency and presence penalty, seed and stop texts."
)


class ElsewherePage(QWidget):
    """Everything about one server elsewhere.

    Args:
        session: The server.
        servers: Keeps it.
        theme: The colours.

    Signals:
        remove_wanted: It is to be removed from the list.
    """

    remove_wanted = Signal()

    def __init__(self, session: ServerSession, servers: Servers, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._servers = servers
        self.problem = ProblemCard(theme)
        self.head = Card(" ", " ")
        self.begin = button("Connect", primary=True, tooltip="Ask it how it is, from now on")
        self.end = button("Disconnect", tooltip="Ask it no more; it runs on over there")
        self.remove = button("Remove", tooltip="Take it from the list; it runs on over there")
        self.model = MenuButton("Model")
        self.facts = FactList()
        self.autostart = QCheckBox("Connect when LoLLMa starts")
        self.form = ElsewhereForm("Address and key", "Save", theme)
        self._build()
        self._connect()
        self._show_config()

    def _build(self) -> None:
        for made in (self.remove, self.end, self.begin):
            self.head.header.addWidget(made)
        row = QHBoxLayout()
        row.addWidget(self.model)
        row.addStretch(1)
        self.head.body.addLayout(row)
        self.head.body.addWidget(self.facts)
        self.head.body.addWidget(label(_TOLD, TextRole.CAPTION, wrap=True))
        self.head.body.addWidget(self.autostart)
        self.form.close_button.setText("Reset")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.problem)
        column.addWidget(self.head)
        column.addWidget(self.form)
        column.addStretch(1)

    def _connect(self) -> None:
        session = self._session
        self.begin.clicked.connect(session.start)
        self.end.clicked.connect(lambda: session.stop())
        self.remove.clicked.connect(self.remove_wanted)
        self.autostart.clicked.connect(self._set_autostart)
        self.model.menu.aboutToShow.connect(self._fill_models)
        self.form.taken.connect(self._take)
        self.form.closed.connect(self._show_form)
        session.status_changed.connect(self._show_status)
        session.config_changed.connect(self._show_config)

    # ---- what is shown ---------------------------------------------------------------------

    def _show_config(self) -> None:
        config = self._session.config
        self.head.set_title(config.name)
        self.autostart.setChecked(config.autostart)
        self._show_form()
        self._show_status(self._session.status)

    def _show_form(self) -> None:
        config = self._session.config
        self.form.fill(config.name, self._url, self._session.key)

    @property
    def _url(self) -> str:
        return str(self._session.config.options.get("url", ""))

    def _show_status(self, status: ServerStatus) -> None:
        self.head.set_subtitle(status.words() if status.is_running else "not connected")
        self.problem.show_problem(status.problem, status.advice, role=Role.WARNING)
        self.begin.setVisible(status.is_at_rest)
        self.end.setVisible(not status.is_at_rest)
        self.model.setVisible(bool(status.models))
        self.model.show_choice(status.model or units.UNKNOWN)
        count = len(status.models)
        answers = "-" if status.answer_ms is None else f"answers after {status.answer_ms:.0f} ms"
        self.facts.show_facts(
            [
                ("Address", self._url),
                ("Health", answers),
                ("Models", units.whole(count) if status.is_answering else units.UNKNOWN),
                ("Key", "kept with the system's secrets" if self._session.key else "none"),
            ]
        )

    def _fill_models(self) -> None:
        menu = self.model.menu
        menu.clear()
        for name in self._session.status.models:
            action = menu.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(name == self._session.status.model)
            action.triggered.connect(lambda _=False, name=name: self._choose(name))

    # ---- wishes ----------------------------------------------------------------------------

    def _choose(self, name: str) -> None:
        self._session.configure(self._session.config.with_options(model=name))

    def _set_autostart(self, on: bool) -> None:
        self._session.configure(replace(self._session.config, autostart=on))

    def _take(self, name: str, url: str, key: str) -> None:
        session = self._session
        if key:
            self._servers.set_key(session, key)
        session.configure(replace(session.config, name=name).with_options(url=url))
        session.start()
        self._show_form()
