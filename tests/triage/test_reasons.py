"""Why an answer was not applied by itself, in a sentence."""

from typing import Any

import pytest

from triage.prediction import LabelConfidence, Prediction, TermWeight
from triage.reasons import percent, speaking_terms, why
from triage.sources import Rules, Source


def answer(confidence: float = 0.71, threshold: float = 0.8, **changes: Any) -> Prediction:  # noqa: ANN401
    """An answer below its threshold."""
    top = (LabelConfidence("Network", confidence), LabelConfidence("Desk", 0.2))
    plain = Prediction("assignment_group", "Network", confidence, threshold, "suggest", "below_threshold", top)
    return plain._replace(**changes)


def source(**changes: Any) -> Source:  # noqa: ANN401
    """A ticketing system in which groups may be set."""
    given = {"name": "desk", "system": "zammad", "url": "https://desk.example", "accounts": ("a",)}
    told = given | {"credentials": {}, "webhook_secrets": ("S",), "mode": "auto"}
    return Source(**told | {"writable": frozenset({"assignment_group"})} | changes)


SURE = {"decision": "auto", "reason": "above_threshold"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (answer(), "71 % sure: below its threshold of 80 % by 9 points."),
        (answer(0.7999), "79 % sure: below its threshold of 80 % by 0.1 of a point."),
        (answer(0.79), "79 % sure: below its threshold of 80 % by 1 point."),
        (answer(0.785), "78 % sure: below its threshold of 80 % by 2 points."),
        (answer(0.9, 1.0), "90 % sure, but this value has no proof yet that its answers are right often enough."),
        (answer(reason="ambiguous"), "71 % sure, and nearly as sure of Desk (20 %)."),
        (answer(decision="abstain"), "71 % sure: less than always naming the commonest value would be right."),
        (
            answer(0.9, reason="above_threshold"),
            "90 % sure, which is enough, but the mode of this question is suggest.",
        ),
        (answer(decision="abstain", reason="too_short"), "The text is too short for an answer to rest on."),
        (answer(decision="skipped", reason="mode_off"), "The mode of this question is off: the model is not asked."),
        (answer(0.9, **SURE), "90 % sure, at or above its threshold of 80 %, so it may be applied by itself."),
    ],
)
def test_the_reason_is_the_rule_or_the_threshold_that_decided(given: Prediction, said: str) -> None:
    """In the words of whoever has to decide instead."""
    assert why(given) == said


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"mode": "watch"}, "but the source desk is only watched (its mode is watch)."),
        ({"mode": "suggest"}, "but the source desk only takes notes (its mode is suggest)."),
        ({"writable": frozenset()}, "but the source desk cannot be given this field."),
        (
            {"rules": Rules(never_auto={"assignment_group": ("network",)})},
            "but a rule of the source desk never lets Network be applied (never_auto).",
        ),
        ({}, "so it may be applied by itself, unless a rule of the source desk leaves the ticket alone."),
    ],
)
def test_a_source_may_keep_a_sure_answer_from_being_applied(changes: dict[str, Any], end: str) -> None:
    """By its mode or by its rules."""
    assert why(answer(0.9, **SURE), source(**changes)).endswith(end)


def test_a_source_that_is_gone_is_said_to_be() -> None:
    """A desk may take one out of its file while tickets of it wait."""
    assert why(answer(0.9, **SURE), None, has_source=True).endswith("is not connected any more.")


@pytest.mark.parametrize(
    ("ratio", "said"), [(0.0, "0"), (0.29, "29"), (0.999, "99"), (0.9999999, "99"), (1.0, "100"), (0.57, "57")]
)
def test_nothing_looks_surer_than_it_is(ratio: float, said: str) -> None:
    """Rounded down, but not by what a binary fraction is short of."""
    assert percent(ratio) == said


def test_the_strongest_few_terms_stand_for_an_answer() -> None:
    """What spoke against it is no reason for it."""
    weights = {"a": 0.1, "b": -3.0, "c": 2.0, "d": 0.5, "e": 1.0}
    explained = answer(explanation=tuple(TermWeight(term, weight) for term, weight in weights.items()))

    assert [each.term for each in speaking_terms(explained)] == ["c", "e", "d"]
    assert speaking_terms(answer()) == ()
