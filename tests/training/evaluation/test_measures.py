"""The measures, against scikit-learn's and against cases done by hand."""

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, top_k_accuracy_score

from tests.builders import make_model, make_target_answers, make_ticket, make_worked
from training.evaluation.answers import answer_tickets
from training.evaluation.measures import Confusion, TargetMeasures, evaluate_answers, measure
from training.learning.fitted_model import LabelEvidence
from triage.ensemble import softmax
from triage.errors import InvalidInput
from triage.policy import NEVER

ANSWERS = ["a", "b", "c", "d"]


def measured(
    confidences: np.ndarray,
    labels: Sequence[str],
    *,
    thresholds: float | Sequence[float] = 0.5,
    has_evidence: bool | Sequence[bool] = True,
    **more: Any,  # noqa: ANN401 - any argument
) -> TargetMeasures:
    """Measures where the answers are a, b, c and so on."""
    answers = make_target_answers(confidences, labels, thresholds=thresholds, has_evidence=has_evidence)
    return measure(answers, **{"baseline_label": "a"} | more)


def test_the_measures_are_the_field_s_own() -> None:
    """People compare them with other tools' figures."""
    chance = np.random.default_rng(0)
    confidences = softmax(chance.normal(size=(500, 4)))
    labels = chance.choice(ANSWERS, size=500, p=[0.6, 0.2, 0.15, 0.05]).tolist()

    found = measured(confidences, labels)

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
    found = measured(np.eye(2), ["a", "new"])

    assert found.accuracy == 0.5
    assert found.per_class["new"].recall == 0.0
    assert found.macro_f1 == pytest.approx(1 / 3)


def test_nothing_covered_is_no_precision() -> None:
    """Dividing by no answers must not become NaN, which JSON does not know."""
    found = measured(np.array([[0.6, 0.4]]), ["a"], thresholds=(0.9, 0.9))

    assert (found.coverage, found.precision_at_coverage) == (0.0, 0.0)


def test_tickets_without_a_label_are_passed_over_for_that_target() -> None:
    """Open tickets have a type and no group yet."""
    tickets = [make_worked(), make_worked(assignment_group=None)]

    found = evaluate_answers(
        answer_tickets(make_model(), tickets), {"ticket_type": "incident", "assignment_group": "Network"}
    )

    assert (found["ticket_type"].n, found["assignment_group"].n) == (2, 1)


def test_tickets_without_any_label_are_refused() -> None:
    """A table of zeros would look like a terrible model."""
    tickets = [make_worked(filed=make_ticket(), ticket_type=None, assignment_group=None)]

    with pytest.raises(InvalidInput, match="assignment_group"):
        evaluate_answers(answer_tickets(make_model(), tickets), {})


def test_what_the_policy_abstains_from_is_not_covered() -> None:
    """An answer to an empty mail may be as sure as it likes; nobody gets to see it."""
    sure = np.array([[0.99, 0.01], [0.99, 0.01]])

    found = measured(sure, ["a", "b"], thresholds=0.9, has_evidence=[True, False])

    assert (found.coverage, found.precision_at_coverage) == (0.5, 1.0)


def test_nothing_is_covered_by_a_threshold_that_was_not_proved() -> None:
    """Confidences round to 1; the threshold that nothing reaches must not be reached by rounding."""
    found = measured(np.eye(2), ["a", "b"], thresholds=NEVER)

    assert found.coverage == 0.0


def test_an_answer_is_covered_at_the_threshold_of_its_own_label() -> None:
    """A rare group needs more certainty than a common one."""
    sure = np.array([[0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.05, 0.95]])

    found = measured(sure, ["a", "a", "b", "b"], thresholds=(0.85, 0.7), evidence={"a": LabelEvidence("raised", 12)})

    a, b = found.per_class["a"], found.per_class["b"]
    assert (found.coverage, found.precision_at_coverage) == (0.75, pytest.approx(1 / 3))
    assert (a.threshold, a.n_answered, a.coverage, a.precision_at_coverage, a.needs) == (0.85, 2, 0.5, 0.0, 12)
    assert (a.standing, b.standing) == ("raised", None)
    assert (b.threshold, b.n_answered, b.coverage, b.precision_at_coverage, b.needs) == (0.7, 2, 1.0, 0.5, None)


