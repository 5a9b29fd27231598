"""What a log-in must be made of; business settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.settings import IntegerSetting, SwitchSetting

ADMINISTRATORS_NEED_SECOND_FACTOR = SwitchSetting(
    "accounts.administrators_need_second_factor", 1, 0, 1, _("Administrators need a second factor")
)
PASSWORD_LENGTH = IntegerSetting("accounts.password_length", 8, 8, 64, _("Shortest password (characters)"))
PASSWORD_KINDS = SwitchSetting(
    "accounts.password_kinds", 1, 0, 1, _("Passwords need letters, digits and special characters")
)
ALL = (ADMINISTRATORS_NEED_SECOND_FACTOR, PASSWORD_LENGTH, PASSWORD_KINDS)
