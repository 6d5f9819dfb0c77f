"""Excel workbooks (.xlsx), by openpyxl: the first sheet that holds anything."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from data.exports.formats.cell_text import cell_text
from data.exports.rows import Row, named_columns
from triage.errors import UnusableFile

__all__ = ["ExcelRows"]


class ExcelRows:
    """The rows of a sheet, by their number there; its first row that is not blank is the header."""

    has_header = True

    def __init__(self, path: Path) -> None:
        self._name = path.name
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
        self._sheet: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._book.close()

    def rows(self) -> Iterator[Row]:
        """Every row of the sheet that has a cell with content."""
        try:
            yield from self._rows()
        except (zipfile.BadZipFile, zlib.error, ParseError, KeyError, ValueError, TypeError, EOFError) as error:
            raise UnusableFile(f"{self._name} breaks off after row {self._n_read:,}: {error}.") from error

    def _rows(self) -> Iterator[Row]:
        for sheet in self._book.worksheets:
            self._n_rows = max(sheet.max_row or 1, 1)
            columns: tuple[str, ...] | None = None
            for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                self._n_read = number
                cells = _texts(values)
                if not cells:
                    continue
                if columns is None:
                    columns, self._sheet = named_columns(cells), sheet.title
                else:
                    yield _row(number, columns, cells)
            if columns is not None:
                return

    @property
    def progress_ratio(self) -> float:
        """Rows read so far, 0 to 1."""
        return min(1.0, self._n_read / self._n_rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """Which sheet was read, where there are others."""
        others = [sheet.title for sheet in self._book.worksheets if sheet.title != self._sheet]
        if self._sheet is None or not others:
            return ()
        return (f"Only the sheet '{self._sheet}' was read, not: {', '.join(others)}.",)


def _texts(values: tuple[Any, ...]) -> list[str]:
    """The cells as text, up to the last one with content."""
    cells = [cell_text(value) for value in values]
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _row(number: int, columns: tuple[str, ...], cells: list[str]) -> Row:
    """A sheet has no cells that are missing, only blank ones; cells beyond the header are a problem."""
    if len(cells) > len(columns):
        return Row(number, columns, tuple(cells), "more cells than columns")
    return Row(number, columns, (*cells, *[""] * (len(columns) - len(cells))))
