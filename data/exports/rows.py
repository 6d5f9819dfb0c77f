"""Rows of an export, whatever its format: a line number, column names and cells of text. No meaning yet.

A new format is a module in `formats/` with a class that fits `RowSource`, and its suffixes in `FORMATS`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from triage.errors import UnusableFile

__all__ = ["FORMATS", "Fit", "Peek", "Places", "Row", "RowSource", "named_columns", "open_rows", "peeked"]

_BLOCK_ROWS = 1_000


class Row(NamedTuple):
    """One row as it stands in the file.

    `line` is the physical line where it starts (text), the sheet's row (Excel) or the number of the row (Parquet).
    `problem` is why it has no usable cells. `original` is the text of the row where it is not a list of cells.
    """

    line: int
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    problem: str = ""
    original: str | None = None


Fit = Callable[[tuple[str, ...]], int]
"""How many things that are looked for have a column among those of this header; 0 for what is no header."""

Places = Callable[[tuple[str, ...]], Sequence[int]]
"""Which of these columns are wanted, by their places; at least two, the same twice if there is only one."""

Peek = tuple[tuple[str, ...], list[Sequence[str] | None]]
"""Rows that have the same columns: these, and the wanted cells of each row; None for a row with a problem."""


class RowSource(AbstractContextManager["RowSource"], Protocol):
    """An opened export: rows in the file's order, from the first one as often as they are asked for."""

    has_header: bool
    """Whether all rows have the same columns; if not, every row brings its own."""

    def rows(self) -> Iterator[Row]:
        """All rows; blank ones are not rows, and neither is a header that comes again."""

    def peek(self, places: Places) -> Iterator[Peek]:
        """The same rows, but only what is looked at before they are read."""

    @property
    def progress_ratio(self) -> float:
        """How much of the file was consumed, 0 to 1."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about the file, complete after the last row."""

    @property
    def elsewhere(self) -> str:
        """Where else in the file something may be, as a sentence for a refusal; empty if nowhere."""


FORMATS: Mapping[str, tuple[str, str]] = {
    ".csv": ("data.exports.formats.delimited", "DelimitedRows"),
    ".tsv": ("data.exports.formats.delimited", "DelimitedRows"),
    ".csv.gz": ("data.exports.formats.delimited", "DelimitedRows"),
    ".tsv.gz": ("data.exports.formats.delimited", "DelimitedRows"),
    ".json": ("data.exports.formats.json_lines", "JsonLinesRows"),
    ".json.gz": ("data.exports.formats.json_lines", "JsonLinesRows"),
    ".jsonl": ("data.exports.formats.json_lines", "JsonLinesRows"),
    ".ndjson": ("data.exports.formats.json_lines", "JsonLinesRows"),
    ".jsonl.gz": ("data.exports.formats.json_lines", "JsonLinesRows"),
    ".ndjson.gz": ("data.exports.formats.json_lines", "JsonLinesRows"),
    ".parquet": ("data.exports.formats.parquet", "ParquetRows"),
    ".xlsx": ("data.exports.formats.excel", "ExcelRows"),
}
"""Suffix -> where its reader is. By name, so that reading a CSV needs neither pyarrow nor openpyxl."""


def open_rows(path: Path, fit: Fit) -> RowSource:
    """The rows of a file, by its suffix; `fit` tells its header from what stands above it.

    Raises:
        UnusableFile: There is no such file, or its suffix is none that is read.
    """
    if not path.is_file():
        raise UnusableFile(f"{path} is a folder, not a file." if path.is_dir() else f"There is no file {path}.")
    lowered = path.name.lower()
    found = next((place for suffix, place in FORMATS.items() if lowered.endswith(suffix)), None)
    if found is None:
        raise UnusableFile(f"{path.name} is of no kind that is read. Read are: {', '.join(FORMATS)}.")
    module, name = found
    try:
        reader = cast("Callable[[Path, Fit], RowSource]", getattr(import_module(module), name))
    except ModuleNotFoundError as error:
        raise UnusableFile(
            f"Reading {path.name} needs the package '{error.name}'; it comes with the extra `train`."
        ) from error
    try:
        return reader(path, fit)
    except OSError as error:
        raise UnusableFile(f"{path} cannot be read: {error.strerror or error}.") from error


def named_columns(header: list[str]) -> tuple[str, ...]:
    """Column names, each non-empty and once: `column 3` for one without a name, `Comment (2)` for a repeated one."""
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(header, start=1):
        wanted = cell.strip().removeprefix("\ufeff").replace("\0", "") or f"column {number}"
        name, repeat = wanted, 1
        while name.casefold() in taken:
            repeat += 1
            name = f"{wanted} ({repeat})"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)


def peeked(rows: Iterable[Row], places: Places) -> Iterator[Peek]:
    """What a source without a quicker way peeks at."""
    remaining = iter(rows)
    columns, wanted, picked = None, (), []  # type: tuple[str, ...] | None, Sequence[int], list[Sequence[str] | None]
    while block := list(islice(remaining, _BLOCK_ROWS)):
        for row in block:
            if row.columns is not columns and not row.problem:
                if picked and columns is not None:
                    yield columns, picked
                    picked = []
                columns, wanted = row.columns, places(row.columns)
            picked.append(None if row.problem else [row.cells[place] for place in wanted])
    if picked:
        yield columns or (), picked
