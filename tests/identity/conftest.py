"""Providers on this machine, and a browser that goes to them and comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import Client

from paidan.accounts.services import ProviderChange, provider_set
from paidan.kernel.clock import now
from tests.accounts.conftest import KeptCodes, codes
from tests.identity.oidc import OpenIdVendor
from tests.identity.servers import Running, running, single

__all__ = ["KeptCodes", "codes"]


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def openid() -> Iterator[OpenIdVendor]:
    """The provider, running."""
    vendor = OpenIdVendor()
    with running(vendor) as server:
        vendor.address = server.address
        yield vendor


@pytest.fixture
def company(openid: OpenIdVendor) -> OpenIdVendor:
    """The provider, running and set up in the office."""
    set_up(openid)
    return openid


def set_up(openid: OpenIdVendor, **changed: object) -> None:
    """Set the provider up as the office does."""
    wanted = {
        "is_on": True,
        "name": "Acme",
        "client_id": openid.client_id,
        "secret": openid.secret,
        "address": openid.address,
        **changed,
    }
    provider_set(code="oidc", wanted=ProviderChange(**wanted), now=now())  # type: ignore[arg-type]  # a test's shorthand


def leave(browser: Client, path: str = "/login/with/oidc/", **form: str) -> tuple[str, dict[str, str]]:
    """Press a button that leads to a provider: the address there without its query, and the query."""
    page = browser.post(path, form)
    assert page.status_code == 200, page
    found = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]+)">', page.content.decode())
    assert found is not None
    address = unescape(found.group(1))
    parts = urlsplit(address)
    assert f'href="{found.group(1)}"' in page.content.decode()
    return f"{parts.scheme}://{parts.netloc}{parts.path}", single(parts.query)


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def sentences(browser: Client, path: str = "/login/") -> str:
    """What the next page says."""
    return unescape(browser.get(path).content.decode())


__all__ += ["Running"]
