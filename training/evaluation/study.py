"""What stands beside the honest figures: plain baselines, a flattering split, and what more tickets would bring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from training.evaluation.answers import Figures, Trial
from training.evaluation.baselines import measure_baselines
from training.evaluation.learning_curve import LearningCurve, learn_curves
from training.histories.split import Split, random_split
from triage.errors import UnusableTraining
from triage.ticket import WorkedTicket

__all__ = ["Study", "study_history"]


@dataclass(frozen=True, slots=True)
class Study:
    """For each target, what puts its measures into proportion.

    Attributes:
        n_tickets: of the history that was studied; a large one is studied by a sample.
        baselines: by name, what plain methods reach on the honest split.
        curves: figures of the fast learner on the honest split, by tickets learned from; the last point is all of them.
        random_split: figures of the fast learner on a random split of the same history, so that only the split differs
            from the curve's last point. Empty where the honest split was a random one already, or where chance left a
            target nothing to learn from.
    """

    n_tickets: int
    baselines: Mapping[str, Mapping[str, Figures]]
    curves: Mapping[str, LearningCurve]
    random_split: Mapping[str, Figures]


def study_history(
    tickets: Sequence[WorkedTicket],
    split: Split,
    targets: Sequence[str],
    trial: Trial,
    *,
    test_ratio: float,
    seed: int,
    on_step: Callable[[str], None] = lambda _: None,
) -> Study:
    """Everything that is learned only to be compared with.

    Args:
        tickets: the history, in any order.
        split: how it was parted honestly.
        targets: that can be learned and measured there.
        trial: a fast way of learning and answering all of them; what it learns is thrown away.
        test_ratio: the share that the random split measures on, 0 to 1.
        seed: for the random split and the subsets.
        on_step: told what begins.
    """
    on_step("measuring plain baselines")
    baselines = measure_baselines(split, targets)
    curves = learn_curves(split, targets, trial, seed=seed, on_step=on_step)
    chance = random_split(tickets, test_ratio=test_ratio, seed=seed)
    if split.kind == "at random" and len(chance.train) == len(split.train):
        return Study(len(tickets), baselines, curves, {})
    on_step("learning from a random split, for comparison")
    try:
        answers = trial(chance.train, chance.test)
    except UnusableTraining:  # chance left the labels of a target out of the tickets to learn from
        answers = {}
    by_chance = {target: given.figures() for target, given in answers.items() if given.labels}
    return Study(len(tickets), baselines, curves, by_chance)
