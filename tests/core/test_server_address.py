"""Addresses of servers elsewhere: completed, refused, warned of."""

import pytest

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_address import api_address, reading_aloud


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("192.168.1.20:5000", "http://192.168.1.20:5000/v1"),
        (" http://pc.local:8080/ ", "http://pc.local:8080/v1"),
        ("HTTPS://example.org/llm/v1/", "https://example.org/llm/v1"),
        ("http://[fe80::1]:5000", "http://[fe80::1]:5000/v1"),
        ("http://pc:1/v1/chat/completions", "http://pc:1/v1"),
        ("http://pc:1/v1/models", "http://pc:1/v1"),
    ],
)
def test_an_address_is_completed(typed: str, kept: str) -> None:
    assert api_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("", "http://", "ftp://pc/v1", "http://pc:99999", "http://pc:x", "http://a b/v1"),
        *(
            "file:///etc/passwd",
            "http://pc/v1?key=x",
            "http://[::1/v1",
            "http://user:hunter2@pc/v1",
        ),
    ],
)
def test_what_is_no_address_is_refused_with_a_next_step(typed: str) -> None:
    with pytest.raises(LollmaError) as refused:
        api_address(typed)
    assert refused.value.advice
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "is_warned"),
    [
        ("http://192.168.1.20:5000/v1", False),
        ("http://100.100.1.2/v1", False),
        ("http://127.0.0.1:1/v1", False),
        ("http://[fe80::1]:5000/v1", False),
        ("http://gaming-pc:5000/v1", False),
        ("http://gaming-pc.local/v1", False),
        ("https://example.org/v1", False),
        ("http://example.org/v1", True),
        ("http://203.0.113.9/v1", True),
        ("http://[2001:db8::1]/v1", True),
    ],
)
def test_clear_text_through_the_internet_is_warned_of(url: str, is_warned: bool) -> None:
    assert bool(reading_aloud(url, "key")) is is_warned
    if is_warned:
        assert "key" in reading_aloud(url, "key")
        assert "key" not in reading_aloud(url, "")
