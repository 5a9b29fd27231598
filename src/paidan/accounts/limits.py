"""How often codes and passwords may be tried (U5); the numbers are business settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from paidan.kernel.settings import IntegerSetting

CODES_PER_MINUTE = IntegerSetting(
    "accounts.codes_per_phone_per_minute", 1, 1, 60, _("Log-in codes per phone number and minute")
)
CODES_PER_HOUR = IntegerSetting(
    "accounts.codes_per_phone_per_hour", 5, 1, 1000, _("Log-in codes per phone number and hour")
)
CODES_PER_DAY = IntegerSetting(
    "accounts.codes_per_phone_per_day", 10, 1, 10_000, _("Log-in codes per phone number and day")
)
CODES_PER_ADDRESS_PER_HOUR = IntegerSetting(
    "accounts.codes_per_address_per_hour", 60, 1, 100_000, _("Log-in codes per network address and hour")
)
CODES_IN_ALL_PER_MINUTE = IntegerSetting(
    "accounts.codes_in_all_per_minute", 300, 1, 1_000_000, _("Log-in codes in all per minute")
)
PASSWORDS_PER_LOGIN_PER_5_MINUTES = IntegerSetting(
    "accounts.passwords_per_login_per_5_minutes", 5, 1, 1000, _("Password attempts per account in five minutes")
)
PASSWORDS_PER_LOGIN_PER_DAY = IntegerSetting(
    "accounts.passwords_per_login_per_day", 50, 1, 10_000, _("Password attempts per account and day")
)
PASSWORDS_PER_ADDRESS_PER_5_MINUTES = IntegerSetting(
    "accounts.passwords_per_address_per_5_minutes",
    60,
    1,
    100_000,
    _("Password attempts per network address in five minutes"),
)
HOLDS_PER_ADDRESS_PER_HOUR = IntegerSetting(
    "accounts.holds_per_address_per_hour", 120, 1, 100_000, _("Times kept per network address and hour")
)
HOLDS_PER_CUSTOMER_PER_HOUR = IntegerSetting(
    "accounts.holds_per_customer_per_hour", 40, 1, 10_000, _("Times kept per customer and hour")
)
BOOKINGS_PER_CUSTOMER_PER_HOUR = IntegerSetting(
    "accounts.bookings_per_customer_per_hour", 20, 1, 10_000, _("Booking attempts per customer and hour")
)
GRABS_PER_TECHNICIAN_PER_MINUTE = IntegerSetting(
    "accounts.grabs_per_technician_per_minute", 60, 5, 10_000, _("Grabs per technician and minute")
)
SIGN_UPS_PER_ADDRESS_PER_DAY = IntegerSetting(
    "accounts.sign_ups_per_address_per_day", 50, 1, 100_000, _("New accounts per network address and day")
)
PHOTOS_PER_ADDRESS_PER_HOUR = IntegerSetting(
    "accounts.photos_per_address_per_hour", 120, 1, 100_000, _("Photos per network address and hour")
)
ATTEMPTS_BEFORE_CHALLENGE = IntegerSetting(
    "accounts.attempts_before_challenge",
    20,
    1,
    100_000,
    _("Log-in attempts per network address and hour before browsers have to calculate"),
)
CHALLENGE_BITS = IntegerSetting(
    "accounts.challenge_bits", 17, 1, 24, _("How long browsers calculate (zero bits; each one more doubles it)")
)
ALL = (
    ATTEMPTS_BEFORE_CHALLENGE,
    CHALLENGE_BITS,
    PHOTOS_PER_ADDRESS_PER_HOUR,
    HOLDS_PER_ADDRESS_PER_HOUR,
    HOLDS_PER_CUSTOMER_PER_HOUR,
    BOOKINGS_PER_CUSTOMER_PER_HOUR,
    GRABS_PER_TECHNICIAN_PER_MINUTE,
    SIGN_UPS_PER_ADDRESS_PER_DAY,
    CODES_PER_MINUTE,
    CODES_PER_HOUR,
    CODES_PER_DAY,
    CODES_PER_ADDRESS_PER_HOUR,
    CODES_IN_ALL_PER_MINUTE,
    PASSWORDS_PER_LOGIN_PER_5_MINUTES,
    PASSWORDS_PER_LOGIN_PER_DAY,
    PASSWORDS_PER_ADDRESS_PER_5_MINUTES,
)
