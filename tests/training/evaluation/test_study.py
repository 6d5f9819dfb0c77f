"""What stands beside the honest figures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tests.builders import make_history, make_parameters, make_wordy_history
from training.evaluation.answers import FirstAnswers
from training.evaluation.baselines import MAJORITY, PLAIN
from training.evaluation.quick_trial import QuickTrial
from training.evaluation.study import study_history
from training.histories.split import split_history
from triage.targets import Target
from triage.ticket import WorkedTicket


def learn(train: Sequence[WorkedTicket], test: Sequence[WorkedTicket]) -> Mapping[str, FirstAnswers]:
    """Learns groups."""
    return QuickTrial([*train, *test], [Target("assignment_group")], make_parameters(seed=0))(train, test)


def by_caller(n: int = 240) -> list[WorkedTicket]:
    """A history without dates where the group is the caller's own, and only their turn of phrase tells it."""
    return [
        replace(
            t,
            assignment_group=f"G{int((t.filed.customer_id or 'u0')[1:]) % 3}",
            filed=replace(t.filed, subject=f"signed {t.filed.customer_id}", body=f"sincerely{t.filed.customer_id} {i}"),
        )
        for i, t in enumerate(make_history(n, dated=False))
    ]


def test_a_random_split_flatters_where_callers_repeat_themselves() -> None:
    """The number that others publish stands beside the honest one, and only the split differs."""
    history = by_caller()
    split = split_history(history, test_ratio=0.25, seed=0)

    study = study_history(history, split, ["assignment_group"], learn, test_ratio=0.25, seed=0)

    honest = study.curves["assignment_group"].points[-1]
    assert split.kind == "by customer"
    assert honest.accuracy < 0.6
    assert study.random_split["assignment_group"].accuracy > 0.95
    assert set(study.baselines["assignment_group"]) == {MAJORITY, PLAIN}


def test_a_random_split_is_not_compared_with_itself() -> None:
    """It would cost a fit to learn that nothing differs."""
    history = make_wordy_history(160)  # no two of them say nearly the same
    split = split_history(history, test_ratio=0.2, seed=0)

    study = study_history(history, split, ["assignment_group"], learn, test_ratio=0.2, seed=0)

    assert split.kind == "at random"
    assert study.random_split == {}


def test_every_step_is_announced() -> None:
    """A minute of silence looks like a hang."""
    steps: list[str] = []
    history = by_caller()
    split = split_history(history, test_ratio=0.25, seed=0)

    study_history(history, split, ["assignment_group"], learn, test_ratio=0.25, seed=0, on_step=steps.append)

    assert [step.split()[0] for step in steps] == ["measuring", *["learning"] * 5]


def test_a_target_that_chance_left_out_of_the_random_split_has_no_figure_there() -> None:
    """Nothing to measure on is nothing to say, and the honest figures stand all the same."""
    history = by_caller()
    split = split_history(history, test_ratio=0.25, seed=0)

    def unlabelled(train: Sequence[WorkedTicket], test: Sequence[WorkedTicket]) -> Mapping[str, FirstAnswers]:
        if len(train) + len(test) == len(history) and train != split.train:
            return {"assignment_group": FirstAnswers(np.empty(0, dtype=np.int64), (), ())}
        return learn(train, test)

    study = study_history(history, split, ["assignment_group"], unlabelled, test_ratio=0.25, seed=0)

    assert study.random_split == {}
    assert len(study.curves["assignment_group"].points) == 4
