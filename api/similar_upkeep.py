"""Keeping the rows of worked tickets up to date: in slices, so that whoever does it can stop, or let others work.

What has changed is added as a part. Now and then all parts are made one, without the tickets that are gone.
"""

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from data.database import reading
from data.worked_tickets import ChangedTicket, still_worked, texts_of, worked_since
from models.similar_files import KeptIndex, KeptPart, made_by, microseconds, write_index
from triage.model import TriageModel
from triage.similar import APPROXIMATE_FROM, ApproximateNeighbours, as_bytes, n_dims_of, ticket_vectors

__all__ = ["MOST_TICKETS", "brought_up_to_date"]

MOST_TICKETS = 500_000
"""So many are kept, those that changed last: some 400 bytes each, 200 MB in all."""

SLACK = timedelta(minutes=10)
"""A change may be seen so much later than the moment that it bears, that of the beginning of its transaction."""

READ_AGAIN = timedelta(hours=1)
"""Where nothing changes, so long at most the same last changes are looked at again and again."""

TIDY_EVERY = timedelta(days=1)
"""So long at most a row is kept of a ticket that is gone; it is shown from the first moment on to nobody."""

MOST_PARTS = 8
"""More are made one: each costs a search of its own."""

_TICKETS_AT_ONCE = 64
"""A slice: some 20 ms of work."""

_ROWS_AT_ONCE = 1_000
"""A slice of a graph: some 200 ms of work, during which others may work, too."""


def brought_up_to_date(
    engine: Engine, model: TriageModel, folder: Path, kept: KeptIndex | None, now: datetime
) -> Iterator[None]:
    """Reads what has changed since the last time, or everything, and writes it; gives way after each slice.

    Args:
        engine: of the database.
        model: makes the rows.
        folder: where they are kept.
        kept: there, by this model; None where nothing is.
        now: the moment.

    Raises:
        StoreUnusable: the database cannot be used; what was kept stays.
    """
    changed = _changed(engine, kept)
    parts = () if kept is None else kept.parts
    if changed:
        added = yield from _part_of(engine, model, changed)
        parts = (*parts, added)
    if kept is not None and not changed and now - kept.read_until < READ_AGAIN and now - kept.tidied_at < TIDY_EVERY:
        return
    tidied_at = now if kept is None else kept.tidied_at
    n_rows = sum(len(part.ids) for part in parts)
    is_due = len(parts) > MOST_PARTS or n_rows > MOST_TICKETS or now - tidied_at >= TIDY_EVERY
    if is_due or (kept is None and n_rows >= APPROXIMATE_FROM):
        one = yield from _as_one(engine, parts, n_dims_of(model))
        parts, tidied_at = (one,), now
    write_index(folder, KeptIndex(made_by(model), now, tidied_at, parts))


def _changed(engine: Engine, kept: KeptIndex | None) -> list[ChangedTicket]:
    """The worked tickets that are not kept as they are now."""
    since = None if kept is None else kept.read_until - SLACK
    with reading(engine) as connection:
        found = worked_since(connection, since, MOST_TICKETS)
    known = {} if kept is None else kept.changed_at({ticket.id for ticket in found})
    return [ticket for ticket in found if known.get(ticket.id) != microseconds(ticket.updated_at)]


def _part_of(engine: Engine, model: TriageModel, changed: Sequence[ChangedTicket]) -> Generator[None, None, KeptPart]:
    """The rows of these tickets; of those that are gone meanwhile none."""
    ids: list[str] = []
    rows: list[NDArray[np.int8]] = []
    moments = {ticket.id: microseconds(ticket.updated_at) for ticket in changed}
    waiting = iter(moments)
    while chunk := list(islice(waiting, _TICKETS_AT_ONCE)):
        with reading(engine) as connection:
            filed = texts_of(connection, chunk)
        ids += [ticket.id for ticket in filed]
        rows.append(as_bytes(ticket_vectors(model, filed)))
        yield
    return KeptPart(ids, np.asarray([moments[id_] for id_ in ids], dtype=np.int64), np.concatenate(rows))


def _as_one(engine: Engine, parts: Sequence[KeptPart], n_dims: int) -> Generator[None, None, KeptPart]:
    """All parts as one, the tickets that changed last before others; without those that are gone."""
    latest = {id_: (n, row) for n, part in enumerate(parts) for row, id_ in enumerate(part.ids)}
    there: set[str] = set()
    waiting = iter(latest)
    while chunk := list(islice(waiting, _ROWS_AT_ONCE)):
        with reading(engine) as connection:
            there |= still_worked(connection, chunk)
        yield
    places = [(int(parts[n].changed[row]), id_, n, row) for id_, (n, row) in latest.items() if id_ in there]
    places = sorted(places, reverse=True)[:MOST_TICKETS]
    rows = np.empty((len(places), n_dims), dtype=np.int8)
    for at, (_, _, n, row) in enumerate(places):
        rows[at] = parts[n].rows[row]
    yield
    graph = (yield from _graph_of(rows)) if len(rows) >= APPROXIMATE_FROM else None
    changed = np.asarray([moment for moment, *_ in places], dtype=np.int64)
    return KeptPart([id_ for _, id_, _, _ in places], changed, rows, graph)


def _graph_of(rows: NDArray[np.int8]) -> Generator[None, None, ApproximateNeighbours]:
    graph = ApproximateNeighbours(ApproximateNeighbours.empty_graph(rows.shape[1]))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        graph.add(rows[start : start + _ROWS_AT_ONCE], start)
        yield
    return graph
