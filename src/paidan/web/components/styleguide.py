"""What the style page shows: invented people, times relative to now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from paidan.kernel import clock
from paidan.kernel.constants import Tone
from paidan.kernel.timespan import TimeSpan

FACES = ("portal", "crew", "desk", "office")
STATUSES = (
    (pgettext_lazy("visit", "Pending"), Tone.NEUTRAL, "circle-dashed"),
    (pgettext_lazy("visit", "Offered"), Tone.INFO, "bolt"),
    (pgettext_lazy("visit", "On the way"), Tone.PROGRESS, "car"),
    (pgettext_lazy("visit", "Done"), Tone.SUCCESS, "circle-check"),
    (pgettext_lazy("visit", "At risk"), Tone.WARNING, "clock-exclamation"),
    (pgettext_lazy("visit", "Late"), Tone.DANGER, "alert-circle"),
)
LEVELS = (
    (1, _("Very poor")),
    (2, _("Poor")),
    (3, _("Fair")),
    (4, _("Good")),
    (5, _("Excellent")),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Your name"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label=_("Mobile number"),
        help_text=_("The technician calls this number on arrival."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    city_district = forms.ChoiceField(label=_("District"), choices=[("", "—"), ("pd", "浦东"), ("xh", "徐汇")])
    urgency = forms.ChoiceField(
        label=_("Urgency"),
        choices=[("normal", _("Normal")), ("urgent", _("Urgent, within two hours"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("What is wrong?"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    consent = forms.BooleanField(label=_("I agree to the privacy notice"))
    photos = forms.FileField(label=_("Photos"), required=False)
    attitude = forms.TypedChoiceField(label=_("Service attitude"), choices=LEVELS, coerce=int)


def samples() -> dict[str, Any]:
    """The context of the style page."""
    now = clock.now()
    in_order = SampleForm(initial={"urgency": "normal", "attitude": 5, "name": "张晓梅", "phone": "13800138000"})
    in_error = SampleForm({"name": "", "phone": "123", "urgency": "urgent"}, auto_id="error_%s")
    in_error.add_error("phone", _("Please enter a mobile number of 11 digits."))
    in_error.add_error(None, _("Please correct the marked fields."))
    return {
        "statuses": STATUSES,
        "form": in_order,
        "form_in_error": in_error,
        "steps": _steps(now),
        "offer_until": now + timedelta(seconds=95),
        "promised": TimeSpan(_hour(now, 14), _hour(now, 16)),
        "tomorrow": TimeSpan(_hour(now, 33), _hour(now, 35)),
        "late_window": TimeSpan(_hour(now, 22), _hour(now, 26)),
        "page_obj": Paginator(range(60), 10).page(2),
        "trend": _trend(),
        "ranking": _ranking(),
        "territory_map": _map(),
        "visits": _visits(now),
    }


def _hour(now: datetime, hour: int) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour - 8)


def _steps(now: datetime) -> list[dict[str, Any]]:
    return [
        {"label": pgettext_lazy("visit", "Confirmed"), "state": "done", "at": now - timedelta(hours=3)},
        {
            "label": pgettext_lazy("visit", "Assigned"),
            "state": "done",
            "at": now - timedelta(hours=2),
            "note": "王建国 · T0217",
        },
        {
            "label": pgettext_lazy("visit", "On the way"),
            "state": "current",
            "at": now,
            "icon": "car",
            "note": _("About 12 minutes away"),
        },
        {"label": pgettext_lazy("visit", "Work begins"), "state": "todo"},
        {"label": pgettext_lazy("visit", "Done"), "state": "todo"},
    ]


def _trend() -> dict[str, Any]:
    return {
        "kind": "line",
        "categories": [f"11-{day:02d}" for day in range(9, 23)],
        "series": [
            {"name": str(_("Completed")), "values": [41, 44, 39, 52, 58, 61, 49, 47, 50, 55, 60, 66, 63, 71]},
            {"name": str(_("Booked")), "values": [48, 46, 45, 59, 63, 66, 51, 52, 53, 60, 66, 69, 70, 74]},
        ],
    }


def _ranking() -> dict[str, Any]:
    return {
        "kind": "rank",
        "unit": "money",
        "currency": "CNY",
        "categories": ["王建国", "李志强", "赵美玲", "陈大伟", "周晓燕"],
        "series": [{"name": str(_("Turnover")), "values": [982000, 874500, 803000, 765000, 690000]}],
    }


def _map() -> dict[str, Any]:
    west, middle, east = 121.40, 121.47, 121.56
    return {
        "territories": [
            {"name": "徐汇", "rings": [[[31.15, west], [31.15, middle], [31.22, middle], [31.22, west]]]},
            {"name": "浦东", "rings": [[[31.15, middle], [31.16, east], [31.25, east], [31.22, middle]]]},
        ],
        "markers": [
            {"lat": 31.19, "lng": 121.44, "label": "空调维修 · 王建国", "icon": "air-conditioning", "tone": "progress"},
            {"lat": 31.2, "lng": 121.52, "label": "管道疏通 · 李志强", "icon": "droplet", "tone": "danger"},
        ],
    }


def _visits(now: datetime) -> list[dict[str, Any]]:
    rows = (
        ("V3K8Q0M2T7XWC", "空调不制冷", "徐汇", "王建国", STATUSES[2], 14),
        ("V9T1R5B6N2HGA", "下水道堵塞", "浦东", "李志强", STATUSES[5], 10),
        ("V0D7E4S8Y1PKJ", "智能门锁安装", "静安", "", STATUSES[1], 16),
    )
    return [
        {
            "ref": ref,
            "title": title,
            "district": district,
            "technician": technician,
            "status": status,
            "window": TimeSpan(_hour(now, hour), _hour(now, hour + 2)),
            "price": 19900,
        }
        for ref, title, district, technician, status, hour in rows
    ]
