"""JSON logs without personal data."""

from __future__ import annotations

import logging
import logging.config
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_PHONE = re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_LINK = re.compile(r"(/[lr]/|/files/\w+/|[?&]link=)[\w-]{16,}")
_PERSONAL_KEYS = frozenset({"phone", "email", "address", "contact_name", "name", "code", "token", "password"})


def personal_data_removed(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask phone numbers and e-mail addresses in every text, drop keys that hold personal data."""
    for key, value in event.items():
        if key in _PERSONAL_KEYS:
            event[key] = "…"
        elif isinstance(value, str):
            event[key] = text_masked(value)
    return event


def text_masked(text: str) -> str:
    return links_masked(_EMAIL.sub("…@…", _PHONE.sub(r"\1****\2", text)))


def links_masked(text: str) -> str:
    """Addresses that are keys, without the key: whoever reads a log cannot open what they open."""
    return _LINK.sub(r"\1…", text)


def _rendered(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    """One line of JSON; objects in it, e.g. a request, are shown by their text, which may hold an address."""
    rendered = structlog.processors.JSONRenderer(ensure_ascii=False)(logger, method, event)
    return links_masked(str(rendered))


def logging_configure(options: Mapping[str, Any]) -> None:
    """Django's ``LOGGING_CONFIG``: everything, also the standard library's, as one JSON object a line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        personal_data_removed,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                personal_data_removed,
                _rendered,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options.get("level", "INFO"))
    logging.getLogger("django.request").setLevel("ERROR")
    logging.getLogger("procrastinate").setLevel("WARNING")
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
