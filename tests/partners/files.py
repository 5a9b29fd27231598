"""Partners, and files as they send them."""

from __future__ import annotations

from collections.abc import Sequence

from paidan.kernel.actors import Actor
from paidan.kernel.sheets import Sheet, csv_lines, xlsx_file
from paidan.partners.models import ImportRow, Partner, PartnerImport
from paidan.partners.services import import_file, import_run
from tests.booking.scene import Scene

HEADER = ["外部单号", "服务项目", "联系人", "联系电话", "区域", "详细地址", "门牌号", "日期", "时间段", "故障描述"]


def make_partner(code: str = "haier") -> Partner:
    return Partner.objects.create(code=code, name=f"{code} 家电")


def cells(scene: Scene, number: str = "A-1", **changes: str) -> list[str]:
    """A row that can be booked; what is named differs."""
    values = {
        "number": number,
        "service": scene.item_code,
        "name": "李女士",
        "phone": "13800138000",
        "district": scene.territory.code,
        "address": "样例路 8 号",
        "door": "502",
        "date": f"{scene.day:%Y-%m-%d}",
        "window": "14:00-16:00",
        "description": "不制冷",
        **changes,
    }
    return list(values.values())


def csv_file(*rows: Sequence[str], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(",".join(row) for row in (header, *rows)).encode(encoding)


def sent(
    content: bytes, actor: Actor, scene: Scene, *, partner: str = "haier", name: str = "orders.csv"
) -> PartnerImport:
    """Kept, not yet booked."""
    ref = import_file(partner_code=partner, file_name=name, content=content, actor=actor, now=scene.now)
    return PartnerImport.objects.get(ref=ref)


def run(batch: PartnerImport, scene: Scene) -> list[ImportRow]:
    """What the worker does; the rows afterwards."""
    import_run(import_id=batch.pk)
    batch.refresh_from_db()
    return list(batch.rows.order_by("number"))


def bytes_of(sheet: Sheet, ending: str = "csv") -> bytes:
    if ending == "csv":
        return b"".join(csv_lines(sheet))
    with xlsx_file(sheet) as file:
        return file.read()
