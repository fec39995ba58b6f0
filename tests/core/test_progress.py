"""Speed and time left are those of the last seconds, and unknown rather than guessed."""

import pytest

from lollma_gui.core.progress import Progress, TransferMeter


def test_speed_and_time_left_follow_the_last_seconds():
    meter = TransferMeter(100_000)
    for second in range(11):
        meter.at(second, second * 1000)
    slow = meter.at(11, 10_000 + 1000)
    assert slow.bytes_per_second == pytest.approx(1000)
    for second in range(12, 18):
        fast = meter.at(second, 11_000 + (second - 11) * 5000)
    assert fast.bytes_per_second == pytest.approx(5000)
    assert fast.seconds_left == pytest.approx((100_000 - 41_000) / 5000)


def test_bytes_of_an_earlier_try_are_no_speed():
    meter = TransferMeter(1000)
    assert meter.at(0, 900) == Progress(900, 1000)
    assert meter.at(1, 900) == Progress(900, 1000, 0.0, None)


def test_beginning_anew_is_no_negative_speed():
    meter = TransferMeter(None)
    meter.at(0, 900)
    assert meter.at(1, 100) == Progress(100, None)
    assert meter.at(2, 200) == Progress(200, None, 100.0, None)
