"""The gate: each rule at its edge, and what becomes of a promotion."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.journal import read_journal, roll_back
from models.mlflow_registry import MlflowRegistry
from models.registry import champion_version
from tests.builders import make_answers, make_comparison, make_difference
from training.evaluation.comparison import Comparison, Difference, compare
from training.evaluation.held_out import TargetAnswers
from training.experiment import Experiment
from training.promotion import RULES, current_champion, objections_to, promote
from training.tracking import log_experiment
from triage.errors import NotFound, PromotionRefused


def objecting(**changes: Any) -> set[str]:  # noqa: ANN401 - any field
    """The names of the rules that object to such a target."""
    compared = Comparison("1", "2", {"group": make_comparison(**changes)})
    return {objection.rule for objection in objections_to(compared)}


def measured(**measures: Difference) -> Mapping[str, Difference]:
    """The measures of a target on which two models are alike but for these."""
    return {**make_comparison().measures, **measures}


def test_nothing_speaks_against_a_model_that_is_no_worse() -> None:
    """The rules below are tested against this."""
    assert objecting() == set()


def test_a_missing_target_is_objected_to() -> None:
    """Whoever asks the service for it would get no answer from tomorrow on."""
    assert "target_missing" in objecting(is_answered=False, n=0, measures={}, per_class={})


@pytest.mark.parametrize(
    ("n", "n_relabelled", "objects"), [(475, 25, False), (474, 26, True), (95, 5, False), (94, 6, True), (93, 6, False)]
)
def test_changed_labels_are_objected_to(n: int, n_relabelled: int, objects: bool) -> None:
    """A twentieth, of a hundred tickets at least: shuffled or renamed labels make both models look alike."""
    assert ("labels_changed" in objecting(n=n, n_relabelled=n_relabelled)) is objects


@pytest.mark.parametrize(("high", "objects"), [(-0.001, True), (0.0, False), (0.03, False)])
def test_a_lower_macro_f1_is_objected_to(high: float, objects: bool) -> None:
    """Only where the whole interval lies below zero."""
    fell = measured(macro_f1=make_difference(0.7, 0.65, -0.09, high))

    assert ("macro_f1_fell" in objecting(measures=fell)) is objects


@pytest.mark.parametrize(
    ("n", "before", "after", "high", "objects"),
    [
        (20, 0.30, 0.07, -0.1, True),
        (19, 0.30, 0.07, -0.1, False),  # too few tickets
        (20, 0.29, 0.07, -0.1, False),  # it was not answered well before
        (20, 0.80, 0.20, -0.1, False),  # a quarter is left
        (20, 0.80, 0.19, -0.1, True),
        (20, 0.80, 0.19, 0.0, False),  # chance may explain it
    ],
)
def test_a_collapsed_class_is_objected_to(n: int, before: float, after: float, high: float, objects: bool) -> None:
    """A group that gets no tickets any more notices a week later."""
    per_class = {"Network": (n, make_difference(before, after, -0.9, high)), "Other": (400, make_difference())}

    assert ("class_collapsed" in objecting(per_class=per_class)) is objects


@pytest.mark.parametrize(
    ("after", "low", "objects"), [(0.041, 0.002, True), (0.0399, 0.002, False), (0.09, 0.0, False), (0.09, 0.001, True)]
)
def test_confidences_that_mean_less_are_objected_to(after: float, low: float, objects: bool) -> None:
    """From 0.03: by more than 0.01, and by more than chance."""
    worse = measured(ece=make_difference(0.03, after, low, 0.1))

    assert ("confidence_less_true" in objecting(measures=worse)) is objects


@pytest.mark.parametrize(
    ("high", "asked", "objects"),
    [
        (-0.001, (0.95, 0.95), True),
        (0.0, (0.95, 0.95), False),
        (-0.001, (0.95, 0.90), True),
        (-0.001, (0.90, 0.95), False),  # who asks for more precision gets fewer answers
    ],
)
def test_lower_coverage_is_objected_to(high: float, asked: tuple[float, float], objects: bool) -> None:
    """It is the work that people get back."""
    fell = measured(coverage=make_difference(0.8, 0.7, -0.15, high))

    assert ("coverage_fell" in objecting(measures=fell, asked=asked)) is objects


@pytest.mark.parametrize(
    ("n_covered", "n_right", "objects"),
    [
        (100, 90, False),  # 0.90 of 100 may stand for 0.951 (Clopper and Pearson)
        (100, 89, True),  # 0.89 of 100 for 0.944 at the most
        (1_000, 936, False),  # 0.936 of 1,000 for 0.9504
        (1_000, 935, True),  # 0.935 of 1,000 for 0.9495
        (4, 3, False),
        (0, 0, False),
        (50, 50, False),
    ],
)
def test_a_precision_that_is_not_kept_is_objected_to(n_covered: int, n_right: int, objects: bool) -> None:
    """With 0.95 asked for, and by more than chance explains."""
    assert ("precision_not_kept" in objecting(n_covered=n_covered, n_covered_right=n_right)) is objects


def test_few_tickets_prove_no_broken_promise() -> None:
    """Below the floor nothing is said, for or against."""
    assert objecting(n=99, n_covered=90, n_covered_right=10, measures={}, per_class={}) == {"not_comparable"}


def test_one_comparable_target_is_enough() -> None:
    """A label that one ticket in thirty has must not keep every new model out."""
    few = make_comparison(n=12, measures={}, per_class={})

    assert objections_to(Comparison("1", "2", {"group": make_comparison(), "rare": few})) == ()


def test_every_rule_can_be_read() -> None:
    """Its docstring is what whoever is refused reads."""
    assert all(rule.__doc__ and rule.__doc__.endswith(".") and "\n" not in rule.__doc__ for rule in RULES)


def test_an_objection_says_where_and_how_much() -> None:
    """Without the numbers nobody can judge whether to overrule it."""
    fell = measured(macro_f1=make_difference(0.7, 0.65, -0.09, -0.01))
    compared = Comparison("1", "2", {"group": make_comparison(measures=fell)})

    (objection,) = objections_to(compared)

    assert str(objection) == (
        "macro_f1_fell: Over all labels, small groups counting as much as large ones, answers are worse by more than "
        "chance explains. group: macro-F1 0.700 to 0.650, a change of -0.090 to -0.010."
    )


@pytest.mark.parametrize("share_right", [0.3, 0.6, 0.9])
def test_whatever_its_quality_a_model_passes_against_itself(share_right: float) -> None:
    """Retrained on the same data it is the same model."""
    right = (np.random.default_rng(0).random(500) < share_right).tolist()
    answers = make_answers(right, confidence=share_right)

    assert objections_to(compare({"group": answers}, {"group": answers}, names=("1", "2"))) == ()


# What becomes of a promotion. The runs keep synthetic answers, so that each is as good as the test says.

GOOD = make_answers([True] * 300, confidence=1.0)
BAD = make_answers([True, False] * 150, confidence=0.5)


def add(registry: MlflowRegistry, experiment: Experiment, answers: TargetAnswers, **others: TargetAnswers) -> str:
    """Register a version whose run has kept these answers, and others' of the same tickets; its number."""
    kept = replace(experiment, held_out={"group": answers})
    by_others = {version.removeprefix("by_"): {"group": found} for version, found in others.items()}
    return log_experiment(registry, kept, "desk.csv", others=by_others)


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """The folder that serving reads."""
    return tmp_path / "models"


