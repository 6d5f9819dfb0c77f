"""A database from before people signed in: what was kept for a key is kept for a caller."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine, MetaData, Table, insert, inspect, select

from data import schema
from data.database import migrating, reading, writing
from data.schema import upgrade
from data.tables import api_keys, idempotency, profile_views

Moment = Callable[..., datetime]

ANSWER = {"route": "POST /v1/score", "key": "k1", "request_sha256": "0", "status": 200, "response": "{}"}


@pytest.fixture
def old(empty: Engine, moment: Moment) -> Engine:
    """It has a key, an answer that is kept for its holder, and a profile that they looked at."""
    with migrating(empty) as connection:
        schema._migrate(connection, "0006")
    as_it_was = MetaData()
    with writing(empty) as connection:
        as_it_was.reflect(connection, only=["api_keys", "idempotency", "profile_views"])

        def put(table: str, **values: object) -> None:
            # moments in the form that the present tables give them
            columns = [column for column in as_it_was.tables[table].columns if column.name in values]
            for column in columns:
                if isinstance(values[column.name], datetime):
                    column.type = api_keys.c.created_at.type
            connection.execute(insert(Table(table, as_it_was)).values(**values))

        put("api_keys", id="abc", name="desk", secret_sha256="0" * 64, scopes=["score"], created_at=moment(1))
        put("idempotency", api_key_id="abc", created_at=moment(2), **ANSWER)
        put("profile_views", api_key_id="abc", customer_id="u42", at=moment(3))
    return empty


def test_an_upgrade_keeps_what_was_kept_for_keys(old: Engine, moment: Moment) -> None:
    """A request that is repeated across the upgrade gets its answer, and a look keeps whose it was."""
    upgrade(old)

    with reading(old) as connection:
        kept = connection.execute(select(idempotency)).mappings().all()
        looks = connection.execute(
            select(profile_views.c.caller, profile_views.c.customer_id, profile_views.c.at)
        ).all()
        keys = connection.execute(select(api_keys)).mappings().all()
    assert kept == [ANSWER | {"caller": "key:abc", "created_at": moment(2)}]
    assert looks == [("key:abc", "u42", moment(3))]
    assert [(key["id"], key["name"], key["expires_at"], key["last_used_at"]) for key in keys] == [
        ("abc", "desk", None, None)
    ]


def test_the_upgraded_tables_are_the_present_ones(old: Engine) -> None:
    """Of one name and with the same keys and indexes, whichever way they came about."""
    upgrade(old)

    with reading(old) as connection:
        looked = inspect(connection)
        for table in (idempotency, profile_views):
            assert {column["name"] for column in looked.get_columns(table.name)} == set(table.columns.keys())
            assert looked.get_foreign_keys(table.name) == []
            assert set(looked.get_pk_constraint(table.name)["constrained_columns"]) == set(
                table.primary_key.columns.keys()
            )
            assert {index["name"] for index in looked.get_indexes(table.name)} == {
                str(one.name) for one in table.indexes
            }
