from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """The table of the default cache: shared by all processes, unlogged because it may be lost."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("kernel", "0001_extensions")]
    operations: ClassVar[list[object]] = [
        migrations.RunSQL(
            sql="""
                CREATE UNLOGGED TABLE kernel_cache (
                    cache_key varchar(255) NOT NULL PRIMARY KEY,
                    value text NOT NULL,
                    expires timestamptz NOT NULL
                );
                CREATE INDEX kernel_cache_expires ON kernel_cache (expires);
            """,
            reverse_sql="DROP TABLE kernel_cache",
        ),
    ]
