"""What stands behind the Servers tab, built once."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.fit_changes import Change
from lollma_gui.core.memory_plan import TargetDevice
from lollma_gui.core.server_config import is_secret
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.qt.model_desk import ModelDesk
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.servers import Servers
from lollma_gui.services.places import Places
from lollma_gui.services.secrets import Secrets
from lollma_gui.services.server_store import ServerStore
from lollma_gui.services.servers.programs import usual_programs
from lollma_gui.widgets.model_picker import ModelChoice
from lollma_gui.widgets.theme import Theme

if TYPE_CHECKING:
    from lollma_gui.tabs.servers_tab import ServersTab


class Window(Protocol):
    """Where a server's page leads to."""

    @property
    def fit_wanted(self) -> SignalInstance:
        """A model's memory is to be shown."""

    @property
    def page_wanted(self) -> SignalInstance:
        """Another tab is to be shown."""


class ServerParts(QObject):
    """The servers, and the log of each.

    Args:
        places: Where everything is kept.
        models: Asked about models.
        background: For what takes a moment.
        keeper: A background of one thread, so that writes happen in order.
        parent: The Qt parent.

    Signals:
        words_changed: What runs, in a few words, for the window's last line.
    """

    words_changed = Signal(str)

    def __init__(
        self,
        places: Places,
        models: ModelDesk,
        background: Background,
        keeper: Background,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._models = models
        self._background = background
        self._logs: dict[str, LogStream] = {}
        self._heard: set[str] = set()
        store = ServerStore(places.config / "servers.json", Secrets(places.config / "secrets.json"))
        self.servers = Servers(
            usual_programs(),
            store,
            places.data / "servers",
            models,
            background,
            keeper,
            self._take_output,
            self,
        )
        self.servers.changed.connect(self._make_logs)

    def log_of(self, server_id: str) -> LogStream:
        """The log of a server; to be called on the window's thread."""
        if server_id not in self._logs:
            self._logs[server_id] = LogStream(self)
        return self._logs[server_id]

    def _make_logs(self) -> None:
        sessions = {session.config.id: session for session in self.servers.sessions}
        self._heard &= sessions.keys()
        for server_id, session in sessions.items():
            if server_id not in self._heard:
                self._heard.add(server_id)
                session.config_changed.connect(partial(self._hide_secrets, session))
                session.status_changed.connect(self._tell_words)
            self._hide_secrets(session)

    def _hide_secrets(self, session: ServerSession, _config: object = None) -> None:
        """What nobody may read in a log: the key, and variables that look like secrets."""
        variables = session.config.environment
        secret = [value for name, value in variables if is_secret(name)]
        self.log_of(session.config.id).hide([session.key, *secret])

    def _tell_words(self) -> None:
        told = [one for one in self.servers.sessions if not one.status.is_at_rest]
        self.words_changed.emit(
            " · ".join(f"{one.config.name}: {one.status.state}" for one in told)
        )

    def _take_output(self, server_id: str, lines: bytes) -> None:
        """From any thread: ``changed`` came before anything could be started."""
        self._logs[server_id].feed(lines)

    def tab(self, engine: Engine, log: LogStream, window: Window, theme: Theme) -> "ServersTab":
        """The tab, new."""
        from lollma_gui.tabs.servers_tab import ServersTab

        help_ = _Help(self._models, window)
        return ServersTab(engine, log, self.servers, self.log_of, help_, self._background, theme)


class _Help:
    """What a server's page asks the rest of the app."""

    def __init__(self, models: ModelDesk, window: Window) -> None:
        self._models = models
        self._window = window

    def choices(self) -> Sequence[ModelChoice]:
        return [ModelChoice(*model) for model in self._models.models()]

    def changes(self, path: str, devices: Sequence[TargetDevice] = ()) -> Sequence[Change]:
        return self._models.changes(path, devices)

    def spread(
        self, path: str, devices: Sequence[TargetDevice], then: Callable[[str], None]
    ) -> None:
        self._models.spread(path, devices, then)

    def take(self, path: str, values: Mapping[str, SettingValue]) -> None:
        self._models.take(path, values)

    def show_fit(self, path: str) -> None:
        self._window.fit_wanted.emit(path)

    def show_page(self, name: str) -> None:
        self._window.page_wanted.emit(name)

    def open_browser(self, url: str) -> None:
        QDesktopServices.openUrl(QUrl(url))
