"""What is amiss with an item version before customers see it (M2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from paidan.catalog.constants import PriceKind, QuestionKind
from paidan.catalog.models import ServiceItemVersion

LEAST_CHOICES = 2


def lint_name(version: ServiceItemVersion) -> Iterator[str]:
    """Customers read it in Chinese first."""
    if not version.name.get("zh"):
        yield _("It has no Chinese name.")


def lint_price(version: ServiceItemVersion) -> Iterator[str]:
    """A fixed price of nothing is a slip; a quote may begin with a free inspection."""
    if version.price_kind == PriceKind.FIXED and not version.price_minor:
        yield _("It has a fixed price of 0.")


def lint_skills(version: ServiceItemVersion) -> Iterator[str]:
    """Without a skill everybody could be sent."""
    if not version.needs.all():
        yield _("It asks for no skill: every technician could be sent.")


def lint_skills_retired(version: ServiceItemVersion) -> Iterator[str]:
    """A retired skill is one that nobody will have."""
    if any(need.skill.retired_at is not None for need in version.needs.all()):
        yield _("It asks for a skill that is retired.")


def lint_questions(version: ServiceItemVersion) -> Iterator[str]:
    """A list needs something to choose from, and every question its Chinese."""
    for question in version.questions.all():
        if question.kind == QuestionKind.CHOICE and len(question.choices) < LEAST_CHOICES:
            yield _("The question “%(question)s” has nothing to choose from.") % {"question": question}
        if not question.text.get("zh"):
            yield _("The question “%(question)s” has no Chinese text.") % {"question": question}


def lint_add_ons(version: ServiceItemVersion) -> Iterator[str]:
    """Every add-on is shown to customers by its name."""
    for add_on in version.add_ons.all():
        if not add_on.name.get("zh"):
            yield _("The add-on “%(add_on)s” has no Chinese name.") % {"add_on": add_on}


RULES: tuple[Callable[[ServiceItemVersion], Iterator[str]], ...] = (
    lint_name,
    lint_price,
    lint_skills,
    lint_skills_retired,
    lint_questions,
    lint_add_ons,
)


def version_findings(version: ServiceItemVersion) -> tuple[str, ...]:
    """Everything that should be put right before the version takes effect, in the reader's language."""
    return tuple(finding for rule in RULES for finding in rule(version))
