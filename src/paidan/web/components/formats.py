"""How amounts, times and phone numbers read, in the active language and time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_skeleton, get_day_names
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext

from paidan.kernel import clock
from paidan.kernel.money import Money
from paidan.kernel.timespan import TimeSpan

# In Babel's English “CN¥”: the installation has one currency, so the short sign is never ambiguous.
SHORT_SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "TWD": "$", "HKD": "$"}
DASH = "–"


def locale_active() -> Locale:
    """Babel's locale for the active language."""
    return Locale.parse("en" if (get_language() or "zh").startswith("en") else "zh_Hans")


def zone_of(zone: ZoneInfo | str | None) -> tzinfo:
    """A named zone, else the active one."""
    if isinstance(zone, str) and zone:
        return ZoneInfo(zone)
    return zone if isinstance(zone, ZoneInfo) else timezone.get_current_timezone()


def money_text(amount: Money | int, currency: str = "") -> str:
    """Minor units as ``¥199.00``; a negative amount with a true minus sign."""
    minor = amount.minor if isinstance(amount, Money) else amount
    code = currency or str(settings.CURRENCY)
    digits = get_currency_precision(code)
    symbol = SHORT_SYMBOLS.get(code) or get_currency_symbol(code, locale_active())
    whole, rest = divmod(abs(minor), 10**digits)
    text = format_decimal(whole, locale=locale_active())
    fraction = f".{rest:0{digits}d}" if digits else ""
    return f"{'−' if minor < 0 else ''}{symbol}{text}{fraction}"


def day_text(day: date, today: date) -> str:
    """``Today``, ``Tomorrow``, a weekday within the week, else the date."""
    near = {
        -1: pgettext("day", "Yesterday"),
        0: pgettext("day", "Today"),
        1: pgettext("day", "Tomorrow"),
    }
    distance = (day - today).days
    if distance in near:
        return near[distance]
    locale = locale_active()
    skeleton = "MMMEd" if day.year == today.year else "yMMMEd"
    if 1 < distance < 7:
        weekday = get_day_names("abbreviated", locale=locale)[day.weekday()]
        return f"{weekday} {format_skeleton('MMMd', _noon(day), locale=locale)}"
    return format_skeleton(skeleton, _noon(day), locale=locale)


def _noon(day: date) -> datetime:
    # Skeletons format datetimes; noon keeps the day whatever zone Babel assumes.
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001  # only its date is printed


def window_text(span: TimeSpan, zone: ZoneInfo | str | None = None) -> str:
    """``Today 14:00–16:00``; a window over midnight says so; longer spans name both days."""
    local = zone_of(zone)
    start, end = span.start.astimezone(local), span.end.astimezone(local)
    today = clock.now().astimezone(local).date()
    head = f"{day_text(start.date(), today)} {start:%H:%M}"
    if end.date() == start.date():
        return f"{head}{DASH}{end:%H:%M}"
    if end.date() == start.date() + timedelta(days=1) and span.seconds < 86_400:
        return gettext("%(start)s–%(end)s the next day") % {"start": head, "end": f"{end:%H:%M}"}
    return f"{head} {DASH} {day_text(end.date(), today)} {end:%H:%M}"


def moment_text(instant: datetime, zone: ZoneInfo | str | None = None) -> str:
    """``Today 14:05``."""
    local = zone_of(zone)
    there = instant.astimezone(local)
    return f"{day_text(there.date(), clock.now().astimezone(local).date())} {there:%H:%M}"


def duration_text(seconds: int) -> str:
    """``1 h 30 min``; below a minute counts as one."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    parts = []
    if hours:
        parts.append(gettext("%(hours)d h") % {"hours": hours})
    if minutes:
        parts.append(gettext("%(minutes)d min") % {"minutes": minutes})
    return " ".join(parts)


def distance_text(metres: float) -> str:
    """``850 m`` or ``3.2 km``."""
    if metres < 1000:
        return gettext("%(metres)d m") % {"metres": round(metres, -1)}
    return gettext("%(kilometres).1f km") % {"kilometres": metres / 1000}


def phone_masked(phone: str) -> str:
    """``13812348888`` → ``138****8888``; short numbers show their last two digits only."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    if len(digits) < 8:
        return "*" * max(0, len(digits) - 2) + digits[-2:]
    local = digits[-11:]
    return f"{local[:3]}****{local[-4:]}"
