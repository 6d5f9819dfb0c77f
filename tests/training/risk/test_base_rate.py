"""How often something happens these days, though many tickets are still open."""

import numpy as np
import pytest
from scipy.special import expit

from tests.builders import make_ticket
from training.risk.base_rate import follow_up_weights, lately, shifted
from training.risk.history import RiskHistory


def desk(n: int = 6_000) -> RiskHistory:
    """Tickets over thirty days: a third takes eight days and happens, the others take an hour and do not."""
    chance = np.random.default_rng(6)
    opened = np.sort(chance.random(n) * 30)
    slow = chance.random(n) < 1 / 3
    return RiskHistory(
        [make_ticket()] * n, opened, opened + np.where(slow, 8.0, 0.04), {"late": slow.astype(np.float64)},
        np.zeros(n), is_dated=True,
    )  # fmt: skip


def test_quick_tickets_do_not_hide_the_slow_ones() -> None:
    """Of those opened this week only the quick are closed: their rate would promise that nothing is late."""
    history = desk()
    seen = (history.opened > 19.5) & (history.settled <= 30)

    found = lately(history, "late", 30.0)

    assert found is not None
    assert history.became["late"][seen].mean() < 0.2
    assert found[1] == pytest.approx(1 / 3, abs=0.04)


def test_too_few_settled_tickets_say_nothing() -> None:
    """A rate of a handful would move every chance."""
    history = desk(60)

    assert lately(history, "late", 30.0) is None


def test_an_open_ticket_counts_for_nothing() -> None:
    """It stands in the place of no other."""
    weights = follow_up_weights(np.asarray([0.0, 1.0, 2.0]), np.asarray([0.5, np.nan, 9.0]), 3.0)

    assert weights[1:].tolist() == [0.0, 0.0]
    assert weights[0] == pytest.approx(1.0)


def test_shifted_chances_have_the_wanted_mean() -> None:
    """The order of tickets stays, and their mean becomes the desk's rate."""
    scores = np.linspace(-3, 3, 50)

    assert expit(scores + shifted(scores, 0.1)).mean() == pytest.approx(0.1)


def test_where_all_is_known_the_rate_goes_on_as_it_went() -> None:
    """A desk that gets better by the week would be told the chances of a month ago."""
    chance = np.random.default_rng(7)
    opened = np.arange(6_000, dtype=np.float64)
    falling = (chance.random(6_000) < np.where(opened < 3_000, 0.5, 0.5 - (opened - 3_000) / 8_000)).astype(np.float64)
    history = RiskHistory([make_ticket()] * 6_000, opened, opened, {"late": falling}, np.zeros(6_000), is_dated=True)

    found = lately(history, "late", 6_000.0)

    assert found is not None
    assert falling[found[0]].mean() > 0.22
    assert 0.05 < found[1] < 0.15
