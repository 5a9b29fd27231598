"""Whether the database already has the schema of this installation, told without loading Django.

``paidan migrate`` leaves a mark of what it applied on Django's own table of migrations. The mark is a digest
of all migration files and of the versions of all installed packages, so anything new makes it differ.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import distributions
from pathlib import Path

from paidan.cli.psql import value

_PACKAGE = Path(__file__).resolve().parents[1]
_PREFIX = "paidan schema "


def schema_digest() -> str:
    """A digest of everything that could bring a migration."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("migrations/*.py")):
        digest.update(str(path.relative_to(_PACKAGE)).encode())
        digest.update(path.read_bytes())
    for package in sorted(f"{found.name} {found.version}" for found in distributions()):
        digest.update(package.encode())
    return digest.hexdigest()[:32]


def mark_of(url: str) -> str:
    """The digest of the schema the database has; empty when none was marked."""
    text = value(url, "SELECT obj_description(to_regclass('django_migrations'), 'pg_class')")
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else ""


def mark_set(url: str, digest: str) -> None:
    """Remember that the schema of ``digest`` is in place; an empty digest forgets it."""
    value(url, f"COMMENT ON TABLE django_migrations IS '{_PREFIX}{digest}'")


def demo_is_loaded(url: str) -> bool:
    """Whether the database, whose schema is in place, holds the demo city."""
    return value(url, "SELECT count(*) FROM kernel_setting WHERE name = 'demo.city'") != "0"
