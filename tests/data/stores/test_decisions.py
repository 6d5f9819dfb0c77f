"""What became of tickets: one row a target, and which values are evidence."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from data import predictions, sourced_tickets
from data.database import to_json
from data.decisions import Decision, decided_tickets, decisions_of, n_tickets
from data.outcomes import record as record_outcome
from data.reviews import Said, undo
from data.reviews import record as record_review
from data.tickets import file, import_worked
from triage.errors import NotFound
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]
TARGET = "assignment_group"
VERDICTS = {"accepted": None, "corrected": "Mail"}


def score(connection: Connection, at: datetime, value: str = "Network", version: str = "7") -> None:
    """A model answers about the first ticket."""
    said = {"confidence": 0.7, "threshold": 0.8, "decision": "suggest", "reason": "below_threshold", "top": []}
    predictions.record(connection, [("1", to_json({TARGET: {"value": value, **said}}))], version, at)


@pytest.fixture(autouse=True)
def scored(connection: Connection, moment: Moment) -> None:
    """A stored ticket that was answered."""
    file(connection, [NewTicket(id="1", opened_at=moment(1))], moment(1))
    score(connection, moment(1))


def told(connection: Connection, value: str, at: datetime, provenance: str = "human", source: str = "desk") -> None:
    """Somebody gives the group."""
    record_outcome(connection, "1", {TARGET: value}, provenance, source, at)  # type: ignore[arg-type]


def imported(connection: Connection, at: datetime, **worked: Any) -> None:  # noqa: ANN401 - any field
    """An export brings the first ticket."""
    import_worked(connection, [WorkedTicket(filed=NewTicket(id="1"), **worked)], at)


def reviewed(connection: Connection, at: datetime, verdict: str, value: str | None = None) -> int:
    """A person reviews the first ticket."""
    said = Said(target=TARGET, verdict=verdict, value=value)  # type: ignore[arg-type]
    return record_review(connection, "1", said, "user:a", at).id


def group(connection: Connection, now: datetime) -> Decision:
    """The row of the first ticket's group."""
    (found,) = [each for each in decisions_of(connection, "1", now) if each.target == TARGET]
    return found


def final(connection: Connection, now: datetime) -> tuple[str | None, str | None, bool]:
    """The group in the end, where it comes from, and whether it is evidence."""
    found = group(connection, now)
    return found.value, found.origin, found.is_evidence


def test_answer_review_and_value_stand_in_one_row(connection: Connection, moment: Moment) -> None:
    """With the model's version."""
    id_ = reviewed(connection, moment(2), "corrected", "Mail")

    found = group(connection, moment(3))

    assert found.answered is not None
    assert found.review is not None
    assert (found.answered.prediction.value, found.answered.model_version, found.answered.at) == (
        "Network",
        "7",
        moment(1),
    )
    assert (found.review.id, found.review.verdict, found.review.suggested) == (id_, "corrected", "Network")
    assert (found.value, found.provenance, found.origin, found.at) == ("Mail", "human", "corrected", moment(2))


def test_an_answer_that_nobody_touched_is_no_value(connection: Connection, moment: Moment) -> None:
    """It is what a model said, and nothing was decided."""
    assert final(connection, moment(2)) == (None, None, False)


def test_what_a_model_set_and_nobody_touched_is_no_evidence(connection: Connection, moment: Moment) -> None:
    """To learn from it is to learn from oneself; so it is when an export brings it back."""
    told(connection, "Network", moment(2), "automatic")

    assert final(connection, moment(3)) == ("Network", "automatic", False)

    imported(connection, moment(4), assignment_group="network", closed_at=moment(3))

    assert final(connection, moment(5)) == ("Network", "automatic", False)


def test_an_export_that_says_otherwise_was_changed_by_a_person(connection: Connection, moment: Moment) -> None:
    """Nobody else changes what a model has set."""
    told(connection, "Network", moment(2), "automatic")
    imported(connection, moment(4), assignment_group="Mail", closed_at=moment(3))

    assert final(connection, moment(5)) == ("Mail", "imported", True)


@pytest.mark.parametrize("verdict", ["accepted", "corrected"])
def test_a_review_makes_evidence(connection: Connection, moment: Moment, verdict: str) -> None:
    """Also of what a model had set by itself."""
    told(connection, "Network", moment(1), "automatic")
    reviewed(connection, moment(2), verdict, VERDICTS[verdict])

    assert final(connection, moment(3)) == (VERDICTS[verdict] or "Network", verdict, True)


def test_a_rejected_value_is_evidence_of_nothing(connection: Connection, moment: Moment) -> None:
    """Nobody has said what is right."""
    told(connection, "Network", moment(1), "automatic")
    reviewed(connection, moment(2), "rejected")

    assert final(connection, moment(3)) == ("Network", "automatic", False)
    assert group(connection, moment(3)).is_rejected


