"""What the quality of answers is counted from, on both kinds of database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event

from data import predictions, quality, sourced_tickets, tables
from data.database import open_database, reading, to_json, writing
from data.outcomes import record as record_outcome
from data.quality import answered_in, answered_tickets_in, judged_in, questions, reviewed_in, texts_of
from data.reviews import Said, undo
from data.reviews import record as record_review
from data.schema import upgrade
from data.tickets import file
from triage.quality import Judged, Reviewed
from triage.ticket import NewTicket

Moment = Callable[..., datetime]
TARGET = "assignment_group"


def answer(value: str, decision: str) -> dict[str, Any]:
    """What a model said, as it is stored."""
    return {
        "value": value,
        "confidence": 0.7,
        "threshold": 0.8,
        "decision": decision,
        "reason": "below_threshold",
        "top": [],
    }


def score(
    connection: Connection,
    ticket: str,
    at: datetime,
    value: str = "Network",
    decision: str = "suggest",
    version: str = "7",
) -> None:
    """A model answers about group and type."""
    answers = {TARGET: answer(value, decision), "ticket_type": answer("incident", "suggest")}
    predictions.record(connection, [(ticket, to_json(answers))], version, at)


def say(connection: Connection, ticket: str, at: datetime, verdict: str = "accepted", **said: Any) -> int:  # noqa: ANN401
    """Somebody reviews the group."""
    by = said.pop("by", "user:a")
    return record_review(connection, ticket, Said(target=TARGET, verdict=verdict, **said), by, at).id  # type: ignore[arg-type]


def judged(connection: Connection, moment: Moment, target: str = TARGET) -> list[Judged]:
    """What was decided from the second of November to the twentieth."""
    return list(judged_in(connection, target, moment(2), moment(20)).judged)


@pytest.fixture(autouse=True)
def filed(connection: Connection, moment: Moment) -> None:
    """Four stored tickets."""
    file(connection, [NewTicket(id=str(n), subject=f"VPN {n}", channel="email") for n in range(1, 5)], moment(1))


def test_a_row_is_the_decision_beside_the_answer_that_was_there(connection: Connection, moment: Moment) -> None:
    """What the model said later changes nothing of what somebody decided before."""
    score(connection, "1", moment(2), decision="auto")
    say(connection, "1", moment(3))
    score(connection, "1", moment(4), "Mail", "suggest")

    assert judged(connection, moment) == [
        Judged(at=moment(3), answered_at=moment(2), decision="auto", group="Network", is_right=True, is_blind=False)
    ]


@pytest.mark.parametrize(
    ("verdict", "said", "is_right"),
    [("accepted", {}, True), ("corrected", {"value": "Mail"}, False), ("rejected", {"reason": "wrong_group"}, False)],
)
def test_what_is_right_is_what_a_person_left(
    connection: Connection, moment: Moment, verdict: str, said: dict[str, Any], is_right: bool
) -> None:
    """Also without knowing what would be right instead."""
    score(connection, "1", moment(2))
    say(connection, "1", moment(3), verdict, **said)

    assert [each.is_right for each in judged(connection, moment)] == [is_right]


def test_each_ticket_counts_once_by_its_last_decision(connection: Connection, moment: Moment) -> None:
    """A review that was accepted by one and overruled in the ticketing system is one wrong answer, not one of two."""
    score(connection, "1", moment(2))
    say(connection, "1", moment(3))
    record_outcome(connection, "1", {TARGET: "Mail"}, "human", "desk", moment(4))

    assert [(each.at, each.is_right) for each in judged(connection, moment)] == [(moment(4), False)]


def test_skipped_and_undone_reviews_decide_nothing(connection: Connection, moment: Moment) -> None:
    """Neither for the answers nor for how somebody works."""
    for ticket in ("1", "2"):
        score(connection, ticket, moment(2))
    say(connection, "1", moment(3), "skipped")
    undo(connection, say(connection, "2", moment(3)), moment(4))

    assert judged(connection, moment) == []
    assert reviewed_in(connection, moment(2), moment(20)) == []


def test_people_of_a_ticketing_system_count_and_models_do_not(connection: Connection, moment: Moment) -> None:
    """A value that was applied and that nobody touched is no evidence; spelling is no difference."""
    for ticket in ("1", "2"):
        score(connection, ticket, moment(2), decision="auto")
    record_outcome(connection, "1", {TARGET: "Network"}, "automatic", "desk", moment(3), model_version="7")
    record_outcome(connection, "2", {TARGET: " network "}, "human", "desk", moment(3))

    assert [each.is_right for each in judged(connection, moment)] == [True]


@pytest.mark.parametrize(("decision", "n"), [("auto", 1), ("suggest", 1), ("abstain", 0), ("skipped", 0)])
def test_who_was_shown_nothing_agreed_with_nothing(
    connection: Connection, moment: Moment, decision: str, n: int
) -> None:
    """A ticketing system is sent suggestions alone."""
    score(connection, "1", moment(2), decision=decision)
    record_outcome(connection, "1", {TARGET: "Network"}, "human", "desk", moment(3))

    assert len(judged(connection, moment)) == n


def test_blind_tickets_are_told_apart(connection: Connection, moment: Moment) -> None:
    """Somebody decided them without seeing an answer: by a review, or in the ticketing system."""
    for ticket in ("1", "2"):
        score(connection, ticket, moment(2), decision="abstain")
        sourced_tickets.link(connection, ticket, "desk", ticket, {}, is_blind=True)
    say(connection, "1", moment(3), "corrected", value="Network")
    record_outcome(connection, "2", {TARGET: "Mail"}, "human", "desk", moment(4))

    found = judged(connection, moment)

    assert sorted((each.is_blind, each.is_right) for each in found) == [(True, False), (True, True)]
    assert reviewed_in(connection, moment(2), moment(20)) == [Reviewed("user:a", None, None)]


def test_what_was_decided_before_any_answer_says_nothing(connection: Connection, moment: Moment) -> None:
    """Nor what lies outside the time, or is another question's."""
    record_outcome(connection, "1", {TARGET: "Network"}, "human", "desk", moment(3))
    score(connection, "1", moment(4))
    score(connection, "2", moment(1))
    say(connection, "2", moment(1, 12))
    score(connection, "3", moment(2))
    say(connection, "3", moment(21))

    assert judged(connection, moment) == []
    assert judged(connection, moment, "ticket_type") == []


