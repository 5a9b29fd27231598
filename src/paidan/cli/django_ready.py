"""Django, set up for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from paidan.cli.sentences import Refusal, language

SETTINGS = "paidan.config.settings"


def django_setup() -> None:
    """Load settings and apps, and speak the terminal's language.

    Raises:
        Refusal: an environment variable has a value that cannot be used.
    """
    import django
    from django.utils import translation

    from paidan.config.env import EnvironmentInvalid

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    try:
        django.setup()
    except EnvironmentInvalid as error:
        raise Refusal("%(reason)s", reason=error) from error
    translation.activate(language().replace("_", "-").lower())


@contextmanager
def refusals_said() -> Iterator[None]:
    """A refusal of the domain becomes the command's sentence.

    Raises:
        Refusal: the work inside was refused.
    """
    from paidan.kernel.errors import DomainError

    try:
        yield
    except (DomainError, ValueError) as error:
        raise Refusal("%(reason)s", reason=error) from error
