"""CSV and its relatives: comma, semicolon, tab or bar, found out from the header; quotes may span lines."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from data.exports.formats.text_lines import TextLines
from data.exports.rows import Fit, Peek, Places, Row, named_columns

__all__ = ["DelimitedRows", "repeated_header_note"]

_DELIMITERS = (",", ";", "\t", "|")
_LARGEST_CELL = 2**31 - 1  # characters; csv stops at 131,072 by itself, and mails with logs are longer
_END = "\0\0end of file\0\0"  # as one line more: where it turns up inside a cell, a quote was never closed
_BLOCK_ROWS = 1_000
_TITLE_LINES = 50  # a report's title, its filters and who made it stand in fewer
_SURE = 2  # columns that are known: more than a title has by chance


@dataclass(frozen=True, slots=True)
class _Table:
    """A reader behind the header, the header, and the lines before it."""

    reader: Any
    columns: tuple[str, ...]
    header: list[str]
    n_lines_before: int
    first_names: tuple[str, str]

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a row repeats the header, as where exports were put one behind the other."""
        return cells[0] in self.first_names and cells[1:] == self.header[1:]


class DelimitedRows:
    """The rows of a delimited text file with a header."""

    has_header = True
    elsewhere = ""

    def __init__(self, path: Path, fit: Fit) -> None:
        self._lines = TextLines(path)
        self._fit = fit
        self._unclosed: str | None = None
        self._header_line = 1
        self._n_title_lines = 0
        self._repeated: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lines.__exit__(kind, error, traceback)

    def rows(self) -> Iterator[Row]:
        """Every row with the line it starts at; one with a wrong number of cells carries that as its problem."""
        table = self._table()
        reader, columns, n_columns, n_before = table.reader, table.columns, len(table.columns), table.n_lines_before
        first_names, self._repeated = table.first_names, []
        before = reader.line_num
        for cells in reader:
            line, before = before + 1 + n_before, reader.line_num
            if len(cells) == n_columns and cells[-1][-1:] != "\0":
                if cells[0] in first_names and table.is_header(cells):
                    self._repeated.append(line)
                else:
                    yield Row(line, columns, tuple(cells))
            elif cells and cells[0] != _END:
                yield self._odd(line, columns, cells, before + n_before)

    def peek(self, places: Places) -> Iterator[Peek]:
        """The wanted cells, without making a row of each."""
        table = self._table()
        columns, n_columns, first_names = table.columns, len(table.columns), table.first_names
        pick = itemgetter(*places(columns))
        picked: list[Sequence[str] | None] = []
        for cells in table.reader:  # one at a time: a thousand whole rows would not fit where a processor is quick
            if len(cells) == n_columns and cells[-1][-1:] != "\0":
                if cells[0] not in first_names or not table.is_header(cells):
                    picked.append(pick(cells))
            elif cells and cells[0] != _END:
                usable = self._odd(0, columns, cells, 0)
                picked.append(None if usable.problem else pick(usable.cells))
            if len(picked) == _BLOCK_ROWS:
                yield columns, picked
                picked = []
        yield columns, picked

    def _table(self) -> _Table:
        """The file from its header on: the first line, unless the preset finds its columns only further down."""
        csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
        lines = iter(self._lines)
        n_before, first = next(((n, line) for n, line in enumerate(lines) if line.strip("\r\n \ufeff")), (0, ""))
        delimiter = None
        hint = first.strip().removeprefix("\ufeff")
        if hint.lower().startswith("sep=") and len(hint) == len("sep=") + 1:  # Excel's own hint
            delimiter, first, n_before = hint[-1], next(lines, ""), n_before + 1
        beginning = [first]
        if self._fit(_header(first, delimiter)) < _SURE:
            beginning += islice(lines, _TITLE_LINES)
        self._n_title_lines = self._n_lines_of_titles(beginning, delimiter)
        n_before += self._n_title_lines
        self._header_line = n_before + 1
        beginning = beginning[self._n_title_lines :]
        reader = csv.reader(chain(beginning, lines, [_END]), delimiter=delimiter or _delimiter(beginning[0]))
        header = next(reader) or [""]
        name = header[0].removeprefix("\ufeff")
        return _Table(reader, named_columns(header), header, n_before, (name, f"\ufeff{name}"))

    def _n_lines_of_titles(self, lines: Sequence[str], delimiter: str | None) -> int:
        """How many lines stand above the one that fits best; none if the first fits, or no line does."""
        best, best_fit = 0, 0
        for n, line in enumerate(lines):
            fit = self._fit(_header(line, delimiter))
            if fit > best_fit and (n == 0 or fit >= _SURE):
                best, best_fit = n, fit
            if best_fit >= _SURE:
                break
        return best

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
        """About the encoding, where the header is, and a quote that swallowed the rest of the file."""
        notes = list(self._lines.notes)
        if self._n_title_lines:
            notes.append(
                f"The header is line {self._header_line:,}; the {self._n_title_lines:,} lines above it were left out."
            )
        if self._repeated:
            notes.append(repeated_header_note(self._repeated, "line"))
        if self._unclosed is not None:
            notes.append(self._unclosed)
        return tuple(notes)


def repeated_header_note(lines: Sequence[int], kind: str) -> str:
    """That the header came again, and where."""
    listed = ", ".join(f"{line:,}" for line in lines[:5])
    return (
        f"The header comes again in {len(lines):,} {kind}s ({listed}{', …' if len(lines) > 5 else ''}); "
        "these were left out and are no tickets."
    )


def _header(line: str, delimiter: str | None) -> tuple[str, ...]:
    """The columns that a line names."""
    return named_columns(next(csv.reader([line], delimiter=delimiter or _delimiter(line)), []))


def _delimiter(header: str) -> str:
    """The delimiter that gives the header most columns; a comma if none gives more than one."""
    return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), [])))
