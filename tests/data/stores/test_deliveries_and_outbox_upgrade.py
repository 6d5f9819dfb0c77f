"""A database from before there were deliveries and an outbox."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, MetaData, insert, select

from data import outbox, schema
from data.database import migrating, reading, writing
from data.schema import upgrade
from data.tables import predictions, tickets
from tests.data.stores.entries import make_entry

Moment = Callable[..., datetime]


@pytest.fixture
def old(empty: Engine, moment: Moment) -> Engine:
    """It has a ticket with an answer."""
    with migrating(empty) as connection:
        schema._migrate(connection, "0005")
    row = {"subject": "VPN", "body": "", "attributes": {}, "outcome_attributes": {}}
    with writing(empty) as connection:
        connection.execute(insert(tickets), row | {"id": "1", "first_seen_at": moment(3), "updated_at": moment(3)})
        answered = {"ticket_id": "1", "model_version": "7", "created_at": moment(3), "answers": {}}
        connection.execute(insert(predictions), answered)  # without the columns that came later
    return empty


def test_an_upgrade_adds_the_tables_and_keeps_what_there_is(old: Engine, moment: Moment) -> None:
    """Whoever upgrades has years of tickets, and wants the next one to be written back."""
    before = MetaData()
    with reading(old) as connection:
        before.reflect(connection)

    upgrade(old)

    with writing(old) as connection:
        assert connection.execute(select(tickets.c.id, tickets.c.subject)).all() == [("1", "VPN")]
        assert connection.scalars(select(predictions.c.ticket_id)).all() == ["1"]
        assert outbox.put(connection, [make_entry(1)], moment(4)) == 1
    assert len(outbox.claim(old, moment(4), 1, timedelta(minutes=5))) == 1
    assert "outbox" not in before.tables
