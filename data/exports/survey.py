"""A first look at a whole export: what no single row says, and what must be known before the first one is read.

- Whether day or month comes first in dates of numbers: a column says it as soon as one of its cells has a thirteenth
  "month". Columns that do not say it follow one that does, else the preset; else the file is refused.
- Which of several rows of a ticket counts: the newest by its update time, else the last.
- Which labels stand alone in their column, so that a list of labels by commas can be told from a label with a comma.

Only these columns are looked at, and nothing is kept of them but counts. See ADR 26.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from data.exports.assembly import Assembly
from data.exports.cells import Cells
from data.exports.columns import Binding
from data.exports.event_log import Story
from data.exports.moments import Numbers, Order, is_day_number, layout, looks_dated, numbers
from data.exports.preset import Preset
from data.exports.rows import Row, RowSource
from triage.errors import UnusableFile

__all__ = ["Survey", "survey"]

_DATES = ("opened_at", "resolved_at", "closed_at")
_EVENT_ORDER, _UPDATED = "order", "updated"
_LISTED = ("assignment_group", "category")  # labels of which interfaces list several by commas
_STRAY_RATIO = 0.02  # fewer cells than these are mistakes of single rows, more of them are a way of writing
_MANY_LABELS = 5_000  # different ones; a column of these is prose
_BLOCK_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Survey:
    """What the whole file says.

    Attributes:
        orders: what comes first in dates of numbers, by canonical column.
        single: the labels that stand alone, by canonical column.
        superseded: numbers of rows, counted from 0, of which another row of the same ticket counts.
        has_update_times: whether rows of a ticket could be told by their time; if not, the last one counts.
        unread: the first cell of each date column that cannot be read, with the number of its row.
        notes: what a person should know.
    """

    orders: dict[str, Order] = field(default_factory=dict)
    single: dict[str, frozenset[str]] = field(default_factory=dict)
    superseded: frozenset[int] = frozenset()
    has_update_times: bool = False
    unread: dict[str, tuple[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def survey(source: RowSource, preset: Preset, later: Collection[str] | None, file_name: str) -> Survey:
    """Look through a file.

    Args:
        source: its rows.
        preset: how its system names things.
        later: the columns decided later that will be read; None for all.
        file_name: for messages.

    Raises:
        UnusableFile: a date column does not say whether day or month comes first, or says both, or many of its cells
            are dates of no known form.
    """
    look = _Look(preset, later)
    n_rows = 0
    for columns, picked in source.peek(look.places):
        look.take(columns, picked, n_rows)
        n_rows += len(picked)
    verdicts = _Verdicts(source, preset, file_name)
    orders = verdicts.orders(look.dates)
    superseded, has_times = _superseded(source, preset, orders, look.repeated_ids())
    return Survey(
        orders,
        {name: frozenset(labels) for name, labels in look.labels.items() if len(labels) < _MANY_LABELS},
        superseded,
        has_times,
        {name: dates.first_unread for name, dates in look.dates.items() if dates.first_unread is not None},
        tuple(verdicts.notes),
    )


class _Look:
    """What is gathered on the way."""

    def __init__(self, preset: Preset, later: Collection[str] | None) -> None:
        self._cells = Cells(preset)
        self._assembly = Assembly(preset, later)
        self._is_log = preset.event_order is not None
        self._later = later
        self._preset = preset
        self._names: dict[tuple[str, ...], list[str]] = {(): []}
        self._ids: set[str] = set()
        self._twice: set[str] = set()
        self.dates: dict[str, _DateColumn] = {}
        self.labels: dict[str, set[str]] = {}

    def places(self, columns: tuple[str, ...]) -> Sequence[int]:
        """The columns that are looked at."""
        if not columns:  # an object without keys
            return []
        wanted = self._wanted(self._assembly.binding(columns))
        self._names[columns] = list(wanted)
        return [*wanted.values(), 0, 0]  # two at least, so that every row comes as several cells

    def _wanted(self, binding: Binding) -> dict[str, int]:
        every = binding.filed | binding.worked
        names = [
            name for name in (*_DATES, *_LISTED) if name in binding.filed or self._later is None or name in self._later
        ]
        wanted = {name: every[name] for name in names if name in every}
        if self._is_log:
            return wanted if binding.order is None else wanted | {_EVENT_ORDER: binding.order}
        if "id" in every:
            wanted["id"] = every["id"]
        return wanted if binding.updated is None else wanted | {_UPDATED: binding.updated}

    def take(self, columns: tuple[str, ...], picked: Sequence[Sequence[str] | None], n_before: int) -> None:
        """Look at some rows that have the same columns."""
        usable = [cells for cells in picked if cells is not None]
        if not usable:
            return
        numbers_of_rows = range(n_before, n_before + len(picked))
        if len(usable) < len(picked):
            numbers_of_rows = [n for n, cells in zip(numbers_of_rows, picked, strict=True) if cells is not None]  # type: ignore[assignment]
        for name, column in zip(self._names[columns], zip(*usable, strict=True), strict=False):
            if name == "id":
                self._take_ids(column)
            elif name in _LISTED:
                self._take_labels(name, column)
            else:
                self._take_dates(name, column, numbers_of_rows)

    def _take_ids(self, column: Sequence[str]) -> None:
        together = "".join(column)
        is_plain = together.isalnum() and together.isascii()
        ids = column if is_plain else [self._cells.ticket_id(cell) or "" for cell in column]
        new = set(ids)
        if len(new) < len(ids) or not self._ids.isdisjoint(new):
            self._twice.update(each for each, n in Counter(ids).items() if n > 1 or each in self._ids)
        self._ids |= new

    def repeated_ids(self) -> frozenset[str]:
        """The ids that several rows have."""
        return frozenset(each for each in self._twice if self._cells.text(each) is not None)

    def _take_labels(self, name: str, column: Sequence[str]) -> None:
        labels = self.labels.setdefault(name, set())
        if len(labels) < _MANY_LABELS:
            labels.update(map(str.strip, set(column)))

    def _take_dates(self, name: str, column: Sequence[str], numbers_of_rows: Sequence[int]) -> None:
        dates = self.dates.get(name)
        if dates is None:
            dates = self.dates[name] = _DateColumn(self._cells, self._preset.settled_order)
        odd = [cell for cell in column if cell[4:5] != "-"]
        dates.n_said += len(column)
        for cell, n_rows in Counter(odd).items():
            dates.take(cell, n_rows, lambda cell=cell: numbers_of_rows[column.index(cell)])  # type: ignore[misc]


class _DateColumn:
    """What the cells of one column say of how dates are written there; numbers of rows are counted from 0."""

    def __init__(self, cells: Cells, settled: Order | None) -> None:
        self._cells = cells
        self.settled = settled
        self.n_said = 0
        self.n_by_order: Counter[Order | None] = Counter()
        self.first_by_order: dict[Order | None, tuple[str, int]] = {}
        self.n_lost = 0
        self.first_lost: tuple[str, int] | None = None
        self.first_unread: tuple[str, int] | None = None
        self.n_day_numbers = 0
        self.first_day_number: tuple[str, int] | None = None

    def take(self, cell: str, n_rows: int, place: Callable[[], int]) -> None:
        """Look at a cell that is not written as ISO 8601 is; `place` gives the number of its first row."""
        text = self._cells.text(cell)
        if text is None:
            self.n_said -= n_rows
            return
        found = numbers(text)
        if found is not None and self._is_open(found):
            self.n_by_order[found.order] += n_rows
            if found.order not in self.first_by_order:
                self.first_by_order[found.order] = (text, place())
            return
        if self._cells.local_moment(text, self.settled) is None:
            self.first_unread = self.first_unread or (text, place())
            if looks_dated(text):
                self.n_lost += n_rows
                self.first_lost = self.first_lost or (text, place())
        elif is_day_number(text):
            self.n_day_numbers += n_rows
            self.first_day_number = self.first_day_number or (text, place())

    def _is_open(self, found: Numbers) -> bool:
        """Whether the column is to decide; with dots between the numbers only where they contradict the usual."""
        if self.settled is not None or (found.first > 12 and found.second > 12):
            return False
        return found.separator != "." or found.order is not None

    def evidence(self) -> Order | None:
        """What the cells say, but for a few strays; None if they do not say it."""
        n_day, n_month = self.n_by_order[Order.DAY_FIRST], self.n_by_order[Order.MONTH_FIRST]
        if min(n_day, n_month) > _STRAY_RATIO * (n_day + n_month):
            return None
        return None if not n_day + n_month else Order.DAY_FIRST if n_day > n_month else Order.MONTH_FIRST


class _Verdicts:
    """From what was gathered to what holds for each column, or to a refusal that shows the cell and the way out."""

    def __init__(self, source: RowSource, preset: Preset, file_name: str) -> None:
        self._source = source
        self._preset = preset
        self._file_name = file_name
        self.notes: list[str] = []

    def orders(self, columns: dict[str, _DateColumn]) -> dict[str, Order]:
        """What comes first in each column that has dates of numbers."""
        found = {name: order for name, dates in columns.items() if (order := dates.evidence()) is not None}
        for name, dates in columns.items():
            self._require_readable(name, dates)
            if name in found:
                if found[name] is not self._preset.date_order and not self._is_usual(dates):
                    cell, row = dates.first_by_order[found[name]]
                    self._note(name, f"is read {found[name].value}, as '{cell}' in line {self._line(row):,} says.")
            elif dates.settled is not None:
                found[name] = dates.settled
            elif dates.n_by_order:
                found |= self._followed(name, dates, found)
        return found

    def _followed(self, name: str, dates: _DateColumn, found: dict[str, Order]) -> dict[str, Order]:
        """The order of a column that does not say it, after another one or the preset."""
        other = next(((each, order) for each, order in found.items() if each in _DATES), None)
        order = other[1] if other is not None else self._preset.date_order
        if dates.n_by_order[Order.DAY_FIRST] or order is None:
            if name in _DATES:
                raise self._not_decided(name, dates)
            return {}
        if other is not None and order is self._preset.date_order:
            return {name: order}
        source = f"as {other[0]} is" if other is not None else f"as the preset {self._preset.name} says"
        cell, _ = dates.first_by_order[None]
        self._note(
            name,
            f"does not say whether day or month comes first ('{cell}'); it is read {order.value}, {source}. "
            f"--date-format overrides it.",
        )
        return {name: order}

    def _not_decided(self, name: str, dates: _DateColumn) -> UnusableFile:
        (cell, row), *_ = (dates.first_by_order[key] for key in (None, *Order) if key in dates.first_by_order)
        day, month = layout(cell, Order.DAY_FIRST), layout(cell, Order.MONTH_FIRST)
        says = "no cell of the column says whether day or month comes first."
        if dates.n_by_order[Order.DAY_FIRST]:
            (at_day, day_row), (at_month, month_row) = (dates.first_by_order[order] for order in Order)
            says = (
                f"'{at_day}' in line {self._line(day_row):,} has the day first, '{at_month}' in line "
                f"{self._line(month_row):,} the month."
            )
        return UnusableFile(
            f"{name} of {self._file_name} cannot be read: it is '{cell}' in line {self._line(row):,}, and {says} "
            f"Add --date-format '{day}' or --date-format '{month}', or do without it by --map {name}=."
        )

    def _require_readable(self, name: str, dates: _DateColumn) -> None:
        """Refuse a column of openings that would lose months; say it of others."""
        evidence = dates.evidence()
        contrary = [
            order for order in Order if evidence is not None and order is not evidence and dates.n_by_order[order]
        ]
        n_lost = dates.n_lost + sum(dates.n_by_order[order] for order in contrary)
        first = dates.first_lost or (dates.first_by_order[contrary[0]] if contrary else None)
        if name in _DATES and first is not None:
            cell, row = first
            told = f"'{cell}' in line {self._line(row):,}"
            if name == "opened_at" and n_lost > _STRAY_RATIO * dates.n_said:
                formats = self._preset.date_formats
                known = f" (the formats are {', '.join(repr(each) for each in formats)})" if formats else ""
                raise UnusableFile(
                    f"{name} of {self._file_name} is a date of no known form in {n_lost:,} of {dates.n_said:,} rows"
                    f"{known}; the first is {told}. Say how it is written, as --date-format '%d/%m/%Y %H:%M', read "
                    f"another column by --map {name}=Column, or do without it by --map {name}=."
                )
            self._note(
                name,
                f"is a date of no known form in {n_lost:,} rows, first {told}; --date-format says how to read it.",
            )
        if dates.first_day_number is not None and name in _DATES:
            cell, row = dates.first_day_number
            moment = self._moment(cell)
            self._note(
                name,
                f"is a spreadsheet's count of days in {dates.n_day_numbers:,} rows; '{cell}' in line "
                f"{self._line(row):,} was read as {moment:%Y-%m-%d %H:%M}.",
            )

    def _moment(self, cell: str) -> datetime:
        return Cells(self._preset).date(cell, "")

    def _is_usual(self, dates: _DateColumn) -> bool:
        """Whether the numbers stand between dots, day first: nobody writes these otherwise."""
        return list(dates.first_by_order) == [Order.DAY_FIRST] and "." in dates.first_by_order[Order.DAY_FIRST][0][:3]

    def _note(self, name: str, text: str) -> None:
        if name in _DATES:
            self.notes.append(f"{name} {text}")

    def _line(self, row: int) -> int:
        """Where a row begins in the file; looked up when somebody is told."""
        return next(islice(self._source.rows(), row, None)).line


def _superseded(
    source: RowSource, preset: Preset, orders: dict[str, Order], ids: frozenset[str]
) -> tuple[frozenset[int], bool]:
    """The rows of which another row of the same ticket counts, and whether times told which."""
    if not ids:
        return frozenset(), False
    assembly = Assembly(preset, (), Cells(preset, orders), ids_may_repeat=True)
    newest: dict[str, tuple[datetime | None, int]] = {}
    losers: set[int] = set()
    has_times = False
    for number, ticket_id, updated in _usable(_rows_of(source, assembly, ids), assembly):
        has_times |= updated is not None
        before = newest.get(ticket_id)
        if before is None:
            newest[ticket_id] = (updated, number)
        elif updated is not None and before[0] is not None and updated < before[0]:
            losers.add(number)
        else:
            losers.add(before[1])
            newest[ticket_id] = (updated or before[0], number)
    return frozenset(losers), has_times


def _rows_of(source: RowSource, assembly: Assembly, ids: frozenset[str]) -> Iterator[Row]:
    """The rows of these tickets, each with its number instead of its line."""
    for number, row in enumerate(source.rows()):
        place = None if row.problem else assembly.binding(row.columns).filed.get("id")
        if place is not None and assembly.cells.ticket_id(row.cells[place]) in ids:
            yield row._replace(line=number)


def _usable(rows: Iterable[Row], assembly: Assembly) -> Iterator[tuple[int, str, datetime | None]]:
    """The rows of which a ticket can be made: number, id, and when it was updated."""
    remaining = iter(rows)
    while block := list(islice(remaining, _BLOCK_ROWS)):
        chunk = assembly.columns([Story(row, row) for row in block], _say_nothing)
        updated = {row.line: _updated(row, assembly) for row in block}
        for number, ticket_id in zip(chunk.lines, chunk.filed["id"], strict=True):
            yield number, ticket_id, updated[number]


def _updated(row: Row, assembly: Assembly) -> datetime | None:
    place = assembly.binding(row.columns).updated
    text = None if place is None else assembly.cells.text(row.cells[place])
    try:
        return None if text is None else assembly.cells.date(text, _UPDATED)
    except ValueError:
        return None


def _say_nothing(_row: Row, _reason: str) -> None:
    """What cannot be read is told when it is read."""
