from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Exclusion constraints over ranges, and search inside Chinese words."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    run_before: ClassVar[list[tuple[str, str]]] = [("customers", "0001_initial"), ("workforce", "0001_initial")]
    operations: ClassVar[list[object]] = [BtreeGistExtension(), TrigramExtension()]
