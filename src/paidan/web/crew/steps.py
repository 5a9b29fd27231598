"""Steps of a visit from the technician's phone: one gesture each, with undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.dispatch import services as dispatch
from paidan.fieldwork import services
from paidan.fieldwork.services import StepDone
from paidan.kernel import clock
from paidan.kernel.errors import DomainError, NotFound
from paidan.kernel.geo import Point
from paidan.visits.constants import DeclineReason, HoldReason, NotDoneReason
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import draft_done
from paidan.web.crew.views import visit_context

CREW = may(Permission.EXECUTE_VISITS)


class ReasonForm(forms.Form):
    """A reason from a list and a few words."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose a reason.")},
    )
    text = forms.CharField(
        label=gettext_lazy("In a few words"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, choices: list[tuple[str, object]], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["reason"].choices = choices  # type: ignore[attr-defined]  # a choice field


class HoldForm(ReasonForm):
    resume_at = forms.DateTimeField(
        label=gettext_lazy("Go on at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    field_order = ("reason", "resume_at", "text")


class FinishForm(forms.Form):
    """Proof of the work: ticked lines and a word; photos are kept one by one."""

    checklist = forms.MultipleChoiceField(
        label=gettext_lazy("Checklist"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 3})
    )


def _to_visit(ref: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("crew:visit", args=[ref]), status=303)


def _errors_keep(form: forms.Form, error: DomainError) -> None:
    """The service's sentences at their fields; what belongs to none stands above."""
    for name, sentence in error.fields.items():
        form.add_error(name if name in form.fields else None, str(sentence))
    if not error.fields:
        form.add_error(None, str(error))


@page(access=CREW, methods=("POST",))
def accept(request: PageRequest, ref: str) -> HttpResponse:
    """Accept an assigned visit."""
    dispatch.assignment_accept(visit_ref=ref, actor=request.actor, now=clock.now())
    messages.success(request, _("Accepted."))
    return _to_visit(ref)


@page(access=CREW, methods=("GET", "POST"))
def decline(request: PageRequest, ref: str) -> HttpResponse:
    """Decline with a reason; the visit goes to somebody else."""
    context = visit_context(request, ref)
    form = ReasonForm(list(DeclineReason.choices), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dispatch.assignment_decline(visit_ref=ref, actor=request.actor, now=clock.now(), **form.cleaned_data)
        except DomainError as error:
            _errors_keep(form, error)
        else:
            messages.success(request, _("Declined. Somebody else will be asked."))
            answer = HttpResponseRedirect(reverse("crew:day"), status=303)
            return draft_done(answer, f"decline-{ref}")
    return _form_page(request, "crew/decline.html", {**context, "form": form})


def _form_page(request: PageRequest, template: str, context: dict[str, object]) -> HttpResponse:
    form = context["form"]
    bad = isinstance(form, forms.Form) and form.is_bound and bool(form.errors)
    return render(request, template, context, status=422 if bad else 200)


def _arrive(request: PageRequest, ref: str) -> StepDone:
    return services.visit_arrive(visit_ref=ref, actor=request.actor, now=clock.now(), position=_position(request))


def _position(request: PageRequest) -> Point | None:
    """What the phone said, if it said anything usable; an arrival never fails for want of a position."""
    try:
        place = Point(float(request.POST.get("lat", "")), float(request.POST.get("lng", "")))
    except ValueError:
        return None
    return place if abs(place.lat) <= 90 and abs(place.lng) <= 180 else None


def _simple(service: Callable[..., StepDone]) -> Callable[[PageRequest, str], StepDone]:
    def take(request: PageRequest, ref: str) -> StepDone:
        return service(visit_ref=ref, actor=request.actor, now=clock.now())

    return take


STEPS: dict[str, Callable[[PageRequest, str], StepDone]] = {
    "depart": _simple(services.visit_depart),
    "arrive": _arrive,
    "start": _simple(services.visit_start),
    "resume": _simple(services.visit_resume),
}


@page(access=CREW, methods=("POST",))
def step(request: PageRequest, ref: str, action: str) -> HttpResponse:
    """A step that needs nothing but the gesture."""
    if action not in STEPS:
        raise NotFound
    done = STEPS[action](request, ref)
    if done.is_far:
        messages.warning(request, _("Noted: you seem to be far from the door."))
    return _to_visit(ref)


@page(access=CREW, methods=("GET", "POST"))
def hold(request: PageRequest, ref: str) -> HttpResponse:
    """Pause with a reason and a time to go on."""
    soon = timezone.localtime(clock.now() + timedelta(minutes=30)).replace(second=0, microsecond=0)
    context = visit_context(request, ref)
    form = HoldForm(list(HoldReason.choices), request.POST or None, initial={"resume_at": soon})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        resume_at: datetime = data["resume_at"]
        try:
            services.visit_hold(
                visit_ref=ref,
                reason=data["reason"],
                text=data["text"],
                resume_at=resume_at,
                actor=request.actor,
                now=clock.now(),
            )
        except DomainError as error:
            _errors_keep(form, error)
        else:
            return draft_done(_to_visit(ref), f"hold-{ref}")
    return _form_page(request, "crew/hold.html", {**context, "form": form})


@page(access=CREW, methods=("GET", "POST"))
def finish(request: PageRequest, ref: str) -> HttpResponse:
    """Finish with proof: photos first, then checklist and note."""
    context = visit_context(request, ref)
    form = FinishForm(request.POST or None)
    detail = context["visit"]
    lines = getattr(detail, "checklist", ())
    form.fields["checklist"].choices = [(str(line.position), line.text) for line in lines]  # type: ignore[attr-defined]
    photo_errors: list[str] = []
    if request.method == "POST" and form.is_valid():
        photo_errors = _photos_keep(request, ref)
        if not photo_errors:
            try:
                services.visit_finish(
                    visit_ref=ref,
                    checklist=[int(position) for position in form.cleaned_data["checklist"]],
                    note=form.cleaned_data["note"],
                    actor=request.actor,
                    now=clock.now(),
                )
            except DomainError as error:
                _errors_keep(form, error)
            else:
                return draft_done(_to_visit(ref), f"finish-{ref}")
        context = visit_context(request, ref)
    context |= {"form": form, "photo_errors": photo_errors}
    answer = _form_page(request, "crew/finish.html", context)
    if photo_errors:
        answer.status_code = 422
    return answer


def _photos_keep(request: PageRequest, ref: str) -> list[str]:
    """Keep each uploaded photo; those that cannot be kept are named, the others stay."""
    errors = []
    for upload in request.FILES.getlist("photos"):
        try:
            services.photo_add(visit_ref=ref, upload=upload, actor=request.actor, now=clock.now())
        except DomainError as error:
            errors.append(" ".join(map(str, error.fields.values())) or str(error))
    return errors


@page(access=CREW, methods=("GET", "POST"))
def fail(request: PageRequest, ref: str) -> HttpResponse:
    """The work could not be done: with a reason, and the desk takes over."""
    context = visit_context(request, ref)
    form = ReasonForm(list(NotDoneReason.choices), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.visit_fail(visit_ref=ref, actor=request.actor, now=clock.now(), **form.cleaned_data)
        except DomainError as error:
            _errors_keep(form, error)
        else:
            messages.success(request, _("Noted. The desk decides what comes next."))
            return draft_done(_to_visit(ref), f"fail-{ref}")
    return _form_page(request, "crew/fail.html", {**context, "form": form})


@page(access=CREW, methods=("POST",))
def undo(request: PageRequest, ref: str) -> HttpResponse:
    """Take the last step back."""
    services.visit_undo(visit_ref=ref, actor=request.actor, now=clock.now())
    messages.success(request, _("Taken back."))
    return _to_visit(ref)


@page(access=CREW, methods=("GET", "POST"))
def cash(request: PageRequest, ref: str) -> HttpResponse:
    """Take the money in cash: the amount is shown and confirmed."""
    if request.method == "POST":
        services.cash_take(visit_ref=ref, actor=request.actor, now=clock.now())
        messages.success(request, _("Paid. Thank you."))
        return _to_visit(ref)
    return render(request, "crew/cash.html", visit_context(request, ref))
