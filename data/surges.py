"""The store of surges: what the watch told, and what people made of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, func, or_, select, update

from data.database import insert, storable
from data.tables import surges, tickets
from triage.errors import InvalidInput, NotFound
from triage.surges.seen import Kind
from triage.surges.surge import Surge

__all__ = [
    "STATES",
    "StoredSurge",
    "SurgeState",
    "SurgeTicket",
    "begin",
    "decide",
    "examples_of",
    "keep",
    "n_surges",
    "open_surges",
    "read",
    "surges_lately",
    "surges_of",
]

SurgeState = Literal["open", "major", "dismissed", "over"]
"""What is known of a surge: it is on; a person has said that it is a major incident; it is nothing; it is over."""

STATES: tuple[SurgeState, ...] = get_args(SurgeState)

_ON = ("open", "major")
_c = surges.c

Hours = Sequence[tuple[datetime, int, float]]
"""Hour by hour what came and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSurge:
    """A surge as it is stored.

    Attributes:
        id: its number.
        dimension: what its incidents have in common: `all`, `machine`, `group`, `service` or `topic`.
        value: the group, service or word; "" where there is only one of the dimension.
        state: see `SurgeState`.
        name: in its own words, or what a person has called it.
        started_at: when its first incident was opened.
        last_at: of its latest incident.
        n_observed: its incidents.
        n_expected: how many were to be expected.
        content: `words`, `tickets`, `hours`, `place`, `raised_by`, `raised_at`, `ended_at`, `window_seconds`, and
            `is_named` where a person has named it.
        decided_by: `key:ID` or `user:ID` of who said what it is, or named it.
        decided_at: when.
    """

    id: int
    dimension: str
    value: str
    state: SurgeState
    name: str
    started_at: datetime
    last_at: datetime
    n_observed: int
    n_expected: float
    content: Mapping[str, Any]
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def words(self) -> list[str]:
        """The words that its tickets have in common, the most telling first."""
        return list(self.content["words"])

    @property
    def ticket_ids(self) -> list[str]:
        """Its tickets in order of time, as far as they are kept."""
        return list(self.content["tickets"])

    @property
    def hours(self) -> list[tuple[datetime, int, float]]:
        """Hour by hour what came and what was expected, from a little before it began."""
        return [(datetime.fromisoformat(hour), n, expected) for hour, n, expected in self.content["hours"]]

    @property
    def raised_at(self) -> datetime:
        """When the alarm was raised."""
        return datetime.fromisoformat(self.content["raised_at"])

    @property
    def ended_at(self) -> datetime | None:
        """When the rate was usual again; None while it is not."""
        ended = self.content["ended_at"]
        return None if ended is None else datetime.fromisoformat(ended)

    @property
    def is_named(self) -> bool:
        """Whether a person has named it."""
        return bool(self.content.get("is_named"))

    def as_surge(self) -> Surge:
        """The same as the watch has it."""
        return Surge(
            id=self.id,
            kind=Kind(self.dimension, self.value),
            raised_by=tuple(Kind(*each) for each in self.content["raised_by"]),
            window=timedelta(seconds=self.content["window_seconds"]),
            started_at=self.started_at,
            raised_at=self.raised_at,
            last_at=self.last_at,
            n_observed=self.n_observed,
            n_expected=self.n_expected,
            name=self.name,
            words=tuple(self.words),
            place=self.content["place"],
            tickets=tuple(self.ticket_ids),
            ended_at=self.ended_at,
        )


@dataclass(frozen=True, slots=True)
class SurgeTicket:
    """One of a surge's tickets, as people see it; `name` is its id as it was spelled where it came from."""

    id: str
    name: str
    subject: str
    opened_at: datetime | None


def begin(connection: Connection, surge: Surge, hours: Hours) -> int:
    """Keeps a surge that has just been seen, and gives it its number."""
    row = _row(surge, hours) | {"state": "over" if surge.ended_at else "open"}
    return int(connection.execute(insert(connection, surges).returning(_c.id), row).scalar_one())


def keep(connection: Connection, surge: Surge, hours: Hours) -> None:
    """Brings a stored surge up to what the watch says now; what people said of it stays."""
    stored = connection.execute(select(surges).where(_c.id == surge.id).with_for_update()).first()
    if stored is None:
        return
    row = _row(surge, hours)
    if stored.content.get("is_named"):
        row |= {"name": stored.name, "content": row["content"] | {"is_named": True}}
    if stored.state in _ON and surge.ended_at is not None:
        row["state"] = "over"
    elif stored.state == "over" and surge.ended_at is None:
        row["state"] = "major" if stored.content.get("was_major") else "open"
    if stored.state == "major" or stored.content.get("was_major"):
        row["content"] |= {"was_major": True}
    connection.execute(update(surges).where(_c.id == surge.id).values(row))


