"""Third-party log-in: who vouches for people here, and as whom they know them."""

from __future__ import annotations

import pghistory
from django.db import models

from paidan.accounts.models.people import User

LONGEST_ADDRESS = 200
LONGEST_SUBJECT = 255


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    fields=["code", "is_on", "name", "client_id", "address", "secret_changed_at"],
    model_name="LoginProviderEvent",
)
class LoginProvider(models.Model):
    """A log-in provider (``ProviderCode``) as the office set it up; what the environment says stands above it.

    ``secret`` is kept encrypted with the installation's key, is shown to nobody and is no part of
    the audit, which notes when it changed. ``address`` is the issuer of an OpenID
    provider, else empty.
    """

    code = models.CharField(max_length=20, primary_key=True)
    is_on = models.BooleanField(default=False)
    name = models.CharField(max_length=40, blank=True)
    client_id = models.CharField(max_length=200, blank=True)
    secret = models.BinaryField(blank=True)
    secret_changed_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=LONGEST_ADDRESS, blank=True)

    def __str__(self) -> str:
        return self.code


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.DeleteEvent(),
    fields=["user", "provider"],
    model_name="IdentityEvent",
)
class Identity(models.Model):
    """As whom a log-in provider knows a user.

    ``subject`` is the provider's own unchanging number of the person, unique within ``realm``: an
    OpenID issuer, the union of a company's apps, or a single app. A person may have several of one
    provider, at most one in each realm. ``name`` is what the person is called there, for their own eyes.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=20)
    realm = models.CharField(max_length=LONGEST_ADDRESS)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    name = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("realm", "subject"), name="accounts_identity_once"),
            models.UniqueConstraint(fields=("user", "realm"), name="accounts_identity_one_each"),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"
