"""Nothing that is due is lost, sent by two workers at once, or stuck; failures wait and are tried again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path, reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from paidan.accounts.access import actor_of_link
from paidan.accounts.constants import LinkPurpose
from paidan.integrations.console_sms.notices import ConsoleSmsSender
from paidan.kernel import clock
from paidan.kernel.actors import SYSTEM
from paidan.kernel.errors import NotFound
from paidan.notifications import channels, ports
from paidan.notifications.constants import BACK_OFF, LEASE, MAX_ATTEMPTS, SEND_JOB
from paidan.notifications.models import Delivery
from paidan.notifications.ports import MessageNotSent, SmsMessage
from paidan.notifications.services import deliveries_clock, deliveries_send
from paidan.notifications.services import sending as sending_service
from paidan.notifications.tasks import deliveries_send as deliveries_send_job
from tests.notifications.scene import NOT_SENT, Outbox, Scene, due_now, make_scene, said


def linked(_request: HttpRequest, token: str) -> HttpResponse:
    """A page that links of these tests point to."""
    return HttpResponse(token)


urlpatterns = [path("l/<str:token>", linked, name="linked")]


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    outbox = Outbox()
    monkeypatch.setattr(ports, "_registry", ports._Registry())
    ports.sms_sender_register(outbox)
    monkeypatch.setattr(channels, "LINK_PAGES", dict.fromkeys(channels.LINK_PAGES, "linked"))
    with override_settings(ROOT_URLCONF=__name__, PUBLIC_URL="https://paidan.example"):
        yield outbox


def _accepted() -> Scene:
    """One SMS to the customer is due, with a link to the booking."""
    scene = make_scene()
    scene.reach("assign")
    scene.step("accept")
    Delivery.objects.filter(channel="inbox").delete()
    due_now()
    return scene


@pytest.mark.django_db
def test_due_message_is_sent_once(outbox: Outbox) -> None:
    scene = _accepted()

    assert deliveries_send() == 1
    assert deliveries_send() == 0

    (sms,) = outbox.sent
    assert sms.phone == scene.customer.phone
    assert sms.template == "technician_confirmed"
    assert sms.variables["staff_number"] == scene.worker.technician.staff_number
    row = Delivery.objects.get()
    assert (row.status, row.attempts, row.provider_ref) == ("sent", 1, "sms-1")
    assert row.sent_at is not None


@pytest.mark.django_db
def test_link_opens_the_booking_and_its_token_is_nowhere_kept(outbox: Outbox) -> None:
    scene = _accepted()

    deliveries_send()

    link = outbox.sent[0].variables["link"]
    token = link.removeprefix("https://paidan.example/l/")
    assert link in outbox.sent[0].text
    actor = actor_of_link(token, now=clock.now())
    assert (actor.link_purpose, actor.link_subject) == ("booking", scene.visit.booking_ref)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM notifications_delivery d")
        assert token not in cursor.fetchone()[0]
    with pytest.raises(NotFound):
        actor_of_link(hashlib.sha256(token.encode()).hexdigest(), now=clock.now())


@pytest.mark.django_db
def test_recipient_reads_it_in_their_language(outbox: Outbox) -> None:
    scene = _accepted()
    assert scene.customer.user is not None
    scene.customer.user.language = "en"
    scene.customer.user.save()

    deliveries_send()

    assert outbox.sent[0].language == "en"
    assert "will come on" in outbox.sent[0].text


@pytest.mark.django_db
def test_failure_waits_longer_each_time_and_then_gives_up(outbox: Outbox) -> None:
    _accepted()
    outbox.trouble = [NOT_SENT] * MAX_ATTEMPTS
    moment = clock.now()

    for attempt in range(1, MAX_ATTEMPTS + 1):
        with time_machine.travel(moment, tick=False):
            deliveries_send()
            row = Delivery.objects.get()
            assert (row.attempts, row.error) == (attempt, "The provider is away.")
            if attempt < MAX_ATTEMPTS:
                assert row.status == "pending"
                assert row.due_at - moment == BACK_OFF[attempt - 1]
                assert deliveries_send() == 0
        moment = row.due_at

    assert row.status == "failed"
    assert outbox.trouble == []
    assert outbox.sent == []


@pytest.mark.django_db
def test_final_refusal_is_not_tried_again(outbox: Outbox) -> None:
    _accepted()
    outbox.trouble = [MessageNotSent("The number does not exist.", is_final=True)]

    deliveries_send()

    assert said() == [("technician_confirmed", "sms", "failed")]


@pytest.mark.django_db
def test_one_bad_row_does_not_hold_up_the_others(outbox: Outbox) -> None:
    _accepted()
    _accepted()
    outbox.trouble = [KeyError("a fault in the adapter")]

    assert deliveries_send() == 1

    assert [status for _, _, status in said()] == ["pending", "sent"]
    assert Delivery.objects.get(status="pending").error == "KeyError"


@pytest.mark.django_db
def test_message_of_a_step_undone_meanwhile_is_not_sent(outbox: Outbox) -> None:
    scene = make_scene()
    scene.reach("assign", "accept")
    scene.step("depart")
    type(scene.visit).objects.filter(pk=scene.visit.pk).update(departed_at=None)
    due_now()

    assert deliveries_send() == 0

    assert outbox.sent == []
    assert said(channel="sms") == [("on_the_way", "sms", "withdrawn")]


@pytest.mark.django_db
def test_recipient_without_a_number_any_more_fails_for_good(outbox: Outbox) -> None:
    scene = _accepted()
    scene.customer.phone = None
    scene.customer.save()

    deliveries_send()

    row = Delivery.objects.get()
    assert (row.status, row.error) == ("failed", "The recipient has no phone number.")
    assert outbox.sent == []


@pytest.mark.django_db
@pytest.mark.usefixtures("outbox")
def test_letter_carries_title_text_and_link() -> None:
    scene = make_scene()
    scene.customer.email = "kunde@example.com"
    scene.customer.save()
    scene.reach("assign", "accept", "depart", "arrive", "start")
    scene.step("finish")
    Delivery.objects.exclude(channel="email").delete()
    due_now()

    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        assert deliveries_send() == 1

    (letter,) = mail.outbox
    assert letter.to == ["kunde@example.com"]
    assert letter.subject == "服务已完成，请验收"
    assert "https://paidan.example/l/" in str(letter.body)


@pytest.mark.django_db
@pytest.mark.usefixtures("outbox")
def test_mail_server_away_is_a_failure_that_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise smtplib.SMTPServerDisconnected

    test_letter_carries_title_text_and_link()
    Delivery.objects.update(status="pending", attempts=0)
    due_now()
    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)

    deliveries_send()

    row = Delivery.objects.get()
    assert (row.status, row.error) == ("pending", "The mail server did not take it: SMTPServerDisconnected.")


@pytest.mark.django_db
@pytest.mark.usefixtures("outbox")
def test_mail_goes_to_a_file_where_no_server_is_set(tmp_path: Path) -> None:
    test_letter_carries_title_text_and_link()
    Delivery.objects.update(status="pending", attempts=0)
    due_now()
    backend = "django.core.mail.backends.filebased.EmailBackend"

    with override_settings(EMAIL_BACKEND=backend, EMAIL_FILE_PATH=tmp_path):
        assert deliveries_send() == 1

    (file,) = tmp_path.iterdir()
    assert "kunde@example.com" in file.read_text()


def test_console_sms_is_a_line_in_a_file_of_its_owner_and_not_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    message = SmsMessage("+8613800138000", "您好", "arrived", {"technician": "张师傅"}, "zh-hans")

    with override_settings(DATA_DIR=tmp_path), caplog.at_level("DEBUG"):
        assert ConsoleSmsSender().send(message) == ""
        ConsoleSmsSender().send(message)

    file = tmp_path / "sms" / "outbox.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["phone"], line["text"], line["kind"]) for line in lines] == [
        ("+8613800138000", "您好", "arrived")
    ] * 2
    assert file.stat().st_mode & 0o077 == 0
    assert "sms_written" in caplog.text
    assert "您好" not in caplog.text


def test_console_sms_that_cannot_be_written_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "sms").write_text("a file where the folder should be")

    with override_settings(DATA_DIR=tmp_path), pytest.raises(MessageNotSent):
        ConsoleSmsSender().send(SmsMessage("+8613800138000", "您好", "arrived", {}, "zh-hans"))


@pytest.mark.django_db
def test_clock_starts_one_job_while_something_is_due() -> None:
    _accepted()
    ProcrastinateJob.objects.all().delete()

    deliveries_clock(Delivery.objects.get().due_at - timedelta(seconds=1))
    assert not ProcrastinateJob.objects.exists()

    for _ in range(3):
        deliveries_clock(clock.now())
    assert ProcrastinateJob.objects.filter(task_name=SEND_JOB, status="todo").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(outbox: Outbox) -> None:
    for _ in range(3):
        _accepted()
    (row,) = Delivery.objects.all()[:1]
    for number in range(60):
        row.pk, row.event_id = None, 10_000 + number
        row.save(force_insert=True)
    barrier = threading.Barrier(3, timeout=10)

    def work(_: int) -> int:
        try:
            barrier.wait()
            return deliveries_send()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(work, range(3)))

    assert sum(counts) == len(outbox.sent) == 63
    assert {status for _, _, status in said()} == {"sent"}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_channel_is_called_outside_of_any_transaction(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    _accepted()
    seen: list[tuple[bool, str]] = []

    def spy(message: SmsMessage) -> str:
        seen.append((connection.in_atomic_block, Delivery.objects.get().status))
        return ""

    monkeypatch.setattr(outbox, "send", spy)

    deliveries_send_job()

    assert seen == [(False, "sending")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dies", ["before the message left", "after it left"])
def test_message_of_a_killed_worker_is_taken_up_again(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    """A process that is killed runs no handler: neither result nor failure is noted."""

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    _accepted()
    with monkeypatch.context() as patch:
        patch.setattr(sending_service, "send" if dies.startswith("before") else "_finish", killed)
        with pytest.raises(Killed):
            deliveries_send()
    row = Delivery.objects.get()
    assert (row.status, row.attempts) == ("sending", 1)
    assert deliveries_send() == 0

    with time_machine.travel(_just_after(row.due_at), tick=False):
        deliveries_clock(clock.now())
        assert deliveries_send() == 1

    assert timedelta(seconds=60) == LEASE
    assert len(outbox.sent) == (1 if dies.startswith("before") else 2)
    assert said() == [("technician_confirmed", "sms", "sent")]


KILLED_WHILE_SENDING = """
import os, signal, django
django.setup()
from paidan.notifications import ports, services
class Killer:
    def send(self, message):
        os.kill(os.getpid(), signal.SIGKILL)
