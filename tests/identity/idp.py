"""Start allauth's own OpenID provider in a second process: one person, one client, its own database.

python -m tests.identity.idp PORT REDIRECT_URI
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx

ROOT = Path(__file__).resolve().parents[2]
CLIENT, SECRET = "paidan", "a:secret/with+signs"
PERSON, PASSWORD = "wangfang", "Sturdy-Lamp-42"
START_SECONDS = 60.0


@dataclass(frozen=True)
class Provider:
    """A provider that runs."""

    address: str


@contextmanager
def provider_started(folder: Path, *, redirect_uri: str) -> Iterator[Provider]:
    """The provider in a process of its own, for as long as it is needed."""
    from paidan.cli.listening import free_port

    port = free_port()
    key_write(folder / "key.pem")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.identity.idp_site", "IDP_FOLDER": str(folder)}
    command = [sys.executable, "-m", "tests.identity.idp", str(port), redirect_uri]
    with (folder / "idp.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        found = Provider(f"http://127.0.0.1:{port}")
        _wait_for(found, process, folder / "idp.log")
        yield found
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(found: Provider, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        try:
            if httpx.get(f"{found.address}/.well-known/openid-configuration").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)


def key_write(path: Path) -> None:
    """A fresh key with which the provider signs."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_parts: object) -> None:
        """Nothing."""


def main(port: int, redirect_uri: str) -> None:
    """Make the database, one person and one client, and serve."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    from allauth.idp.oidc.models import Client

    get_user_model().objects.create_user(username=PERSON, password=PASSWORD, first_name="Fang", last_name="Wang")
    client = Client(id=CLIENT, name="Paidan", scopes="openid\nprofile", redirect_uris=redirect_uri)
    client.set_secret(SECRET)
    client.save()
    with make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
