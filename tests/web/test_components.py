"""The design system: tags, filters, headers, error pages and the answers views compose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.contrib.messages import constants as message_levels
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone, translation
from pytest_django import Settings

from paidan.kernel.constants import Tone
from paidan.kernel.money import Money
from paidan.kernel.timespan import TimeSpan
from paidan.web.components import errors, formats, manifest, middleware, responses
from paidan.web.components.templatetags import components

ROOT = Path(__file__).resolve().parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
SUNDAY_NOON = datetime(2026, 11, 22, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def in_shanghai_in_chinese() -> Iterator[None]:
    with timezone.override(SHANGHAI), translation.override("zh-hans"):
        yield


@pytest.fixture
def sunday_noon() -> Iterator[None]:
    with time_machine.travel(SUNDAY_NOON, tick=False):
        yield


@pytest.fixture
def built(tmp_path: Path, settings: Settings) -> Path:
    """A small front-end build of two entries that share a chunk."""
    settings.STATICFILES_DIRS = [tmp_path]
    settings.DEBUG = True
    dist = tmp_path / "dist"
    dist.mkdir()
    chunks: dict[str, Any] = {
        "_page.js": {"file": "assets/page-1.js"},
        "_shared.js": {"file": "assets/shared-1.js", "imports": ["_page.js"], "css": ["assets/shared-1.css"]},
        "src/entries/base.ts": {"file": "assets/base-1.js", "imports": ["_shared.js"], "css": ["assets/base-1.css"]},
    }
    (dist / "manifest.json").write_text(json.dumps(chunks))
    (dist / "icons.json").write_text(json.dumps({"file": "assets/icons-1.svg", "names": ["home", "check"]}))
    return dist


def rendered(source: str, **context: object) -> str:
    return Template("{% load components %}" + source).render(Context(context))


def span(start: datetime, hours: float) -> TimeSpan:
    return TimeSpan(start.astimezone(UTC), (start + timedelta(hours=hours)).astimezone(UTC))


# ── amounts, times, numbers ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("minor", "text"),
    [(0, "¥0.00"), (5, "¥0.05"), (19900, "¥199.00"), (123456789, "¥1,234,567.89"), (-2050, "−¥20.50")],
)
def test_money_reads_in_the_installations_currency(minor: int, text: str) -> None:
    assert components.money(minor) == text
    assert components.money(Money(minor)) == text


def test_money_is_written_alike_in_both_languages() -> None:
    with translation.override("en"):
        assert components.money(19900) == "¥199.00"


def test_a_currency_without_minor_units_shows_none() -> None:
    assert formats.money_text(1500, "JPY") == "¥1,500"


def test_absent_amounts_and_times_read_as_nothing() -> None:
    assert [components.money(None), components.window(None), components.moment(None)] == ["", "", ""]


@pytest.mark.parametrize(
    ("days", "chinese", "english"),
    [
        (-1, "昨天 14:00–16:00", "Yesterday 14:00–16:00"),
        (0, "今天 14:00–16:00", "Today 14:00–16:00"),
        (1, "明天 14:00–16:00", "Tomorrow 14:00–16:00"),
        (3, "周三 11月25日 14:00–16:00", "Wed Nov 25 14:00–16:00"),
        (20, "12月12日周六 14:00–16:00", "Sat, Dec 12 14:00–16:00"),
        (60, "2027年1月21日周四 14:00–16:00", "Thu, Jan 21, 2027 14:00–16:00"),
    ],
)
@pytest.mark.usefixtures("sunday_noon")
def test_a_window_names_its_day_as_people_do(days: int, chinese: str, english: str) -> None:
    promised = span(SUNDAY_NOON.replace(hour=14) + timedelta(days=days), 2)

    assert components.window(promised) == chinese
    with translation.override("en"):
        assert components.window(promised) == english


@pytest.mark.usefixtures("sunday_noon")
def test_a_window_over_midnight_says_so() -> None:
    assert components.window(span(SUNDAY_NOON.replace(hour=22), 4)) == "今天 22:00–次日 02:00"
    assert components.window(span(SUNDAY_NOON.replace(hour=22), 28)) == "今天 22:00 – 周二 11月24日 02:00"


@pytest.mark.usefixtures("sunday_noon")
def test_a_window_reads_in_the_zone_of_its_territory() -> None:
    promised = span(datetime(2026, 11, 22, 14, tzinfo=NEW_YORK), 2)

    # In New York it is still Saturday evening.
    assert components.window(promised, NEW_YORK) == "明天 14:00–16:00"
    assert components.window(promised, "America/New_York") == "明天 14:00–16:00"
    assert components.window(promised) == "明天 03:00–05:00"


def test_a_window_on_the_day_clocks_go_back_keeps_wall_time() -> None:
    with time_machine.travel(datetime(2026, 11, 1, 9, tzinfo=NEW_YORK), tick=False):
        early = TimeSpan(
            datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK).astimezone(UTC),
            datetime(2026, 11, 1, 3, 0, tzinfo=NEW_YORK).astimezone(UTC),
        )
        assert components.window(early, NEW_YORK) == "今天 00:30–03:00"


@pytest.mark.parametrize(
    ("seconds", "text"), [(10, "1 分钟"), (1500, "25 分钟"), (3600, "1 小时"), (5400, "1 小时 30 分钟")]
)
def test_durations_read_in_hours_and_minutes(seconds: int, text: str) -> None:
    assert components.duration(seconds) == text


@pytest.mark.parametrize(("metres", "text"), [(4, "0 米"), (848, "850 米"), (3240, "3.2 公里")])
def test_distances_are_rounded_to_what_matters(metres: float, text: str) -> None:
    assert components.distance(metres) == text


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812348888", "138****8888"),
        ("+86 138 1234 8888", "138****8888"),
        ("95588", "***88"),
        ("1", "1"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_masked_phone_shows_too_little_to_call(phone: str | None, shown: str) -> None:
    assert components.masked_phone(phone) == shown


# ── tags ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("built")
def test_an_entry_loads_its_styles_preloads_and_script() -> None:
    assert rendered("{% vite 'base' %}") == (
        '<link rel="stylesheet" href="/static/dist/assets/base-1.css">'
        '<link rel="stylesheet" href="/static/dist/assets/shared-1.css">'
        '<link rel="modulepreload" href="/static/dist/assets/shared-1.js">'
        '<link rel="modulepreload" href="/static/dist/assets/page-1.js">'
        '<script type="module" src="/static/dist/assets/base-1.js"></script>'
    )


@pytest.mark.usefixtures("built")
def test_an_unknown_entry_or_icon_is_an_error_where_it_is_written() -> None:
    with pytest.raises(manifest.UnknownEntryError, match="bsae"):
        rendered("{% vite 'bsae' %}")
    with pytest.raises(components.UnknownIconError, match="hoem"):
        rendered("{% icon 'hoem' %}")


def test_a_rebuild_is_seen_at_once_while_debugging(built: Path) -> None:
    rendered("{% vite 'base' %}")
    (built / "manifest.json").write_text(json.dumps({"src/entries/base.ts": {"file": "assets/base-2.js"}}))

    assert rendered("{% vite 'base' %}") == ('<script type="module" src="/static/dist/assets/base-2.js"></script>')


def test_pages_still_render_when_nothing_was_built(tmp_path: Path, settings: Settings) -> None:
    settings.STATICFILES_DIRS, settings.STATIC_ROOT, settings.DEBUG = [tmp_path], tmp_path, True

    assert rendered("{% vite 'base' %}{% icon 'home' %}") == ""


@pytest.mark.usefixtures("built")
def test_an_icon_is_hidden_from_screen_readers() -> None:
    assert rendered("{% icon 'home' 'icon-sm' %}") == (
        '<svg class="icon icon-sm" aria-hidden="true"><use href="/static/dist/assets/icons-1.svg#home"></use></svg>'
    )


@pytest.mark.usefixtures("built")
def test_a_status_is_colour_icon_and_word() -> None:
    badge = rendered("{% status_badge label tone 'check' %}", label="<已完工>", tone=Tone.SUCCESS)

    assert badge.startswith('<span class="status tone-success"><svg')
    assert badge.endswith("&lt;已完工&gt;</span>")


@pytest.mark.usefixtures("sunday_noon")
def test_a_countdown_carries_the_servers_clock_and_reads_without_a_script() -> None:
    until = SUNDAY_NOON + timedelta(seconds=95)
    clock = rendered("{% countdown until 120 'Gone' spoken=True %}", until=until)

    assert f'data-countdown="{until.isoformat()}"' in clock
    assert 'data-countdown-seconds="120" data-countdown-over="Gone" data-countdown-spoken>1:35</time>' in clock
    assert re.search(r'data-now="2026-11-22T04:00:00\+00:00"', clock)


def test_a_page_nobody_has_yet_gives_no_address() -> None:
    assert rendered("[{% url_if_known 'nobody:nothing' %}]") == "[]"
    assert rendered("{% url_if_known 'set_language' %}") == "/i18n/setlang/"


def test_the_entry_of_the_shown_page_is_marked(rf: RequestFactory) -> None:
    request = rf.get("/crew/day/")

    assert rendered("{% current_if '/crew/day/' %}", request=request) == ' aria-current="page"'
    assert rendered("{% current_if '/crew/' exact=True %}", request=request) == ""
    assert rendered("{% current_if '' %}", request=request) == ""


def test_paging_keeps_the_filters_of_the_page(rf: RequestFactory) -> None:
    request = rf.get("/desk/visits/?status=pending&page=3")

    assert rendered("{% autoescape off %}{% query_with page=4 %}{% endautoescape %}", request=request) == (
        "?status=pending&page=4"
    )
    assert rendered("{% query_with page='' status='' %}", request=request) == "?"


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    known = set(json.loads((ROOT / "frontend" / "icons.json").read_text()))
    named = {
        name
        for path in (ROOT / "src" / "paidan").rglob("templates/**/*.html")
        for names in re.findall(r"""{% icon ['"]([\w-]+)['"]|\bicon=['"]([\w-]+)['"]""", path.read_text())
        for name in names
        if name
    }

    assert named - known == set()


# ── fields ───────────────────────────────────────────────────────────────────────────────────────────────


class Sample(forms.Form):
    phone = forms.CharField(help_text="<b>help</b>", widget=forms.TextInput(attrs={"autocomplete": "tel"}))
    note = forms.CharField(required=False, widget=forms.Textarea)
    urgency = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    consent = forms.BooleanField()
    attitude = forms.TypedChoiceField(choices=[(n, str(n)) for n in range(1, 6)], coerce=int)


def test_a_field_ties_label_help_and_error_to_its_control() -> None:
    html = rendered("{% field form.phone %}", form=Sample({"phone": ""}))

    assert '<label class="form-label" for="id_phone">' in html
    assert 'aria-describedby="id_phone_error id_phone_help"' in html
    assert 'aria-invalid="true"' in html
    assert 'autocomplete="tel"' in html
    assert 'id="id_phone_error"' in html
    assert 'id="id_phone_help">&lt;b&gt;help&lt;/b&gt;</div>' in html


def test_a_field_in_order_has_nothing_to_say() -> None:
    html = rendered("{% field form.note %}", form=Sample())

    assert "aria-invalid" not in html
    assert "aria-describedby" not in html
    assert "（选填）" in html


def test_choices_become_a_named_group() -> None:
    html = rendered("{% field form.urgency %}", form=Sample({"urgency": "b"}))

    assert "<fieldset" in html
    assert "<legend" in html
    assert len(re.findall(r'type="radio"', html)) == 2
    assert re.search(r'value="b"[^>]*checked', html)


def test_a_single_box_stands_inside_its_label() -> None:
    html = rendered("{% field form.consent %}", form=Sample())

    assert re.search(r'<label class="form-check" for="id_consent">\s*<input type="checkbox"', html)


def test_five_levels_keep_the_chosen_one() -> None:
    html = rendered("{% levels form.attitude %}", form=Sample({"attitude": "4"}))

    assert len(re.findall(r'type="radio"', html)) == 5
    assert re.search(r'value="4" id="id_attitude_4" checked', html)


def test_a_chart_has_its_numbers_in_the_page() -> None:
    data = {
        "kind": "bar",
        "unit": "money",
        "categories": ["周一", "周二"],
        "series": [{"name": "营收", "values": [19900, None]}],
        "links": ["/desk/visits/?day=1", "/desk/visits/?day=2"],
    }
    html = rendered("{% chart 'revenue' 'Revenue' data %}", data=data)

    assert '<div class="chart" data-chart="revenue"' in html
    assert "¥199.00" in html
    assert '<a href="/desk/visits/?day=2">周二</a>' in html


def test_messages_become_toasts() -> None:
    html = rendered(
        '{% include "components/toasts.html" %}',
        messages=[Message(message_levels.ERROR, "<没有成功>"), Message(message_levels.SUCCESS, "好")],
    )

    assert 'toast-tone-danger" role="alert" data-seconds="0"' in html
    assert "&lt;没有成功&gt;" in html
    assert 'toast-tone-success" role="status"' in html


def test_pagination_is_silent_on_a_single_page(rf: RequestFactory) -> None:
    def shown(count: int) -> str:
        page_obj = Paginator(range(count), 10).page(1)
        return rendered('{% include "components/pagination.html" %}', page_obj=page_obj, request=rf.get("/"))

    assert "<nav" not in shown(10)
    assert 'rel="next" href="?page=2"' in shown(11)


# ── headers ──────────────────────────────────────────────────────────────────────────────────────────────


def answer_at(rf: RequestFactory, path: str) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    return middleware.SecurityHeadersMiddleware(view)(rf.get(path))


def policy_at(rf: RequestFactory, path: str) -> dict[str, list[str]]:
    parts = (part.split() for part in answer_at(rf, path)["Content-Security-Policy"].split("; "))
    return {name: sources for name, *sources in parts}


def test_pages_may_run_nothing_inline(rf: RequestFactory) -> None:
    policy = policy_at(rf, "/desk/visits/")

    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert not any("unsafe" in source for sources in policy.values() for source in sources)


def test_only_the_back_office_gets_what_unfold_needs(rf: RequestFactory) -> None:
    assert policy_at(rf, "/admin/catalog/")["script-src"] == ["'self'", "'unsafe-eval'"]
    assert policy_at(rf, "/administrator")["script-src"] == ["'self'"]


def test_a_tile_server_is_named_in_the_policy(rf: RequestFactory, settings: Settings) -> None:
    settings.TILE_URL = "https://{s}.tiles.example/{z}/{x}/{y}.png"

    assert policy_at(rf, "/")["img-src"] == ["'self'", "data:", "blob:", "https://*.tiles.example"]


def test_pages_may_ask_for_camera_and_position_only(rf: RequestFactory) -> None:
    answer = answer_at(rf, "/")

    assert answer["Permissions-Policy"].startswith("camera=(self), geolocation=(self), microphone=()")
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"


# ── error pages ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", sorted(errors.TROUBLES))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_error_page_says_what_to_do_and_its_reference(rf: RequestFactory, status: int, language: str) -> None:
    request = rf.get("/somewhere/")
    request.reference_id = "RTEST00000001"  # type: ignore[attr-defined]  # set by ReferenceMiddleware
    with translation.override(language):
        answer = errors.trouble_page(request, errors.TROUBLES[status])
        sentence = str(errors.TROUBLES[status].sentence)
    html = answer.content.decode()

    assert answer.status_code == status
    assert f"<p data-error-sentence>{sentence}</p>" in html
    assert "RTEST00000001" in html
    assert f'lang="{language}"' in html


def test_an_error_page_asks_no_database(rf: RequestFactory) -> None:
    # Without the marker django_db any query would fail.
    assert errors.server_error(rf.get("/")).status_code == 500
    assert errors.unavailable(rf.get("/"))["Retry-After"] == "30"


def test_an_expired_form_promises_that_the_text_is_kept(rf: RequestFactory) -> None:
    answer = errors.csrf_failure(rf.post("/"))

    assert answer.status_code == 403
    assert "您填写的内容还在" in answer.content.decode()


def test_pages_carry_no_inline_script_style_or_handler() -> None:
    templates = Path(errors.__file__).parent.parent
    inline = re.compile(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|hx-vals=.js:|<script(?![^>]*\b(src|json)\b)")

    offenders = {
        str(path.relative_to(templates)): inline.findall(path.read_text())
        for path in templates.rglob("*.html")
        if inline.search(path.read_text())
    }

    assert offenders == {}


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_toast_joins_the_triggers_that_are_there() -> None:
    response = HttpResponse(headers={"HX-Trigger": '{"visit-changed": 1}'})
    responses.toast(response, "已出发", undo=responses.Undo("撤销", "/undo/"))

    triggers = json.loads(response["HX-Trigger"])

    assert response["HX-Trigger"].isascii()
    assert triggers["visit-changed"] == 1
    assert triggers["toast"] == {
        "message": "已出发",
        "tone": "success",
        "seconds": 10,
        "action_label": "撤销",
        "action_url": "/undo/",
    }


def test_a_finished_draft_is_named_in_a_cookie() -> None:
    cookie = responses.draft_done(HttpResponse(), "booking", "address").cookies["paidan_draft_done"]

    assert cookie.value == "booking%20address"
    assert not cookie["httponly"]


def test_a_question_is_asked_once_and_keeps_what_was_sent(rf: RequestFactory) -> None:
    question = responses.Question("取消这个预约？", danger=True, back="/bookings/")

    asked = responses.question_first(rf.post("/cancel/", {"reason": ["<a>", "b"]}), question)
    agreed = responses.question_first(rf.post("/cancel/", {"confirmed": "1"}), question)

    assert asked is not None
    html = asked.content.decode()
    assert '<input type="hidden" name="reason" value="&lt;a&gt;"><input type="hidden" name="reason" value="b">' in html
    assert '<input type="hidden" name="confirmed" value="1">' in html
    assert agreed is None


@pytest.mark.parametrize(("back", "goes"), [("/crew/day/?x=1", "/crew/day/?x=1"), ("//evil.example/", "/"), ("", "/")])
@pytest.mark.django_db
def test_the_theme_is_remembered_and_the_reader_returns(client: Client, back: str, goes: str) -> None:
    answer = client.post("/theme/", {"theme": "dark", "next": back})

    assert answer["Location"] == goes
    assert answer.cookies["paidan_theme"].value == "dark"


@pytest.mark.django_db
def test_an_unknown_theme_changes_nothing(client: Client) -> None:
    assert "paidan_theme" not in client.post("/theme/", {"theme": "pink"}).cookies


@pytest.mark.django_db
def test_the_style_page_is_for_builders_only(client: Client, settings: Settings) -> None:
    settings.DEBUG = False
    assert client.get("/styleguide/").status_code == 404

    settings.STYLEGUIDE = True
    for face in ("", "portal/", "crew/", "desk/", "office/"):
        assert client.get(f"/styleguide/{face}").status_code == 200
    assert client.get("/styleguide/moon/").status_code == 404


@pytest.mark.django_db
def test_pages_follow_the_readers_language_and_theme(client: Client, settings: Settings) -> None:
    settings.STYLEGUIDE = True
    client.cookies.load({"paidan_theme": "dark", "django_language": "en"})

    html = client.get("/styleguide/").content.decode()

    assert '<html lang="en" data-bs-theme="dark">' in html
    assert "Every component in its states." in html


class _Order(forms.Form):
    what = forms.CharField(max_length=5)
    how = forms.ChoiceField(choices=[("soon", "Soon")])
    day = forms.DateField()


@pytest.mark.parametrize(
    ("typed", "what", "how", "day"),
    [
        ({}, "请填写此项。", "请填写此项。", "请填写此项。"),
        (
            {"what": "修空调和冰箱", "how": "never", "day": "soon"},
            "请不要超过 5 个字符。",
            "请从列表中选择。",
            "请按格式填写日期。",
        ),
    ],
)
def test_a_field_refuses_in_words_for_people(typed: dict[str, str], what: str, how: str, day: str) -> None:
    assert _Order(typed).errors == {"what": [what], "how": [how], "day": [day]}


def test_a_field_names_control_characters_as_services_do() -> None:
    assert _Order({"what": "a\0b", "how": "soon", "day": "2026-11-22"}).errors == {
        "what": ["文字中含有控制字符，请删除。"]
    }
