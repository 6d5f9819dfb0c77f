"""Parquet, by pyarrow, a batch of rows at a time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from data.exports.formats.cell_text import cell_text
from data.exports.rows import Fit, Peek, Places, Row, named_columns
from triage.errors import UnusableFile

__all__ = ["ParquetRows"]

_BATCH_ROWS = 5_000


class ParquetRows:
    """The rows of a Parquet file, numbered from 1."""

    has_header = True
    notes: tuple[str, ...] = ()
    elsewhere = ""

    def __init__(self, path: Path, fit: Fit) -> None:  # noqa: ARG002 - a typed file begins with its columns
        self._name = path.name
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise UnusableFile(f"{path.name} cannot be read as Parquet: {error}.") from error
        self._n_rows = self._file.metadata.num_rows
        self._n_read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def rows(self) -> Iterator[Row]:
        """Every row, its values as text."""
        columns = named_columns(list(self._file.schema_arrow.names))
        self._n_read = 0
        for texts in self._batches(None, _texts):
            for cells in zip(*texts, strict=True):
                self._n_read += 1
                yield Row(self._n_read, columns, cells)

    def peek(self, places: Places) -> Iterator[Peek]:
        """The wanted columns; the others are not even read, and of typed moments there is nothing to find out."""
        columns = named_columns(list(self._file.schema_arrow.names))
        wanted = list(places(columns))
        there = sorted(set(wanted))
        names = [self._file.schema_arrow.names[place] for place in there]
        for texts in self._batches(names, _open_texts):
            found = dict(zip(there, texts, strict=True))
            picked: list[Sequence[str] | None] = list(zip(*(found[place] for place in wanted), strict=True))
            yield columns, picked

    def _batches(self, names: list[str] | None, read: Callable[[pa.Array], list[str]]) -> Iterator[list[list[str]]]:
        """The columns of these names, all of them if None, as text, some rows at a time."""
        try:
            for batch in self._file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
                yield list(map(read, batch.columns))
        except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
            raise UnusableFile(f"{self._name} breaks off after {self._n_read:,} rows: {error}.") from error

    @property
    def progress_ratio(self) -> float:
        """Rows read so far, 0 to 1."""
        return self._n_read / self._n_rows if self._n_rows else 1.0


def _open_texts(column: pa.Array) -> list[str]:
    """A column as text, of moments nothing: their type says what they are."""
    is_moment = pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)
    return [""] * len(column) if is_moment else _texts(column)


def _texts(column: pa.Array) -> list[str]:
    """A column as text; nanoseconds are cut to microseconds, which is what a datetime holds."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        with suppress(UnicodeDecodeError):
            return ["" if text is None else text for text in column.to_pylist()]
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    try:
        return [cell_text(value) for value in column.to_pylist()]
    except UnicodeDecodeError:  # text that its writer never checked
        return [cell_text(value) for value in column.cast(pa.large_binary()).to_pylist()]
