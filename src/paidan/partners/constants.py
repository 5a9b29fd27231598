"""What a partner's file consists of, and what becomes of its rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.kernel.constants import Tone

ROWS_MOST = 5_000
BYTES_MOST = 5 * 1024 * 1024
ORDERS_EACH_CALL = 100
ORDERS_AT_ONCE = 10
"""Up to so many orders of a program are booked while it waits; more are booked by the worker."""
NUMBER_LONGEST = 60
CELL_LONGEST = 2_000
KEPT_DAYS = 90
"""How long rows that were not booked keep what the partner wrote."""
IMPORT_JOB = "partners.import_run"


class Column(models.TextChoices):
    """The columns of a file; the error is written by us and ignored when the file comes back."""

    EXTERNAL_NUMBER = "external_number", _("External number")
    SERVICE = "service", _("Service")
    CONTACT_NAME = "contact_name", _("Contact name")
    CONTACT_PHONE = "contact_phone", _("Phone")
    DISTRICT = "district", _("District")
    ADDRESS = "address", _("Address")
    DOOR = "door", _("Building and door")
    DATE = "date", _("Date")
    WINDOW = "window", _("Time window")
    DESCRIPTION = "description", _("Description")
    URGENCY = "urgency", _("Urgency")
    LAT = "lat", _("Latitude")
    LNG = "lng", _("Longitude")
    ERROR = "error", _("Error")


REQUIRED = (
    Column.EXTERNAL_NUMBER,
    Column.SERVICE,
    Column.CONTACT_NAME,
    Column.CONTACT_PHONE,
    Column.DISTRICT,
    Column.ADDRESS,
    Column.DATE,
    Column.WINDOW,
)
ASKED = tuple(column for column in Column if column is not Column.ERROR)
ALSO_CALLED: dict[Column, tuple[str, ...]] = {
    Column.EXTERNAL_NUMBER: ("order number", "external order number", "外部单号", "外部订单号", "订单号"),
    Column.SERVICE: ("service item", "服务", "服务项目"),
    Column.CONTACT_NAME: ("contact", "name", "联系人", "姓名"),
    Column.CONTACT_PHONE: ("mobile", "contact phone", "电话", "手机号", "联系电话"),
    Column.DISTRICT: ("区", "行政区", "区域"),
    Column.ADDRESS: ("street", "详细地址", "地址"),
    Column.DOOR: ("door", "门牌号", "楼栋门牌"),
    Column.DATE: ("day", "日期", "上门日期"),
    Column.WINDOW: ("window", "time", "时间", "时间段", "上门时间"),
    Column.DESCRIPTION: ("remark", "描述", "故障描述", "备注"),
    Column.URGENCY: ("urgent", "紧急程度"),
    Column.LAT: ("latitude", "纬度"),
    Column.LNG: ("longitude", "经度"),
    Column.ERROR: ("错误", "错误原因"),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """What belongs into a column, and an example."""

    column: Column
    explanation: StrOrPromise
    example: str


EXPLAINED = (
    Explained(Column.EXTERNAL_NUMBER, _("Your own number of the order; the same number is never booked twice."), "A-1"),
    Explained(Column.SERVICE, _("Name or code of the service."), ""),
    Explained(Column.CONTACT_NAME, _("Whom the technician meets."), "李女士"),
    Explained(Column.CONTACT_PHONE, _("Mobile number of the contact."), "13800138000"),
    Explained(Column.DISTRICT, _("Name or code of a district we serve."), ""),
    Explained(Column.ADDRESS, _("Street and estate."), "样例路 8 号"),
    Explained(Column.DOOR, _("Building and door; may be empty."), "3 单元 502"),
    Explained(Column.DATE, _("Day of the visit, e.g. 2026-12-01."), ""),
    Explained(Column.WINDOW, _("From and until, e.g. 10:00-12:00; one of the times we offer."), "10:00-12:00"),
    Explained(Column.DESCRIPTION, _("What is wrong, or what is needed; may be empty."), ""),
    Explained(Column.URGENCY, _("Normal or urgent; empty means normal."), "normal"),
    Explained(Column.LAT, _("Latitude (WGS-84); empty takes the middle of the district."), ""),
    Explained(Column.LNG, _("Longitude (WGS-84); empty takes the middle of the district."), ""),
)


class ImportStatus(models.TextChoices):
    WAITING = "waiting", _("Being booked")
    DONE = "done", _("Done")


class RowStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    BOOKED = "booked", _("Booked")
    KNOWN = "known", _("Booked before")
    REJECTED = "rejected", _("Not booked")


ROW_TONES: dict[RowStatus, Tone] = {
    RowStatus.WAITING: Tone.NEUTRAL,
    RowStatus.BOOKED: Tone.SUCCESS,
    RowStatus.KNOWN: Tone.INFO,
    RowStatus.REJECTED: Tone.DANGER,
}
