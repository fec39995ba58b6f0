"""What the window says of servers, whichever tab is shown."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject

from lollma_gui.core.server_config import AtClose
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.servers import Servers
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.theme import Role


class ServerNotices(QObject):
    """Problems, servers that an earlier start left, and what becomes of them at the end.

    Args:
        servers: The servers.
        notices: Where it is said.
        close: Closes the window.
        parent: The Qt parent.
    """

    def __init__(
        self, servers: Servers, notices: NoticeBar, close: Callable[[], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._servers = servers
        self._notices = notices
        self._close = close
        self._told: set[str] = set()
        self._has_asked = False
        servers.changed.connect(self._tell_problems)
        servers.left_over.connect(self._offer_left_over)

    def _tell_problems(self) -> None:
        for problem in self._servers.problems:
            if problem not in self._told:
                self._told.add(problem)
                self._notices.show_notice(Notice(problem, key=problem))

    def _offer_left_over(self, session: ServerSession) -> None:
        """A server goes on since an earlier start of the app."""
        key = f"left over {session.config.id}"
        notice = Notice(
            f"{session.config.name} still runs since an earlier start of LoLLMa.",
            "Take it over to go on as if nothing had happened, or end it.",
            Role.WARNING,
            "Take it over",
            key,
            "End it",
        )
        self._notices.show_notice(notice, session.take_over, session.end_left_over)

        def see() -> None:
            if session.left_over is None:  # wherever that was decided
                self._notices.clear(key)

        session.status_changed.connect(see)

    def may_close(self) -> bool:
        """Whether the window may close now: what runs on or ends is asked once, and remembered."""
        undecided = self._servers.undecided
        if not undecided or self._has_asked:
            return True
        self._has_asked = True
        names = " and ".join(session.config.name for session in undecided)
        notice = Notice(
            f"Shall {names} go on running without LoLLMa?",
            "What you choose is remembered; it can be changed under Servers, Options.",
            Role.WARNING,
            "Keep running",
            "closing",
            "Stop",
        )
        decide = partial(self._decide, undecided)
        self._notices.show_notice(
            notice, lambda: decide(AtClose.KEEP), lambda: decide(AtClose.STOP)
        )
        return False

    def _decide(self, undecided: list[ServerSession], at_close: AtClose) -> None:
        for session in undecided:
            session.configure(replace(session.config, at_close=at_close))
        self._close()
