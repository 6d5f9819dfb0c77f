"""What more tickets would bring."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import least_squares

from tests.builders import make_history, make_parameters
from training.evaluation.answers import FirstAnswers, Trial
from training.evaluation.learning_curve import FALLS, _curve, _fit_laws, learn_curves
from training.evaluation.quick_trial import QuickTrial
from training.histories.split import Split, random_split, split_history
from triage.errors import UnusableTraining
from triage.targets import Target
from triage.ticket import WorkedTicket


def learner(seen: list[Sequence[WorkedTicket]] | None = None, *, least: int = 0) -> Trial:
    """Learns groups, remembers what from, and gives up below `least` tickets."""

    def learn(train: Sequence[WorkedTicket], test: Sequence[WorkedTicket]) -> Mapping[str, FirstAnswers]:
        if len(train) < least:
            raise UnusableTraining("Too few.")
        if seen is not None:
            seen.append(train)
        return QuickTrial([*train, *test], [Target("assignment_group")], make_parameters(seed=0))(train, test)

    return learn


def answered(right: np.ndarray) -> FirstAnswers:
    """Answers of which these were right."""
    return FirstAnswers(np.arange(right.size), tuple(np.where(right, "a", "b").tolist()), ("a",) * right.size)


def nested(errors: Sequence[float], n: int = 4_000) -> list[tuple[int, FirstAnswers]]:
    """Answers with these errors after 500, 1,000, … tickets; who errs with more tickets errs with fewer, mostly."""
    chance = np.random.default_rng(0)
    hard, luck = chance.random(n), chance.random((len(errors), n)) * 0.02
    return [(500 << i, answered(hard + luck[i] > error + 0.01)) for i, error in enumerate(errors)]


def test_where_time_counts_the_earliest_tickets_are_left_out_first() -> None:
    """A desk with a shorter history lacks those; and each subset holds the ones before it."""
    split, seen = split_history(make_history(160), test_ratio=0.2, seed=0), []

    learn_curves(split, ["assignment_group"], learner(seen), seed=0)

    assert len(seen) == 4
    assert [list(part) for part in seen] == [split.train[-len(part) :] for part in seen]
    assert seen[-1] == split.train


def test_elsewhere_chance_chooses_and_subsets_are_nested() -> None:
    """Else a lucky subset would look like the worth of tickets."""
    split, seen = random_split(make_history(160), test_ratio=0.2, seed=0), []

    learn_curves(split, ["assignment_group"], learner(seen), seed=0)

    ids = [{t.filed.id for t in part} for part in seen]
    assert [len(part) for part in ids] == [16, 32, 64, 128]
    assert all(small < large for small, large in pairwise(ids))
    assert ids[0] != {t.filed.id for t in split.train[-16:]}


def test_a_curve_counts_the_tickets_that_have_a_label() -> None:
    """Only those teach anything about the target."""
    split = random_split(make_history(160), test_ratio=0.2, seed=0)

    curve = learn_curves(split, ["assignment_group"], learner(), seed=0)["assignment_group"]

    assert [point.n_tickets for point in curve.points] == [16, 32, 64, 128]
    assert curve.points[-1].accuracy > 0.9


SIZES = np.array([1 / 8, 1 / 4, 1 / 2, 1])


@pytest.mark.parametrize(
    "law", [(0.1, 0.04, 0.5), (0.3, 0.02, 0.9), (0.0, 0.2, 0.2), (0.15, 0.0, 0.01), (0.0, 0.1, 1.0)]
)
def test_a_law_is_found_again(law: tuple[float, float, float]) -> None:
    """Points that lie on a power law give its numbers back."""
    a, b, c = law

    found = _fit_laws(SIZES, (a + b * SIZES**-c)[None, :])[0]

    assert found[0] + found[1] * SIZES ** -found[2] == pytest.approx(a + b * SIZES**-c, abs=1e-6)
    if b:
        assert found == pytest.approx(law, abs=1e-3)


def test_the_laws_are_those_of_least_squares() -> None:
    """A closer look for each alone finds nothing better, be it inside the bounds or on them."""
    errors = np.random.default_rng(0).random((40, 4)) * 0.5
    bounds = ((0.0, 0.0, FALLS[0]), (1.0, 1.0, FALLS[1]))

    found = _fit_laws(SIZES, errors)

    lost = ((found[:, :1] + found[:, 1:2] * SIZES ** -found[:, 2:] - errors) ** 2).sum(axis=1)
    searched = [
        min(
            2
            * least_squares(lambda law, e=e: law[0] + law[1] * SIZES ** -law[2] - e, (0.1, 0.1, c), bounds=bounds).cost
            for c in (0.05, 0.3, 0.9)
        )
        for e in errors
    ]
    assert (lost <= np.asarray(searched) + 1e-7).all()
    assert ((found >= bounds[0]) & (found <= bounds[1])).all()


def test_tickets_that_add_no_label_leave_the_law_finite() -> None:
    """A label column that is new stands in the latest tickets alone."""
    found = _fit_laws(np.ones(4), np.array([[0.4, 0.3, 0.2, 0.1]]))

    assert np.isfinite(found).all()
    assert found[0, 0] + found[0, 1] == pytest.approx(0.25)


def test_twice_the_tickets_are_forecast_with_their_uncertainty() -> None:
    """A lead who pays for labelling wants to know what for."""
    errors = [0.1 + 0.04 * (x**-0.5) for x in (1 / 8, 1 / 4, 1 / 2, 1)]

    curve = _curve(nested(errors), np.arange(4_000))

    assert curve.forecast is not None
    low, high = curve.forecast.gain_interval
    assert curve.forecast.n_tickets == 8_000
    assert low < 0.04 * (1 - 2**-0.5) < high
    assert low <= curve.forecast.gain <= high
    assert curve.sentence.startswith("Twice the tickets (8,000) would bring about")


def test_a_flat_curve_promises_nothing() -> None:
    """A law fits any four points; noise must not be sold as growth."""
    curve = _curve(nested([0.200, 0.201, 0.199, 0.1995], n=500), np.arange(500))

    assert curve.forecast is None
    assert "cannot be said: from 500 to 4,000 accuracy did not rise by more than chance may do" in curve.sentence


def test_a_rise_that_one_customer_made_promises_nothing() -> None:
    """Fifty tickets of one caller that went right together are one piece of luck."""
    right = np.random.default_rng(0).random(300) < 0.8
    later = right.copy()
    right[:50], later[:50] = False, True
    measured = [(500, answered(right)), (1_000, answered(right)), (2_000, answered(later)), (4_000, answered(later))]
    customers = np.where(np.arange(300) < 50, 0, np.arange(300))

    assert _curve(measured, np.arange(300)).forecast is not None
    assert _curve(measured, customers).forecast is None


def test_too_few_tickets_for_an_eighth_begin_the_curve_later_and_promise_nothing() -> None:
    """Three points allow any law."""
    split = random_split(make_history(160), test_ratio=0.2, seed=0)

    curve = learn_curves(split, ["assignment_group"], learner(least=30), seed=0)["assignment_group"]

    assert [point.n_tickets for point in curve.points] == [32, 64, 128]
    assert curve.forecast is None
    assert "an eighth of these is too few to learn from" in curve.sentence


def test_nothing_learned_is_no_curve() -> None:
    """As above, for a history of a dozen."""
    split: Split = random_split(make_history(60), test_ratio=0.2, seed=0)

    assert learn_curves(split, ["assignment_group"], learner(least=1_000), seed=0) == {}
