"""Excel workbooks (.xlsx), by openpyxl: the sheet, and the row on it, where the columns are found."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from data.exports.formats.cell_text import cell_text
from data.exports.formats.delimited import repeated_header_note
from data.exports.rows import Fit, Peek, Places, Row, named_columns, peeked
from triage.errors import UnusableFile

__all__ = ["ExcelRows"]

_TITLE_ROWS = 50  # a report's title, its filters and who made it stand in fewer
_SURE = 3  # known columns in a first row: no cover sheet has as many
_ENOUGH = 2  # further down, or on a further sheet
_KEPT_ROWS = 200_000  # unpacking a row costs as much as everything else; more of them are unpacked again


@dataclass(frozen=True, slots=True)
class _Header:
    """A row that names columns: on which sheet, where there, and how many of them are looked for."""

    sheet: Worksheet
    number: int
    columns: tuple[str, ...]
    fit: int


class ExcelRows:
    """The rows of a sheet, by their number there.

    The header is the first row that is not blank on the first sheet that has one, unless another row or sheet fits
    what is looked for better.
    """

    has_header = True

    def __init__(self, path: Path, fit: Fit) -> None:
        self._name = path.name
        self._fit = fit
        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", UserWarning
                )  # styles and extensions that a reader of cells does not use
                self._book = load_workbook(path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError) as error:
            raise UnusableFile(f"{path.name} cannot be read as an Excel workbook: {error}.") from error
        self._n_read = 0
        self._n_rows = 1
        self._header: _Header | None = None
        self._kept: list[Row] | None = None
        self._repeated: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._book.close()

    def rows(self) -> Iterator[Row]:
        """Every row of the sheet below its header that has a cell with content."""
        try:
            if self._header is None:
                self._header = self._found_header()
            if self._header is not None:
                yield from self._rows(self._header)
        except (zipfile.BadZipFile, zlib.error, ParseError, KeyError, ValueError, TypeError, EOFError) as error:
            raise UnusableFile(f"{self._name} breaks off after row {self._n_read:,}: {error}.") from error

    def peek(self, places: Places) -> Iterator[Peek]:
        """The wanted cells; the rows are kept for their reading, as far as memory allows."""
        self._kept = None
        rows = self.rows()
        kept = list(islice(rows, _KEPT_ROWS))
        beyond = next(rows, None)
        self._kept = kept if beyond is None else None
        yield from peeked(kept if beyond is None else chain(kept, [beyond], rows), places)

    def _found_header(self) -> _Header | None:
        first = best = None
        for sheet in self._book.worksheets:
            for header in self._headers(sheet):
                first = first or header
                if best is None or (header.fit > best.fit and header.fit >= _ENOUGH):
                    best = header
                if best.fit >= _SURE:
                    return best
        return best if best is not None and best.fit else first

    def _headers(self, sheet: Worksheet) -> Iterator[_Header]:
        for number, cells in islice(self._cells(sheet), _TITLE_ROWS):
            columns = named_columns(cells)
            yield _Header(sheet, number, columns, self._fit(columns))

    def _cells(self, sheet: Worksheet) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not blank, by their number, their cells as text up to the last one with content."""
        self._n_rows = max(sheet.max_row or 1, 1)
        for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            self._n_read = number
            cells = [cell_text(value) for value in values]
            while cells and not cells[-1].strip():
                cells.pop()
            if cells:
                yield number, cells

    def _rows(self, header: _Header) -> Iterator[Row]:
        if self._kept is not None:
            for row in self._kept:
                self._n_read = row.line
                yield row
            return
        self._repeated = []
        for number, cells in self._cells(header.sheet):
            if number <= header.number:
                continue
            row = _row(number, header.columns, cells)
            if cells[0].strip() == header.columns[0] and named_columns(cells) == header.columns:
                self._repeated.append(number)
            else:
                yield row

    @property
    def progress_ratio(self) -> float:
        """Rows read so far, 0 to 1."""
        return min(1.0, self._n_read / self._n_rows)

    @property
    def elsewhere(self) -> str:
        """The names of the sheets, where there are several."""
        sheets = [sheet.title for sheet in self._book.worksheets]
        if len(sheets) == 1 or (self._header is not None and self._header.fit):
            return ""
        return f" Its sheets, of which none fits: {', '.join(sheets)}."

    @property
    def notes(self) -> tuple[str, ...]:
        """Which sheet was read, where there are others, and from which row on."""
        if self._header is None:
            return ()
        notes = []
        title = self._header.sheet.title
        others = [sheet.title for sheet in self._book.worksheets if sheet.title != title]
        if others:
            notes.append(f"Only the sheet '{title}' was read, not: {', '.join(others)}.")
        if self._header.number > 1 and self._header.fit:
            notes.append(f"The header is row {self._header.number:,}; what stands above it was left out.")
        if self._repeated:
            notes.append(repeated_header_note(self._repeated, "row"))
        return tuple(notes)


def _row(number: int, columns: tuple[str, ...], cells: list[str]) -> Row:
    """A sheet has no cells that are missing, only blank ones; cells beyond the header are a problem."""
    if len(cells) > len(columns):
        return Row(number, columns, tuple(cells), "more cells than columns")
    return Row(number, columns, (*cells, *[""] * (len(columns) - len(cells))))