ports.sms_sender_register(Killer())
services.deliveries_send()
"""


@pytest.mark.django_db(transaction=True)
def test_message_survives_a_worker_that_is_really_killed(outbox: Outbox) -> None:
    make_scene().step("assign", actor=SYSTEM)
    due_now()
    options = connection.settings_dict
    address = (
        f"postgresql://{options['USER']}:{options['PASSWORD']}@{options['HOST']}:{options['PORT']}/{options['NAME']}"
    )

    worker = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_SENDING],
        env={**os.environ, "DATABASE_URL": address},
        timeout=60,
        check=False,
    )

    assert worker.returncode == -signal.SIGKILL
    row = Delivery.objects.get(channel="sms")
    assert (row.status, row.attempts) == ("sending", 1)
    with time_machine.travel(_just_after(row.due_at), tick=False):
        assert deliveries_send() == 1
    assert [sms.template for sms in outbox.sent] == ["visit_new"]


@pytest.mark.django_db
def test_row_that_kills_its_worker_again_and_again_is_given_up(outbox: Outbox) -> None:
    _accepted()
    Delivery.objects.update(status="sending", attempts=MAX_ATTEMPTS)

    assert deliveries_send() == 0

    assert outbox.sent == []
    assert said() == [("technician_confirmed", "sms", "failed")]


@pytest.mark.django_db
def test_worker_whose_lease_ended_does_not_overwrite_the_other_ones_result(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _accepted()

    def overtaken(_: SmsMessage) -> str:
        Delivery.objects.update(status="sent", attempts=2, provider_ref="the other's")
        return "mine"

    monkeypatch.setattr(outbox, "send", overtaken)

    deliveries_send()

    assert Delivery.objects.get().provider_ref == "the other's"


def test_each_purpose_of_a_link_has_its_page() -> None:
    # An invitation is written where people are invited: no event sends it.
    assert set(channels.LINK_PAGES) == set(LinkPurpose) - {LinkPurpose.INVITATION}
    for name in channels.LINK_PAGES.values():
        assert reverse(name, args=["token"]).strip("/").endswith("token")


def _just_after(moment: datetime) -> datetime:
    return moment + timedelta(seconds=1)
