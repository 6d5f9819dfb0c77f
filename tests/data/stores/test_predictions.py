"""What was answered stays on record."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection, delete, exc, select

from data.predictions import record
from data.tables import predictions as predictions_table
from data.tables import tickets as tickets_table
from data.tickets import file
from triage.prediction import LabelConfidence, Prediction
from triage.ticket import NewTicket

Moment = Callable[..., datetime]

NETWORK = Prediction(
    target="assignment_group",
    value="Network",
    confidence=0.71,
    threshold=0.8,
    decision="suggest",
    reason="below_threshold",
    top=(LabelConfidence("Network", 0.71), LabelConfidence("Desk", 0.2)),
)


def test_every_answer_of_every_ticket_is_kept(connection: Connection, moment: Moment) -> None:
    """Whoever asks why a ticket went where it went needs the model, the confidence and the bar of that day."""
    file(connection, [NewTicket(id="INC1"), NewTicket(id="INC2")], moment(3))

    record(connection, [("INC1", (NETWORK,)), ("INC2", (NETWORK, NETWORK))], "7", moment(3))

    rows = connection.execute(select(predictions_table).order_by(predictions_table.c.id)).all()
    assert [row.ticket_id for row in rows] == ["INC1", "INC2", "INC2"]
    assert (rows[0].target, rows[0].value, rows[0].confidence) == ("assignment_group", "Network", 0.71)
    assert (rows[0].threshold, rows[0].decision, rows[0].reason) == (0.8, "suggest", "below_threshold")
    assert rows[0].top == [{"value": "Network", "confidence": 0.71}, {"value": "Desk", "confidence": 0.2}]
    assert (rows[0].model_version, rows[0].created_at) == ("7", moment(3))


def test_nothing_answered_is_nothing_kept(connection: Connection, moment: Moment) -> None:
    """A model without targets is odd but no error."""
    record(connection, [("INC1", ())], "7", moment(3))

    assert connection.execute(select(predictions_table)).all() == []


def test_an_answer_needs_its_ticket(connection: Connection, moment: Moment) -> None:
    """A prediction about nothing cannot be reviewed."""
    with pytest.raises(exc.IntegrityError), connection.begin_nested():
        record(connection, [("INC404", (NETWORK,))], "7", moment(3))


def test_erasing_a_ticket_erases_what_was_said_about_it(connection: Connection, moment: Moment) -> None:
    """A person's right to be forgotten does not end at a foreign key."""
    file(connection, [NewTicket(id="INC1")], moment(3))
    record(connection, [("INC1", (NETWORK,))], "7", moment(3))

    connection.execute(delete(tickets_table))

    assert connection.execute(select(predictions_table)).all() == []
