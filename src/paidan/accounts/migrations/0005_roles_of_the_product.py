from __future__ import annotations

from typing import Any

from django.db import migrations

DESK = [
    "booking.book_for_others",
    "booking.change",
    "booking.view",
    "decision.view",
    "technician.view",
    "visit.view",
    "worklist.view",
]
FIELD = ["decision.view", "offer.grab", "visit.execute", "visit.view"]
OFFICE = ["audit.view", "customer.unmask", "report.view", "visit.assign", "visit.override"]
ROLES = (
    ("administrator", "管理员", "Administrator", [*DESK, *OFFICE, "master_data.edit", "user.edit"]),
    ("manager", "经理", "Manager", [*DESK, *OFFICE]),
    ("dispatcher", "调度", "Dispatcher", [*DESK, "customer.unmask", "visit.assign", "visit.override"]),
    ("customer_service", "客服", "Customer service", DESK),
    ("team_lead", "班组长", "Team lead", [*FIELD, "technician.view"]),
    ("technician", "服务人员", "Technician", FIELD),
    ("customer", "客户", "Customer", ["booking.book_for_self", "booking.change", "booking.view"]),
)


def roles_make(apps: Any, schema_editor: Any) -> None:
    """The roles every installation starts with; those that exist keep what the administrator chose."""
    role = apps.get_model("accounts", "Role")
    for code, chinese, english, permissions in ROLES:
        role.objects.get_or_create(
            code=code, defaults={"name": {"zh": chinese, "en": english}, "permissions": sorted(permissions)}
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_audit_names")]
    operations = [migrations.RunPython(roles_make, migrations.RunPython.noop)]
