"""What can be sold today: the version of a service item in force."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from paidan.catalog.models import ServiceItemVersion
from paidan.catalog.selectors import service_item
from paidan.kernel.errors import Invalid, NotFound


def offering_of(item_code: str, *, now: datetime) -> ServiceItemVersion:
    """The version of an item that is sold at an instant.

    Raises:
        Invalid: there is no such item, or it is no longer sold; the field is ``service_item``.
    """
    try:
        row = service_item(item_code if item_code.isprintable() else "", at=now)
    except NotFound as error:
        raise Invalid(fields={"service_item": _("Please choose one of our services.")}) from error
    return ServiceItemVersion.objects.select_related("item__type").get(pk=row.version_id)
