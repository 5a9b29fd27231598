"""A table as a file that the browser saves."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from paidan.kernel.errors import NotFound
from paidan.kernel.sheets import Sheet, SheetFormat, csv_lines, xlsx_file


def sheet_answer(sheet: Sheet, ending: str, *more: Sheet) -> HttpResponse:
    """The table in the format of this ending; CSV goes out while it is read, and has no room for ``more`` tables.

    Raises:
        NotFound: there is no such format.
    """
    if ending not in set(SheetFormat):
        raise NotFound
    kind = SheetFormat(ending)
    name, content_type = f"{sheet.name}.{kind}", kind.content_type
    is_book = kind is SheetFormat.XLSX
    answer: StreamingHttpResponse = (FileResponse if is_book else StreamingHttpResponse)(
        xlsx_file(sheet, *more) if is_book else csv_lines(sheet), content_type=content_type
    )
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer  # type: ignore[return-value]  # a streaming response, which ``page`` passes on as it is
