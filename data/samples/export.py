"""A sample desk as the file an export would be; a new format is a function in `_WRITERS`.

The columns are the canonical ones: what is known when a ticket is filed, then what people decided later.
"""

import csv
import gzip
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from data.samples.desk import Desk
from triage.errors import UnusableFile
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS

__all__ = ["columns_of", "write_desk"]

Cell = str | float | bool | datetime | None

_PARQUET_ROWS = 50_000
"""Rows of a row group, and so of what is held twice in memory."""


def write_desk(desk: Desk, out: Path) -> None:
    """Write the tickets of a desk to `out`: `.csv`, `.csv.gz`, `.jsonl` or `.parquet` by its name.

    The same desk gives the same bytes. The file appears under its name only when it is complete.

    Raises:
        UnusableFile: when the name has another ending, its folder is missing, or Parquet is asked for without pyarrow.
    """
    suffix = next((suffix for suffix in _WRITERS if out.name.lower().endswith(suffix)), None)
    if suffix is None:
        raise UnusableFile(f"Cannot write '{out.name}'. Known endings: {', '.join(_WRITERS)}.")
    if not out.parent.is_dir():
        raise UnusableFile(f"There is no folder {out.parent} to write {out.name} into.")
    partial = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            _WRITERS[suffix](desk, file)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def columns_of(desk: Desk) -> tuple[str, ...]:
    """The columns of the file: canonical ones in the order of the contract, attributes by name behind their kind."""
    filed = sorted({name for ticket in desk.tickets for name in ticket.filed.attributes})
    worked = sorted({name for ticket in desk.tickets for name in ticket.attributes})
    return (*FILED_COLUMNS, *filed, *WORKED_COLUMNS, *worked)


def _rows(desk: Desk, columns: Sequence[str]) -> Iterator[list[Cell]]:
    n_filed = len(FILED_COLUMNS)
    worked_from = columns.index(WORKED_COLUMNS[0])
    filed_attributes = columns[n_filed:worked_from]
    worked_attributes = columns[worked_from + len(WORKED_COLUMNS) :]
    for ticket in desk.tickets:
        filed = ticket.filed
        row: list[Cell] = [getattr(filed, name) for name in FILED_COLUMNS]
        row.extend(filed.attributes.get(name) for name in filed_attributes)
        row.extend(getattr(ticket, name) for name in WORKED_COLUMNS)
        row.extend(ticket.attributes.get(name) for name in worked_attributes)
        yield row


def _as_text(cell: Cell) -> Cell:
    """A cell as CSV and JSON can hold it: moments in RFC 3339, the others as they are."""
    return cell.isoformat() if isinstance(cell, datetime) else cell


def _as_csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return _as_text(cell)


def _write_csv(desk: Desk, file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    columns = columns_of(desk)
    writer.writerow(columns)
    writer.writerows([_as_csv_cell(cell) for cell in row] for row in _rows(desk, columns))
    text.detach()


def _write_csv_gz(desk: Desk, file: BinaryIO) -> None:
    # no name and no time in the header: the same desk, the same bytes
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        _write_csv(desk, cast("BinaryIO", packed))  # it is one in all but its declared type


def _write_jsonl(desk: Desk, file: BinaryIO) -> None:
    columns = columns_of(desk)
    for row in _rows(desk, columns):
        record = dict(zip(columns, map(_as_text, row), strict=True))
        file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")


def _write_parquet(desk: Desk, file: BinaryIO) -> None:
    try:
        # only Parquet needs pyarrow, which comes with the extra `train`
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise UnusableFile("Writing Parquet needs pyarrow, which comes with the extra `train`.") from error
    moment = pa.timestamp("us", tz="UTC")
    kinds: Mapping[str, object] = {
        **dict.fromkeys(("opened_at", "resolved_at", "closed_at"), moment),
        **dict.fromkeys(("reassignments", "reopens"), pa.int64()),
        **dict.fromkeys(("satisfaction", "effort_minutes"), pa.float64()),
        **dict.fromkeys(("made_sla", "first_contact_resolution"), pa.bool_()),
    }
    columns = columns_of(desk)
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in columns])
    rows = _rows(desk, columns)
    with pq.ParquetWriter(file, schema) as writer:
        while chunk := list(islice(rows, _PARQUET_ROWS)):
            arrays = [
                pa.array(cells, type=field.type) for cells, field in zip(zip(*chunk, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


_WRITERS: Mapping[str, Callable[[Desk, BinaryIO], None]] = {
    ".csv": _write_csv,
    ".csv.gz": _write_csv_gz,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}
"""How each ending is written."""
