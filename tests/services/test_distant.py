"""A server elsewhere is asked how it is, over real connections."""

import threading
from collections.abc import Callable

import pytest
from fakes.chat_server import ChatServerFake

from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import ServerState, ServerStatus
from lollma_gui.services.servers.distant import DistantWatch
from lollma_gui.services.servers.wish import SupervisorCallbacks, Wish


class Watched:
    """A watch whose reports are waited for."""

    def __init__(self, url: str, **options: str) -> None:
        self.config = ServerConfig(
            "elsewhere-1", "elsewhere", "PC", options={"url": url, **options}
        )
        self.statuses: list[ServerStatus] = []
        self._news = threading.Condition()
        nothing: Callable[..., None] = lambda *_args: None  # noqa: E731
        self.watch = DistantWatch(
            self.config, SupervisorCallbacks(self._take, nothing, nothing, nothing), 0.02
        )

    def _take(self, status: ServerStatus) -> None:
        with self._news:
            self.statuses.append(status)
            self._news.notify_all()

    def until(self, what: Callable[[ServerStatus], bool]) -> ServerStatus:
        with self._news:
            assert self._news.wait_for(lambda: what(self.watch.status), 60), self.watch.status
            return self.watch.status

    def close(self) -> None:
        self.watch.stop()
        assert self.watch.join(60)
        assert self.watch.status.is_at_rest


def test_it_is_ready_gone_and_back_again() -> None:
    with ChatServerFake(models=("small", "large")) as fake:
        seen = Watched(fake.url)
        seen.watch.start(Wish())
        status = seen.until(lambda s: s.is_answering)
        assert (status.models, status.model) == (("small", "large"), "small")
        assert status.api_url == fake.url
        assert status.answer_ms is not None
        seen.watch.configure(seen.config.with_options(model="large"))
        seen.until(lambda s: s.model == "large")
        fake.key = "changed"
        gone = seen.until(lambda s: "key" in s.problem)
        assert gone.advice
        assert gone.words() == "does not answer"
        assert not gone.is_answering
        fake.key = ""
        seen.until(lambda s: s.is_answering and not s.problem)
    seen.until(lambda s: s.problem.endswith("does not answer."))
    seen.close()


def test_the_key_is_sent() -> None:
    with ChatServerFake() as fake:
        fake.key = "open sesame"
        seen = Watched(fake.url)
        seen.watch.start(Wish(key="open sesame"))
        seen.until(lambda s: s.is_answering)
        seen.close()


@pytest.mark.parametrize("path", ["/nowhere", "/v1/models/x"])
def test_what_is_no_such_server_is_said(path: str) -> None:
    with ChatServerFake() as fake:
        seen = Watched(fake.url.removesuffix("/v1") + path)
        seen.watch.start(Wish())
        status = seen.until(lambda s: bool(s.problem))
        assert "OpenAI's protocol" in status.problem
        assert status.state is ServerState.STARTING
        seen.close()


def test_an_unsecured_one_behind_https_is_said() -> None:
    with ChatServerFake() as fake:
        seen = Watched(fake.url.replace("http://", "https://"))
        seen.watch.start(Wish())
        status = seen.until(lambda s: bool(s.problem))
        assert "cannot be secured" in status.problem
        assert "http://" in status.advice
        seen.close()
