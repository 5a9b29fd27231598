"""What is going on at this moment: technicians on their way, at the door, at work, waiting, done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from io import BytesIO

from PIL import Image, ImageDraw

from paidan.catalog.constants import DispatchMode
from paidan.catalog.models import ServiceItemVersion
from paidan.demo.history.demand import ZONE
from paidan.demo.history.duty import Duty
from paidan.demo.present.stage import Stage, attempted, booking_make, grabbed
from paidan.dispatch.slots import DAY_HOURS, WINDOW
from paidan.fieldwork.services import photo_add, visit_arrive, visit_depart, visit_finish, visit_hold, visit_start
from paidan.kernel.actors import Actor
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import HoldReason, VisitStatus
from paidan.visits.models import Visit

# State → planned start in minutes from now, in the order in which they are tried. Around a change of shifts
# only those who overrun are still out, hence the early ones.
PLANNED: dict[VisitStatus, tuple[int, ...]] = {
    VisitStatus.EN_ROUTE: (12, 20, 5, -20, -45, -70),
    VisitStatus.ARRIVED: (0, 4, -20, -45, -70),
    VisitStatus.WORKING: (-25, -40, -15, -55, -70, -85),
    VisitStatus.ON_HOLD: (-45, -60, -75, -90),
    VisitStatus.FINISHED: (-60, -75, -50, -90, -105),
}
_EXTRA = (
    VisitStatus.WORKING,
    VisitStatus.WORKING,
    VisitStatus.EN_ROUTE,
    VisitStatus.FINISHED,
    VisitStatus.ARRIVED,
)
BUSY = 0.55
"""Share of the people on duty who are out at any moment."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One visit as it is to be found: its state, its technician's shift, its item, when work was to start."""

    state: VisitStatus
    duty: Duty
    version: ServiceItemVersion
    planned: datetime

    @property
    def window(self) -> TimeSpan:
        local = self.planned.astimezone(ZONE)
        opens = datetime.combine(local.date(), time(local.hour - local.hour % 2), tzinfo=ZONE)
        return TimeSpan(opens, opens + WINDOW)


def scenes_set(stage: Stage, territory_ids: tuple[int, ...]) -> dict[VisitStatus, int]:
    """Bring the city to life at ``stage.now``; returns how many visits stand in each state."""
    counts = dict.fromkeys(PLANNED, 0)
    busy: set[int] = set()
    for place, state in enumerate(PLANNED):
        # Each state at least once, wherever somebody is in a position to be in it.
        turn = territory_ids[place:] + territory_ids[:place]
        counts[state] += next((1 for territory_id in turn if _anybody(stage, territory_id, state, busy)), 0)
    around = TimeSpan(stage.now, stage.now + timedelta(minutes=1))
    for territory_id in territory_ids:
        for duty in stage.on_duty(territory_id, around):
            if duty.worker.technician.pk not in busy and stage.rng.random() < BUSY:
                state = stage.rng.choice(_EXTRA)
                counts[state] += _somebody(stage, duty, state, busy)
    return counts


def _anybody(stage: Stage, territory_id: int, state: VisitStatus, busy: set[int]) -> bool:
    span = TimeSpan(stage.now - timedelta(minutes=110), stage.now + timedelta(minutes=30))
    return any(_somebody(stage, duty, state, busy) for duty in stage.on_duty(territory_id, span))


def _somebody(stage: Stage, duty: Duty, state: VisitStatus, busy: set[int]) -> bool:
    """Find a visit that puts this technician into the state; ``False`` when there is none."""
    if duty.worker.technician.pk in busy:
        return False
    for minutes in PLANNED[state]:
        planned = stage.now + timedelta(minutes=minutes)
        for version in _versions(stage, duty, planned):
            if attempted(partial(_play, stage, Scene(state, duty, version, planned))):
                busy.add(duty.worker.technician.pk)
                return True
    return False


def _versions(stage: Stage, duty: Duty, planned: datetime) -> list[ServiceItemVersion]:
    """Up to three items this technician could have started then and there."""
    opens = planned.astimezone(ZONE).hour
    by_day = opens - opens % 2 in DAY_HOURS
    left = (duty.span.end - planned).total_seconds() / 60
    found = [
        version
        for version in stage.demand.versions
        if version.mode == DispatchMode.GRAB_FIRST
        and (by_day or version.is_round_the_clock)
        and version.duration_minutes <= left
        and planned >= duty.span.start
        and stage.can_do(duty.worker, version)
    ]
    return stage.rng.sample(found, min(3, len(found)))


def _play(stage: Stage, scene: Scene) -> bool:
    """Take the booking, let the technician grab it, and go through the steps up to the state.

    Raises:
        DomainError: a service refused; the caller rolls back.
    """
    actor = scene.duty.worker.actor
    address = stage.doors_near(scene.duty.worker, scene.duty.shift.territory_id)[0]
    at = min(scene.window.start - timedelta(minutes=35), scene.planned - timedelta(minutes=70))
    view = booking_make(stage, scene.version, address, scene.window, at=at)
    if not view.is_confirmed:
        return False
    visit = Visit.objects.select_related("territory", "customer").get(ref=view.visit_ref)
    grabbed(stage, visit, actor, at=at + timedelta(seconds=3))
    _steps(stage, scene, visit.ref, actor)
    return True


def _steps(stage: Stage, scene: Scene, ref: str, actor: Actor) -> None:
    now = stage.now

    def ago(minutes: float) -> datetime:
        return now - timedelta(minutes=minutes)

    if scene.state is VisitStatus.EN_ROUTE:
        visit_depart(visit_ref=ref, actor=actor, now=ago(6))
        return
    if scene.state is VisitStatus.ARRIVED:
        visit_depart(visit_ref=ref, actor=actor, now=ago(19))
        visit_arrive(visit_ref=ref, actor=actor, now=ago(2))
        return
    started = min(scene.planned + timedelta(minutes=3), ago(11))
    visit_depart(visit_ref=ref, actor=actor, now=started - timedelta(minutes=18))
    visit_arrive(visit_ref=ref, actor=actor, now=started - timedelta(minutes=4))
    visit_start(visit_ref=ref, actor=actor, now=started)
    if scene.state is VisitStatus.ON_HOLD:
        resume_at = max(ago(8), min(now + timedelta(minutes=25), scene.duty.span.end))
        reason = HoldReason.WAITING_FOR_PART
        visit_hold(visit_ref=ref, reason=reason, resume_at=resume_at, actor=actor, now=ago(9))
    elif scene.state is VisitStatus.FINISHED:
        photo_add(visit_ref=ref, upload=photo_drawn(stage), actor=actor, now=ago(5))
        checklist = range(len(scene.version.checklist))
        visit_finish(visit_ref=ref, actor=actor, now=ago(4), checklist=checklist)


def photo_drawn(stage: Stage) -> BytesIO:
    """A drawn picture in place of a photo of the finished work."""
    rng = stage.rng
    picture = Image.new("RGB", (960, 720), (rng.randint(190, 225), rng.randint(200, 230), rng.randint(205, 235)))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 520, 960, 720), fill=(168, 150, 130))
    draw.rounded_rectangle((300, 180, 660, 560), radius=28, fill=(246, 247, 249), outline=(120, 130, 140), width=6)
    draw.ellipse((390, 270, 570, 450), outline=(70, 120, 160), width=14)
    draw.rectangle((340, 210, 430, 232), fill=(70, 160, 110))
    content = BytesIO()
    picture.save(content, "JPEG", quality=85)
    content.seek(0)
    return content
