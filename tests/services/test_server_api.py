"""Questions to servers have a limit and can be cancelled; ports are what they are said to be."""

import socket
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from lollma_gui.core.errors import Cancelled
from lollma_gui.services.servers import ports
from lollma_gui.services.servers.api_client import ApiClient, NoAnswerError


@pytest.fixture
def silent() -> Iterator[str]:
    """Somebody who takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/health"


def test_silence_has_a_limit(silent: str) -> None:
    with pytest.raises(NoAnswerError, match="does not answer"):
        ApiClient().get(silent, seconds=0.05)
    with pytest.raises(NoAnswerError):
        ApiClient(patience_seconds=3.2).get(silent)


def test_a_long_question_is_cancelled_at_once(silent: str) -> None:
    wanted = threading.Event()
    client = ApiClient(cancelled=wanted.is_set)
    threading.Timer(0.2, wanted.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        client.post(silent, {"model": "large"}, seconds=3600)
    assert time.monotonic() - began < 60
    with pytest.raises(Cancelled):
        client.get(silent)
    with pytest.raises(Cancelled):
        client.wait(3600)


def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoAnswerError):
        ApiClient().get(f"http://127.0.0.1:{port}/")


def test_what_is_no_http_is_no_answer() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"\x00\x01 nonsense\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NoAnswerError):
            ApiClient().get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_a_port_is_free_or_its_holder_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        other.listen()
        assert not ports.is_free(port, "127.0.0.1")
        with pytest.raises(ports.PortTakenError) as taken:
            ports.check(port, "127.0.0.1", "api")
        name = psutil.Process().name()
        assert taken.value.title == f"Port {port} is taken by {name} (PID {psutil.Process().pid})."
        following = taken.value.taken.next_free
        assert following is not None
        assert ports.is_free(following, "127.0.0.1")
        assert following != ports.next_free(port, "127.0.0.1", avoid=(following,))
    ports.check(port, "127.0.0.1", "api")


def test_who_listens_on_all_addresses_takes_the_port_from_loopback_too() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        assert not ports.is_free(other.getsockname()[1], "127.0.0.1")


@pytest.mark.parametrize(
    ("address", "only_here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.20", False),
        ("fe80::1%eth0", False),
    ],
)
def test_which_addresses_only_this_pc_reaches(address: str, only_here: bool) -> None:
    assert ports.is_loopback(address) is only_here


def test_an_ipv6_address_is_written_so_that_its_port_can_be_read() -> None:
    assert ports.Listening("::1", 80, 1).words() == "[::1]:80"


def test_what_a_process_listens_on_is_what_its_sockets_say() -> None:
    with socket.socket() as plain, socket.socket(socket.AF_INET6) as six, socket.socket() as idle:
        plain.bind(("127.0.0.1", 0))
        six.bind(("::1", 0))
        idle.bind(("127.0.0.1", 0))
        plain.listen()
        six.listen()
        pid = psutil.Process().pid
        found = ports.listening([pid])
        expected = {("127.0.0.1", plain.getsockname()[1]), ("::1", six.getsockname()[1])}
        assert {(one.address, one.port) for one in found} >= expected
        assert idle.getsockname()[1] not in {one.port for one in found}
    assert not {one.port for one in ports.listening([pid])} & {port for _, port in expected}