def test_what_is_taken_back_is_evidence_no_more(connection: Connection, moment: Moment) -> None:
    """As if it had not been said."""
    id_ = reviewed(connection, moment(2), "accepted")
    undo(connection, id_, moment(3))

    assert final(connection, moment(4)) == (None, None, False)
    assert group(connection, moment(4)).review is None


def test_of_a_review_and_an_export_the_later_word_counts(connection: Connection, moment: Moment) -> None:
    """A ticket that was handed on after the review was closed elsewhere."""
    reviewed(connection, moment(2), "accepted")
    imported(connection, moment(6), assignment_group="Mail", closed_at=moment(5))

    assert final(connection, moment(7)) == ("Mail", "imported", True)

    reviewed(connection, moment(8), "corrected", "Server")

    assert final(connection, moment(9)) == ("Server", "corrected", True)


def test_an_export_without_dates_does_not_overrule_people(connection: Connection, moment: Moment) -> None:
    """Nobody knows that it is later."""
    reviewed(connection, moment(2), "accepted")
    imported(connection, moment(6), assignment_group="Mail")

    assert final(connection, moment(7)) == ("Network", "accepted", True)


def test_an_imported_history_counts_as_peoples(connection: Connection, moment: Moment) -> None:
    """It is what they have settled on."""
    imported(connection, moment(2), assignment_group="Mail", priority="1", closed_at=moment(2))

    rows = decisions_of(connection, "1", moment(3))

    assert [(each.target, each.value, each.origin) for each in rows] == [
        (TARGET, "Mail", "imported"),
        ("priority", "1", "imported"),
    ]


def test_the_answer_is_the_one_that_people_had_before_them(connection: Connection, moment: Moment) -> None:
    """A later version is not measured by what it could have read off the ticket."""
    told(connection, "Mail", moment(2))
    score(connection, moment(3), "Mail", "8")

    found = group(connection, moment(4))

    assert found.answered is not None
    assert (found.answered.model_version, found.answered.prediction.value) == ("7", "Network")


def test_nothing_is_known_before_it_is_said(connection: Connection, moment: Moment) -> None:
    """As of an earlier moment, also of what was taken back later."""
    id_ = reviewed(connection, moment(3), "rejected")
    undo(connection, id_, moment(5))
    told(connection, "Mail", moment(6))

    assert group(connection, moment(2)).review is None
    assert group(connection, moment(4)).is_rejected
    assert final(connection, moment(5)) == (None, None, False)
    assert final(connection, moment(6)) == ("Mail", "decided", True)


def test_a_blind_ticket_hides_its_answer_until_people_have_decided(connection: Connection, moment: Moment) -> None:
    """And what they decide is nobody's correction."""
    sourced_tickets.link(connection, "1", "desk", "77", {}, is_blind=True)

    assert group(connection, moment(2)).is_hidden

    reviewed(connection, moment(3), "corrected", "Network")
    found = group(connection, moment(4))

    assert (found.is_blind, found.is_hidden, found.origin) == (True, False, "decided")


def test_tickets_come_in_chunks_and_by_time(
    connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large desk is never held whole."""
    monkeypatch.setattr("data.decisions._CHUNK", 2)
    file(connection, [NewTicket(id=f"T{n}", opened_at=moment(n)) for n in range(2, 6)], moment(6))

    every = [[each.ticket.filed.id for each in chunk] for chunk in decided_tickets(connection, moment(7))]
    late = [each.ticket.filed.id for c in decided_tickets(connection, moment(7), since=moment(4)) for each in c]

    assert every == [["1", "T2"], ["T3", "T4"], ["T5"]]
    assert late == ["T4", "T5"]
    assert (n_tickets(connection, moment(7)), n_tickets(connection, moment(7), since=moment(4))) == (5, 2)
    assert list(decided_tickets(connection, moment(1), since=moment(2))) == []


def test_a_decided_ticket_has_what_people_gave_and_nothing_else(connection: Connection, moment: Moment) -> None:
    """Its labels are final when people last decided."""
    imported(connection, moment(1, 1), ticket_type="incident", attributes={"queue": "b", "site": "Lyon"})
    told(connection, "Network", moment(2), "automatic")
    record_outcome(connection, "1", {"priority": "2"}, "human", "api", moment(3))
    record_outcome(connection, "1", {"queue": "b"}, "automatic", "api", moment(3))

    ((found,),) = decided_tickets(connection, moment(4))

    assert (found.ticket.ticket_type, found.ticket.assignment_group, found.ticket.priority) == ("incident", None, "2")
    assert (found.ticket.attributes, found.ticket.closed_at) == ({"site": "Lyon"}, moment(3))


def test_there_are_rows_of_stored_tickets_only(connection: Connection, moment: Moment) -> None:
    """A typo is no ticket without decisions."""
    with pytest.raises(NotFound):
        decisions_of(connection, "404", moment(2))
