"""An audit log, one row a change, collapsed: what the first event knew when filed, what the last one settled on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from sys import intern

from data.exports.rows import Row

__all__ = ["Event", "collapsed"]


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a ticket; `order` is its place among the others, None where the log does not say."""

    ticket_id: str
    order: float | None
    row: Row


@dataclass(slots=True)
class _EventSpan:
    first: Row
    first_order: float | None
    last: Row
    last_order: float | None


def collapsed(events: Iterable[Event]) -> Iterator[tuple[Row, Row]]:
    """First and last row of each ticket, in the order in which the tickets turn up.

    Events may be scattered and unsorted; those of equal or unknown order stand as in the file. Two rows a ticket are
    kept in memory, and equal cells once.
    """
    spans: dict[str, _EventSpan] = {}
    for event in events:
        span = spans.get(event.ticket_id)
        order = event.order
        if span is None:
            row = _shared(event.row)
            spans[event.ticket_id] = _EventSpan(row, order, row, order)
        elif order is None or span.last_order is None or order >= span.last_order:
            span.last = _shared(event.row)
            span.last_order = span.last_order if order is None else order
        elif span.first_order is not None and order < span.first_order:
            span.first, span.first_order = _shared(event.row), order
    for span in spans.values():
        yield span.first, span.last


def _shared(row: Row) -> Row:
    return row._replace(cells=tuple(map(intern, row.cells)))
