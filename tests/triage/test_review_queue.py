"""Which answers wait for a person, and whose turn is first."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.prediction import Decision, LabelConfidence, Prediction, Reason
from triage.review_queue import DOUBLES_AFTER, rank, urgency_of, waiting_for_a_person
from triage.risk import Chance, TicketRisk

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


def answer(
    confidence: float = 0.7,
    decision: Decision = "suggest",
    reason: Reason = "below_threshold",
    target: str = "assignment_group",
    value: str = "Network",
) -> Prediction:
    """An answer about a ticket."""
    return Prediction(target, value, confidence, 0.8, decision, reason, (LabelConfidence(value, confidence),))


def place(*answers: Prediction, opened_at: datetime = NOW) -> float:
    """Of a ticket whose answers all wait."""
    return rank(answers, answers, opened_at)


@pytest.mark.parametrize(
    ("decision", "waits", "waits_in_system"),
    [("suggest", True, True), ("abstain", True, True), ("auto", False, True), ("skipped", False, False)],
)
def test_what_is_not_applied_waits(decision: Decision, *, waits: bool, waits_in_system: bool) -> None:
    """Where a system is only ever told suggestions, a sure answer is one, too."""
    asked = [answer(decision=decision)]

    assert bool(waiting_for_a_person(asked)) is waits
    assert bool(waiting_for_a_person(asked, ["priority"])) is waits_in_system
    assert waiting_for_a_person(asked, ["assignment_group"]) == []


def test_what_a_person_has_set_waits_for_nobody() -> None:
    """They have had the last word."""
    assert waiting_for_a_person([answer(decision="suggest", reason="human_set")]) == []


def test_the_least_certain_comes_first() -> None:
    """Of two filed at once."""
    assert place(answer(0.3)) > place(answer(0.9))
    assert place(answer(0.9), answer(0.3)) == place(answer(0.3))


def test_the_most_urgent_comes_first() -> None:
    """Whether its priority waits, too, or is sure."""
    low, high = (answer(0.99, "auto", "above_threshold", "priority", name) for name in ("4 - Low", "1 - Critical"))

    assert rank([answer(), high], [answer()], NOW) > rank([answer(), low], [answer()], NOW)


def test_the_oldest_comes_first() -> None:
    """A working day's wait makes up for half the uncertainty, exactly."""
    assert place(answer(0.4), opened_at=NOW - DOUBLES_AFTER) == pytest.approx(place(answer(0.4)) + 1)
    assert place(answer(0.7), opened_at=NOW - DOUBLES_AFTER) == pytest.approx(place(answer(0.4)))


def test_certainty_never_hides_a_ticket_for_ever() -> None:
    """One that is as good as certain still comes, after some days."""
    assert place(answer(1.0), opened_at=NOW - timedelta(days=3)) > place(answer(0.0))


@pytest.mark.parametrize(
    ("label", "urgency"),
    [
        ("1 - Critical", 8), ("P1", 8), ("Highest", 8), ("urgent", 8), ("Dringend", 8), ("critique", 8), ("Crítica", 8),
        ("2 - High", 4), ("P2", 4), ("3 high", 4), ("Hoch", 4), ("élevée", 4),
        ("3 - Moderate", 2), ("2 normal", 2), ("Medium", 2), ("mittel", 2), ("standard", 2), ("", 2), ("Team A", 2),
        ("1 low", 1), ("4 - Low", 1), ("Lowest", 1), ("5 - Planning", 1), ("P5", 1), ("faible", 1),
        ("10", 2), ("VIP 2026", 2), ("非常", 2),
    ],
)  # fmt: skip
def test_a_priority_is_read_by_its_words_and_then_by_its_number(label: str, urgency: float) -> None:
    """ServiceNow counts down from 1, Zammad up."""
    assert urgency_of(label) == urgency


@given(st.text(max_size=40), st.floats(0, 1))
def test_any_label_and_confidence_has_a_place(label: str, confidence: float) -> None:
    """Whatever people call their priorities."""
    assert abs(place(answer(confidence, target="priority", value=label))) < 1e6


def test_what_is_at_risk_comes_sooner_by_a_doubling_at_most() -> None:
    """As much as eight hours of waiting: a chance must not push aside whoever has waited for a day."""
    usual, likely = (TicketRisk({"sla_missed": Chance(chance, 0.1)}, None) for chance in (0.05, 0.9))
    asked = [answer(0.5)]

    assert rank(asked, asked, NOW, usual) == rank(asked, asked, NOW)
    assert rank(asked, asked, NOW, likely) == pytest.approx(rank(asked, asked, NOW) + 1)
    assert rank(asked, asked, NOW, likely) < rank(asked, asked, NOW - timedelta(days=1))
