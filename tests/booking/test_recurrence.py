"""The days of a plan: by rule, off public holidays, in order, and never twice."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paidan.booking.recurrence import (
    Cadence,
    Frequency,
    HolidayRule,
    is_public_holiday,
    is_working_day,
    next_occurrences,
    occurrences,
    rule_check,
    rule_of,
    rule_sentence,
)
from paidan.kernel.errors import Invalid

THURSDAY = date(2026, 9, 3)


def _days(frequency: Frequency, every: int, first: date, *, count: int = 4, **options: object) -> list[date | None]:
    rule = rule_of(frequency, every, first)
    cadence = Cadence(rule, first, HolidayRule(str(options.get("holidays", "keep"))))
    return [one.day for one in next_occurrences(cadence, after=None, count=count)]


def test_every_other_week_keeps_its_weekday() -> None:
    assert _days(Frequency.WEEKLY, 2, THURSDAY, count=3) == [THURSDAY + timedelta(days=14 * n) for n in range(3)]


def test_the_31st_becomes_the_last_day_of_a_shorter_month() -> None:
    assert _days(Frequency.MONTHLY, 1, date(2026, 1, 31)) == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


def test_the_29th_of_february_comes_every_year() -> None:
    assert _days(Frequency.YEARLY, 1, date(2024, 2, 29), count=2) == [date(2024, 2, 29), date(2025, 2, 28)]


def test_the_calendar_knows_national_day_and_the_weekends_that_make_up_for_it() -> None:
    assert is_public_holiday(date(2026, 10, 1))
    assert not is_public_holiday(date(2026, 9, 5))
    assert is_working_day(date(2026, 10, 10))
    assert not is_working_day(date(2026, 9, 5))
    assert is_working_day(date(2090, 1, 2))
    assert not is_public_holiday(date(2090, 1, 2))


def test_a_holiday_is_left_out_kept_or_moved_to_the_next_working_day() -> None:
    around = {rule: _days(Frequency.MONTHLY, 1, date(2026, 9, 1), count=2, holidays=rule)[1] for rule in HolidayRule}

    assert around[HolidayRule.SKIP] is None
    assert around[HolidayRule.KEEP] == date(2026, 10, 1)
    moved = around[HolidayRule.NEXT_WORKDAY]
    assert moved is not None
    assert date(2026, 10, 1) < moved <= date(2026, 10, 10)
    assert is_working_day(moved)


def test_a_moved_day_that_would_meet_the_next_one_is_left_out() -> None:
    weekly = _days(Frequency.WEEKLY, 1, THURSDAY, count=6, holidays="next_workday")

    kept = [day for day in weekly if day is not None]
    assert kept == sorted(set(kept))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    frequency=st.sampled_from(Frequency),
    every=st.integers(1, 12),
    first=st.dates(date(2023, 1, 1), date(2028, 12, 31)),
    holidays=st.sampled_from(HolidayRule),
    after=st.integers(-10, 400),
)
def test_days_come_in_order_once_and_not_on_holidays(
    frequency: Frequency, every: int, first: date, holidays: HolidayRule, after: int
) -> None:
    rule = rule_of(frequency, every, first)
    rule_check(rule)
    since = first + timedelta(days=after)

    found = list(islice(occurrences(Cadence(rule, first, holidays), after=since), 20))

    originals = [one.original for one in found]
    assert originals == sorted(set(originals))
    assert all(one > since for one in originals)
    days = [one.day for one in found if one.day is not None]
    assert days == sorted(set(days))
    if holidays is not HolidayRule.KEEP:
        assert not any(is_public_holiday(day) for day in days)


def test_a_counted_plan_ends() -> None:
    rule = rule_of(Frequency.WEEKLY, 1, THURSDAY, times=3)

    assert len(list(occurrences(Cadence(rule, THURSDAY)))) == 3
    until = rule_of(Frequency.WEEKLY, 1, THURSDAY, until=THURSDAY + timedelta(days=7))
    assert len(list(occurrences(Cadence(until, THURSDAY)))) == 2


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=99",
        "x" * 200,
        "FREQ=WEEKLY;BYDAY=XX",
        "RRULE:FREQ=WEEKLY",
        "FREQ=WEEKLY;COUNT=x",
        "FREQ=WEEKLY\nDTSTART:20260101",
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rule_check(rule)

    assert set(refusal.value.fields) == {"rule"}


def test_numbers_out_of_bounds_are_refused_at_their_field() -> None:
    for field, options in (("every", {"every": 0}), ("times", {"times": 501}), ("until", {"until": date(2026, 1, 1)})):
        with pytest.raises(Invalid) as refusal:
            rule_of(Frequency.WEEKLY, **{"every": 1, "first": THURSDAY, **options})  # type: ignore[arg-type]
        assert set(refusal.value.fields) == {field}


def test_a_rule_reads_as_people_speak() -> None:
    with translation.override("en"):
        assert rule_sentence(Cadence(rule_of(Frequency.WEEKLY, 1, THURSDAY), THURSDAY)) == "every week"
        assert rule_sentence(Cadence(rule_of(Frequency.MONTHLY, 3, THURSDAY), THURSDAY)) == "every 3 months"
