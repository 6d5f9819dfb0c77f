"""What is ordinary at a desk."""

from dataclasses import replace

import numpy as np
import pytest

from tests.builders import MONDAY
from triage.customers.norms import BARS, FEWEST_TICKETS, DeskNorms, learn_norms, learn_prior
from triage.customers.profile import CustomerProfile
from triage.customers.rates import DeskRates
from triage.errors import InvalidInput


def make_profile(n: int = 1, **said: float) -> CustomerProfile:
    """A customer with so many contacts, all of the last month."""
    known = CustomerProfile("u1", MONDAY, n_contacts_30d=n, n_contacts_90d=n, n_contacts_365d=n, days_since_first=20.0)
    return replace(known, **said)  # type: ignore[arg-type] # any measure


@pytest.mark.parametrize(
    ("contacts", "typical", "bar"),
    [([], 0, 3), ([1], 1, 3), ([1] * 99 + [50], 1, 3), ([1] * 90 + [10] * 10, 1, 10)],
)
def test_bars_are_the_desk_s_own_and_have_a_floor(contacts: list[int], typical: float, bar: float) -> None:
    """Five calls a month are many at one desk and nothing at another; two are never many."""
    norms = learn_norms([make_profile(n) for n in contacts])

    assert norms.n_customers == len(contacts)
    assert (norms.typical["n_contacts_30d"], norms.bars["n_contacts_30d"]) == (typical, bar)


@pytest.mark.parametrize(
    ("contacts", "bar"),
    [
        ([4] * 40, 6),  # everybody alike: nobody stands out, and a newcomer with six would
        ([2] * 50 + [4] * 51, 6),
        ([4] * 39 + [5], 6),  # one more is not far more
        ([4] * 39 + [9], 6),
        ([1] * 60 + [4] * 40, 6),  # two in five are no fringe, and nobody is above them
        ([1] * 60 + [4] * 38 + [8, 9], 8),  # whoever is above them is
        ([1] * 88 + [4] * 12, 6),  # more than twice the five in a hundred that were meant
        ([1] * 89 + [4] * 11, 6),
        ([1] * 90 + [4] * 10, 4),
        ([4], 6),
        ([4, 4], 6),
        ([1, 7], 6.7),  # of two, one may stand out
        ([4, 4, 4, 12], 10.8),
        ([3] * 10, 4.5),  # the floor is a bar as any other
    ],
)
def test_a_bar_that_the_typical_customer_reaches_is_no_bar(contacts: list[int], bar: float) -> None:
    """Forty people with four contacts each are no forty frequent flyers; nor where half of a desk, or two of two, are.

    Seen in public as "everybody is a VIP": a percentile of tied values is reached by all of them.
    """
    norms = learn_norms([make_profile(n, contacts_per_30d=float(n)) for n in contacts])

    assert norms.bars["n_contacts_30d"] == pytest.approx(bar)
    assert norms.bars["n_contacts_30d"] > norms.typical["n_contacts_30d"]
    assert norms.bars["contacts_per_30d"] > norms.typical["contacts_per_30d"]


@pytest.mark.parametrize(
    ("precisions", "bar"),
    [
        ([0.75] * 30, 0.85),
        ([0.8 + 0.001 * i for i in range(30)], 0.9145),  # nearly alike is alike
        ([1.0] * 30, 1.1),  # nobody can write better than all
        ([0.5] * 70 + [1.0] * 30, 1.1),
        ([0.5] * 90 + [1.0] * 10, 0.6),
        ([0.3] * 100, 0.5),
    ],
)
def test_a_share_stands_out_by_points_and_not_by_a_factor(precisions: list[float], bar: float) -> None:
    """Half as much again as four fifths is more than all."""
    norms = learn_norms([make_profile(writing_precision=value) for value in precisions])

    assert norms.bars["writing_precision"] == pytest.approx(bar)


def test_services_in_trouble_at_a_desk_where_all_have_them_are_no_mark() -> None:
    """A desk that files everything as an incident has them everywhere."""
    norms = learn_norms([make_profile(30, n_services_with_incidents=9)] * 25)

    assert norms.bars["n_services_with_incidents"] == 13.5


