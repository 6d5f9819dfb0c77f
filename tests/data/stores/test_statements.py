"""Statements that are handed to the driver as they are do what SQLAlchemy's own would."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, exc, insert, select, text

from data.database import to_json
from data.statements import BulkInsert, Statement, as_rows, latest_of_each, listed, one_of
from data.tables import opt_outs, plans, tickets
from data.tickets import file
from triage.ticket import NewTicket

Moment = Callable[..., datetime]

ODD = ("", "u42", "it's", 'a "b"', "c\\d", "größer 😀", "null", "0", "%s", "{1}")
"""Texts that mean something to a database, to a driver or to JSON."""


def value_of(kind: str, n: int) -> Any:  # noqa: ANN401  (any value)
    """Some value for a column of a type."""
    return {
        "BIGINT": n,
        "BOOLEAN": n % 2 == 0,
        "DATE": date(2026, 11, 1 + n),
        "FLOAT": 0.1 * n,
        "INTEGER": n,
        "JSON": {"b": [n, None, "ü"], "a": 0.1 + 0.2},
        "DATETIME": datetime(2026, 11, 1 + n, 3, 4, 5, n, tzinfo=timezone(timedelta(hours=2 * n))),
    }.get(kind, f"{ODD[n]}{n}")


@pytest.mark.parametrize("table", [tickets, plans], ids=lambda table: table.name)
def test_rows_are_the_same_whoever_inserts_them(connection: Connection, table: Any) -> None:  # noqa: ANN401
    """Moments in SQLite are text; another spelling of them would sort elsewhere."""
    names = list(table.c.keys())
    kinds = [str(column.type).partition("(")[0] for column in table.c]
    rows = [[value_of(kind, n) for kind in kinds] for n in range(len(ODD))]
    stored = select(*(column.cast(tickets.c.id.type) for column in table.c)).order_by(table.c.id)

    connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
    expected = connection.execute(stored).all()
    connection.execute(table.delete())
    as_text = [[to_json(v) if k == "JSON" else v for k, v in zip(kinds, row, strict=True)] for row in rows]
    n = BulkInsert(table, names).write(connection, as_text)

    assert n == len(rows)
    assert connection.execute(stored).all() == expected
    assert Statement(select(table).order_by(table.c.id)).rows(connection, {}) == [
        tuple(row) for row in connection.execute(select(table).order_by(table.c.id))
    ]


def test_what_all_rows_share_is_given_once_and_in_any_order(connection: Connection, moment: Moment) -> None:
    """The order is the caller's, the table has its own."""
    assert BulkInsert(opt_outs, ["customer_id"], ["since"]).write(connection, [("a",), ("b",)], (moment(3),)) == 2
    assert BulkInsert(opt_outs, ["since", "customer_id"]).write(connection, [(moment(4), "c")]) == 1
    assert BulkInsert(opt_outs, ["since", "customer_id"]).write(connection, []) == 0

    found = connection.execute(select(opt_outs).order_by(opt_outs.c.customer_id)).all()
    assert found == [("a", moment(3)), ("b", moment(3)), ("c", moment(4))]


def test_rows_that_are_there_stay_and_are_not_counted(connection: Connection, moment: Moment) -> None:
    """Without a key they are a mistake."""
    known = BulkInsert(opt_outs, ["customer_id"], ["since"], unless=["customer_id"])
    known.write(connection, [("a",)], (moment(3),))

    n = known.write(connection, [("a",), ("b",), ("c",)], (moment(4),))

    assert n == 2
    assert connection.scalar(select(opt_outs.c.since).where(opt_outs.c.customer_id == "a")) == moment(3)
    with pytest.raises(exc.IntegrityError), connection.begin_nested():
        BulkInsert(opt_outs, ["customer_id"], ["since"]).write(connection, [("a",)], (moment(4),))


def test_a_moment_without_a_time_zone_is_refused(connection: Connection) -> None:
    """As everywhere else."""
    with pytest.raises(ValueError, match="time zone"):
        BulkInsert(opt_outs, ["customer_id"], ["since"]).write(connection, [("a",)], (datetime(2026, 11, 3),))  # noqa: DTZ001


def test_texts_of_a_list_are_found_as_they_are(connection: Connection, moment: Moment) -> None:
    """Ids are whatever the ticketing system has; and a list may have any length."""
    connection.execute(insert(opt_outs), [{"customer_id": id_, "since": moment(3)} for id_ in ODD])
    asked = Statement(select(opt_outs.c.customer_id).where(one_of(opt_outs.c.customer_id, "ids")))

    for ids in ([], ["nobody"], list(ODD[:3]), [*ODD, *map(str, range(3000))]):
        found = {row[0] for row in asked.rows(connection, {"ids": as_rows(ids)})}
        assert found == set(ids) & set(ODD)


def test_a_table_of_texts_has_its_columns_in_order(connection: Connection) -> None:
    """A key of three parts is looked up as one."""
    given = listed("given", "one", "other")

    rows = Statement(select(given.c.other, given.c.one)).rows(connection, {"given": [("a", "b"), ("c", "d")]})

    assert rows == [("b", "a"), ("d", "c")]


def test_a_parameter_that_is_not_given_is_a_mistake(connection: Connection) -> None:
    """A database would take it for a null and find nothing."""
    with pytest.raises(KeyError):
        Statement(select(opt_outs).where(opt_outs.c.customer_id == bindparam("id"))).rows(connection, {})


def test_the_latest_of_each_are_read_and_no_others(connection: Connection, moment: Moment) -> None:
    """One of them has very many."""
    rows = [
        (f"{id_}{n}", id_, moment(n)) for id_, n_rows in (("a", 9), ("b", 2), ("c", 1)) for n in range(1, 1 + n_rows)
    ]
    rest = {"subject": "", "body": "", "attributes": {}, "outcome_attributes": {}}
    for id_, customer_id, at in rows:
        row = {"id": id_, "customer_id": customer_id, "opened_at": at, "first_seen_at": at, "updated_at": at}
        connection.execute(insert(tickets), row | rest)
    latest = latest_of_each(
        listed("ids", "id"),
        tickets.c.customer_id,
        tickets.c.opened_at,
        [tickets.c.opened_at, tickets.c.id],
        most="most",
    )

    asked = {"ids": as_rows(["a", "b", "nobody"]), "since": moment(1), "until": moment(8), "most": 3}
    found = latest.rows(connection, asked)

    assert sorted(found) == [
        *(("a", moment(n), f"a{n}") for n in (6, 7, 8)),
        ("b", moment(2), "b2"),
    ]
    assert found[0][1].tzinfo is UTC


def test_a_list_is_looked_up_in_an_index(connection: Connection, moment: Moment) -> None:
    """A table grows for years, and every batch of tickets asks; reading all of it would take longer every day."""
    file(connection, [NewTicket(id=f"{n}", customer_id=f"u{n}") for n in range(3_000)], moment(3))
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text("ANALYZE tickets"))
    for column in (tickets.c.id, tickets.c.customer_id):
        asked = Statement(select(column).where(one_of(column, "ids")))
        found = asked.rows(connection, {"ids": as_rows(["u7", "7", "nobody"])})
        compiled = asked._for(connection.dialect)
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        compiled._sql = explain + compiled._sql
        plan = str(compiled.execute(connection, {"ids": as_rows(["u7", "7", "nobody"])}).fetchall())

        assert len(found) == 1
        assert "SCAN tickets" not in plan
        assert "Seq Scan on tickets" not in plan
