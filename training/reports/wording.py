"""What measures say, in sentences for a lead who is no statistician."""

from collections import Counter
from collections.abc import Mapping

from training.evaluation.answers import Figures
from training.evaluation.intervals import Interval
from training.evaluation.learning_curve import LearningCurve
from training.evaluation.measures import TargetMeasures
from triage.policy import NEVER
from triage.thresholds import Standing

__all__ = [
    "percent",
    "percent_range",
    "say_accuracy",
    "say_coverage",
    "say_growth",
    "say_labels",
    "say_random_split",
    "say_reliability",
    "say_risk",
]

CLOSE = 0.02
"""Confidence and reality nearer than this are one to whoever reads them on a screen."""


def percent(share: float) -> str:
    """A share in per cent with one digit, or two where one would round it up to all or down to nothing."""
    digits = 2 if 0 < share < 0.0005 or 0.9995 <= share < 1 else 1
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def percent_range(interval: Interval) -> str:
    """An interval in per cent."""
    low, high = interval
    return f"{100 * low:.1f} to {100 * high:.1f}\N{NO-BREAK SPACE}%"


def say_accuracy(measures: TargetMeasures) -> str:
    """How often the answers are right, and what guessing would reach."""
    return (
        f"Of {measures.n:,} tickets {percent(measures.accuracy)} were answered rightly "
        f"(95 % interval {percent_range(measures.accuracy_interval)}). Always answering “{measures.baseline_label}” "
        f"would have been right in {percent(measures.baseline_accuracy)}."
    )


def say_coverage(measures: TargetMeasures) -> str:
    """How many answers may be applied without a person, and how far they can be trusted."""
    thresholds = [label.threshold for label in measures.per_class.values() if label.threshold is not None]
    if all(threshold >= NEVER for threshold in thresholds):
        return "The precision asked for was not proved, so every answer is a suggestion for a person."
    if measures.precision_interval is None:
        return "None of these answers reached its threshold, so each is a suggestion for a person."
    return (
        f"{percent(measures.coverage)} of the answers reached their threshold; of these "
        f"{percent(measures.precision_at_coverage)} were right (95 % interval "
        f"{percent_range(measures.precision_interval)})."
        + (" The others are suggestions for a person." if measures.coverage < 1 else "")
    )


def say_random_split(honest: Figures, random_split: Figures) -> str:
    """What a random split would have made of the same learner."""
    gap = random_split.accuracy - honest.accuracy
    reached = (
        f"The same quick learner reaches {percent(random_split.accuracy)} on a random split and "
        f"{percent(honest.accuracy)} on the honest one"
    )
    if gap <= 0:
        return f"{reached}: on this history a random split does not flatter."
    return f"{reached}: a random split would have shown {100 * gap:.1f} points more than a desk can expect."


def say_risk(measures: TargetMeasures) -> str:
    """How errors fall when only the surest tickets are answered."""
    curve = measures.risk_coverage
    at = min(range(len(curve.coverage)), key=lambda i: abs(curve.coverage[i] - 0.5))
    return (
        f"Answering only the surest half of the tickets would be wrong in {percent(curve.error[at])} of them; "
        f"answering every ticket is wrong in {percent(curve.error[-1])}."
    )


def say_reliability(measures: TargetMeasures) -> str:
    """Whether confidences can be taken at their word."""
    n = sum(b.n for b in measures.reliability)
    stated = sum(b.n * b.confidence for b in measures.reliability) / n
    said = (
        f"On average the answers claim {percent(stated)} and are right in {percent(measures.accuracy)}; bin by bin the "
        f"two lie {100 * measures.ece_equal_mass:.1f} points apart"
    )
    if measures.ece_equal_mass < CLOSE:
        return f"{said}: the confidence can be taken at its word."
    if abs(stated - measures.accuracy) < CLOSE:
        return f"{said}, too sure in some places and too modest in others."
    return f"{said}: the model is {'too sure of itself' if stated > measures.accuracy else 'too modest'}."


_STANDINGS: Mapping[Standing, str] = {
    "proved": "{n} of {n_known} labels prove the precision asked for by their own answers",
    "unproved": "{n} have too little evidence of their own and follow the threshold of the target",
    "raised": "{n} were shown to be worse than asked there and have a higher threshold",
    "withheld": "{n} are never applied by themselves",
}
"""What is said of so many labels of each standing."""


def say_labels(measures: TargetMeasures) -> str:
    """What labels have proved, and how many cannot be answered alone."""
    known = [label for label in measures.per_class.values() if label.threshold is not None]
    never_answered = [name for name, label in measures.per_class.items() if label.n and not label.n_answered]
    counts = Counter(label.standing for label in known if label.standing is not None)
    parts = [
        said.format(n=counts[standing], n_known=len(known))
        for standing, said in _STANDINGS.items()
        if counts[standing] or (counts and standing == "proved")
    ]
    sentences = ["; ".join(parts) + "."] if parts else []
    if never_answered:
        sentences.append(f"{len(never_answered)} labels that occur are never answered.")
    unknown = sum(label.n for label in measures.per_class.values() if label.threshold is None)
    if unknown:
        sentences.append(f"{unknown:,} tickets have a label that the model does not know.")
    return " ".join(sentences)


def say_growth(curve: LearningCurve) -> str:
    """How far the figures came from the fewest tickets to all of them, and what lies ahead."""
    first, last = curve.points[0], curve.points[-1]
    return (
        f"From {first.n_tickets:,} to {last.n_tickets:,} tickets accuracy went from {percent(first.accuracy)} to "
        f"{percent(last.accuracy)}. {curve.sentence}"
    )