def test_bars_are_quantiles_as_numpy_has_them() -> None:
    """So that a batch can take them from a table."""
    rates = np.random.default_rng(1).gamma(2.0, 3.0, 57)

    norms = learn_norms([make_profile(contacts_per_30d=rate) for rate in rates])

    assert norms.bars["contacts_per_30d"] == pytest.approx(np.quantile(rates, BARS["contacts_per_30d"].quantile))


def test_who_has_not_called_for_a_season_is_not_what_is_typical() -> None:
    """Half of a desk's customers are people who left."""
    norms = learn_norms([make_profile(4), make_profile(n_contacts_30d=0, n_contacts_90d=0)])

    assert (norms.n_customers, norms.typical["n_contacts_30d"]) == (1, 4)


def test_a_prior_is_found_again() -> None:
    """Rates drawn from a Gamma distribution, contacts from each rate."""
    chance = np.random.default_rng(2)
    days = chance.uniform(30, 365, 20_000)
    further = chance.poisson(chance.gamma(0.8, 1 / 40.0, days.size) * days)

    prior = learn_prior(
        [make_profile(n_contacts_365d=int(x) + 1, days_since_first=t) for x, t in zip(further, days, strict=True)]
    )

    assert (prior.shape, prior.days) == (pytest.approx(0.8, rel=0.1), pytest.approx(40.0, rel=0.1))


def test_customers_who_differ_by_chance_alone_are_all_alike() -> None:
    """Or a negative variance would be a rate of nothing."""
    prior = learn_prior([make_profile(11, days_since_first=100.0)] * 50)

    assert (prior.shape, prior.days) == (pytest.approx(100.0), pytest.approx(1000.0))


def test_a_desk_s_rates_are_of_all_its_tickets() -> None:
    """Somebody with two hundred tickets says more of how a desk works than somebody with two."""
    busy = make_profile(
        200,
        n_reopened=14,
        n_reopens_known=200,
        mean_reassignments=0.5,
        n_reassignments_known=100,
        hours_lost_90d=5_000.0,
        mean_hours_lost_90d=8.0,
        n_resolved_90d=90,
        incident_ratio=0.5,
        n_typed=100,
        n_how_to=20,
    )
    rare = make_profile(
        2,
        n_reopens_known=2,
        mean_reassignments=1.0,
        n_reassignments_known=2,
        mean_hours_lost_90d=2.0,
        n_resolved_90d=10,
        incident_ratio=1.0,
        n_typed=2,
    )
    left = replace(rare, n_contacts_90d=0)

    rates = learn_norms([busy, rare, left, make_profile(0)]).rates

    assert rates.reopened_ratio == pytest.approx(14 / 204)
    assert rates.mean_reassignments == pytest.approx(54 / 104)
    assert rates.mean_hours_lost == pytest.approx((90 * 8 + 20 * 2) / 110)
    assert rates.incident_ratio == pytest.approx(54 / 104)
    assert rates.how_to_ratio == pytest.approx(20 / 204)


@pytest.mark.parametrize(("n", "rate"), [(FEWEST_TICKETS - 1, None), (FEWEST_TICKETS, 0.0)])
def test_of_few_tickets_no_rate_is_told(n: int, rate: float | None) -> None:
    """That a desk never reopens a ticket cannot be said of its first ten."""
    assert learn_norms([make_profile(n, n_reopens_known=n)]).rates.reopened_ratio == rate
    assert learn_norms([]).rates == DeskRates()


def test_totals_of_what_somebody_suffered_have_no_bar_but_the_floor() -> None:
    """Of totals a quantile is whoever calls most; a desk may set its own."""
    norms = learn_norms([make_profile(9, n_reopens=9, mean_reassignments=4.0, hours_lost_90d=900.0)] * 200)

    assert [norms.bars[name] for name in ("n_reopens", "mean_reassignments", "hours_lost_90d")] == [2.0, 1.0, 16.0]


def test_a_bar_can_be_set() -> None:
    """A desk may know better; what no segment asks about is a typing error."""
    assert DeskNorms().with_bars({"n_contacts_30d": 9.0}).bars["n_contacts_30d"] == 9.0
    with pytest.raises(InvalidInput, match=r"No segment asks about 'n_contact'\. Known: contacts_per_30d"):
        DeskNorms().with_bars({"n_contact": 9.0})
