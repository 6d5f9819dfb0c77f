"""Rows of cells, or the first and last events of tickets, become columns of tickets; what is unusable is told."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import compress
from typing import Any

from data.exports.cells import UNREADABLE, Cells, ColumnReader
from data.exports.columns import Binding, bound
from data.exports.event_log import Story
from data.exports.preset import Preset
from data.exports.rows import Row
from data.exports.ticket_columns import TicketColumns
from triage.features import AS_FILED
from triage.ticket import FILED_COLUMNS, WORKED_COLUMNS

__all__ = ["Assembly"]

_ATTRIBUTE = "attributes."
_MAY_BE_ZERO = ("reassignments", "reopens", "satisfaction", "made_sla", "first_contact_resolution", "effort_minutes")
_REMEMBERED_BINDINGS = 1_000  # JSON objects with optional keys have many shapes


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows that have the same columns: their places among the rows of a chunk, and their cells column by column."""

    at: list[int]
    columns: tuple[str, ...]
    binding: Binding
    cells: list[tuple[str, ...]]

    def only(self, kept: Sequence[bool]) -> "_Table":
        """The same without the rows that are not kept; `kept` is asked for each row of the chunk."""
        chosen = [kept[i] for i in self.at]
        if all(chosen):
            return self
        return _Table(
            list(compress(self.at, chosen)),
            self.columns,
            self.binding,
            [tuple(compress(column, chosen)) for column in self.cells],
        )


