"""The measures, against scikit-learn's and against cases done by hand."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, top_k_accuracy_score

from tests.builders import make_model, make_ticket, make_worked
from training.evaluate import evaluate_model, expected_calibration_error, measure
from triage.errors import InvalidInput
from triage.model import softmax
from triage.policy import NEVER

ANSWERS = ["a", "b", "c", "d"]


def test_the_measures_are_the_field_s_own() -> None:
    """People compare them with other tools' figures."""
    chance = np.random.default_rng(0)
    confidences = softmax(chance.normal(size=(500, 4)))
    labels = chance.choice(ANSWERS, size=500, p=[0.6, 0.2, 0.15, 0.05]).tolist()

    found = measure(confidences, np.ones(500, dtype=bool), ANSWERS, labels, threshold=0.5, baseline_label="a")

    first = [ANSWERS[i] for i in confidences.argmax(axis=1)]
    covered = confidences.max(axis=1) >= 0.5
    assert found.accuracy == pytest.approx(accuracy_score(labels, first))
    assert found.macro_f1 == pytest.approx(f1_score(labels, first, average="macro"))
    assert found.weighted_f1 == pytest.approx(f1_score(labels, first, average="weighted"))
    assert found.top3 == pytest.approx(top_k_accuracy_score(labels, confidences, k=3, labels=ANSWERS))
    assert found.coverage == pytest.approx(covered.mean())
    assert found.precision_at_coverage == pytest.approx(np.mean((np.array(labels) == first)[covered]))
    assert found.baseline_accuracy == pytest.approx(labels.count("a") / 500)
    assert sum(label.n for label in found.per_class.values()) == found.n == 500


def test_a_label_that_the_model_cannot_answer_counts_as_wrong() -> None:
    """A new group's tickets go astray; leaving them out of the measure would hide that."""
    found = measure(np.eye(2), np.ones(2, dtype=bool), ["a", "b"], ["a", "new"], threshold=0.5, baseline_label="a")

    assert found.accuracy == 0.5
    assert found.per_class["new"].recall == 0.0
    assert found.macro_f1 == pytest.approx(1 / 3)


def test_calibration_error_by_hand() -> None:
    """Ten answers at 0.95 of which eight are right: 0.15 too sure."""
    right = np.array([True] * 8 + [False] * 2)

    assert expected_calibration_error(np.full(10, 0.95), right) == pytest.approx(0.15)
    assert expected_calibration_error(np.full(10, 1.0), np.ones(10, dtype=bool)) == 0.0


def test_nothing_covered_is_no_precision() -> None:
    """Dividing by no answers must not become NaN, which JSON does not know."""
    found = measure(
        np.array([[0.6, 0.4]]), np.ones(1, dtype=bool), ["a", "b"], ["a"], threshold=0.9, baseline_label="a"
    )

    assert (found.coverage, found.precision_at_coverage) == (0.0, 0.0)


def test_tickets_without_a_label_are_passed_over_for_that_target() -> None:
    """Open tickets have a type and no group yet."""
    tickets = [make_worked(), make_worked(assignment_group=None)]

    found = evaluate_model(make_model(), tickets, {"ticket_type": "incident", "assignment_group": "Network"})

    assert (found["ticket_type"].n, found["assignment_group"].n) == (2, 1)


def test_tickets_without_any_label_are_refused() -> None:
    """A table of zeros would look like a terrible model."""
    tickets = [make_worked(filed=make_ticket(), ticket_type=None, assignment_group=None)]

    with pytest.raises(InvalidInput, match="assignment_group"):
        evaluate_model(make_model(), tickets, {})


def test_what_the_policy_abstains_from_is_not_covered() -> None:
    """An answer to an empty mail may be as sure as it likes; nobody gets to see it."""
    sure = np.array([[0.99, 0.01], [0.99, 0.01]])

    found = measure(sure, np.array([True, False]), ["a", "b"], ["a", "b"], threshold=0.9, baseline_label="a")

    assert (found.coverage, found.precision_at_coverage) == (0.5, 1.0)


def test_nothing_is_covered_by_a_threshold_that_was_not_proved() -> None:
    """Confidences round to 1; the threshold that nothing reaches must not be reached by rounding."""
    found = measure(np.eye(2), np.ones(2, dtype=bool), ["a", "b"], ["a", "b"], threshold=NEVER, baseline_label="a")

    assert found.coverage == 0.0
