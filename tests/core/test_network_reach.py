"""Who can reach a server: addresses worth showing, and words that warn."""

from lollma_gui.core.network_reach import (
    OwnAddress,
    is_public,
    opening_flag,
    outward,
    reach_words,
    web_address,
)
from lollma_gui.core.server_config import Access
from lollma_gui.services.own_addresses import own_addresses


def test_only_addresses_that_others_can_reach_are_shown() -> None:
    found = outward(
        [
            OwnAddress("lo", "127.0.0.1"),
            OwnAddress("docker0", "172.17.0.1"),
            OwnAddress("br-8d21", "172.18.0.1"),
            OwnAddress("vEthernet (WSL)", "172.30.0.1"),
            OwnAddress("eth1", "169.254.3.4"),
            OwnAddress("wan", "8.8.4.4"),
            OwnAddress("wlan0", "192.168.1.20"),
            OwnAddress("odd", "no address"),
        ]
    )
    assert found == [OwnAddress("wlan0", "192.168.1.20"), OwnAddress("wan", "8.8.4.4")]
    assert is_public(found)
    assert not is_public(found[:1])


def test_the_warning_says_what_it_means() -> None:
    assert "Only programs on this PC" in reach_words(Access.THIS_PC, is_public=False)
    assert "Every device in your network" in reach_words(Access.NETWORK, is_public=False)
    assert "whole internet" in reach_words(Access.NETWORK, is_public=True)


def test_this_pc_has_no_inner_address_among_its_own() -> None:
    assert not any(one.address.startswith("127.") for one in own_addresses())
    assert web_address("192.168.1.20", 5000, "/v1") == "http://192.168.1.20:5000/v1"


def test_a_flag_that_opens_the_door_is_noticed() -> None:
    assert opening_flag("--verbose --listen --cpu") == "--listen"
    assert opening_flag("--host 0.0.0.0") == "--host 0.0.0.0"
    assert opening_flag("--host=192.168.1.2 -x") == "--host=192.168.1.2"
    assert opening_flag("--remotetunnel") == "--remotetunnel"
    for harmless in ("", "--host 127.0.0.1", "--listen-port 7860", "--hostile", "--share-nothing"):
        assert opening_flag(harmless) == ""