def test_many_decisions_are_drawn_evenly_and_counted_up(
    connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page does not wait longer where a desk decides more."""
    monkeypatch.setattr(quality, "_DRAWN", 2)
    for n in range(1, 5):
        score(connection, str(n), moment(2))
        say(connection, str(n), moment(2 + n))

    found = judged_in(connection, TARGET, moment(2), moment(20))

    assert [each.at for each in found.judged] == [moment(6), moment(4)]
    assert found.n == 4


def test_reviews_tell_how_somebody_works(connection: Connection, moment: Moment) -> None:
    """The latest first."""
    for ticket in ("1", "2"):
        score(connection, ticket, moment(2))
    say(connection, "1", moment(3), seconds=1.5)
    say(connection, "2", moment(4), "corrected", value="Mail", by="user:b")

    assert reviewed_in(connection, moment(2), moment(20)) == [
        Reviewed("user:b", False, None),
        Reviewed("user:a", True, 1.5),
    ]


def test_answers_of_a_time_are_found_by_their_numbers(connection: Connection, moment: Moment) -> None:
    """Both ends count, and gaps that forgetting has left do no harm."""
    for day, ticket in enumerate(("1", "2", "3", "4"), start=2):
        score(connection, ticket, moment(day), decision="auto" if ticket == "3" else "suggest")
    connection.execute(delete(tables.tickets).where(tables.tickets.c.id == "2"))

    found = answered_in(connection, TARGET, moment(2, 1), moment(4))

    assert [(each.at, each.decision, each.group) for each in found.answers] == [(moment(4), "auto", "Network")]
    assert found.n == 1
    assert len(answered_in(connection, TARGET, moment(1), moment(20)).answers) == 3
    assert answered_in(connection, TARGET, moment(10), moment(20)).answers == ()
    assert answered_in(connection, "nothing", moment(1), moment(20)).answers == ()


def test_the_search_meets_every_border(connection: Connection, moment: Moment) -> None:
    """Whatever the number of rows, each moment parts them where it should."""
    for hour in range(9):
        score(connection, "1", moment(2, hour))
        for asked in range(hour + 1):
            until = moment(2, asked)
            first = quality._first_since(connection, until)
            later = [row for row in rows(connection) if row.created_at > until]
            assert first == (later[0].id if later else rows(connection)[-1].id + 1)


def rows(connection: Connection) -> list[Any]:
    """Every prediction."""
    return list(connection.execute(tables.predictions.select().order_by(tables.predictions.c.id)))


def test_a_ticket_that_was_answered_again_counts_once(connection: Connection, moment: Moment) -> None:
    """By its last answer."""
    score(connection, "1", moment(2), decision="auto")
    score(connection, "1", moment(3), decision="suggest")

    found = answered_in(connection, TARGET, moment(1), moment(20))

    assert [each.decision for each in found.answers] == ["suggest"]
    assert found.n == 1


def test_answers_are_drawn_evenly(connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    """And stand for all of the time."""
    monkeypatch.setattr(quality, "_DRAWN", 2)
    for n in range(1, 5):
        score(connection, str(n), moment(2) + timedelta(hours=n))

    found = answered_in(connection, TARGET, moment(2), moment(20))

    assert [each.at.hour for each in found.answers] == [1, 3]
    assert found.n == 4


def test_answers_of_one_version_come_with_their_texts(connection: Connection, moment: Moment) -> None:
    """Another model's answers are not to be held against this one's training."""
    score(connection, "1", moment(2), version="6")
    score(connection, "2", moment(2))

    (found,) = answered_tickets_in(connection, "7", moment(1), moment(20), most=10)

    assert (found.ticket_id, found.answers[TARGET]["value"]) == ("2", "Network")
    (text,) = texts_of(connection, ["2"])
    assert (text.subject, text.channel) == ("VPN 2", "email")


def test_what_is_asked_is_what_was_answered_last(connection: Connection, moment: Moment) -> None:
    """Without a model, the page still knows its questions."""
    assert questions(connection) == ()

    score(connection, "1", moment(2))

    assert set(questions(connection)) == {TARGET, "ticket_type"}


def test_no_table_is_read_as_a_whole(tmp_path: Path, moment: Moment) -> None:
    """A page must not wait longer where a million predictions are stored."""
    asked: list[tuple[str, Any]] = []
    engine = open_database(f"sqlite:///{tmp_path / 'plans.db'}")  # PostgreSQL reads small tables as they are
    upgrade(engine)
    with writing(engine) as connection:
        file(connection, [NewTicket(id="1")], moment(1))
        score(connection, "1", moment(2))
        say(connection, "1", moment(3))
    with reading(engine) as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        judged_in(connection, TARGET, moment(2), moment(20))
        reviewed_in(connection, moment(2), moment(20))
        answered_in(connection, TARGET, moment(1), moment(20))
        answered_tickets_in(connection, "7", moment(1), moment(20), most=10)
        texts_of(connection, ["1"])
        plans = [
            row[3]
            for statement, parameters in list(asked)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    engine.dispose()

    assert any("SEARCH reviews USING INDEX ix_reviews_at" in plan for plan in plans)
    assert any("SEARCH outcomes USING INDEX ix_outcomes_at" in plan for plan in plans)
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
