from datetime import UTC, datetime, timedelta

import pytest

from lollma_gui.core.history import HOUR, History, Span
from lollma_gui.core.reading_text import as_csv


def test_a_minute_has_a_point_a_second_and_the_newest_is_last():
    history = History()
    for second in range(100, 130):
        history.add(second + 0.4, {"cpu": second / 1000})
    values = history.values("cpu", Span.MINUTE)
    assert len(values) == 60
    assert values[:30] == [None] * 30
    assert values[-1] == pytest.approx(0.129)
    assert values[30] == pytest.approx(0.1)


def test_longer_spans_show_means_and_old_points_do_not_change():
    history = History()
    for second in range(600):
        history.add(second, {"cpu": float(second % 5)})
    before = history.values("cpu", Span.TEN_MINUTES)
    assert before == [2.0] * 120
    history.add(600, {"cpu": 50.0})
    after = history.values("cpu", Span.TEN_MINUTES)
    assert after == [2.0] * 119 + [50.0]
    assert history.values("cpu", Span.HOUR)[-2] == pytest.approx(2.0)


def test_rare_beats_leave_no_gap_but_a_silence_does():
    history = History()
    for second in (100, 105, 110, 130, 131):
        history.add(second, {"cpu": float(second)})
    values = history.values("cpu", Span.MINUTE)
    assert values[-32:-21] == [100.0] + [105.0] * 5 + [110.0] * 5
    assert values[-21:-2] == [None] * 19
    assert values[-2:] == [130.0, 131.0]


def test_what_was_not_measured_is_a_gap():
    history = History()
    history.add(1, {"gpu": 0.5, "cpu": 0.1})
    history.add(2, {"cpu": 0.2})
    history.add(3, {"gpu": None, "cpu": 0.3})
    history.add(4, {"gpu": 0.7, "cpu": 0.4})
    assert history.values("gpu", Span.MINUTE)[-4:] == [0.5, None, None, pytest.approx(0.7)]


def test_after_an_hour_the_oldest_is_forgotten_also_over_a_long_silence():
    history = History()
    history.add(0, {"cpu": 1.0})
    history.add(10, {"cpu": 1.0})
    history.add(HOUR + 5, {"cpu": 2.0})
    assert list(history.rows()) == [(10, [1.0]), (HOUR + 5, [2.0])]
    history.add(10 * HOUR, {"cpu": 3.0})
    assert list(history.rows()) == [(10 * HOUR, [3.0])]


def test_a_clock_that_goes_back_is_not_believed():
    history = History()
    history.add(100, {"cpu": 1.0})
    history.add(90, {"cpu": 2.0})
    assert list(history.rows()) == [(100, [1.0])]
    assert history.newest == 100


def test_nothing_measured_is_nothing_shown():
    history = History()
    assert history.values("cpu", Span.HOUR) == [None] * 120
    assert list(history.rows()) == []
    assert history.newest is None


def test_csv_has_a_row_a_second_with_the_time_of_day_and_empty_cells_for_gaps():
    history = History()
    history.add(7, {"cpu utilisation": 0.25, "gpu GPU-1 power watts": 231.5})
    history.add(8, {"cpu utilisation": 0.5, "ram used bytes": 12 * 2.0**30})
    start = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    text = as_csv(history, lambda second: start + timedelta(seconds=second))
    assert text.splitlines() == [
        "time,cpu utilisation,gpu GPU-1 power watts,ram used bytes",
        "2026-11-24T12:00:07+00:00,0.25,231.5,",
        "2026-11-24T12:00:08+00:00,0.5,,12884901888",
    ]
