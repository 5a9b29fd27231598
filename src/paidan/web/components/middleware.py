"""What the browser may do with our pages."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

ADMIN_PREFIX = "/admin/"
PERMISSIONS = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), browsing-topics=()"


class SecurityHeadersMiddleware:
    """Content policy, referrer, sniffing and device permissions on every answer.

    Pages carry no inline script and no inline style, so the policy needs neither nonce nor
    ``unsafe-…``. Only the back office under ``/admin/`` gets what django-unfold (Alpine.js) needs.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        tiles = origin_of(getattr(settings, "TILE_URL", ""))
        self.page_policy = policy_text({"img-src": ["'self'", "data:", "blob:", *([tiles] if tiles else [])]})
        self.admin_policy = policy_text(
            {
                "script-src": ["'self'", "'unsafe-eval'"],
                "style-src": ["'self'", "'unsafe-inline'"],
                "img-src": ["'self'", "data:", "blob:"],
            },
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_admin = request.path.startswith(ADMIN_PREFIX)
        response.setdefault("Content-Security-Policy", self.admin_policy if is_admin else self.page_policy)
        response.setdefault("Referrer-Policy", "same-origin")
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("Permissions-Policy", PERMISSIONS)
        return response


def policy_text(extra: dict[str, list[str]]) -> str:
    """A Content-Security-Policy header: our base with some directives replaced."""
    directives = {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        **extra,
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def origin_of(tile_url: str) -> str:
    """``https://{s}.tile.example/{z}/…`` → ``https://*.tile.example``; empty when there are no tiles."""
    parts = urlsplit(tile_url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
