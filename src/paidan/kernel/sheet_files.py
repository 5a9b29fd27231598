"""Tables that come as files: read as text, bounded in bytes and rows, nothing in them is run or evaluated."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from django.utils.translation import gettext as _

from paidan.kernel.errors import Invalid
from paidan.kernel.sheets import FORMULA_SIGNS

COLUMNS_MOST = 60
UNPACKED_MOST = 16 * 1024 * 1024
STRINGS_MOST = 400_000
PACKED_AT_MOST = 200
"""Text packs to some 1:20; what packs better than this is a bomb."""
_CHUNK = 64 * 1024
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_WORKSHEET = re.compile(r"xl/worksheets/sheet[0-9]+\.xml")
_STRINGS = "xl/sharedStrings.xml"
_ENCODINGS = ("utf-8-sig", "gb18030")


def table_read(content: bytes, *, bytes_most: int, rows_most: int) -> list[list[str]]:
    """The rows of a CSV file (UTF-8 or GB18030) or of the first sheet of an XLSX workbook, the header among them.

    What the file is is told by its bytes, not by its name. Empty rows stay, so that numbers fit.

    Raises:
        Invalid: the field ``file`` says what is wrong with it as a whole.
    """
    if not content.strip():
        raise _refused(_("This file is empty. Choose another one, or begin with the template."))
    if len(content) > bytes_most:
        raise _refused(_("This file is larger than %(most)s MB. Split it.") % {"most": bytes_most // 2**20})
    read = _workbook_rows(content) if content.startswith(b"PK\x03\x04") else _text_rows(content)
    rows = list(islice(read, rows_most + 2))
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > rows_most + 1:
        raise _refused(_("This file has more than %(most)s rows. Split it.") % {"most": rows_most})
    return rows


def _refused(sentence: str) -> Invalid:
    return Invalid(fields={"file": sentence})


def _unreadable() -> Invalid:
    return _refused(_("This is neither a CSV file nor an Excel workbook (.xlsx). Save it as one of these."))


def _text_rows(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if "\0" in text or text.lstrip()[:1] == "<":
        raise _unreadable()
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [_unmarked(cell).strip() for cell in row[:COLUMNS_MOST]]
    except csv.Error as error:
        raise _unreadable() from error


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable()


def _unmarked(cell: str) -> str:
    """Without the mark that ``plain_cell`` sets before what looks like a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_SIGNS) else cell


def _workbook_rows(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            sheet = min(filter(_WORKSHEET.fullmatch, book.namelist()), key=lambda name: (len(name), name), default="")
            if not sheet:
                raise _unreadable()
            strings = list(islice(_strings(book), STRINGS_MOST)) if _STRINGS in book.namelist() else []
            yield from _sheet_rows(book, sheet, strings)
    except (
        zipfile.BadZipFile,
        ParseError,
        ValueError,
        IndexError,
        RuntimeError,
        NotImplementedError,
        EOFError,
    ) as error:
        raise _unreadable() from error


def _elements(book: zipfile.ZipFile, name: str, tag: str) -> Iterator[Element]:
    """Elements of a part as they end, each forgotten afterwards; bounded as it unpacks, entities refused."""
    info = book.getinfo(name)
    most = min(UNPACKED_MOST, max(info.compress_size, 1) * PACKED_AT_MOST + 2**20)
    parser: XMLPullParser[Element] = XMLPullParser(["end"])
    unpacked, tail = 0, b""
    with book.open(info) as part:
        while chunk := part.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > most or b"<!DOCTYPE" in tail + chunk:
                raise _unreadable()
            tail = chunk[-16:]
            parser.feed(chunk)
            yield from _ended(parser, tag)
    parser.close()
    yield from _ended(parser, tag)


def _ended(parser: XMLPullParser[Element], tag: str) -> Iterator[Element]:
    for _kind, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
        if element.tag == _MAIN + tag:
            yield element
            element.clear()


def _strings(book: zipfile.ZipFile) -> Iterator[str]:
    for element in _elements(book, _STRINGS, "si"):
        yield _text_of(element)


def _text_of(element: Element) -> str:
    """The words of a string with its runs; how it is pronounced is left out."""
    if element.find(f"{_MAIN}r") is not None:
        return "".join(part.text or "" for part in element.findall(f"{_MAIN}r/{_MAIN}t"))
    return "".join(part.text or "" for part in element.findall(f"{_MAIN}t"))


def _sheet_rows(book: zipfile.ZipFile, sheet: str, strings: list[str]) -> Iterator[list[str]]:
    last = 0
    for element in _elements(book, sheet, "row"):
        number = int(element.get("r") or last + 1)
        if not last < number <= last + 100_000:
            raise _unreadable()
        # A gap in the numbers is a row that is empty.
        yield from ([] for _gap in range(number - last - 1))
        last = number
        yield _row(element, strings)


def _row(element: Element, strings: list[str]) -> list[str]:
    cells: dict[int, str] = {}
    for place, cell in enumerate(element.findall(f"{_MAIN}c")):
        named = _PLACE.fullmatch(cell.get("r") or "")
        column = _column(named[1]) if named else place
        if column < COLUMNS_MOST:
            cells[column] = _cell(cell, strings).strip()
    return [cells.get(column, "") for column in range(max(cells, default=-1) + 1)]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cell(cell: Element, strings: list[str]) -> str:
    """The value as text; of a formula what was worked out when the workbook was saved."""
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
    if kind == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        return _text_of(inline) if inline is not None else ""
    if kind == "s":
        return strings[int(value)] if value else ""
    if kind == "n" and value:
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return value if kind != "e" else ""
