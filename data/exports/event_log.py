"""An audit log, one row a change, collapsed: what the first event knew when filed, what the last one settled on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from sys import intern
from typing import NamedTuple

from data.exports.rows import Row

__all__ = ["Event", "Story", "collapsed"]


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a ticket; `order` is its place among the others, None where the log does not say.

    `group` is who had the ticket from then on; None where nobody is known to.
    """

    ticket_id: str
    order: float | None
    row: Row
    group: str | None = None


class Story(NamedTuple):
    """First and last row of a ticket, the same one unless the file is a log, and the groups that it went through."""

    first: Row
    last: Row
    groups: tuple[str, ...] = ()


@dataclass(slots=True)
class _EventSpan:
    first: Row
    first_order: float | None
    last: Row
    last_order: float | None
    groups: list[tuple[float | None, str]] = field(default_factory=list)


def collapsed(events: Iterable[Event]) -> Iterator[Story]:
    """The story of each ticket, in the order in which the tickets turn up.

    Events may be scattered and unsorted; those of equal or unknown order stand as in the file. Two rows a ticket and
    the group of each event are kept in memory, and equal cells once.
    """
    spans: dict[str, _EventSpan] = {}
    for event in events:
        span = spans.get(event.ticket_id)
        order = event.order
        if span is None:
            row = _shared(event.row)
            span = spans[event.ticket_id] = _EventSpan(row, order, row, order)
        elif order is None or span.last_order is None or order >= span.last_order:
            span.last = _shared(event.row)
            span.last_order = span.last_order if order is None else order
        elif span.first_order is not None and order < span.first_order:
            span.first, span.first_order = _shared(event.row), order
        if event.group is not None:
            span.groups.append((order, event.group))
    for span in spans.values():
        yield Story(span.first, span.last, _one_after_the_other(span.groups))


def _one_after_the_other(groups: Sequence[tuple[float | None, str]]) -> tuple[str, ...]:
    """Each group once for each time that it had the ticket; as in the file where any event has no order."""
    orders = [order for order, _ in groups if order is not None]
    if len(orders) == len(groups):
        places = sorted(range(len(groups)), key=orders.__getitem__)
        in_order = [groups[place][1] for place in places]
    else:
        in_order = [group for _, group in groups]
    return tuple(group for group, _ in groupby(in_order))


def _shared(row: Row) -> Row:
    return row._replace(cells=tuple(map(intern, row.cells)))
