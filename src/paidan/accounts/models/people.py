"""People, roles, keys and links."""

from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.kernel.texts import LocalizedTextField, localized

PHONE = RegexValidator(r"^\+[1-9]\d{6,14}$", _("A phone number looks like +8613800138000."))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Role(models.Model):
    """A named set of permissions: one row of the role matrix."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = LocalizedTextField(_("name"))
    permissions = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("permissions"))

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("pk",)

    def __str__(self) -> str:
        return localized(self.name) or self.code


class UserManager(BaseUserManager["User"]):
    """Creates users; Django's commands need these two methods."""

    def create_user(self, *, password: str | None = None, **fields: Any) -> User:
        user = self.model(**fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, password: str | None = None, **fields: Any) -> User:
        fields.setdefault("role", Role.objects.get(code=RoleCode.ADMINISTRATOR))
        return self.create_user(password=password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(models.Q(phone=username) | models.Q(email=username))


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    fields=["role", "is_active", "is_staff", "is_superuser", "session_round", "second_factors_reset_at"],
    model_name="UserEvent",
)
class User(AbstractBaseUser, PermissionsMixin):
    """A person who can log in, by phone or e-mail.

    ``phone`` is E.164; ``email`` is kept in lower case. At least one of them is set. Every session
    knows the ``session_round`` it began in: the next round ends them all, on every device.
    """

    phone = models.CharField(_("phone"), max_length=16, unique=True, null=True, blank=True, validators=[PHONE])
    phone_verified = models.BooleanField(_("phone verified"), default=False)
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+", verbose_name=_("role"))
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the back office"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    session_round = models.PositiveIntegerField(_("logged out everywhere"), default=0, editable=False)
    second_factors_reset_at = models.DateTimeField(_("second factors reset at"), null=True, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "phone"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.CheckConstraint(
                name="accounts_user_reachable",
                condition=models.Q(phone__isnull=False) | models.Q(email__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    def get_full_name(self) -> str:
        """What Django's own templates call the person."""
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    def get_session_auth_hash(self) -> str:
        """What a session must carry to stay open: another password or another round ends it."""
        base = super().get_session_auth_hash()
        return f"{base}.{self.session_round}" if self.session_round else base

    def get_username(self) -> str:
        """The login name; whoever has no phone logs in by e-mail."""
        return self.phone or self.email or ""


class ApiKey(models.Model):
    """A key for programs; only its SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("user"))
    label = models.CharField(_("label"), max_length=80, blank=True)
    key_hash = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return self.label or f"#{self.pk}"


class Link(models.Model):
    """A link that opens one thing without log-in; its token has 160 random bits and is kept hashed."""

    purpose = models.CharField(max_length=20, choices=LinkPurpose.choices)
    subject = models.CharField(max_length=20)
    token_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject}"


class LoginCode(models.Model):
    """A code sent to a phone: six digits, ten minutes, five tries, one use, one browser.

    Only an HMAC over the browser's secret, the phone and the code is kept, so that neither the
    table nor the browser's session alone tells the code.
    """

    code_hash = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("expires_at",), name="accounts_code_age"),)

    def __str__(self) -> str:
        return f"#{self.pk}"


class RateLog(models.Model):
    """When something was last done by or to somebody; the key is an HMAC and names nobody."""

    key = models.CharField(max_length=64, primary_key=True)
    hits = ArrayField(models.DateTimeField(), default=list)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("changed_at",), name="accounts_rate_age"),)

    def __str__(self) -> str:
        return self.key


class SavedView(models.Model):
    """A list as somebody likes to see it: its address line under a name."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "page", "name"), name="accounts_view_name_once"),)

    def __str__(self) -> str:
        return self.name


class AuthenticatorApp(models.Model):
    """A phone's app that shows six digits anew every half minute (RFC 6238).

    The secret is kept encrypted with the installation's key. ``last_counter`` is the half minute of the
    newest digits that opened something: the same digits open nothing again, not even at the same moment.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    secret = models.BinaryField(max_length=400)
    last_counter = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"#{self.pk}"


class Passkey(models.Model):
    """A key that a device keeps for its owner (WebAuthn); ours is only the public half."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    credential_id = models.BinaryField(max_length=1024, unique=True)
    credential = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """One of ten codes for the day the phone is lost; only an HMAC is kept, and each works once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    code_hash = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "code_hash"), name="accounts_recovery_code_once"),)

    def __str__(self) -> str:
        return f"#{self.pk}"


class BrowserSession(models.Model):
    """A browser somebody is logged in with, so that they can see it and end it from another."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    agent = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"#{self.pk}"
