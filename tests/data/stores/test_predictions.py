"""What was answered stays on record."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection, delete, exc, select

from data.predictions import newest_of, newest_of_all, record, scorings_of
from data.tables import predictions as predictions_table
from data.tables import tickets as tickets_table
from data.tickets import file
from triage.ticket import NewTicket

Moment = Callable[..., datetime]

ANSWERS = {
    "assignment_group": {
        "value": "Network ü",
        "confidence": 0.1 + 0.2,
        "threshold": 0.8,
        "decision": "suggest",
        "reason": "below_threshold",
        "top": [{"value": "Network ü", "confidence": 0.1 + 0.2}, {"value": "Desk", "confidence": 0.2}],
    },
}
TEXT = json.dumps(ANSWERS)


def test_every_answer_of_every_ticket_is_kept(connection: Connection, moment: Moment) -> None:
    """Whoever asks why a ticket went where it went needs the model, the confidence and the bar of that day."""
    file(connection, [NewTicket(id="INC1"), NewTicket(id="INC2")], moment(3))

    record(connection, [("INC1", TEXT), ("INC2", TEXT)], "7", moment(3))
    record(connection, [("INC2", "{}")], "8", moment(4))

    rows = connection.execute(select(predictions_table).order_by(predictions_table.c.id)).all()
    assert [(row.ticket_id, row.answers) for row in rows] == [("INC1", ANSWERS), ("INC2", ANSWERS), ("INC2", {})]
    assert [(row.model_version, row.created_at) for row in rows] == [("7", moment(3))] * 2 + [("8", moment(4))]


def test_nothing_answered_is_nothing_kept(connection: Connection, moment: Moment) -> None:
    """A batch of which every ticket was refused still gets its answer."""
    record(connection, [], "7", moment(3))

    assert connection.execute(select(predictions_table)).all() == []


def test_an_answer_needs_its_ticket(connection: Connection, moment: Moment) -> None:
    """A prediction about nothing cannot be reviewed."""
    with pytest.raises(exc.IntegrityError), connection.begin_nested():
        record(connection, [("INC404", TEXT)], "7", moment(3))


def test_erasing_a_ticket_erases_what_was_said_about_it(connection: Connection, moment: Moment) -> None:
    """A person's right to be forgotten does not end at a foreign key."""
    file(connection, [NewTicket(id="INC1")], moment(3))
    record(connection, [("INC1", TEXT)], "7", moment(3))

    connection.execute(delete(tickets_table))

    assert connection.execute(select(predictions_table)).all() == []


def test_the_newest_answers_of_several_tickets_are_found_at_once(connection: Connection, moment: Moment) -> None:
    """The one that was stored last counts, whichever model said so; and all of them are kept."""
    file(connection, [NewTicket(id="1"), NewTicket(id="2"), NewTicket(id="3")], moment(1))
    for n, version in enumerate(["7", "8", "7"], 1):
        said = json.dumps({"assignment_group": ANSWERS["assignment_group"] | {"confidence": n / 10}})
        record(connection, [("1", said), ("2", said)], version, moment(n))

    newest = newest_of_all(connection, ["1", "3"])

    assert newest == {"1": newest_of(connection, "1")}
    assert (newest["1"].model_version, newest["1"].at, newest["1"].answers[0].confidence) == ("7", moment(3), 0.3)
    assert [(one.model_version, one.at, one.answers[0].confidence) for one in scorings_of(connection, "2")] == [
        ("7", moment(1), 0.1),
        ("8", moment(2), 0.2),
        ("7", moment(3), 0.3),
    ]
    assert newest_of_all(connection, []) == {}


def test_what_may_go_wrong_is_kept_beside_the_answers(connection: Connection, moment: Moment) -> None:
    """The page of a ticket shows what was told then; where nobody could tell, nothing stands there."""
    risk = {"sla_missed": {"chance": 0.34, "usual": 0.12, "reasons": ["category Ü"]}, "reopened": None}
    file(connection, [NewTicket(id="INC1"), NewTicket(id="INC2")], moment(3))

    record(connection, [("INC1", TEXT), ("INC2", TEXT)], "7", moment(3), [json.dumps(risk), None])

    found = newest_of_all(connection, ["INC1", "INC2"])
    newest = newest_of(connection, "INC1")
    assert newest is not None
    assert newest.risk == found["INC1"].risk == scorings_of(connection, "INC1")[0].risk == risk
    assert found["INC2"].risk is None
    unknown = select(predictions_table.c.ticket_id).where(predictions_table.c.risk.is_(None))
    assert connection.scalars(unknown).all() == ["INC2"]
