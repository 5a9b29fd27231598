"""The second factor: an authenticator app, passkeys, recovery codes (U2).

Each proof is claimed by a conditional update before it counts, so that the same digits, the same recovery
code or a copied key open nothing twice, on however many machines they are typed at one moment.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from paidan.accounts import limits, passkeys, totp, vault
from paidan.accounts.constants import RoleCode
from paidan.accounts.errors import LastWayIn, PasskeyWrong, SecondFactorNeeded, SecondFactorWrong
from paidan.accounts.models import AuthenticatorApp, Identity, Passkey, RecoveryCode, User
from paidan.accounts.passkeys import Site
from paidan.accounts.policy import ADMINISTRATORS_NEED_SECOND_FACTOR
from paidan.accounts.services.identities import has_way_in
from paidan.accounts.services.limits import Limit, Window, hits_forget, hits_take
from paidan.kernel.errors import Invalid, NotFound

RECOVERY_CODES = 10
MOST_PASSKEYS = 10
NAME_LENGTH = 80
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
_LETTERS = 10


def app_confirm(*, user_id: int, secret: bytes, code: str, now: datetime) -> None:
    """Keep an authenticator app once it shows the right digits; one that was there before is replaced.

    Raises:
        SecondFactorWrong: the digits are not those of this secret.
        TooMany: guessed too often.
    """
    with _counted(user_id, now=now):
        counter = totp.counter_of_code(secret, _digits(code), now=now)
        if counter is None:
            raise SecondFactorWrong(fields={"code": SecondFactorWrong.message})
    fresh = {"secret": vault.sealed(secret), "last_counter": counter, "created_at": now, "last_used_at": None}
    AuthenticatorApp.objects.update_or_create(user_id=user_id, defaults=fresh)


def app_remove(*, user_id: int) -> None:
    """Forget the authenticator app.

    Raises:
        SecondFactorNeeded: an administrator would be left without a second factor.
        NotFound: there is none.
    """
    with transaction.atomic():
        user = _locked(user_id)
        _check_another_stays(user, others=Passkey.objects.filter(user_id=user_id).exists())
        if not AuthenticatorApp.objects.filter(user_id=user_id).delete()[0]:
            raise NotFound
        _codes_follow(user_id)


def passkey_add(
    *, user_id: int, site: Site, state: Mapping[str, Any], answer: Mapping[str, Any], name: str, now: datetime
) -> Passkey:
    """Keep the key a device has made for this challenge.

    Raises:
        PasskeyWrong: it was made for something else, or somebody has it already.
        Invalid: the name is too long, or there are ten keys.
    """
    label = name.strip()
    if len(label) > NAME_LENGTH:
        raise Invalid(fields={"name": _("At most 80 characters, please.")})
    made = passkeys.making_end(site, state=dict(state), answer=answer)
    try:
        with transaction.atomic():
            _locked(user_id)
            if Passkey.objects.filter(user_id=user_id).count() >= MOST_PASSKEYS:
                raise Invalid(fields={"name": _("Ten passkeys are enough. Remove one first.")})
            return Passkey.objects.create(
                user_id=user_id,
                name=label,
                credential_id=made.credential_id,
                credential=made.credential,
                sign_count=made.sign_count,
                created_at=now,
            )
    except IntegrityError as error:
        raise PasskeyWrong from error


def passkey_remove(*, user_id: int, passkey_id: int) -> None:
    """Forget one of one's own passkeys.

    Raises:
        SecondFactorNeeded: an administrator would be left without a second factor.
        LastWayIn: nothing else would open the account.
        NotFound: it does not exist, or is somebody else's.
    """
    with transaction.atomic():
        user = _locked(user_id)
        mine = Passkey.objects.filter(user_id=user_id)
        if not mine.filter(pk=passkey_id).exists():
            raise NotFound
        has_app = AuthenticatorApp.objects.filter(user_id=user_id).exists()
        _check_another_stays(user, others=has_app or mine.exclude(pk=passkey_id).exists())
        mine.filter(pk=passkey_id).delete()
        if not (has_way_in(user) or Identity.objects.filter(user_id=user_id).exists()):
            raise LastWayIn
        _codes_follow(user_id)


def recovery_codes_make(*, user_id: int) -> list[str]:
    """Ten fresh recovery codes, shown this once; those before them are worthless.

    Raises:
        Invalid: there is no second factor that they could stand in for.
    """
    with transaction.atomic():
        _locked(user_id)
        if not _has_factor(user_id):
            raise Invalid(fields={"codes": _("Set up an app or a passkey first.")})
        codes = [_recovery_code() for _number in range(RECOVERY_CODES)]
        RecoveryCode.objects.filter(user_id=user_id).delete()
        RecoveryCode.objects.bulk_create(
            [RecoveryCode(user_id=user_id, code_hash=_code_hash(user_id, code)) for code in codes]
        )
    return codes


def second_factor_by_code(*, user_id: int, code: str, now: datetime) -> None:
    """Let pass whoever has the app's digits of this minute, or a recovery code that nobody used.

    Raises:
        SecondFactorWrong: neither.
        TooMany: guessed too often.
    """
    with _counted(user_id, now=now):
        is_of_app = len(_digits(code)) == totp.DIGITS == len(code.replace(" ", ""))
        claims = _app_claims if is_of_app else _recovery_claims
        if not claims(user_id, code, now=now):
            raise SecondFactorWrong(fields={"code": SecondFactorWrong.message})


def second_factor_by_passkey(
    *, user_id: int, site: Site, state: Mapping[str, Any], answer: Mapping[str, Any], now: datetime
) -> None:
    """Let pass whoever holds one of the user's keys.

    Raises:
        PasskeyWrong: it is none of them, or it was copied.
    """
    known = [bytes(key) for key in Passkey.objects.filter(user_id=user_id).values_list("credential", flat=True)]
    _passkey_claim(user_id, passkeys.showing_end(site, state=dict(state), known=known, answer=answer), now=now)


def login_by_passkey(*, site: Site, state: Mapping[str, Any], answer: Mapping[str, Any], now: datetime) -> User:
    """The user whose key a device shows; the device has checked its owner, so nothing else is asked.

    Raises:
        PasskeyWrong: it is nobody's, its owner may not log in, or it was copied: all in the same words.
    """
    wanted = passkeys.showing_key(answer)
    key = Passkey.objects.select_related("user__role").filter(credential_id=wanted, user__is_active=True).first()
    if key is None:
        raise PasskeyWrong
    shown = passkeys.showing_end(site, state=dict(state), known=[bytes(key.credential)], answer=answer)
    _passkey_claim(key.user_id, shown, now=now)
    return key.user


def second_factors_forget(*, user_id: int) -> None:
    """Forget every second factor of a user; who may ask for that is the caller's to check."""
    with transaction.atomic():
        _locked(user_id)
        for kept in (AuthenticatorApp, Passkey, RecoveryCode):
            kept.objects.filter(user_id=user_id).delete()


