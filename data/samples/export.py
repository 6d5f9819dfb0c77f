"""A sample desk as the file an export would be.

The columns are the canonical ones: what is known when a ticket is filed, then what people decided later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from data.exports.ticket_writer import Cell, write_rows
from data.samples.desk import Desk
from data.samples.roots import SampleChange
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS

__all__ = ["columns_of", "write_changes", "write_desk"]


def write_desk(desk: Desk, out: Path) -> None:
    """Write the tickets of a desk to `out`: `.csv`, `.csv.gz`, `.jsonl` or `.parquet` by its name.

    The same desk gives the same bytes. The file appears under its name only when it is complete.

    Raises:
        UnusableFile: when the name has another ending, its folder is missing, or Parquet is asked for without pyarrow.
    """
    columns = columns_of(desk)
    write_rows(out, columns, _rows(desk, columns))


def write_changes(changes: Sequence[SampleChange], out: Path) -> None:
    """Write what was changed at the desk's services, likewise: a file that `triage changes import` reads."""
    columns = tuple(each.name for each in fields(SampleChange))
    write_rows(out, columns, ([getattr(change, name) for name in columns] for change in changes))


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
