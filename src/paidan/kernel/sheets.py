"""Tables as files that a spreadsheet opens: rows go out as they come, and no cell is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any

Cell = str | int | float | datetime | None

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""
LONGEST_CELL = 32_767
MOST_ROWS = 1_048_576
_BOM = "\ufeff"  # without it Excel reads Chinese as another encoding
_MINUTES = "yyyy-mm-dd hh:mm"


class SheetFormat(StrEnum):
    """The kinds of files people ask for."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self]


CONTENT_TYPES = {
    SheetFormat.CSV: "text/csv; charset=utf-8",
    SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be written once: ``rows`` may be read from the database while it is written.

    Attributes:
        name: of the file, without its ending.
        rows: cells in the order of ``columns``; instants are in the time zone they are shown in, and what is no
            whole number is an amount of money.
    """

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def csv_lines(sheet: Sheet) -> Iterator[bytes]:
    """The lines of a CSV file (RFC 4180, UTF-8 with a mark so that Excel knows)."""
    line = io.StringIO()
    writer = csv.writer(line)
    line.write(_BOM)
    for row in chain([sheet.columns], sheet.rows):
        writer.writerow([plain_cell(cell) for cell in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def plain_cell(cell: Cell) -> str:
    """The text of a cell; one that a spreadsheet would take for a formula is marked as text."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    if not isinstance(cell, str):
        return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def xlsx_file(sheet: Sheet, *more: Sheet) -> IO[bytes]:
    """An open temporary file that holds the workbook, at its beginning; one row at a time is in memory.

    Further tables stand on sheets of their own, named as they are.
    """
    from xlsxwriter import Workbook  # loaded when somebody asks for a workbook

    file = TemporaryFile(prefix="paidan-sheet-")  # noqa: SIM115  # whoever sends it closes it
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with Workbook(file, options) as book:
        head, moment = book.add_format({"bold": True}), book.add_format({"num_format": _MINUTES})
        _sheet_write(book.add_worksheet(), sheet, head, moment)
        for other in more:
            _sheet_write(book.add_worksheet(other.name), other, head, moment)
    file.seek(0)
    return file


def _sheet_write(table: Any, sheet: Sheet, head: Any, moment: Any) -> None:
    for place, title in enumerate(sheet.columns):
        table.write_string(0, place, title, head)
    table.freeze_panes(1, 0)
    for number, row in zip(range(1, MOST_ROWS), sheet.rows, strict=False):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                table.write_datetime(number, place, cell.replace(tzinfo=None), moment)
            elif isinstance(cell, str):
                table.write_string(number, place, cell[:LONGEST_CELL])
            elif cell is not None:
                table.write_number(number, place, cell)