def test_the_first_champion_is_compared_with_nothing(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """And says so."""
    add(registry, experiment, BAD)

    promoted = promote(registry, bundles, "1")

    assert promoted.notes == ("There was no champion, so nothing was compared.",)
    assert (promoted.version.version, promoted.former, champion_version(bundles)) == ("1", None, "1")


def test_a_worse_model_is_refused_forced_and_rolled_back(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """The champion stays until somebody says why it should not, and comes back when that was wrong."""
    for answers in (GOOD, BAD):
        add(registry, experiment, answers)
    promote(registry, bundles, "1")

    with pytest.raises(PromotionRefused, match="model 1 stays the champion") as refused:
        promote(registry, bundles, "2")
    assert champion_version(bundles) == registry.find("champion").version == refused.value.champion == "1"
    forced = promote(registry, bundles, "2", reason="the old desk is gone")
    assert champion_version(bundles) == registry.find("champion").version == "2"
    roll_back(bundles)

    assert champion_version(bundles) == "1"
    assert "macro_f1_fell" in refused.value.rules
    assert {objection.rule for objection in forced.objections} == set(refused.value.rules)
    journal = [(e.event, e.before, e.version, e.reason) for e in read_journal(bundles)]
    assert journal == [
        ("promoted", None, "1", None),
        ("refused", "1", "2", None),
        ("promoted", "1", "2", "the old desk is gone"),
        ("rolled back", "2", "1", None),
    ]


def test_a_better_model_passes(registry: MlflowRegistry, experiment: Experiment, bundles: Path) -> None:
    """The ordinary month."""
    for answers in (BAD, GOOD):
        add(registry, experiment, answers)
    promote(registry, bundles, "1")

    promoted = promote(registry, bundles, "challenger")

    assert (promoted.former, promoted.objections, promoted.notes) == ("1", (), ())


def test_a_reason_that_was_not_needed_is_not_written_down(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """The journal would call a good model forced."""
    for answers in (BAD, GOOD):
        add(registry, experiment, answers)
    promote(registry, bundles, "1")

    promote(registry, bundles, "2", reason="just in case")

    assert read_journal(bundles)[-1].reason is None


def test_what_cannot_be_compared_is_refused(registry: MlflowRegistry, experiment: Experiment, bundles: Path) -> None:
    """Two desks, two exports, no ticket in common: the sentence says what can be done."""
    add(registry, experiment, GOOD)
    add(registry, experiment, replace(GOOD, key=GOOD.key + np.uint64(10_000)))
    promote(registry, bundles, "1")

    with pytest.raises(PromotionRefused, match=r"triage models compare 1 2.*--tickets.*--force --reason") as refused:
        promote(registry, bundles, "2")

    assert refused.value.rules == ("not_comparable",)
    assert "0 tickets that both answered unseen" in refused.value.objections[0]


def test_a_champion_that_kept_no_answers_cannot_be_compared_with(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path, tmp_path: Path
) -> None:
    """It was trained before answers were kept, or somebody tidied up."""
    add(registry, experiment, GOOD)
    promote(registry, bundles, "1")
    next((tmp_path / "artifacts").rglob("held_out.parquet")).unlink()
    add(registry, experiment, GOOD)

    with pytest.raises(PromotionRefused) as refused:
        promote(registry, bundles, "2")

    assert refused.value.rules == ("not_comparable",)
    assert "Model 1 has kept no answers" in refused.value.objections[0]


def test_a_champion_that_the_registry_does_not_know_cannot_be_compared_with(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """Somebody began a new registry beside a service that runs."""
    add(registry, experiment, GOOD)
    promote(registry, bundles, "1")
    (bundles / "champion").write_text("7\n")

    with pytest.raises(PromotionRefused, match="model 7 stays the champion"):
        promote(registry, bundles, "1")


def test_what_the_champion_answered_to_the_same_tickets_is_preferred(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """Its own file may have no ticket in common with a later run's."""
    elsewhere = replace(GOOD, key=GOOD.key + np.uint64(10_000))
    add(registry, experiment, elsewhere)
    add(registry, experiment, BAD, by_1=GOOD)
    promote(registry, bundles, "1")

    with pytest.raises(PromotionRefused) as refused:
        promote(registry, bundles, "2")

    assert "macro_f1_fell" in refused.value.rules


def test_the_champion_may_be_promoted_again(registry: MlflowRegistry, experiment: Experiment, bundles: Path) -> None:
    """It mends a spoilt copy and an alias that lags behind, and a rollback goes where it would have gone."""
    for answers in (BAD, GOOD):
        add(registry, experiment, answers)
        promote(registry, bundles, "challenger")
    (bundles / "2" / "card.md").write_text("something else")
    registry.point("champion", "1")

    promote(registry, bundles, "2")

    assert registry.find("champion").version == "2"
    assert roll_back(bundles).version == "1"


def test_the_champion_needs_no_comparison_with_itself(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """A small desk's champion could otherwise never be mended."""
    add(registry, experiment, make_answers([True] * 12))

    for _ in range(2):
        promote(registry, bundles, "1")

    assert len(read_journal(bundles)) == 1


def test_a_spoilt_pointer_does_not_open_the_gate(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """The journal knows which model is to be compared with."""
    for answers in (GOOD, BAD):
        add(registry, experiment, answers)
    promote(registry, bundles, "1")
    (bundles / "champion").write_bytes(b"\xff\xfe")

    with pytest.raises(PromotionRefused):
        promote(registry, bundles, "2")
    promote(registry, bundles, "1")

    assert champion_version(bundles) == "1"


def test_a_target_that_could_not_be_compared_is_a_note(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """A person should know what the gate did not see."""
    few = make_answers([True] * 12)
    for _ in range(2):
        log_experiment(registry, replace(experiment, held_out={"group": GOOD, "rare": few}), "desk.csv")
    promote(registry, bundles, "1")

    assert promote(registry, bundles, "2").notes == (
        "rare: 12 tickets that both answered unseen are too few to say; 100 are the least.",
    )


def test_promoting_what_there_is_not_is_no_event(registry: MlflowRegistry, bundles: Path) -> None:
    """A typo is not worth a line in a journal."""
    with pytest.raises(NotFound):
        promote(registry, bundles, "7")

    assert not bundles.exists()


def test_the_current_champion_is_what_serves_from_here_else_what_the_registry_names(
    registry: MlflowRegistry, experiment: Experiment, bundles: Path
) -> None:
    """Training may run on another machine than serving; after a rollback without MLflow the folder is right."""
    assert current_champion(registry, bundles) is None
    for answers in (GOOD, GOOD):
        add(registry, experiment, answers)
    registry.point("champion", "2")
    by_registry = current_champion(registry, bundles)

    promote(registry, bundles, "1")
    registry.point("champion", "2")
    by_folder = current_champion(registry, bundles)

    assert by_registry is not None
    assert by_folder is not None
    assert (by_registry.version, by_folder.version) == ("2", "1")
