"""The store of what held of customers when they were last looked at; kept only where somebody is told of changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from data.database import insert
from data.persons import Ids, all_ids
from data.tables import events, known_segments

__all__ = ["Change", "forget_profile", "notice"]


@dataclass(frozen=True, slots=True)
class Change:
    """What holds of a customer now, and what held when they were last looked at; names in the order of the alphabet."""

    now: tuple[str, ...]
    before: tuple[str, ...]


def notice(connection: Connection, holding: Mapping[str, frozenset[str]], now: datetime) -> dict[str, Change]:
    """Remembers what holds of customers, and says of whom it is something else than before.

    Nobody is said to have changed who was never looked at before.

    Args:
        connection: to write to.
        holding: names of segments, by the stored id that each customer goes by.
        now: the moment.
    """
    if not holding:
        return {}
    columns = known_segments.c
    asked = select(columns.customer_id, columns.segments).where(columns.customer_id.in_(sorted(holding)))
    known = {id_: tuple(names) for id_, names in connection.execute(asked)}
    found = {id_: tuple(sorted(names)) for id_, names in holding.items()}
    other = sorted(id_ for id_, names in found.items() if known.get(id_) != names)
    if other:
        kept = insert(connection, known_segments)
        change = kept.on_conflict_do_update(
            index_elements=["customer_id"], set_={"segments": kept.excluded.segments, "at": kept.excluded.at}
        )
        connection.execute(change, [{"customer_id": id_, "segments": list(found[id_]), "at": now} for id_ in other])
    return {id_: Change(found[id_], known[id_]) for id_ in other if id_ in known}


def forget_profile(connection: Connection, person: Ids) -> None:
    """Removes what is known of a customer who wants no profile, and what others were to be told of it."""
    ids = all_ids(person)
    connection.execute(delete(known_segments).where(known_segments.c.customer_id.in_(ids)))
    about = (events.c.customer_id.in_(ids), events.c.type == "profile.changed")
    connection.execute(delete(events).where(*about))
