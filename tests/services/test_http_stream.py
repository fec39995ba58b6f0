"""What the tests of those who use it do not meet reliably."""

import gc

from fakes.hub_server import HubFile, HubServer

from lollma_gui.services.http_stream import HttpStream


def test_a_connection_that_comes_when_nobody_wants_it_any_more_is_closed() -> None:
    with HubServer() as hub:
        url = hub.add("/file", HubFile(b"x"))
        stream = HttpStream("GET", url, {}, lambda: True)
        stream._closed.set()
        with stream:
            stream._reader.join()
        # A socket left open warns when it is collected, and a warning fails a test.
        del stream
        gc.collect()
        assert hub.seen == []
