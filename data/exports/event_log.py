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
class _Story:
    first: Row
    first_order: float | None
    last: Row
    last_order: float | None


def collapsed(events: Iterable[Event]) -> Iterator[tuple[Row, Row]]:
    """First and last row of each ticket, in the order in which the tickets turn up.

    Events may be scattered and unsorted; those of equal or unknown order stand as in the file. Two rows a ticket are
    kept in memory, and equal cells once.
    """
    stories: dict[str, _Story] = {}
    for event in events:
        story = stories.get(event.ticket_id)
        order = event.order
        if story is None:
            row = _shared(event.row)
            stories[event.ticket_id] = _Story(row, order, row, order)
        elif order is None or story.last_order is None or order >= story.last_order:
            story.last = _shared(event.row)
            story.last_order = story.last_order if order is None else order
        elif story.first_order is not None and order < story.first_order:
            story.first, story.first_order = _shared(event.row), order
    for story in stories.values():
        yield story.first, story.last


def _shared(row: Row) -> Row:
    return row._replace(cells=tuple(map(intern, row.cells)))
