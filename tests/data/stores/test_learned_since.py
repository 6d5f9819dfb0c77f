"""What people have said since a model was learned."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection

from data import learned_since, predictions
from data.database import to_json
from data.decisions import decided_tickets
from data.learned_since import Correction, News, TargetReviews, news
from data.outcomes import record as record_outcome
from data.reviews import Said, record, undo
from data.tickets import file, import_worked
from training.histories.stored import StoredHistory
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]
TARGET = "assignment_group"


def score(connection: Connection, id_: str, at: datetime, value: str = "Network") -> None:
    """A ticket that was answered."""
    file(connection, [NewTicket(id=id_, opened_at=at)], at)
    said = {"confidence": 0.7, "threshold": 0.8, "decision": "suggest", "reason": "below_threshold", "top": []}
    predictions.record(connection, [(id_, to_json({TARGET: {"value": value, **said}}))], "7", at)


def reviewed(connection: Connection, id_: str, at: datetime, verdict: str, value: str | None = None) -> int:
    """A person reviews it."""
    said = Said(target=TARGET, verdict=verdict, value=value)  # type: ignore[arg-type]
    return record(connection, id_, said, "user:a", at).id


def found(connection: Connection, since: datetime, now: datetime) -> News:
    """What is news of the target."""
    return news(connection, since, (TARGET,), now)


def test_reviews_are_counted_by_verdict_and_corrections_by_label(connection: Connection, moment: Moment) -> None:
    """The most frequent correction first; who skips has said nothing."""
    verdicts = [("accepted", None), ("corrected", "Mail"), ("corrected", "Apps"), ("corrected", "Mail")]
    for i, (verdict, value) in enumerate([*verdicts, ("rejected", None), ("skipped", None)]):
        score(connection, str(i), moment(2))
        reviewed(connection, str(i), moment(3), verdict, value)

    told = found(connection, moment(1), moment(4))

    assert told.reviews == (TargetReviews(TARGET, 1, 3, 1),)
    assert told.n_reviews == 5
    assert told.corrections == (Correction(TARGET, "Network", "Mail", 2), Correction(TARGET, "Network", "Apps", 1))
    assert (told.n_labels, told.is_whole) == (4, True)


def test_the_last_word_counts_and_what_was_taken_back_does_not(connection: Connection, moment: Moment) -> None:
    """One decision is one decision."""
    for id_ in ("1", "2"):
        score(connection, id_, moment(2))
        reviewed(connection, id_, moment(3), "accepted")
    reviewed(connection, "1", moment(4), "corrected", "Mail")
    undo(connection, reviewed(connection, "2", moment(4), "corrected", "Apps"), moment(5))

    told = found(connection, moment(1), moment(6))

    assert told.reviews == (TargetReviews(TARGET, 1, 1, 0),)
    assert told.corrections == (Correction(TARGET, "Network", "Mail", 1),)


def test_what_was_said_before_or_of_other_targets_is_no_news(connection: Connection, moment: Moment) -> None:
    """The model has learned from it, or does not answer it."""
    score(connection, "1", moment(1))
    reviewed(connection, "1", moment(2), "accepted")

    assert found(connection, moment(3), moment(4)).n_reviews == 0
    assert news(connection, moment(1), ("priority",), moment(4)).n_reviews == 0
    assert found(connection, moment(1), moment(4)).n_reviews == 1


def test_new_labels_are_those_that_people_gave(connection: Connection, moment: Moment) -> None:
    """By a review, by their system, or by an export; what a model set and nobody touched is none."""
    for id_ in ("old", "told", "automatic", "reviewed"):
        score(connection, id_, moment(1))
    record_outcome(connection, "old", {TARGET: "Mail"}, "human", "desk", moment(2))
    record_outcome(connection, "told", {TARGET: "Mail"}, "human", "desk", moment(4))
    record_outcome(connection, "automatic", {TARGET: "Mail"}, "automatic", "desk", moment(4))
    reviewed(connection, "reviewed", moment(4), "accepted")
    import_worked(connection, [WorkedTicket(filed=NewTicket(id="imported"), assignment_group="Apps")], moment(4))

    for since, n in ((moment(3), 3), (moment(1), 4)):
        assert found(connection, since, moment(5)).n_labels == n
        every = [each for chunk in decided_tickets(connection, moment(5)) for each in chunk]
        decisions = [decision for each in every for decision in each.decisions.values()]
        retraining = StoredHistory([each.ticket for each in every], decisions)
        assert retraining.n_new(since, (TARGET,)) == n


def test_a_count_that_ends_early_says_so(
    connection: Connection, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page must not wait for a hundred thousand tickets."""
    monkeypatch.setattr(learned_since, "MOST_TICKETS", 1)
    score(connection, "1", moment(2))
    reviewed(connection, "1", moment(3), "accepted")

    assert found(connection, moment(1), moment(4)).is_whole is False