def _app_claims(user_id: int, code: str, *, now: datetime) -> bool:
    app = AuthenticatorApp.objects.filter(user_id=user_id).first()
    if app is None:
        return False
    try:
        counter = totp.counter_of_code(vault.unsealed(bytes(app.secret)), _digits(code), now=now)
    except vault.Unreadable:
        return False
    if counter is None:
        return False
    unused = AuthenticatorApp.objects.filter(pk=app.pk, last_counter__lt=counter)
    return bool(unused.update(last_counter=counter, last_used_at=now))


def _recovery_claims(user_id: int, code: str, *, now: datetime) -> bool:
    unused = RecoveryCode.objects.filter(user_id=user_id, code_hash=_code_hash(user_id, code), used_at__isnull=True)
    return bool(unused.update(used_at=now))


def _passkey_claim(user_id: int, shown: passkeys.ShownKey, *, now: datetime) -> None:
    # A device that counts never shows the same number twice; one that does not count shows 0.
    newer = Q(sign_count__lt=shown.sign_count)
    if shown.sign_count == 0:
        newer |= Q(sign_count=0)
    mine = Passkey.objects.filter(user_id=user_id, credential_id=shown.credential_id)
    if not mine.filter(newer).update(sign_count=shown.sign_count, last_used_at=now):
        raise PasskeyWrong


class _counted:  # noqa: N801  # read as a verb: with _counted(…)
    """Count a try before it is judged; a right one clears the count."""

    def __init__(self, user_id: int, *, now: datetime) -> None:
        windows = (
            Window(limits.PASSWORDS_PER_LOGIN_PER_5_MINUTES.value(), 300),
            Window(limits.PASSWORDS_PER_LOGIN_PER_DAY.value(), 86_400),
        )
        self.limit = Limit("second_factor", f"user:{user_id}", windows)
        self.now = now

    def __enter__(self) -> None:
        hits_take([self.limit], now=self.now)

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            hits_forget(self.limit)


def _locked(user_id: int) -> User:
    user = User.objects.select_for_update(of=("self",)).select_related("role").filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user


def _check_another_stays(user: User, *, others: bool) -> None:
    if not others and user.role.code == RoleCode.ADMINISTRATOR and ADMINISTRATORS_NEED_SECOND_FACTOR.is_on():
        raise SecondFactorNeeded


def _has_factor(user_id: int) -> bool:
    return any(kept.objects.filter(user_id=user_id).exists() for kept in (AuthenticatorApp, Passkey))


def _codes_follow(user_id: int) -> None:
    """Recovery codes stand in for a factor; without one they go too."""
    if not _has_factor(user_id):
        RecoveryCode.objects.filter(user_id=user_id).delete()


def _digits(code: str) -> str:
    return "".join(letter for letter in code if letter.isascii() and letter.isdigit())


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _place in range(_LETTERS))
    return f"{letters[:5]}-{letters[5:]}"


def _code_hash(user_id: int, code: str) -> bytes:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return salted_hmac("paidan.recovery_code", f"{user_id}:{plain}", algorithm="sha256").digest()
