"""What customers said afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from paidan.demo.history.duty import Worker
from paidan.demo.history.writing import HistoryWriter
from paidan.demo.identity import reference
from paidan.reviews.constants import LOW_RATING, Dimension
from paidan.reviews.events import ReviewSubmitted
from paidan.reviews.models import Review
from paidan.visits.models import Visit
from paidan.workforce.models import Technician
from paidan.workforce.ratings import PRIOR_STARS, PRIOR_WEIGHT
from paidan.worklist.constants import WorkKind, WorkStatus
from paidan.worklist.models import WorkItem

_PRAISE = (
    "师傅很专业，讲解耐心，价格透明。",
    "来得很快，一会儿就修好了。",
    "态度好，干完活还把地面收拾干净了。",
    "很满意，下次还找这位师傅。",
    "准时上门，手艺不错。",
    "",
    "",
)
_FAIR = ("整体还行，就是等得有点久。", "问题解决了，沟通可以再主动些。", "一般。", "")
_BLAME = ("来晚了也没有提前打电话。", "修完第二天又出问题了。", "态度有点急躁。", "收拾得不太干净。")
LATE_COSTS_STARS = 0.7
GOES_WRONG = 0.03


def review_write(
    writer: HistoryWriter, visit: Visit, worker: Worker, *, was_late: bool, at: datetime, rng: Random
) -> None:
    """A review drawn from what the technician usually earns; being late costs response speed."""
    mood = worker.quality - (rng.uniform(1.2, 2.6) if rng.random() < GOES_WRONG else 0)
    drawn = [_level(rng, mood - LATE_COSTS_STARS * was_late * _weight(dim)) for dim in Dimension]
    attitude, quality, response, skill = drawn
    stars = sum(drawn) / len(drawn)
    worker.stars.append(stars)
    review = Review(
        visit=visit,
        technician=worker.technician,
        text=rng.choice(_PRAISE if stars >= 4.25 else _FAIR if stars >= 3 else _BLAME),
        created_at=at,
        attitude=attitude,
        quality=quality,
        response=response,
        skill=skill,
    )
    writer.keep(review)
    writer.tell(
        at,
        lambda: ReviewSubmitted(
            review_id=review.pk,
            visit_id=visit.pk,
            visit_ref=visit.ref,
            booking_ref=visit.booking_ref,
            technician_id=worker.technician.pk,
            attitude=attitude,
            quality=quality,
            response=response,
            skill=skill,
            refs=(visit.ref, visit.booking_ref),
        ),
    )
    lowest = min(drawn)
    if lowest <= LOW_RATING:
        writer.keep(_call_back(writer, visit, lowest, at, rng))


def _weight(dimension: Dimension) -> float:
    return 2.0 if dimension is Dimension.RESPONSE else 0.5


def _level(rng: Random, mean: float) -> int:
    return max(1, min(5, round(rng.gauss(mean, 0.55))))


def _call_back(writer: HistoryWriter, visit: Visit, lowest: int, at: datetime, rng: Random) -> WorkItem:
    """Low ratings were called back within hours; the newest ones still wait."""
    done_at = at + timedelta(hours=rng.uniform(1, 20))
    is_done = writer.reaches(done_at)
    return WorkItem(
        ref=reference(rng, "W"),
        kind=WorkKind.LOW_RATING,
        subject_ref=visit.ref,
        territory_id=visit.territory_id,
        facts={"stars": lowest},
        status=WorkStatus.DONE if is_done else WorkStatus.OPEN,
        due_at=at + timedelta(hours=24),
        created_at=at,
        closed_at=done_at if is_done else None,
        closed_by_key="system" if is_done else "",
    )


def ratings_keep(workers: tuple[Worker, ...]) -> None:
    """Give every technician the rating that their reviews add up to: (n·x̄ + κ·μ) / (n + κ)."""
    rated = [worker for worker in workers if worker.stars]
    for worker in rated:
        worker.technician.rating_count = len(worker.stars)
        worker.technician.rating_mean = (PRIOR_STARS * PRIOR_WEIGHT + sum(worker.stars)) / (
            PRIOR_WEIGHT + len(worker.stars)
        )
    Technician.objects.bulk_update([worker.technician for worker in rated], ["rating_mean", "rating_count"])
