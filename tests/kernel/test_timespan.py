"""Spans of time where a zone's clocks change: what counts is the time that passes, not what the wall says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from paidan.kernel.timespan import TimeSpan, span_of_day

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
    ids=["ordinary", "clocks go forward", "clocks go back"],
)
def test_a_day_has_the_hours_that_pass_in_it(day: date, hours: int) -> None:
    assert span_of_day(day, BERLIN).seconds == hours * 3_600


def test_half_past_two_may_come_again_ten_minutes_past_two() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    second = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=BERLIN)

    assert TimeSpan(first, second).seconds == 40 * 60


def test_a_span_neither_ends_before_it_starts_nor_has_naive_instants() -> None:
    start = datetime(2026, 5, 1, 9, tzinfo=UTC)

    with pytest.raises(ValueError, match="before it starts"):
        TimeSpan(start, start.replace(hour=8))
    with pytest.raises(ValueError, match="aware"):
        TimeSpan(start, start.replace(tzinfo=None))
