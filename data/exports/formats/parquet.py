"""Parquet, by pyarrow, a batch of rows at a time."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from data.exports.formats.cell_text import cell_text
from data.exports.rows import Row, named_columns
from triage.errors import UnusableFile

__all__ = ["ParquetRows"]

_BATCH_ROWS = 5_000


class ParquetRows:
    """The rows of a Parquet file, numbered from 1."""

    has_header = True
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
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
        try:
            for batch in self._file.iter_batches(batch_size=_BATCH_ROWS):
                for cells in zip(*(_texts(column) for column in batch.columns), strict=True):
                    self._n_read += 1
                    yield Row(self._n_read, columns, cells)
        except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
            raise UnusableFile(f"{self._name} breaks off after {self._n_read:,} rows: {error}.") from error

    @property
    def progress_ratio(self) -> float:
        """Rows read so far, 0 to 1."""
        return self._n_read / self._n_rows if self._n_rows else 1.0


def _texts(column: pa.Array) -> list[str]:
    """A column as text; nanoseconds are cut to microseconds, which is what a datetime holds."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    try:
        return [cell_text(value) for value in column.to_pylist()]
    except UnicodeDecodeError:  # text that its writer never checked
        return [cell_text(value) for value in column.cast(pa.large_binary()).to_pylist()]
