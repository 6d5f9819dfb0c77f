"""What measures say in words."""

from dataclasses import replace

import pytest

from tests.builders import make_measures
from training.evaluation.answers import Figures
from training.evaluation.learning_curve import CurvePoint, LearningCurve
from training.evaluation.reliability import ReliabilityBin
from training.evaluation.risk_coverage import RiskCoverage
from training.reports import wording
from triage.policy import NEVER


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.8634, "86.3 %"), (1.0, "100.0 %"), (0.0, "0.0 %"), (0.9997, "99.97 %"), (0.0003, "0.03 %"), (0.9994, "99.9 %")],
)
def test_a_share_is_not_rounded_to_all_or_nothing(share: float, said: str) -> None:
    """100 % is a claim."""
    assert wording.percent(share).replace("\N{NO-BREAK SPACE}", " ") == said


def test_accuracy_is_told_with_its_interval_and_with_guessing() -> None:
    """A figure alone says little."""
    said = wording.say_accuracy(replace(make_measures(), accuracy=0.8, accuracy_interval=(0.75, 0.85)))

    assert "80.0" in said
    assert "75.0 to 85.0" in said
    assert "Always answering “Network”" in said


def test_nothing_proved_is_told_apart_from_nothing_reached() -> None:
    """The one asks for more tickets, the other for a look at these."""
    measures = make_measures()
    nothing = replace(measures, precision_interval=None, coverage=0.0)
    never = {name: replace(label, threshold=NEVER) for name, label in measures.per_class.items()}

    assert "of the answers reached their threshold" in wording.say_coverage(measures)
    assert "for a person" not in wording.say_coverage(replace(measures, coverage=1.0))
    assert "None of these answers reached" in wording.say_coverage(nothing)
    assert "was not proved, so every answer is a suggestion" in wording.say_coverage(replace(nothing, per_class=never))


@pytest.mark.parametrize(("random", "said"), [(0.8, "10.0 points more"), (0.7, "does not flatter")])
def test_flattery_is_told_where_there_is_some(random: float, said: str) -> None:
    """A random split need not flatter, and must not be said to."""
    assert said in wording.say_random_split(Figures(0.7, 0.5), Figures(random, 0.5))


@pytest.mark.parametrize(
    ("confidence", "error", "said"),
    [
        (0.75, 0.05, "too sure of itself"),
        (0.65, 0.05, "too modest"),
        (0.70, 0.01, "at its word"),
        (0.7, 0.05, "in some"),
    ],
)
def test_calibration_is_told_in_words(confidence: float, error: float, said: str) -> None:
    """Nobody should have to read a diagram for it."""
    bins = (ReliabilityBin(confidence, 0.7, 100),)

    assert said in wording.say_reliability(
        replace(make_measures(), accuracy=0.7, reliability=bins, ece_equal_mass=error)
    )


def test_risk_is_told_for_the_surest_half() -> None:
    """And for all."""
    said = wording.say_risk(replace(make_measures(), risk_coverage=RiskCoverage((0.1, 0.51, 1.0), (0.0, 0.02, 0.3))))

    assert "surest half of the tickets would be wrong in 2.0" in said
    assert "every ticket is wrong in 30.0" in said


def test_labels_that_are_unknown_or_never_answered_are_told() -> None:
    """A lead sees 0.9 and believes every group to be served."""
    measures = make_measures()
    per_class = dict(measures.per_class)
    per_class["Network"] = replace(per_class["Network"], n=7, threshold=None)
    per_class["Messaging"] = replace(per_class["Messaging"], standing="proved")
    per_class["Hardware"] = replace(per_class["Hardware"], n_answered=0, standing="unproved")

    said = wording.say_labels(replace(measures, per_class=per_class))

    assert said.startswith("1 of 2 labels prove the precision asked for by their own answers; 1 have too little evid")
    assert "1 labels that occur are never answered" in said
    assert "7 tickets have a label that the model does not know" in said


def test_growth_is_told_from_the_fewest_tickets_to_all() -> None:
    """With what lies ahead, as the curve says it."""
    curve = LearningCurve((CurvePoint(100, 0.5, 0.4), CurvePoint(800, 0.7, 0.6)), None, "It cannot be said.")

    assert wording.say_growth(curve).endswith("to 70.0\N{NO-BREAK SPACE}%. It cannot be said.")
