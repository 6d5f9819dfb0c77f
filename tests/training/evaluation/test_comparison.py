"""Two models on the same tickets."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.builders import make_answers
from training.evaluation.comparison import FEWEST, MEASURES, TargetComparison, compare
from training.evaluation.held_out import TargetAnswers
from training.evaluation.measures import expected_calibration_error


def comparison(before: TargetAnswers, after: TargetAnswers) -> TargetComparison:
    """Of one target."""
    return compare({"group": before}, {"group": after}, names=("1", "2")).targets["group"]


def by_chance(share_right: float, n: int = 400, seed: int = 0) -> list[bool]:
    """Which answers are right."""
    return (np.random.default_rng(seed).random(n) < share_right).tolist()


def test_both_models_have_the_measures_that_training_reports() -> None:
    """Or people would compare the comparison with the card and find two truths."""
    chance = np.random.default_rng(1)
    before, after = (
        make_answers(
            by_chance(share, seed=seed), confidence=chance.uniform(0.3, 1, 400), covered=chance.random(400) < share
        )
        for share, seed in ((0.7, 2), (0.8, 3))
    )

    measures = comparison(before, after).measures

    for answers, side in ((before, "before"), (after, "after")):
        right = answers.answer == answers.label
        assert {name: pytest.approx(getattr(found, side)) for name, found in measures.items()} == {
            "accuracy": right.mean(),
            "macro_f1": f1_score(answers.label, answers.answer, average="macro"),
            "ece": expected_calibration_error(answers.confidence, right),
            "coverage": answers.is_covered.mean(),
            "precision_at_coverage": right[answers.is_covered].mean(),
        }


def test_a_model_does_not_differ_from_itself() -> None:
    """Retraining on the same data must never be refused."""
    answers = make_answers(by_chance(0.8), covered=by_chance(0.5, seed=1))

    found = comparison(answers, answers)

    assert set(found.measures) == set(MEASURES)
    assert all((m.low, m.change, m.high) == (0, 0, 0) for m in found.measures.values())
    assert not any(m.is_rise or m.is_fall for m in found.measures.values())
    assert all((f1.low, f1.high) == (0, 0) for _, f1 in found.per_class.values())


def test_the_interval_of_accuracy_is_as_wide_as_theory_has_it() -> None:
    """Too narrow it would refuse by chance, too wide it would let anything through."""
    before, after = by_chance(0.7, 2_000, seed=1), by_chance(0.7, 2_000, seed=2)

    found = comparison(make_answers(before), make_answers(after)).measures["accuracy"]

    differences = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    half = 1.96 * differences.std() / np.sqrt(differences.size)
    assert (found.low, found.high) == pytest.approx((found.change - half, found.change + half), abs=0.15 * half)


def test_a_label_that_a_resample_happens_to_miss_counts_for_neither_model() -> None:
    """Groups of one ticket would otherwise widen every interval of macro-F1."""
    rare = [f"Group {i}" for i in range(100)]

    found = comparison(make_answers([True] * 100, labels=rare), make_answers([False] * 100, labels=rare))

    assert (found.measures["macro_f1"].low, found.measures["macro_f1"].high) == (-1, -1)


def test_pairing_finds_what_separate_measurements_could_not() -> None:
    """Twelve of 400 answers mended and none spoilt is beyond chance, though 0.77 and 0.80 alone are not."""
    before = by_chance(0.77)
    after = list(before)
    for i in [i for i, right in enumerate(before) if not right][:12]:
        after[i] = True

    assert comparison(make_answers(before), make_answers(after)).measures["accuracy"].is_rise


def test_confidences_that_mean_less_show_as_a_higher_calibration_error() -> None:
    """The answers are the same; a threshold on such confidences is not."""
    right = by_chance(0.8)

    found = comparison(make_answers(right, confidence=0.8), make_answers(right, confidence=0.99)).measures

    assert found["ece"].is_rise
    assert not found["accuracy"].is_fall


def test_a_label_that_is_answered_no_more_shows_in_its_own_f1() -> None:
    """Macro-F1 over seventy groups hides one that has vanished."""
    before = make_answers([True] * 300)
    lost = before.label == "Hardware"
    after = replace(
        before, answer=np.where(lost, "Network", before.answer), vocabulary=tuple(set(before.vocabulary) - {"Hardware"})
    )

    found = comparison(before, after)

    n, f1 = found.per_class["Hardware"]
    assert (n, f1.before, f1.after, f1.is_fall) == (100, 1.0, 0.0, True)
    assert found.forgotten == ("Hardware",)


def test_only_tickets_that_both_answered_count_and_each_once() -> None:
    """Their order in the two files is not the same, and an export may hold a ticket twice."""
    before = make_answers([True] * 300)
    shuffled = np.random.default_rng(0).permutation(300)
    after = make_answers([True] * 300).take(np.concatenate([shuffled[:250], shuffled[:30]]))

    found = comparison(before, after)

    assert found.n == 250
    assert found.measures["accuracy"].before == found.measures["accuracy"].after == 1.0


def test_a_ticket_whose_label_has_changed_is_left_out_and_counted() -> None:
    """By the old label the new model is wrong, by the new one the old model."""
    before = make_answers([True] * 300)
    renamed = np.where(before.label == "Hardware", "Devices", before.label)
    after = replace(before, label=renamed, answer=renamed)

    found = comparison(before, after)

    assert (found.n, found.n_relabelled) == (200, 100)
    assert found.measures["accuracy"].change == 0


@pytest.mark.parametrize(("n", "is_said"), [(0, False), (FEWEST - 1, False), (FEWEST, True)])
def test_below_a_hundred_tickets_nothing_is_said(n: int, is_said: bool) -> None:
    """A figure that rests on thirty tickets is read like one that rests on thirty thousand."""
    found = compare({"group": make_answers([True] * n)}, {"group": make_answers([False] * n)}, names=("1", "2"))

    assert found.is_comparable is is_said
    assert bool(found.targets["group"].measures) is is_said
    assert ("too few to say" in found.sentence("group")) is not is_said


def test_without_covered_answers_nothing_is_said_of_their_precision() -> None:
    """0 of 0 is no share."""
    right = by_chance(0.8)

    measures = comparison(make_answers(right, covered=True), make_answers(right, covered=False)).measures

    assert set(MEASURES) - set(measures) == {"precision_at_coverage"}


def test_a_target_that_the_second_model_does_not_answer_is_named() -> None:
    """And one that only the second answers is no loss."""
    answers = make_answers()

    found = compare({"group": answers, "type": answers}, {"group": answers, "priority": answers}, names=("1", "2"))

    assert {name: target.is_answered for name, target in found.targets.items()} == {"group": True, "type": False}
    assert found.sentence("type") == "type: model 2 does not answer it."


def test_a_sentence_says_what_differs_and_on_how_many_tickets_it_rests() -> None:
    """It is what somebody pastes into a mail."""
    found = compare(
        {"group": make_answers([True, False] * 100)}, {"group": make_answers([True] * 200)}, names=("1", "2")
    )

    assert found.sentence("group").startswith("group: model 2 is better than model 1 in accuracy (0.500 to 1.000, ")
    assert found.sentence("group").endswith(
        " on 200 tickets that both answered unseen, opened 2026-03-02 to 2026-03-10."
    )


def test_the_same_seed_gives_the_same_intervals() -> None:
    """A refusal that is gone on the next try would teach people to try twice."""
    before, after = make_answers(by_chance(0.7)), make_answers(by_chance(0.75, seed=1))

    assert comparison(before, after) == comparison(before, after)