def test_confusions_are_counted_the_most_frequent_first() -> None:
    """They are where a lead looks for two groups that should be one."""
    answers = np.eye(3)[[0, 1, 1, 1, 2, 0, 0]]

    found = measured(answers, ["a", "a", "a", "new", "b", "b", "a"], thresholds=(0.5,) * 3)

    assert found.confusions == (
        Confusion("a", "b", 2),
        Confusion("b", "a", 1),
        Confusion("b", "c", 1),
        Confusion("new", "b", 1),
    )
    assert found.per_class["new"].threshold is None
    assert found.as_dict()["confusions"][0] == {"label": "a", "answered": "b", "n": 2}


def test_intervals_hold_their_figures_and_narrow_with_more_tickets() -> None:
    """A figure on thirty tickets must not look like one on three thousand."""
    chance = np.random.default_rng(0)
    confidences = softmax(2 * chance.normal(size=(3_000, 4)))
    labels = [ANSWERS[i] for i in np.where(chance.random(3_000) < 0.7, confidences.argmax(axis=1), 0)]

    few, many = (measured(confidences[:n], labels[:n], thresholds=(0.9,) * 4) for n in (30, 3_000))

    for found in (few, many):
        assert found.accuracy_interval[0] < found.accuracy < found.accuracy_interval[1]
        assert found.macro_f1_interval[0] < found.macro_f1 < found.macro_f1_interval[1]
    assert np.ptp(many.accuracy_interval) < 0.2 * np.ptp(few.accuracy_interval)
    assert np.ptp(many.accuracy_interval) == pytest.approx(2 * 1.96 * np.sqrt(0.7775 * 0.2225 / 3_000), rel=0.1)


def test_tickets_of_one_customer_widen_the_intervals() -> None:
    """They are right or wrong together, so they are fewer than they look."""
    wrong = np.repeat(np.random.default_rng(0).random(30) < 0.3, 20)
    confidences = np.where(wrong[:, None], [0.1, 0.9], [0.9, 0.1])

    alone = measured(confidences, ["a"] * 600)
    together = measured(confidences, ["a"] * 600, groups=np.repeat(np.arange(30), 20))

    assert alone.accuracy == together.accuracy
    assert np.ptp(together.accuracy_interval) > 3 * np.ptp(alone.accuracy_interval)


def test_a_customer_s_tickets_are_found_among_those_that_have_a_label() -> None:
    """Groups are numbered over all tickets, measures taken on some."""
    groups = ["Network", None, "Messaging", "Hardware"]  # one answer to the same words, right for one of the three

    found = evaluate_answers(
        answer_tickets(make_model(), [make_worked(assignment_group=group) for group in groups]),
        {"ticket_type": "incident", "assignment_group": "Network"},
        groups=np.array([0, 1, 0, 0]),
        evidence={"assignment_group": {"Network": LabelEvidence("unproved", 3)}},
    )["assignment_group"]

    assert found.n == 3
    assert found.accuracy_interval == pytest.approx((1 / 3, 1 / 3))
    assert found.per_class["Network"].needs == 3


def test_measures_are_json_without_nan() -> None:
    """A programme reads them; NaN is no JSON."""
    found = measured(np.array([[1.0, 0.0]]), ["new"], thresholds=(NEVER, NEVER))

    written = json.loads(json.dumps(found.as_dict(), allow_nan=False))

    assert written["log_loss"] is None
    assert written["precision_interval"] is None
    assert written["coverage_at"]["0.95"] == {"coverage": 0.0, "interval": [0.0, 0.0]}


def test_ten_thousand_tickets_of_forty_groups_are_measured_in_seconds() -> None:
    """It happens for every target of every training; measured in processor time, as the machine may be busy."""
    chance = np.random.default_rng(0)
    confidences = softmax(chance.normal(size=(10_000, 40)))
    names = [f"g{i}" for i in range(40)]
    labels = chance.choice(names, size=10_000).tolist()
    answers = make_target_answers(confidences, labels, names=names)

    begun = time.process_time()
    measure(answers, baseline_label="g0")

    assert time.process_time() - begun < 4
