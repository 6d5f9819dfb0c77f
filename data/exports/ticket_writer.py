"""Files of tickets that others read, row by row: a new kind of file is a function in `_WRITERS`.

A file appears under its name only when it is complete, and no more than some of its rows are held at once.
"""

import csv
import gzip
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from triage.errors import UnusableFile

__all__ = ["Cell", "check_out", "write_rows"]

Cell = str | float | bool | datetime | None
"""What a row can hold."""

_PARQUET_ROWS = 10_000
"""Rows of a row group, and so of what is held twice in memory."""

_MOMENTS = ("opened_at", "resolved_at", "closed_at")
_WHOLE_NUMBERS = ("reassignments", "reopens")
_NUMBERS = ("satisfaction", "effort_minutes")
_FLAGS = ("made_sla", "first_contact_resolution")


def check_out(out: Path) -> None:
    """Nothing, where rows can be written to `out`; a refusal before the long work begins otherwise.

    Raises:
        UnusableFile: when the name has another ending, its folder is missing, or Parquet is asked for without pyarrow.
    """
    suffix = _suffix(out)
    if not out.parent.is_dir():
        raise UnusableFile(f"There is no folder {out.parent} to write {out.name} into.")
    if suffix == ".parquet":
        _require_pyarrow()


def write_rows(out: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Writes rows to `out`: `.csv`, `.csv.gz`, `.jsonl` or `.parquet` by its name. The same rows give the same bytes.

    Args:
        out: the file; what stands there is replaced when everything is written.
        columns: canonical ones, which decide the types of a Parquet file; any other holds texts.
        rows: each with a cell for every column.

    Raises:
        UnusableFile: as in `check_out`.
    """
    check_out(out)
    partial = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            _WRITERS[_suffix(out)](file, columns, rows)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _suffix(out: Path) -> str:
    suffix = next((suffix for suffix in _WRITERS if out.name.lower().endswith(suffix)), None)
    if suffix is None:
        raise UnusableFile(f"Cannot write '{out.name}'. Known endings: {', '.join(_WRITERS)}.")
    return suffix


def _as_text(cell: Cell) -> Cell:
    """A cell as CSV and JSON can hold it: moments in RFC 3339, the others as they are."""
    return cell.isoformat() if isinstance(cell, datetime) else cell


def _as_csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return _as_text(cell)


def _write_csv(file: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_as_csv_cell(cell) for cell in row] for row in rows)
    text.detach()


def _write_csv_gz(file: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    # no name and no time in the header: the same rows, the same bytes
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        _write_csv(cast("BinaryIO", packed), columns, rows)  # it is one in all but its declared type


def _write_jsonl(file: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    for row in rows:
        record = dict(zip(columns, map(_as_text, row), strict=True))
        file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")


def _write_parquet(file: BinaryIO, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    # only Parquet needs pyarrow, which comes with the extra `train`
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    kinds: Mapping[str, object] = {
        **dict.fromkeys(_MOMENTS, pa.timestamp("us", tz="UTC")),
        **dict.fromkeys(_WHOLE_NUMBERS, pa.int64()),
        **dict.fromkeys(_NUMBERS, pa.float64()),
        **dict.fromkeys(_FLAGS, pa.bool_()),
    }
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in columns])
    remaining = iter(rows)
    with pq.ParquetWriter(file, schema) as writer:
        while chunk := list(islice(remaining, _PARQUET_ROWS)):
            arrays = [
                pa.array(cells, type=field.type) for cells, field in zip(zip(*chunk, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _require_pyarrow() -> None:
    try:
        import pyarrow as pa  # noqa: F401, PLC0415
    except ImportError as error:
        raise UnusableFile("Writing Parquet needs pyarrow, which comes with the extra `train`.") from error


_WRITERS: Mapping[str, Callable[[BinaryIO, Sequence[str], Iterable[Sequence[Cell]]], None]] = {
    ".csv": _write_csv,
    ".csv.gz": _write_csv_gz,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}
"""How each ending is written."""
