"""What people make of answers, what follows from it for a ticket's values, and what comes too late."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, select

from data import predictions, sourced_tickets
from data.database import to_json
from data.outcomes import history_of, outcomes_of
from data.outcomes import record as record_outcome
from data.reviews import SOURCE, Review, Said, record, reviews_of, undo
from data.tables import reviews, tickets
from data.tickets import file
from triage.errors import InvalidInput, NotFound, Outdated
from triage.ticket import NewTicket

Moment = Callable[..., datetime]
TARGET = "assignment_group"


def answer(value: str = "Network", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """What a model said of the group, as it is stored."""
    given = {"confidence": 0.7, "threshold": 0.8, "decision": "suggest", "reason": "below_threshold", "top": []}
    return {"value": value, **given, **changes}


def score(connection: Connection, at: datetime, value: str = "Network", version: str = "7", ticket: str = "1") -> None:
    """A model answers."""
    predictions.record(connection, [(ticket, to_json({TARGET: answer(value)}))], version, at)


@pytest.fixture(autouse=True)
def scored(connection: Connection, moment: Moment) -> None:
    """Two stored tickets, of which one was answered."""
    file(connection, [NewTicket(id="1"), NewTicket(id="2")], moment(1))
    score(connection, moment(1))


def say(connection: Connection, at: datetime, verdict: str = "accepted", by: str = "user:a", **said: Any) -> Review:  # noqa: ANN401
    """Somebody reviews the first ticket."""
    return record(connection, "1", Said(target=TARGET, verdict=verdict, **said), by, at)  # type: ignore[arg-type]


def group(connection: Connection) -> tuple[str, str, str] | None:
    """The group that the first ticket has."""
    found = outcomes_of(connection, "1").get(TARGET)
    return None if found is None else (found.value, found.provenance, found.source)


def count(connection: Connection) -> int:
    """How many reviews there are."""
    return connection.scalar(select(func.count()).select_from(reviews)) or 0


def test_an_accepted_suggestion_is_what_a_person_decided(connection: Connection, moment: Moment) -> None:
    """What was seen is kept with what was made of it."""
    found = say(connection, moment(2), seconds=3.5)

    assert (found.suggested, found.confidence, found.model_version) == ("Network", 0.7, "7")
    assert (found.verdict, found.value, found.reviewer, found.seconds) == ("accepted", "Network", "user:a", 3.5)
    assert group(connection) == ("Network", "human", SOURCE)


def test_a_correction_gives_the_other_value(connection: Connection, moment: Moment) -> None:
    """And keeps what was suggested."""
    found = say(connection, moment(2), "corrected", value="Mail", reason="wrong_group")

    assert (found.suggested, found.value, found.reason) == ("Network", "Mail", "wrong_group")
    assert group(connection) == ("Mail", "human", SOURCE)


@pytest.mark.parametrize("verdict", ["rejected", "skipped"])
def test_who_does_not_say_what_is_right_gives_no_value(connection: Connection, moment: Moment, verdict: str) -> None:
    """A rejected value is evidence against nothing."""
    assert say(connection, moment(2), verdict).value is None
    assert group(connection) is None


def test_rejecting_takes_back_what_the_same_person_accepted(connection: Connection, moment: Moment) -> None:
    """Nobody knows what is right then; taking that back lets the first word count again."""
    say(connection, moment(2))
    rejection = say(connection, moment(3), "rejected")

    assert group(connection) is None

    undo(connection, rejection.id, moment(4))

    assert group(connection) == ("Network", "human", SOURCE)


def test_a_person_may_change_their_mind(connection: Connection, moment: Moment) -> None:
    """The later word counts, and both stay on record."""
    say(connection, moment(2))
    say(connection, moment(3), "corrected", value="Mail")

    assert [found.value for _, found in history_of(connection, "1")] == ["Network", "Mail"]
    assert group(connection) == ("Mail", "human", SOURCE)


def test_taking_a_review_back_takes_its_value_back(connection: Connection, moment: Moment) -> None:
    """It stays on record, and doing it twice changes nothing."""
    found = say(connection, moment(2))

    undone = undo(connection, found.id, moment(3))
    again = undo(connection, found.id, moment(4))

    assert undone.undone_at == again.undone_at == moment(3)
    assert group(connection) is None
    assert [each.id for each in reviews_of(connection, "1")] == [found.id]


def test_the_review_before_counts_again(connection: Connection, moment: Moment) -> None:
    """Also where two people said the same, of whom the first takes it back."""
    first = say(connection, moment(2))
    say(connection, moment(3), by="user:b", replaces=first.id)

    undo(connection, first.id, moment(4))

    assert [(found.value, found.at) for _, found in history_of(connection, "1")] == [("Network", moment(3))]


def test_values_from_elsewhere_stay_when_a_review_is_taken_back(connection: Connection, moment: Moment) -> None:
    """A review takes back its own word only."""
    record_outcome(connection, "1", {TARGET: "Network"}, "human", "desk", moment(2))
    found = say(connection, moment(3))

    undo(connection, found.id, moment(4))

    assert group(connection) == ("Network", "human", "desk")


def test_the_same_again_changes_nothing(connection: Connection, moment: Moment) -> None:
    """Who clicks twice means it once; labels of those who submitted twice were counted twice elsewhere."""
    first = say(connection, moment(2), "corrected", value="Mail")

    assert say(connection, moment(3), "corrected", value="Mail") == first
    assert count(connection) == 1


def test_an_answer_that_was_replaced_cannot_be_accepted(connection: Connection, moment: Moment) -> None:
    """Whoever names what they saw is told what there is now."""
    score(connection, moment(2), "Mail", "8")

    for seen in ({"value": "Network"}, {"model_version": "7"}):
        with pytest.raises(Outdated) as refused:
            say(connection, moment(3), **seen)
        assert refused.value.newer == {
            "kind": "prediction",
            "value": "Mail",
            "model_version": "8",
            "at": moment(2),
        }
    assert (count(connection), say(connection, moment(4), value="Mail", model_version="8").value) == (0, "Mail")


@pytest.mark.parametrize(("verdict", "value"), [("accepted", None), ("corrected", "Server"), ("rejected", None)])
def test_two_people_do_not_overwrite_each_other_unseen(
    connection: Connection, moment: Moment, verdict: str, value: str | None
) -> None:
    """Who reviews in bulk would else undo what others have looked at; who has seen it may overrule it."""
    first = say(connection, moment(2), "corrected", value="Mail")

    with pytest.raises(Outdated) as refused:
        say(connection, moment(3), verdict, "user:b", value=value)

    assert refused.value.newer["kind"] == "review"
    assert (refused.value.newer["id"], refused.value.newer["value"]) == (first.id, "Mail")
    assert group(connection) == ("Mail", "human", SOURCE)

    say(connection, moment(3), verdict, "user:b", value=value, replaces=first.id)

    assert count(connection) == 2


def test_skipping_hinders_nobody(connection: Connection, moment: Moment) -> None:
    """It leaves the ticket to others."""
    say(connection, moment(2), "skipped")

    assert say(connection, moment(3), by="user:b").value == "Network"
    assert say(connection, moment(4), "skipped").verdict == "skipped"


def test_what_a_person_has_set_meanwhile_is_not_accepted_away(connection: Connection, moment: Moment) -> None:
    """People win; who knows it may still correct it."""
    record_outcome(connection, "1", {TARGET: "Mail"}, "human", "desk", moment(2))

    with pytest.raises(Outdated) as refused:
        say(connection, moment(3))

    assert refused.value.newer == {"kind": "outcome", "value": "Mail", "at": moment(2)}
    assert say(connection, moment(3), "corrected", value="Server").value == "Server"


def test_of_a_blind_ticket_nothing_was_suggested(connection: Connection, moment: Moment) -> None:
    """So nothing can be accepted, and what people say is no correction of anything."""
    sourced_tickets.link(connection, "1", "desk", "77", {}, is_blind=True)

    for verdict in ("accepted", "rejected"):
        with pytest.raises(InvalidInput, match="blind sample"):
            say(connection, moment(2), verdict)
    found = say(connection, moment(2), "corrected", value="Network")

    assert (found.suggested, found.confidence, found.value) == (None, None, "Network")


@pytest.mark.parametrize(
    ("verdict", "said", "sentence"),
    [
        ("corrected", {}, "needs a `value`"),
        ("corrected", {"value": " network "}, "send `accepted`"),
        ("rejected", {"value": "Mail"}, "have no `value`"),
        ("skipped", {"value": "Mail"}, "have no `value`"),
        ("accepted", {"reason": "spam"}, "does not go with `accepted`"),
    ],
)
def test_what_does_not_go_together_is_refused(
    connection: Connection, moment: Moment, verdict: str, said: dict[str, Any], sentence: str
) -> None:
    """With the way out."""
    with pytest.raises(InvalidInput, match=sentence):
        say(connection, moment(2), verdict, **said)

    assert count(connection) == 0


def test_only_what_was_answered_can_be_reviewed(connection: Connection, moment: Moment) -> None:
    """A typo would otherwise vanish."""
    for ticket, target, sentence in (
        ("9", TARGET, "No ticket with this number"),
        ("2", TARGET, "nothing to review"),
        ("1", "priority", "Answered: assignment_group"),
    ):
        with pytest.raises(NotFound, match=sentence):
            record(connection, ticket, Said(target=target, verdict="accepted"), "user:a", moment(2))
    with pytest.raises(NotFound, match="no review of this number"):
        undo(connection, 99, moment(2))


def test_reviews_go_with_their_ticket(connection: Connection, moment: Moment) -> None:
    """Whoever erases a ticket erases what was said of it."""
    say(connection, moment(2))
    connection.execute(delete(tickets).where(tickets.c.id == "1"))

    assert count(connection) == 0


def test_what_was_reviewed_waits_no_more_and_waits_again_when_it_is_taken_back(
    connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked twice; a skipped one is left to others."""
    told: list[str] = []
    for name in ("settle", "reopen"):
        monkeypatch.setattr(f"data.review_queue.{name}", lambda *_, name=name: told.append(name))

    say(connection, moment(2), "skipped")
    rejected = say(connection, moment(3), "rejected")
    undo(connection, rejected.id, moment(4))

    assert told == ["reopen", "settle", "reopen"]

    record_outcome(connection, "1", {TARGET: "Network"}, "human", "desk", moment(5))
    undo(connection, say(connection, moment(6)).id, moment(7))

    assert told[-2:] == ["settle", "settle"]
