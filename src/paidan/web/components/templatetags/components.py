"""``{% load components %}``: the tags and filters of the design system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_stubs_ext import StrOrPromise

from paidan.accounts.constants import Permission
from paidan.kernel import clock
from paidan.kernel.money import Money
from paidan.kernel.timespan import TimeSpan
from paidan.web.components import formats
from paidan.web.components.fields import LEVEL_FACES, control_of, described_by, error_id, help_id, kind_of
from paidan.web.components.manifest import built_address, entry_named, sprite

register = template.Library()


class UnknownIconError(Exception):
    """A template asks for an icon that ``frontend/icons.json`` does not name."""


@register.simple_tag
def vite(entry: str) -> SafeString:
    """The tags that load an entry of the front-end build: styles, preloads, script.

    Raises:
        UnknownEntryError: the build has no such entry.
    """
    files = entry_named(entry)
    if files is None:
        return SafeString("")
    styles = ((built_address(file),) for file in files.styles)
    preloads = ((built_address(file),) for file in files.preloads)
    return format_html(
        '{}{}<script type="module" src="{}"></script>',
        format_html_join("", '<link rel="stylesheet" href="{}">', styles),
        format_html_join("", '<link rel="modulepreload" href="{}">', preloads),
        built_address(files.script),
    )


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """One icon of the sprite, hidden from screen readers: a word always stands beside it.

    Raises:
        UnknownIconError: the sprite was built without this icon.
    """
    icons = sprite()
    if icons is None:
        return SafeString("")
    if name not in icons.names:
        raise UnknownIconError(name)
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f"icon {css_class}".strip(),
        built_address(icons.file),
        name,
    )


@register.simple_tag
def status_badge(label: StrOrPromise, tone: str = "neutral", icon_name: str = "", size: str = "") -> SafeString:
    """A status: colour, icon and word together."""
    css_class = f"status tone-{tone}{' status-lg' if size == 'lg' else ''}"
    return format_html('<span class="{}">{}{}</span>', css_class, icon(icon_name) if icon_name else "", label)


@register.simple_tag
def countdown(until: datetime, seconds: int = 0, over: StrOrPromise = "", *, spoken: bool = False) -> SafeString:
    """A clock that runs down to ``until``; ``over`` is what it says then.

    Args:
        seconds: how long the whole wait is, for a bar that shrinks (``--countdown-share``).
        spoken: also say to screen readers when 60 and 10 seconds are left.
    """
    left = max(0, round((until - clock.now()).total_seconds()))
    minutes, rest = divmod(left, 60)
    return format_html(
        '<time class="num" role="timer" datetime="{0}" data-countdown="{0}" data-now="{1}" '
        'data-countdown-seconds="{2}"{3}{4}>{5}</time>',
        until.isoformat(),
        clock.now().isoformat(),
        seconds,
        format_html(' data-countdown-over="{}"', over) if over else "",
        SafeString(" data-countdown-spoken") if spoken else "",
        f"{minutes}:{rest:02d}",
    )


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: StrOrPromise = "", help_text: StrOrPromise = "") -> dict[str, Any]:
    """Label, control, help and error of a form field, tied together for screen readers."""
    has_help = bool(help_text or bound.help_text)
    return {
        "field": bound,
        "kind": kind_of(bound),
        "label": label or bound.label,
        "help_text": help_text or bound.help_text,
        "help_id": help_id(bound),
        "error_id": error_id(bound),
        "describedby": described_by(bound, has_help=has_help),
        "control": control_of(bound, has_help=has_help),
    }


@register.inclusion_tag("components/levels.html")
def levels(bound: BoundField) -> dict[str, Any]:
    """Five levels to choose from, worst first or best first as the field lists them; the value decides the face."""
    chosen = str(bound.value() or "")
    options = [
        {"value": value, "label": label, "is_chosen": str(value) == chosen, **LEVEL_FACES.get(int(value), {})}
        for value, label in bound.field.choices  # type: ignore[attr-defined]  # a ChoiceField
        if str(value)
    ]
    return {
        "field": bound,
        "options": options,
        "help_id": help_id(bound),
        "error_id": error_id(bound),
        "describedby": described_by(bound, has_help=bool(bound.help_text)),
    }


@register.filter
def money(amount: Money | int | None) -> str:
    """``{{ 19900|money }}`` → ``¥199.00``."""
    return "" if amount is None else formats.money_text(amount)


@register.filter
def window(span: TimeSpan | None, zone: ZoneInfo | str | None = None) -> str:
    """``{{ visit.promised|window }}`` → ``今天 14:00–16:00``."""
    return "" if span is None else formats.window_text(span, zone)


@register.filter
def moment(instant: datetime | None, zone: ZoneInfo | str | None = None) -> str:
    """``{{ visit.arrived_at|moment }}`` → ``今天 14:05``."""
    return "" if instant is None else formats.moment_text(instant, zone)


@register.filter
def duration(seconds: float | None) -> str:
    """``{{ 5400|duration }}`` → ``1 小时 30 分钟``."""
    return "" if seconds is None else formats.duration_text(round(seconds))


@register.filter
def distance(metres: float | None) -> str:
    """``{{ 3200|distance }}`` → ``3.2 公里``."""
    return "" if metres is None else formats.distance_text(metres)


@register.filter
def masked_phone(phone: str | None) -> str:
    """``{{ contact.phone|masked_phone }}`` → ``138****8888``."""
    return formats.phone_masked(phone or "")


@register.simple_tag
def url_if_known(name: str, *args: object) -> str:
    """The address of a named page, or nothing while no app has it: the entry then stays hidden."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def current_if(context: Mapping[str, Any], address: str, *, exact: bool = False, also: str = "") -> SafeString:
    """``aria-current="page"`` when the page shown is (below) this address, or below the other one."""
    request = context.get("request")
    path = request.path if isinstance(request, HttpRequest) else ""
    is_here = path == address if exact else path.startswith(address)
    is_here = is_here or bool(also and path.startswith(also))
    return SafeString(' aria-current="page"') if address and is_here else SafeString("")


@register.simple_tag(takes_context=True)
def query_with(context: Mapping[str, Any], **changes: object) -> str:
    """The query string of this page with some values replaced; an empty value removes its name."""
    request = context.get("request")
    query = request.GET.copy() if isinstance(request, HttpRequest) else QueryDict(mutable=True)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in {None, ""}:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.inclusion_tag("components/chart.html")
def chart(chart_id: str, title: StrOrPromise, data: Mapping[str, Any], *, heading: str = "h2") -> dict[str, Any]:
    """A chart with its numbers as a table below; ``data`` is described in ``frontend/src/entries/chart.ts``."""
    series: Sequence[Mapping[str, Any]] = data["series"]
    links = data.get("links") or [""] * len(data["categories"])
    rows = [
        {"name": name, "link": link, "values": [one["values"][index] for one in series]}
        for index, (name, link) in enumerate(zip(data["categories"], links, strict=True))
    ]
    return {"id": chart_id, "title": title, "data": data, "rows": rows, "heading": heading, "unit": data.get("unit")}


@register.filter
def may(request: HttpRequest, permission: str) -> bool:
    """``{% if request|may:"master_data.edit" %}``: whether whoever looks at the page has the permission."""
    actor = getattr(request, "actor", None)
    return actor is not None and actor.may(Permission(permission))
