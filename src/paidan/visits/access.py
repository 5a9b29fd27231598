"""The only door to a visit."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from paidan.accounts.access import require
from paidan.accounts.constants import LinkPurpose, Permission, RoleCode
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import NotFound
from paidan.kernel.refs import read_ref
from paidan.visits.models import Assignment, Visit
from paidan.workforce.models import TerritoryScope

EVERYWHERE = frozenset({RoleCode.ADMINISTRATOR, RoleCode.MANAGER, RoleCode.CUSTOMER_SERVICE})


def visits_visible_to(actor: Actor) -> QuerySet[Visit]:
    """All visits the actor may know of.

    Managers and customer service: all. Dispatchers: their territories. Technicians: what is or was
    theirs to the end; team leads: their team's as well. Customers: their own. Links: what they open.
    """
    visits = Visit.objects.all()
    if actor.kind is ActorKind.SYSTEM or actor.role in EVERYWHERE:
        return visits
    if actor.kind is ActorKind.LINK:
        by_link = {
            LinkPurpose.BOOKING: Q(booking_ref=actor.link_subject),
            LinkPurpose.REVIEW: Q(ref=actor.link_subject),
        }
        condition = by_link.get(LinkPurpose(actor.link_purpose))
        return visits.filter(condition) if condition is not None else visits.none()
    if actor.role == RoleCode.DISPATCHER:
        return visits.filter(territory__in=TerritoryScope.objects.filter(user=actor.user_id).values("territory"))
    if actor.role == RoleCode.CUSTOMER:
        return visits.filter(customer__user=actor.user_id)
    if actor.role in {RoleCode.TECHNICIAN, RoleCode.TEAM_LEAD}:
        return visits.filter(Exists(_assignments_of_crew(actor).filter(visit=OuterRef("pk"))))
    return visits.none()


def _assignments_of_crew(actor: Actor) -> QuerySet[Assignment]:
    theirs = Q(technician__user=actor.user_id)
    if actor.role == RoleCode.TEAM_LEAD:
        theirs |= Q(technician__team__lead__user=actor.user_id)
    kept = Q(ended_at__isnull=True) | Q(end_reason="cancelled")
    return Assignment.objects.filter(theirs & kept)


def visit_for(actor: Actor, ref: str, permission: Permission) -> Visit:
    """The visit behind a reference, if the actor may do this with it.

    A link and a customer need no permission beyond the visit being theirs.

    Raises:
        NotFound: there is none, or it is not theirs to see.
        Forbidden: they may see it, but not do this.
    """
    visit = (
        visits_visible_to(actor)
        .select_related("territory", "customer", "item_version", "item_version__item")
        .filter(ref=read_ref(ref))
        .first()
    )
    if visit is None:
        raise NotFound
    if actor.kind is not ActorKind.LINK and actor.role != RoleCode.CUSTOMER:
        require(actor, permission)
    return visit


def own_visit_for(actor: Actor, ref: str) -> tuple[Visit, Assignment]:
    """The visit and its live assignment, for the technician it is assigned to.

    Raises:
        NotFound: it is not assigned to the actor.
    """
    return _own_visit(actor, ref, Assignment.objects.all())


def own_visit_lock(actor: Actor, ref: str) -> tuple[Visit, Assignment]:
    """As ``own_visit_for``; the assignment stays the actor's until the transaction ends.

    A visit may come back to the same state in other hands, so its status alone does not say whose step it is.

    Raises:
        NotFound: it is not, or no longer, assigned to the actor.
    """
    return _own_visit(actor, ref, Assignment.objects.select_for_update(of=("self",)))


def _own_visit(actor: Actor, ref: str, assignments: QuerySet[Assignment]) -> tuple[Visit, Assignment]:
    assignment = (
        assignments.select_related(
            "visit",
            "visit__territory",
            "visit__customer",
            "visit__item_version",
            "visit__item_version__item",
            "technician",
        )
        .filter(visit__ref=read_ref(ref), technician__user=actor.user_id, ended_at__isnull=True)
        .first()
        if actor.user_id is not None
        else None
    )
    if assignment is None:
        raise NotFound
    require(actor, Permission.EXECUTE_VISITS)
    return assignment.visit, assignment