class Assembly:
    """Makes columns of tickets of one file's rows and counts what had to be left out of them.

    Args:
        preset: how the file's system names things.
        later: which canonical columns decided later are read; None reads all of them, and the file's own.
        cells: the reader of cells; None for one that knows the preset only.
        ids_may_repeat: whether rows with an id that was used are kept, for somebody who chooses among them.
    """

    def __init__(
        self,
        preset: Preset,
        later: Collection[str] | None = None,
        cells: Cells | None = None,
        *,
        ids_may_repeat: bool = False,
    ) -> None:
        self.cells = cells or Cells(preset)
        self.n_bound: dict[str, Counter[str]] = {}
        self._ids_may_repeat = ids_may_repeat
        self.n_unreadable: Counter[str] = Counter()
        self.n_without_id = 0
        self._preset = preset
        self._worked = tuple(name for name in WORKED_COLUMNS if later is None or name in later)
        self._keeps_others = later is None
        self._readers: dict[str, ColumnReader] = {
            name: self.cells.column(name) for name in (*FILED_COLUMNS, *self._worked) if name in preset.columns
        }
        self._words: dict[str, ColumnReader] = {}
        self._bindings: dict[tuple[str, ...], Binding] = {}
        self._ids: set[str] = set()
        self._n_with_content: Counter[str] = Counter()

    def binding(self, columns: tuple[str, ...]) -> Binding:
        """Where things are in rows with these columns."""
        binding = self._bindings.get(columns)
        if binding is None:
            if len(self._bindings) >= _REMEMBERED_BINDINGS:
                self._bindings.clear()
            binding = self._bindings[columns] = bound(columns, self._preset)
        return binding

    def columns(self, stories: Sequence[Story], reject: Callable[[Row, str], None]) -> TicketColumns:
        """The tickets: what was known when filed from the first row, everything else from the last (often the same).

        Args:
            stories: first and last row of each ticket, and the groups that it went through.
            reject: told, in their order, of the first rows of which no ticket can be made, and why: their cells are
                unusable, they have neither text nor filed attributes, their opening is no date, or their id was used
                before.
        """
        firsts, lasts = [story.first for story in stories], [story.last for story in stories]
        n_rows = len(stories)
        reasons = {i: row.problem for i, row in enumerate(lasts) if row.problem}
        tables = self._tables(firsts, [i for i in range(n_rows) if i not in reasons])
        filed, filed_attributes = self._filed(tables, n_rows, reasons)
        self._identify(filed, filed_attributes, reasons)
        kept = [i not in reasons for i in range(n_rows)]
        if self._preset.event_order is not None:
            tables = self._tables(lasts, range(n_rows))
        usable = [table.only(kept) for table in tables]
        worked, attributes = self._decided([table for table in usable if table.at], n_rows)
        for i in sorted(reasons):
            reject(firsts[i], reasons[i])

        self._count_bound(usable, filed, filed_attributes, worked)
        lines = [row.line for row in firsts]
        groups = () if self._preset.event_order is None else [story.groups for story in stories]
        return TicketColumns(lines, filed, filed_attributes, worked, attributes, groups).only(kept)

    def _count_bound(
        self,
        tables: list[_Table],
        filed: Mapping[str, list[Any]],
        filed_attributes: Mapping[str, list[Any]],
        worked: Mapping[str, list[Any]],
    ) -> None:
        """Count of which column each thing was really read, in how many tickets."""
        for table in tables:
            for name, place in table.binding.named():
                attribute = name.removeprefix(_ATTRIBUTE)
                column = filed_attributes.get(attribute) if attribute != name else filed.get(name) or worked.get(name)
                if column is None:
                    continue
                is_whole = len(table.at) == len(column)
                if not is_whole:
                    n_said = sum(column[i] is not None for i in table.at)
                elif name in _MAY_BE_ZERO:
                    n_said = len(column) - column.count(None)
                else:
                    n_said = len(list(filter(None, column)))  # three times as quick
                self.n_bound.setdefault(name, Counter())[table.columns[place]] += n_said

    def _tables(self, rows: Sequence[Row], places: Iterable[int]) -> list[_Table]:
        by_columns: dict[tuple[str, ...], list[int]] = {}
        last, at = None, []
        for i in places:
            columns = rows[i].columns
            if columns is not last:  # as a rule all rows share one object
                last, at = columns, by_columns.setdefault(columns, [])
            at.append(i)
        return [
            _Table(at, columns, self.binding(columns), list(zip(*(rows[i].cells for i in at), strict=True)))
            for columns, at in by_columns.items()
        ]

    def _filed(
        self, tables: list[_Table], n_rows: int, reasons: dict[int, str]
    ) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
        """What was known when filed, and the attributes; a row whose opening is no date gets that as its reason."""
        columns, attributes = _Chunk(n_rows), _Chunk(n_rows)
        for table in tables:
            rest = table
            for name, place in table.binding.filed.items():
                values = self._readers[name](rest.cells[place])
                if UNREADABLE in values:
                    reasons |= {
                        i: f"{name} is not a date"
                        for i, value in zip(rest.at, values, strict=True)
                        if value is UNREADABLE
                    }
                    values = [value for value in values if value is not UNREADABLE]
                    rest = rest.only([i not in reasons for i in range(n_rows)])
                columns.place(name, rest.at, values)
            self._place_attributes(attributes, rest, table.binding.attributes)
        return columns.complete(FILED_COLUMNS), attributes.columns

    def _decided(self, tables: list[_Table], n_rows: int) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
        """What people decided later, and the file's other columns; what cannot be read is counted and left empty."""
        columns, attributes = _Chunk(n_rows), _Chunk(n_rows)
        for table in tables:
            for name, place in table.binding.worked.items():
                if name not in self._worked:
                    continue
                values = self._readers[name](table.cells[place])
                n_unreadable = values.count(UNREADABLE)
                if n_unreadable:
                    self.n_unreadable[name] += n_unreadable
                    values = [None if value is UNREADABLE else value for value in values]
                columns.place(name, table.at, values)
            if self._keeps_others:
                self._place_attributes(attributes, table, table.binding.other)
        return columns.complete(self._worked), attributes.columns

    def _place_attributes(self, attributes: "_Chunk", table: _Table, places: Mapping[str, int]) -> None:
        for name, place in places.items():
            read = self._words.get(name)
            if read is None:
                read = self._words[name] = self.cells.words()
            attributes.place(name, table.at, read(table.cells[place]))

    def _identify(self, filed: dict[str, list[Any]], attributes: dict[str, list[Any]], reasons: dict[int, str]) -> None:
        """Give every ticket that says something its id; one that says nothing or whose id was used gets a reason."""
        ids = filed["id"]
        telling = [column for name, column in attributes.items() if not name.endswith(AS_FILED)]  # the others: no terms
        for i, texts in enumerate(zip(filed["subject"], filed["body"], strict=True)):
            if texts == (None, None) and i not in reasons and all(column[i] is None for column in telling):
                reasons[i] = "no text and no attributes"
        if not reasons and None not in ids and len(new := set(ids)) == len(ids) and self._ids.isdisjoint(new):
            self._ids |= new
            return
        for i in range(len(ids)):
            if i in reasons:
                continue
            if ids[i] is None:
                self.n_without_id += 1
                ids[i] = self._id_of_content(_said_at(i, filed) | _attributes_at(i, attributes))
            elif ids[i] in self._ids and not self._ids_may_repeat:
                reasons[i] = "id appears twice"
            self._ids.add(ids[i])

    def _id_of_content(self, values: Mapping[str, Any]) -> str:
        """An id that the same ticket gets in every reading, with a number where the same content comes again."""
        parts = [f"{name}={_written(values[name])}" for name in sorted(values)]
        content = sha256("\x1f".join(parts).encode("utf-8", errors="surrogatepass")).hexdigest()[:16]
        while True:
            self._n_with_content[content] += 1
            n = self._n_with_content[content]
            found = content if n == 1 else f"{content}-{n}"
            if found not in self._ids:
                return found


class _Chunk:
    """Columns of a chunk, filled in by tables of some of its rows each; None where no table says anything."""

    def __init__(self, n_rows: int) -> None:
        self.columns: dict[str, list[Any]] = {}
        self._n_rows = n_rows

    def place(self, name: str, at: Sequence[int], values: list[Any]) -> None:
        """The values of a column at these places."""
        if len(at) == self._n_rows:
            self.columns[name] = values
            return
        column = self.columns.setdefault(name, [None] * self._n_rows)
        for i, value in zip(at, values, strict=True):
            column[i] = value

    def complete(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """The columns of these names, also those that no table has."""
        return {name: self.columns[name] if name in self.columns else [None] * self._n_rows for name in names}


def _said_at(i: int, columns: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {name: column[i] for name, column in columns.items() if column[i] is not None}


def _attributes_at(i: int, columns: Mapping[str, list[Any]]) -> dict[str, Any]:
    attributes = _said_at(i, columns)
    return {"attributes": attributes} if attributes else {}


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return repr(sorted(value.items())) if isinstance(value, dict) else str(value)
