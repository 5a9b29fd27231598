from __future__ import annotations

from typing import Any

from django.db import migrations

PERMISSION = "partner.order"
ROLES = ("administrator", "manager", "dispatcher", "customer_service")


def permission_give(apps: Any, schema_editor: Any) -> None:
    """Those who book for customers book for partners as well."""
    for role in apps.get_model("accounts", "Role").objects.filter(code__in=ROLES):
        role.permissions = sorted({*role.permissions, PERMISSION})
        role.save(update_fields=["permissions"])


def permission_take(apps: Any, schema_editor: Any) -> None:
    for role in apps.get_model("accounts", "Role").objects.all():
        role.permissions = [code for code in role.permissions if code != PERMISSION]
        role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_second_factors_reset")]
    operations = [migrations.RunPython(permission_give, permission_take)]
