"""What callers are called."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from data import keys, users
from data.callers import names_of

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_programs_and_people_have_names_also_when_they_are_gone(connection: Connection) -> None:
    """A customer asks who looked a year ago; an unknown reference stays what it is."""
    key, _ = keys.create(connection, "desk portal", ["read"], NOW)
    ann = users.add(connection, "ann@example.org", "lead", None, NOW)
    keys.revoke(connection, key.id, NOW)
    users.remove(connection, ann.email, NOW)

    found = names_of(connection, [f"key:{key.id}", f"user:{ann.id}", f"user:{key.id}", "command", "model:7"])

    assert found == {
        f"key:{key.id}": "desk portal",
        f"user:{ann.id}": "ann@example.org",
        f"user:{key.id}": f"user:{key.id}",
        "command": "command line",
        "model:7": "model:7",
    }


def test_of_nobody_there_are_no_names(connection: Connection) -> None:
    """Nothing was asked."""
    assert names_of(connection, []) == {}
