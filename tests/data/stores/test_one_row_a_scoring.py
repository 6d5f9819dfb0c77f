"""What was answered about a ticket becomes one row a scoring by an upgrade, and nothing is lost by it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, MetaData, insert, select

from data import schema
from data.database import migrating, reading, writing
from data.migrations.versions import v0005_a_row_a_scoring
from data.schema import upgrade
from data.tables import predictions, tickets

Moment = Callable[..., datetime]


@pytest.fixture
def old(empty: Engine, moment: Moment) -> Engine:
    """A database as the version before left it, with two tickets."""
    with migrating(empty) as connection:
        schema._migrate(connection, "0004")
    row = {"subject": "", "body": "", "attributes": {}, "outcome_attributes": {}}
    row |= {"first_seen_at": moment(3), "updated_at": moment(3)}
    with writing(empty) as connection:
        connection.execute(insert(tickets), [row | {"id": id_} for id_ in ("", "1", "2")])
    return empty


def answer(target: str, value: str = "Network") -> dict[str, Any]:
    """An answer as it was stored."""
    top = [{"value": value, "confidence": 0.1 + 0.2}, {"value": "größer", "confidence": 1e-07}]
    said = {"value": value, "confidence": 0.1 + 0.2, "threshold": 0.8, "decision": "suggest", "reason": "x", "top": top}
    return said | {"target": target}


def put(
    connection: Connection, ticket_id: str, at: datetime, answers: Sequence[dict[str, Any]], model_version: str = "7"
) -> None:
    """Stores the answers of a scoring as they were stored."""
    stored = MetaData()
    stored.reflect(connection, only=["predictions"])
    if connection.dialect.name == "sqlite":
        at = at.replace(tzinfo=None)
    shared = {"ticket_id": ticket_id, "created_at": at, "model_version": model_version}
    connection.execute(insert(stored.tables["predictions"]), [shared | one for one in answers])


def scorings(engine: Engine) -> list[tuple[str, str, datetime, dict[str, Any]]]:
    """What is on record, in order."""
    columns = predictions.c
    asked = select(columns.ticket_id, columns.model_version, columns.created_at, columns.answers)
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(asked.order_by(columns.id))]


def as_answered(*answers: dict[str, Any]) -> dict[str, Any]:
    """The answers by target, without it."""
    return {one["target"]: {name: value for name, value in one.items() if name != "target"} for one in answers}


@pytest.mark.parametrize("n_rows", [1, 2, 5_000])
def test_answers_of_one_scoring_become_one_row(
    old: Engine, moment: Moment, monkeypatch: pytest.MonkeyPatch, n_rows: int
) -> None:
    """Another ticket, another moment and another model are other scorings, however many rows are read at a time."""
    monkeypatch.setattr(v0005_a_row_a_scoring, "_N_ROWS", n_rows)
    group, kind = answer("assignment_group"), answer("ticket_type", "incident")
    with writing(old) as connection:
        put(connection, "2", moment(3), [group, kind])
        put(connection, "1", moment(3), [kind, group])
        put(connection, "2", moment(4), [kind])
        put(connection, "2", moment(4), [group], "8")
        put(connection, "", moment(5), [group])

    upgrade(old)

    assert scorings(old) == [
        ("2", "7", moment(3), as_answered(group, kind)),
        ("1", "7", moment(3), as_answered(group, kind)),
        ("2", "7", moment(4), as_answered(kind)),
        ("2", "8", moment(4), as_answered(group)),
        ("", "7", moment(5), as_answered(group)),
    ]


def test_a_target_that_comes_twice_begins_another_row(old: Engine, moment: Moment) -> None:
    """A ticket that came twice in a batch was answered twice in one moment."""
    first = [answer("a", "x"), answer("b", "x")]
    second = [answer("a", "y"), answer("b", "y"), answer("c", "y")]
    with writing(old) as connection:
        put(connection, "1", moment(3), [*first, *second])

    upgrade(old)

    assert [row[3] for row in scorings(old)] == [as_answered(*first), as_answered(*second)]


def test_answers_go_with_their_ticket_and_new_ones_are_numbered_on(old: Engine, moment: Moment) -> None:
    """The table may have been made anew."""
    with writing(old) as connection:
        put(connection, "1", moment(3), [answer("a")])
        put(connection, "2", moment(3), [answer("a"), answer("b")])

    upgrade(old)
    row = {"ticket_id": "2", "model_version": "7", "created_at": moment(4), "answers": {}}
    with writing(old) as connection:
        connection.execute(insert(predictions), row)
        connection.execute(tickets.delete().where(tickets.c.id == "1"))

    assert [(row[0], row[2]) for row in scorings(old)] == [("2", moment(3)), ("2", moment(4))]


def test_of_no_answers_nothing_is_made(old: Engine) -> None:
    """A new installation goes the same way."""
    upgrade(old)

    assert scorings(old) == []
