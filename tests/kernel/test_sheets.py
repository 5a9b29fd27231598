"""Tables for spreadsheets: complete, in the right types, and never a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paidan.kernel.sheets import FORMULA_SIGNS, Sheet, csv_lines, xlsx_file

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def sheet(*rows: tuple[object, ...]) -> Sheet:
    return Sheet("bookings", ["Reference", "Price", "At"], rows)  # type: ignore[arg-type]  # a test's own cells


def read(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))


def test_csv_holds_every_row_and_says_its_encoding() -> None:
    text = b"".join(csv_lines(sheet(("B1, 甲", 199.0, AT), ("B2", 3, None))))

    assert text.startswith(b"\xef\xbb\xbf")
    assert read(text) == [["Reference", "Price", "At"], ["B1, 甲", "199.00", "2026-03-01 09:30"], ["B2", "3", ""]]


@given(st.sampled_from(FORMULA_SIGNS), st.text(max_size=20))
def test_no_cell_of_a_csv_begins_a_formula(sign: str, rest: str) -> None:
    text = b"".join(csv_lines(sheet((sign + rest.replace("\0", ""), 1, None))))

    assert read(text)[1][0].startswith("'")


def test_csv_goes_out_before_all_rows_are_read() -> None:
    read_rows = []

    def rows() -> Iterator[tuple[int, int, int]]:
        for number in range(1_000):
            read_rows.append(number)
            yield number, number, number

    list(islice(csv_lines(Sheet("bookings", ["a", "b", "c"], rows())), 3))

    assert len(read_rows) == 2


@pytest.mark.parametrize("text", ["=1+1", "+86 138", "@SUM(A1)", '=HYPERLINK("http://127.0.0.1")', "https://x.example"])
def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers(text: str) -> None:
    with xlsx_file(sheet((text, 199.5, AT))) as file:
        parts = zipfile.ZipFile(file)
        table = parts.read("xl/worksheets/sheet1.xml").decode()

    assert "<f>" not in table
    assert "hyperlink" not in table
    assert re.findall(r"<v>([^<]*)</v>", table)[:1] == ["199.5"]
    assert "46082.39583" in table
