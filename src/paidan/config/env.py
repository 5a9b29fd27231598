"""Every environment variable Paidan reads, typed and checked in one place.

Environment holds infrastructure and secrets only; business settings live in the database.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}
LOGIN_PROVIDERS = ("oidc", "wechat", "wechat_inside", "dingtalk", "feishu")
_OF_PROVIDER = {"client_id": "ID", "secret": "SECRET", "name": "NAME", "address": "URL", "api_address": "API_URL"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class EnvironmentInvalid(Exception):
    """An environment variable cannot be used; the message names it and says what is expected."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where PostgreSQL answers: the parts of a ``postgresql://`` address."""

    host: str
    port: int
    user: str
    password: str
    name: str


@dataclass(frozen=True, slots=True)
class Environment:
    """The process environment, read once at start."""

    data_dir: Path
    secret_key: str
    debug: bool
    database: Database
    allowed_hosts: tuple[str, ...]
    trusted_origins: tuple[str, ...]
    public_url: str
    secure_cookies: bool
    tile_url: str
    log_level: str
    email_host: str
    login_providers: Mapping[str, Mapping[str, str]]


def database_from_url(url: str) -> Database:
    """Take a ``postgresql://user:password@host:port/name`` address apart.

    A socket folder is given as ``postgresql:///name?host=/folder``.

    Raises:
        EnvironmentInvalid: the address is not one of PostgreSQL's.
    """
    parts = urlparse(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise EnvironmentInvalid("DATABASE_URL must look like postgresql://user:password@host:5432/name.")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return Database(
        host=parts.hostname or unquote(query.get("host", "127.0.0.1")),
        port=parts.port or int(query.get("port", "5432")),
        user=unquote(parts.username or "postgres"),
        password=unquote(parts.password or ""),
        name=unquote(parts.path.strip("/")),
    )


def environment_read(source: Mapping[str, str] | None = None) -> Environment:
    """Read and check the environment.

    Raises:
        EnvironmentInvalid: a variable has a value that cannot be used.
    """
    values = os.environ if source is None else source
    data_dir = Path(values.get("PAIDAN_DATA", "var")).resolve()
    public_url = values.get("PAIDAN_PUBLIC_URL", "").rstrip("/")
    return Environment(
        data_dir=data_dir,
        secret_key=values.get("PAIDAN_SECRET_KEY") or _secret_key(data_dir),
        debug=_flag(values, "PAIDAN_DEBUG"),
        database=database_from_url(values.get("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/paidan")),
        allowed_hosts=_list(values, "PAIDAN_ALLOWED_HOSTS") or ("127.0.0.1", "localhost", "[::1]"),
        trusted_origins=_list(values, "PAIDAN_TRUSTED_ORIGINS") or ((public_url,) if public_url else ()),
        public_url=public_url or "http://127.0.0.1:8000",
        secure_cookies=public_url.startswith("https://"),
        tile_url=values.get("PAIDAN_TILE_URL", ""),
        log_level=values.get("PAIDAN_LOG_LEVEL", "INFO").upper(),
        email_host=values.get("PAIDAN_EMAIL_HOST", ""),
        login_providers={code: _login_provider(values, code) for code in LOGIN_PROVIDERS},
    )


def _login_provider(values: Mapping[str, str], code: str) -> dict[str, str]:
    """What the environment says about a log-in provider: ``PAIDAN_LOGIN_<CODE>_ID``, ``_SECRET`` and so on."""
    prefix = f"PAIDAN_LOGIN_{code.upper()}"
    said = {key: values.get(f"{prefix}_{end}", "").strip() for key, end in _OF_PROVIDER.items()}
    for key in ("address", "api_address"):
        said[key] = said[key].rstrip("/")
        if said[key] and not _is_provider_address(said[key]):
            raise EnvironmentInvalid(f"{prefix}_{_OF_PROVIDER[key]} must begin with https://.")
    if bool(said["client_id"]) != bool(said["secret"]):
        raise EnvironmentInvalid(f"{prefix}_ID and {prefix}_SECRET are set together or not at all.")
    if code == "oidc" and said["client_id"] and not said["address"]:
        raise EnvironmentInvalid(f"{prefix}_URL is missing: the issuer, such as https://id.example.")
    return {key: value for key, value in said.items() if value}


def _is_provider_address(text: str) -> bool:
    parts = urlparse(text)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _flag(values: Mapping[str, str], name: str) -> bool:
    text = values.get(name, "").strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise EnvironmentInvalid(f"{name} must be 1 or 0, not “{text}”.")


def _list(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in values.get(name, "").split(",") if part.strip())


def _secret_key(data_dir: Path) -> str:
    """The installation's own key: made at first start, kept in the data folder, readable by its owner only."""
    path = data_dir / "secret_key"
    try:
        return _key_read(path) or _key_made(path)
    except OSError as error:
        raise EnvironmentInvalid(f"The data folder {data_dir} cannot be written: {error.strerror}.") from error


def _key_read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


def _key_made(path: Path) -> str:
    """The key of whichever process made it first: it appears whole or not at all, so that nobody reads half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and not _key_read(path):
            own.replace(path)  # left empty by a full disk
        else:
            with suppress(FileExistsError):
                path.hardlink_to(own)
    finally:
        own.unlink(missing_ok=True)
    return _key_read(path)
