"""The store of handovers: from which group to which a ticket was handed on, in their order.

They come from a log of changes, when it is imported, or from the values that people and models gave one after the
other. What a log says is whole, and stays: a ticket that has it gets none of the other kind.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection, delete, select

from data.counted_days import mark_tickets
from data.database import insert, storable
from data.statements import Statement, as_rows, one_of
from data.tables import handovers, outcomes, tickets

__all__ = ["handovers_of", "note_outcomes", "store_groups"]

_AT_ONCE = 1_000
_COLUMNS = handovers.c
_OF = Statement(
    select(_COLUMNS.ticket_id, _COLUMNS.place, _COLUMNS.from_group, _COLUMNS.to_group).where(
        one_of(_COLUMNS.ticket_id, "ids")
    )
)
_TARGET = "assignment_group"

_Step = tuple[str, str, datetime | None]


def handovers_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """By ticket the pairs of groups; only of those that were handed on."""
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for ticket_id, *step in _OF.rows(connection, {"ids": as_rows(ids)}) if ids else ():
        found[ticket_id].append((step[0], step[1], step[2]))
    return {id_: tuple((before, after) for _, before, after in sorted(steps)) for id_, steps in found.items()}


def store_groups(connection: Connection, groups: Mapping[str, Sequence[str]]) -> None:
    """Keeps which groups tickets went through, and marks the days of those of which that is new.

    Args:
        connection: to write to.
        groups: by the ids of stored tickets, one after the other, as a log has them.
    """
    steps = {id_: [(storable(a), storable(b), None) for a, b in pairwise(each)] for id_, each in groups.items()}
    _replace(connection, steps)


def note_outcomes(connection: Connection, after: int) -> None:
    """Keeps the handovers of the tickets whose group was given a value by an outcome with a number beyond this one."""
    columns = outcomes.c
    changed = select(columns.ticket_id).where(columns.target == _TARGET, columns.id > after).distinct()
    for ids in _parts(sorted(connection.scalars(changed))):
        given: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        asked = select(columns.ticket_id, columns.value, columns.at)
        asked = asked.where(columns.ticket_id.in_(ids), columns.target == _TARGET).order_by(columns.at, columns.id)
        for row in connection.execute(asked):
            given[row.ticket_id].append((row.value, row.at))
        logged = select(_COLUMNS.ticket_id).where(_COLUMNS.ticket_id.in_(ids), _COLUMNS.at.is_(None))
        whole = set(connection.scalars(logged))
        _replace(connection, {id_: _steps(values) for id_, values in given.items() if id_ not in whole})


def _steps(values: Sequence[tuple[str, datetime]]) -> list[_Step]:
    return [(before, after, at) for (before, _), (after, at) in pairwise(values) if before != after]


def _replace(connection: Connection, steps: Mapping[str, Sequence[_Step]]) -> None:
    known: dict[str, list[_Step]] = defaultdict(list)
    for ids in _parts(sorted(steps)):
        asked = select(handovers).where(_COLUMNS.ticket_id.in_(ids)).order_by(_COLUMNS.ticket_id, _COLUMNS.place)
        for row in connection.execute(asked):
            known[row.ticket_id].append((row.from_group, row.to_group, row.at))
    changed = sorted(id_ for id_, each in steps.items() if known.get(id_, []) != list(each))
    for ids in _parts(changed):
        connection.execute(delete(handovers).where(_COLUMNS.ticket_id.in_(ids)))
        rows = [
            {"ticket_id": id_, "place": place, "from_group": before, "to_group": after, "at": at}
            for id_ in ids
            for place, (before, after, at) in enumerate(steps[id_])
        ]
        if rows:
            connection.execute(insert(connection, handovers), rows)
        mark_tickets(connection, tickets.c.id.in_(ids))


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
