"""``paidan apikey create``: a key for programs, printed once."""

from __future__ import annotations

import argparse
from datetime import timedelta

from paidan.cli.database import database
from paidan.cli.django_ready import django_setup, refusals_said
from paidan.cli.sentences import Refusal, gettext_noop

_NOBODY = gettext_noop("Nobody logs in as %(login)s.")
_UNKNOWN_SCOPES = gettext_noop("These are not permissions: %(scopes)s. Permissions are: %(known)s.")
_LABEL = "command line"


def run(options: argparse.Namespace) -> int:
    """Print a new key of the user."""
    with database(options.data):
        django_setup()
        with refusals_said():
            print(_create(options))
    return 0


def _create(options: argparse.Namespace) -> str:
    from django.db.models import Q

    from paidan.accounts.logins import login_normalised
    from paidan.accounts.models import User
    from paidan.accounts.services import api_key_create
    from paidan.kernel import clock

    login = login_normalised(options.user)
    user = User.objects.filter(Q(phone=login) | Q(email=login), is_active=True).first()
    if user is None:
        raise Refusal(_NOBODY, login=options.user)
    expires_at = clock.now() + timedelta(days=options.expires) if options.expires else None
    return api_key_create(user_id=user.pk, label=_LABEL, scopes=_scopes(options.scopes), expires_at=expires_at)


def _scopes(text: str) -> list[str]:
    """The permissions named in ``text``.

    Raises:
        Refusal: one of them does not exist.
    """
    from paidan.accounts.constants import Permission

    known = {str(permission.value) for permission in Permission}
    wanted = sorted({part.strip() for part in text.split(",")} - {""})
    unknown = [scope for scope in wanted if scope not in known]
    if unknown:
        raise Refusal(_UNKNOWN_SCOPES, scopes=", ".join(unknown), known=", ".join(sorted(known)))
    return wanted