def read(connection: Connection, surge_id: int) -> StoredSurge:
    """One surge.

    Raises:
        NotFound: there is none of this number.
    """
    row = connection.execute(select(surges).where(_c.id == surge_id)).first()
    if row is None:
        raise NotFound(f"There is no surge {surge_id}.")
    return _stored(row)


def open_surges(connection: Connection) -> list[StoredSurge]:
    """Those that are on, whether or not a person has said that they are major incidents; the latest first."""
    return surges_of(connection, states=_ON)


def surges_of(
    connection: Connection, *, states: Collection[str] | None = None, start: int = 0, limit: int | None = None
) -> list[StoredSurge]:
    """Surges by when they started, the latest first.

    Args:
        connection: to read from.
        states: that are asked for; all of them if None.
        start: how many are left out.
        limit: how many at most; all of them if None.
    """
    asked = select(surges).order_by(_c.started_at.desc(), _c.id.desc()).offset(start).limit(limit)
    if states is not None:
        asked = asked.where(_c.state.in_(states))
    return [_stored(row) for row in connection.execute(asked)]


def n_surges(connection: Connection, states: Collection[str] | None = None) -> int:
    """How many there are in these states, or in any."""
    asked = select(func.count()).select_from(surges)
    return connection.scalar(asked if states is None else asked.where(_c.state.in_(states))) or 0


def surges_lately(connection: Connection, since: datetime) -> list[StoredSurge]:
    """Those that are on, and those of which an incident came since a moment: what the watch has to know."""
    asked = select(surges).where(or_(_c.state.in_(_ON), _c.started_at > since - timedelta(days=7)))
    found = [_stored(row) for row in connection.execute(asked.order_by(_c.id))]
    return [surge for surge in found if surge.ended_at is None or surge.ended_at > since]


def examples_of(connection: Connection, surge: StoredSurge, most: int) -> list[SurgeTicket]:
    """The first of a surge's tickets that are still stored, in order of time."""
    asked = surge.ticket_ids[:most]
    columns = (tickets.c.id, tickets.c.id_as_filed, tickets.c.subject, tickets.c.opened_at)
    found = {row.id: row for row in connection.execute(select(*columns).where(tickets.c.id.in_(asked)))}
    return [
        SurgeTicket(row.id, row.id_as_filed or row.id, row.subject, row.opened_at)
        for row in (found[ticket_id] for ticket_id in asked if ticket_id in found)
    ]


def decide(
    connection: Connection,
    surge_id: int,
    *,
    state: Literal["major", "dismissed"] | None,
    name: str | None,
    by: str,
    now: datetime,
) -> StoredSurge:
    """Keeps what a person says of a surge.

    Args:
        connection: to write to.
        surge_id: its number.
        state: that it is a major incident, or nothing; None to leave that.
        name: what it is called from now on; None to leave that.
        by: `key:ID` or `user:ID`.
        now: the moment.

    Raises:
        NotFound: there is none of this number.
        InvalidInput: it is to be a major incident, and it is over.
    """
    stored = connection.execute(select(surges).where(_c.id == surge_id).with_for_update()).first()
    if stored is None:
        raise NotFound(f"There is no surge {surge_id}.")
    content = dict(stored.content)
    if state == "major" and content["ended_at"] is not None:
        raise InvalidInput(f"Surge {surge_id} is over: only one that is on can be a major incident.")
    changes: dict[str, Any] = {}
    if state is not None and state != stored.state:
        changes["state"] = state
        content["was_major"] = state == "major"
    if name is not None and storable(name) != stored.name:
        changes["name"] = storable(name)
        content["is_named"] = True
    if changes:
        changes |= {"content": content, "decided_by": by, "decided_at": now}
        connection.execute(update(surges).where(_c.id == surge_id).values(changes))
    return read(connection, surge_id)


def _row(surge: Surge, hours: Hours) -> dict[str, Any]:
    return {
        "dimension": surge.kind.dimension,
        "value": storable(surge.kind.value),
        "name": storable(surge.name),
        "started_at": surge.started_at,
        "last_at": surge.last_at,
        "n_observed": surge.n_observed,
        "n_expected": surge.n_expected,
        "content": {
            "words": [storable(word) for word in surge.words],
            "tickets": list(surge.tickets),
            "hours": [[hour.isoformat(), n, round(expected, 3)] for hour, n, expected in hours],
            "place": None if surge.place is None else storable(surge.place),
            "raised_by": [[kind.dimension, storable(kind.value)] for kind in surge.raised_by],
            "raised_at": surge.raised_at.isoformat(),
            "ended_at": None if surge.ended_at is None else surge.ended_at.isoformat(),
            "window_seconds": surge.window.total_seconds(),
        },
    }


def _stored(row: Row[Any]) -> StoredSurge:
    return StoredSurge(**row._asdict())
