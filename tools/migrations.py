"""Fail if a model has changed without its migration; asks no database."""

from __future__ import annotations

import os
import sys

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils.translation import deactivate_all


def main() -> int:
    """Compare the models with what all migrations together make."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paidan.config.settings")
    django.setup()
    deactivate_all()  # migrations hold the untranslated words
    loader = MigrationLoader(None)
    conflicts = loader.detect_conflicts()
    for app, names in conflicts.items():
        print(f"{app}: two migrations follow the same one: {', '.join(sorted(names))}")
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(loader.graph)
    for app, migrations in changes.items():
        for operation in (operation for migration in migrations for operation in migration.operations):
            print(f"{app}: no migration for: {operation.describe()}")
    return 1 if conflicts or changes else 0


if __name__ == "__main__":
    sys.exit(main())
