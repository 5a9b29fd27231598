"""The policy in force: weights in equivalent seconds of travel (DISPATCH §2)."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields

from paidan.dispatch.constants import PolicyStatus
from paidan.dispatch.models import Policy
from paidan.kernel import clock

STANDARD = "standard"
REMEMBERED_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each preference is worth, in seconds of travel.

    Attributes:
        level_step: for each level above need: a bonus for demanding work, a malus for ordinary work.
        rating_star: for each star above or below the mean of 4.
        load_visit: for each visit already taken, growing with their number.
        idle_share: share (per cent) of the waiting time before the visit that counts.
        experience_year: bonus for each year, up to ten.
        waiting_price: price of leaving a visit for the next round.
        urgent_factor: the price of waiting is multiplied by this for urgent work, squared for emergencies.
    """

    level_step: int = 240
    rating_star: int = 360
    load_visit: int = 300
    idle_share: int = 10
    experience_year: int = 20
    waiting_price: int = 14_400
    urgent_factor: int = 3

    @classmethod
    def of(cls, data: dict[str, int]) -> Weights:
        """Weights from a policy's data; what it does not name keeps its default."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: int(value) for name, value in data.items() if name in known})


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    id: int
    code: str
    version: int
    weights: Weights


def _standard() -> Policy:
    row, _ = Policy.objects.get_or_create(
        code=STANDARD,
        version=1,
        defaults={
            "name": {"zh": "标准策略", "en": "Standard policy"},
            "status": PolicyStatus.ACTIVE,
            "weights": asdict(Weights()),
            "effective_at": clock.now(),
        },
    )
    return row


_remembered: list[tuple[float, PolicyInForce]] = []


def policy_in_force() -> PolicyInForce:
    """The active policy; remembered for two seconds, because every grab asks for it.

    A new installation gets the standard policy with its default weights.
    """
    if _remembered and time.monotonic() - _remembered[0][0] < REMEMBERED_SECONDS:
        return _remembered[0][1]
    row = Policy.objects.filter(code=STANDARD, status=PolicyStatus.ACTIVE).first()
    if row is None:
        # Not remembered: the transaction that makes it may yet be undone.
        return _in_force(_standard())
    policy = _in_force(row)
    _remembered[:] = [(time.monotonic(), policy)]
    return policy


def _in_force(row: Policy) -> PolicyInForce:
    return PolicyInForce(row.pk, row.code, row.version, Weights.of(row.weights))


def policy_forget() -> None:
    """Ask the database again next time."""
    _remembered.clear()
