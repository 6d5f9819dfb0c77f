"""CSV and its relatives: comma, semicolon, tab or bar, found out from the header; quotes may span lines."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from data.exports.formats.text_lines import TextLines
from data.exports.rows import Row, named_columns

__all__ = ["DelimitedRows"]

_DELIMITERS = (",", ";", "\t", "|")
_LARGEST_CELL = 2**31 - 1  # characters; csv stops at 131,072 by itself, and mails with logs are longer
_END = "\0\0end of file\0\0"  # as one line more: where it turns up inside a cell, a quote was never closed


class DelimitedRows:
    """The rows of a delimited text file with a header."""

    has_header = True

    def __init__(self, path: Path) -> None:
        self._lines = TextLines(path)
        self._unclosed: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lines.__exit__(kind, error, traceback)

    def rows(self) -> Iterator[Row]:
        """Every row with the line it starts at; one with a wrong number of cells carries that as its problem."""
        csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
        lines = iter(self._lines)
        first = next(lines, "")
        n_skipped = 0
        delimiter = None
        while first and not first.strip("\r\n \ufeff"):
            first, n_skipped = next(lines, ""), n_skipped + 1
        if first.lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1:  # Excel's own hint
            delimiter = first.strip()[-1]
            first, n_skipped = next(lines, ""), n_skipped + 1
        reader = csv.reader(chain([first], lines, [_END]), delimiter=delimiter or _delimiter(first))
        columns = named_columns(next(reader))
        n_columns = len(columns)
        before = reader.line_num
        for cells in reader:
            line, before = before + 1 + n_skipped, reader.line_num
            if len(cells) == n_columns and cells[-1][-1:] != "\0":
                yield Row(line, columns, tuple(cells))
            elif cells and cells[0] != _END:
                yield self._odd(line, columns, cells, before + n_skipped)

    def _odd(self, line: int, columns: tuple[str, ...], cells: list[str], last_line: int) -> Row:
        """A row whose cells do not fit the header."""
        problem = "fewer cells than columns" if len(cells) < len(columns) else "more cells than columns"
        if cells[-1].endswith(_END):
            cells[-1] = cells[-1].removesuffix(_END)
            problem = "a quote that is never closed"
            self._unclosed = (
                f"The quote opened in line {line:,} is never closed: {last_line - line:,} lines were read as one row."
            )
        elif not any(cell.strip() for cell in cells[len(columns) :]) and len(cells) >= len(columns):
            cells, problem = cells[: len(columns)], ""  # a delimiter too many at the line's end loses nothing
        return Row(line, columns, tuple(cells), problem)

    @property
    def progress_ratio(self) -> float:
        """Bytes of the file consumed so far, 0 to 1."""
        return self._lines.progress_ratio

    @property
    def notes(self) -> tuple[str, ...]:
        """About the encoding, and a quote that swallowed the rest of the file."""
        return self._lines.notes if self._unclosed is None else (*self._lines.notes, self._unclosed)


def _delimiter(header: str) -> str:
    """The delimiter that gives the header most columns; a comma if none gives more than one."""
    return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), [])))
