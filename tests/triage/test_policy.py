"""From a confidence to a decision with a reason."""

import numpy as np
import pytest

from triage.policy import AMBIGUOUS_MARGIN, DECISIONS, NEVER, REASONS, decide, is_confident
from triage.prediction import Decision, Mode, Reason


def decided(
    sure: float,
    runner_up: float,
    threshold: float,
    mode: Mode,
    abstention: Reason | None = None,
    suggest_from: float = 0.0,
) -> tuple[Decision, Reason]:
    """What happens with one answer, and why."""
    decisions, reasons = decide(
        np.array([[sure]]),
        np.array([[runner_up]]),
        np.array([[threshold]]),
        modes=[mode],
        suggest_from=[suggest_from],
        abstentions=[abstention],
    )
    return DECISIONS[decisions.item()], REASONS[reasons.item()]


@pytest.mark.parametrize(
    ("confidence", "mode", "abstention", "decision", "reason"),
    [
        (0.99, "off", None, "skipped", "mode_off"),
        (0.99, "monitor", None, "skipped", "monitor_only"),
        (0.99, "suggest", None, "suggest", "above_threshold"),
        (0.80, "suggest", None, "suggest", "above_threshold"),
        (0.79, "suggest", None, "suggest", "below_threshold"),
        (0.80, "auto", None, "auto", "above_threshold"),
        (0.79, "auto", None, "suggest", "below_threshold"),
        (0.99, "auto", "too_short", "abstain", "too_short"),
        (0.99, "suggest", "too_short", "abstain", "too_short"),
        (0.99, "auto", "unknown_language", "abstain", "unknown_language"),
        (0.10, "suggest", "out_of_domain", "abstain", "out_of_domain"),
        (0.99, "off", "too_short", "skipped", "mode_off"),
        (0.99, "monitor", "unknown_language", "skipped", "monitor_only"),
    ],
)
def test_each_edge_has_its_decision_and_reason(
    confidence: float, mode: Mode, abstention: Reason | None, decision: Decision, reason: Reason
) -> None:
    """Nothing is applied that a desk did not allow, and nothing happens without a reason; the desk's word is first."""
    assert decided(confidence, 0.0, 0.8, mode, abstention) == (decision, reason)


@pytest.mark.parametrize(
    ("confidence", "runner_up", "reason"),
    [
        (0.5, 0.5, "ambiguous"),
        (0.5, 0.5 - AMBIGUOUS_MARGIN / 2, "ambiguous"),
        (0.5, 0.375, "below_threshold"),  # an eighth apart, exactly
        (AMBIGUOUS_MARGIN, 0.0, "below_threshold"),
        (AMBIGUOUS_MARGIN, 0.001, "ambiguous"),
        (0.8, 0.2, "above_threshold"),
        (0.85, 0.80, "above_threshold"),  # not by a sound confidence; what was proved counts
    ],
)
def test_two_close_answers_are_a_choice_for_a_person(confidence: float, runner_up: float, reason: Reason) -> None:
    """Whoever is told that two answers are close looks at both; a doubt of another kind wants another look."""
    assert decided(confidence, runner_up, 0.8, "suggest") == ("suggest", reason)


@pytest.mark.parametrize("mode", ["suggest", "auto"])
@pytest.mark.parametrize(
    ("confidence", "runner_up", "reason"),
    [(1.0, 0.0, "below_threshold"), (0.6, 0.4, "below_threshold"), (0.41, 0.40, "ambiguous")],
)
def test_an_answer_that_is_never_applied_is_still_suggested(
    mode: Mode, confidence: float, runner_up: float, reason: Reason
) -> None:
    """A person who sees the ranked answers decides faster; a softmax of large scores that rounds to 1 is no proof."""
    assert decided(confidence, runner_up, NEVER, mode) == ("suggest", reason)
    assert not is_confident(confidence, NEVER)


@pytest.mark.parametrize("mode", ["suggest", "auto"])
@pytest.mark.parametrize(
    ("confidence", "threshold", "decision", "reason"),
    [
        (0.29, 0.8, "abstain", "below_threshold"),
        (0.3, 0.8, "suggest", "below_threshold"),
        (0.29, 0.2, "suggest", "above_threshold"),  # proved low; in mode auto it is applied
        (0.29, NEVER, "abstain", "below_threshold"),
    ],
)
def test_below_the_desk_s_floor_an_answer_is_withheld(
    mode: Mode, confidence: float, threshold: float, decision: Decision, reason: Reason
) -> None:
    """A suggestion that is worse than naming the commonest group costs the person who reads it."""
    expected = "auto" if mode == "auto" and reason == "above_threshold" else decision

    assert decided(confidence, 0.1, threshold, mode, suggest_from=0.3) == (expected, reason)


def test_below_the_floor_the_floor_is_the_reason() -> None:
    """That two answers are close helps nobody who is shown neither."""
    assert decided(0.2, 0.19, 0.8, "suggest", suggest_from=0.3) == ("abstain", "below_threshold")


def test_what_hinders_is_said_before_what_was_not_proved() -> None:
    """That a mail is in another language is the reason that helps; that its label lacks evidence is not."""
    assert decided(0.9, 0.05, NEVER, "auto", "unknown_language") == ("abstain", "unknown_language")


def test_each_question_has_its_own_mode_and_floor() -> None:
    """They are decided at once, and one question's setting must not reach another's answers."""
    decisions, reasons = decide(
        np.full((2, 3), 0.5),
        np.full((2, 3), 0.1),
        np.array([[0.4, 0.4, 0.9], [0.9, 0.9, 0.9]]),
        modes=["auto", "off", "suggest"],
        suggest_from=[0.0, 0.0, 0.6],
        abstentions=[None, "too_short"],
    )

    assert [[DECISIONS[code] for code in row] for row in decisions.tolist()] == [
        ["auto", "skipped", "abstain"],
        ["abstain", "skipped", "abstain"],
    ]
    assert [[REASONS[code] for code in row] for row in reasons.tolist()] == [
        ["above_threshold", "mode_off", "below_threshold"],
        ["too_short", "mode_off", "too_short"],
    ]


def test_each_answer_of_many_may_have_a_threshold_of_its_own() -> None:
    """Labels differ in how sure one must be of them."""
    reached = is_confident(np.array([0.8, 0.8, 1.0]), np.array([0.8, 0.9, NEVER]))

    assert reached.tolist() == [True, False, False]
