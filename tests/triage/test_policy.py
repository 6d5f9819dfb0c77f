"""From a confidence to a decision with a reason."""

import numpy as np
import pytest

from triage.policy import NEVER, decide, is_confident
from triage.prediction import Decision, Mode, Reason


@pytest.mark.parametrize(
    ("confidence", "mode", "has_evidence", "decision", "reason"),
    [
        (0.99, "off", True, "skipped", "mode_off"),
        (0.99, "monitor", True, "skipped", "monitor_only"),
        (0.99, "suggest", True, "suggest", "above_threshold"),
        (0.80, "suggest", True, "suggest", "above_threshold"),
        (0.79, "suggest", True, "suggest", "below_threshold"),
        (0.80, "auto", True, "auto", "above_threshold"),
        (0.79, "auto", True, "suggest", "below_threshold"),
        (0.99, "auto", False, "abstain", "too_short"),
        (0.99, "suggest", False, "abstain", "too_short"),
        (0.99, "off", False, "skipped", "mode_off"),
    ],
)
def test_each_edge_has_its_decision_and_reason(
    confidence: float, mode: Mode, has_evidence: bool, decision: Decision, reason: Reason
) -> None:
    """Nothing is applied that a desk did not allow, and nothing happens without a reason."""
    assert decide(confidence, 0.8, mode, has_evidence=has_evidence) == (decision, reason)


def test_a_threshold_that_was_not_proved_is_never_reached() -> None:
    """A softmax of large scores is 1 to the last digit; applied unseen, it would be an automatic guess."""
    assert decide(1.0, NEVER, "auto", has_evidence=True) == ("suggest", "below_threshold")
    assert not is_confident(1.0, NEVER)


def test_each_answer_of_many_may_have_a_threshold_of_its_own() -> None:
    """Labels differ in how sure one must be of them."""
    reached = is_confident(np.array([0.8, 0.8, 1.0]), np.array([0.8, 0.9, NEVER]))

    assert reached.tolist() == [True, False, False]
