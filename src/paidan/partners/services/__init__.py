"""Every write on partners' orders."""

from __future__ import annotations

from paidan.partners.services.following import order_follow
from paidan.partners.services.importing import import_file, import_rows, import_run, imports_resume
from paidan.partners.services.ordering import Placed, order_place

__all__ = ["Placed", "import_file", "import_rows", "import_run", "imports_resume", "order_follow", "order_place"]
