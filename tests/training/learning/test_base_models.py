"""Which ways of scoring are kept."""

import numpy as np
import pytest

from tests.builders import make_history, make_parameters
from tests.fakes import FakeDistillation
from training.learning.base_models import (
    LINEAR,
    NETWORK,
    SUBWORDS,
    TOGETHER,
    BaseModel,
    choose_linear,
    is_gain,
    label_losses,
    measure_base_models,
)
from training.learning.fit import fit_model
from triage.targets import Target

CHANCE = np.random.default_rng(0)
TRUTH = CHANCE.integers(3, size=600)


def scores(evidence: float, scale: float = 1.0) -> np.ndarray:
    """Scores that tell the truth the better the more evidence they hold."""
    return scale * (evidence * np.eye(3)[TRUTH] + np.random.default_rng(1).normal(size=(600, 3)))


@pytest.mark.parametrize("scale", [0.05, 1.0, 20.0])
@pytest.mark.parametrize(("plain", "subwords", "chosen"), [(2.0, 1.0, LINEAR), (1.0, 2.0, SUBWORDS)])
def test_the_better_linear_model_is_chosen_whatever_its_scale(
    plain: float, subwords: float, chosen: str, scale: float
) -> None:
    """Margins of one model may be larger than those of the other; the network is no linear model."""
    found = {LINEAR: scores(plain), SUBWORDS: scores(subwords, scale), NETWORK: scores(9.0)}

    assert choose_linear(found, TRUTH) == chosen


def test_where_both_are_as_good_the_plain_one_is_chosen() -> None:
    """It is the simpler one."""
    assert choose_linear({LINEAR: scores(1.0), SUBWORDS: scores(1.0)}, TRUTH) == LINEAR


def test_a_gain_must_be_beyond_chance() -> None:
    """A member that helps by luck costs every ticket its time."""
    before = np.random.default_rng(2).exponential(size=400)
    noise = np.random.default_rng(3).normal(scale=0.5, size=400)
    alone = np.arange(400)

    assert is_gain(before, before - 0.2 + noise, alone)
    assert not is_gain(before, before + noise - noise.mean(), alone)
    assert not is_gain(before, before + 0.2 + noise, alone)
    assert not is_gain(before, before.copy(), alone)


def test_what_belongs_together_counts_once() -> None:
    """A form that is sent two hundred times helps two hundred times and shows as little as once."""
    before = np.ones(400)
    after = before - np.repeat([0.5, -0.2], 200)

    assert is_gain(before, after, np.arange(400))
    assert not is_gain(before, after, np.repeat([0, 1], 200))


def test_each_way_of_scoring_is_told_with_what_it_reached() -> None:
    """The report names those that were left out too."""
    blended = np.full((600, 3), 1 / 3)

    found = measure_base_models({LINEAR: scores(1.0), NETWORK: scores(2.0)}, TRUTH, (LINEAR,), blended)

    assert [(model.name, model.is_kept) for model in found] == [(LINEAR, True), (NETWORK, False), (TOGETHER, True)]
    assert found[2].log_loss == pytest.approx(np.log(3))
    assert found[1].accuracy > found[0].accuracy > 1 / 3
    assert found[1].log_loss < found[0].log_loss < np.log(3)
    assert isinstance(found[0], BaseModel)


def test_losses_are_those_of_the_right_labels() -> None:
    """And a certain wrong answer costs much, not everything."""
    found = label_losses(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 1]))

    assert found[0] == pytest.approx(np.log(2))
    assert np.isfinite(found[1])


def test_a_network_that_brings_nothing_is_left_out() -> None:
    """It would be paid for with every ticket; the model then has no word vectors either."""
    parameters = make_parameters(fast=False, n_networks=1, n_hidden=8, n_epochs=1)

    fitted = fit_model(make_history(90), [Target("assignment_group")], parameters, meanings=FakeDistillation())

    (head,) = fitted.heads.values()
    assert not head.has_network
    assert (fitted.network, fitted.reader.vectors) == (None, None)
    assert {model.name for model in head.base_models} >= {LINEAR, NETWORK}
    assert head.blend.weights.shape[0] == 1
