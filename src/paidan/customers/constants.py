"""What customers agree to."""

from __future__ import annotations

PRIVACY_DOCUMENT = "privacy"
PRIVACY_VERSION = "2025-01"
"""The version of the privacy notice in force; a new one asks every customer again."""

DEFAULT_COUNTRY_CODE = "+86"
