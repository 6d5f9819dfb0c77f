"""The store of who looked at whose profile, so that a customer who asks can be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from data.database import insert
from data.persons import Ids, all_ids
from data.tables import profile_views

__all__ = ["KEPT_FOR", "ProfileView", "record", "views_of"]

KEPT_FOR = timedelta(days=365)
"""How long a view is kept; it says something about those who help, too."""


@dataclass(frozen=True, slots=True)
class ProfileView:
    """One look at a profile: with which key, and when."""

    caller: str
    at: datetime


def record(connection: Connection, caller: str, customer_ids: Iterable[str], now: datetime) -> None:
    """Keeps that these customers' profiles were looked at, given by all their stored ids, as each may be asked about.

    Views older than a year are thrown away.
    """
    connection.execute(delete(profile_views).where(profile_views.c.at <= now - KEPT_FOR))
    rows = [{"caller": caller, "customer_id": customer_id, "at": now} for customer_id in customer_ids]
    if rows:
        connection.execute(insert(connection, profile_views), rows)


def views_of(connection: Connection, person: Ids) -> list[ProfileView]:
    """Who looked at a customer's profile, newest first; a look at several of their ids at once is one."""
    columns = profile_views.c
    asked = select(columns.caller, columns.at).where(columns.customer_id.in_(all_ids(person)))
    asked = asked.group_by(columns.caller, columns.at).order_by(columns.at.desc(), func.max(columns.id).desc())
    return [ProfileView(*row) for row in connection.execute(asked)]
