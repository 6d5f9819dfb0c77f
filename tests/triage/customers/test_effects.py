"""Whether contacts fell after plans: on desks of which it is known."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.builders import MONDAY
from triage.customers.effects import FEWEST_PLANS, LEAST_ALIKE, WINDOW, SoFar, measure_effect, so_far

NOW = MONDAY + timedelta(days=400)
AT = MONDAY + timedelta(days=200)

Moments = dict[str, list[datetime]]


def simulated(
    chance: np.random.Generator, *, left: float = 1.0, bar: int = 3, n: int = 900
) -> tuple[dict[str, datetime], Moments]:
    """A desk where half of those who call most just now get a plan, as desks do.

    Args:
        chance: to draw from.
        left: the share of contacts that a plan leaves.
        bar: contacts in thirty days from which on somebody may get one.
        n: customers; how often they call differs as much as it does in real desks.
    """
    begun: dict[str, datetime] = {}
    contacts: Moments = {}
    for i, rate in enumerate(chance.gamma(0.6, 2.0 / 0.6, n) / 90):
        days = np.sort(chance.uniform(100, 300, chance.poisson(rate * 200)))
        if ((days > 170) & (days <= 200)).sum() >= bar and chance.random() < 0.5:
            begun[f"c{i}"] = AT
            days = days[(days <= 200) | (chance.random(len(days)) < left)]
        contacts[f"c{i}"] = [MONDAY + timedelta(days=float(day)) for day in days]
    return begun, contacts


def people(before: int, after: int, names: str) -> Moments:
    """Customers of one letter each with so many contacts before and after the plans."""
    made = [AT - timedelta(days=1 + i) for i in range(before)] + [AT + timedelta(days=1 + i) for i in range(after)]
    return {name: sorted(made) for name in names}


def test_without_an_effect_the_interval_holds_zero_as_often_as_it_says() -> None:
    """Plans are made when people call most, so contacts fall after nearly every one, whatever it is worth."""
    chance = np.random.default_rng(5)

    found = [measure_effect(*simulated(chance), NOW) for _ in range(100)]

    fallen = [one.after - one.before for one in found if one.after is not None and one.before is not None]
    held = [one.low <= 0 <= one.high for one in found if one.low is not None and one.high is not None]
    assert len(held) == len(fallen) == 100
    assert np.mean(fallen) < -1
    assert np.mean(held) >= 0.89  # 88 of 100 or fewer come by chance once in 230 times where 95 % is true
    assert abs(np.mean([one.change for one in found if one.change is not None])) < 0.3


def test_a_real_fall_is_found() -> None:
    """A plan that spares somebody half of their calls is worth knowing of."""
    chance = np.random.default_rng(5)

    found = [measure_effect(*simulated(chance, left=0.5), NOW) for _ in range(10)]

    assert all(one.high is not None and one.high < 0 for one in found)
    assert -4.5 < np.mean([one.change for one in found if one.change is not None]) < -2.5


def test_the_change_is_counted_beyond_that_of_similar_customers() -> None:
    """Six fewer with a plan, two fewer without one: four fewer by the plan."""
    planned, others = people(8, 2, "abcdefghij"), people(8, 6, "klmnopqrst")

    found = measure_effect(dict.fromkeys(planned, AT), planned | others, NOW)

    assert (found.n_plans, found.n_waiting, found.n_alone) == (10, 0, 0)
    assert (found.before, found.after, found.similar_before, found.similar_after) == (8, 2, 8, 6)
    assert (found.change, found.low, found.high) == pytest.approx((-4, -4, -4))


def test_too_few_plans_say_nothing() -> None:
    """With nine, one good season of one customer would look like an effect."""
    planned, others = people(8, 2, "abcdefghi"), people(8, 6, "klmnopqrst")

    found = measure_effect(dict.fromkeys(planned, AT), planned | others, NOW)

    assert FEWEST_PLANS == 10
    assert found.n_plans == 9
    assert (found.before, found.similar_after) == (8, 6)
    assert (found.change, found.low, found.high) == (None, None, None)


def test_a_plan_counts_once_ninety_days_have_passed() -> None:
    """Before that, half of what follows is still to come."""
    planned, others = people(8, 2, "a"), people(8, 6, "k")

    early = measure_effect({"a": AT}, planned | others, AT + WINDOW - timedelta(seconds=1))
    late = measure_effect({"a": AT}, planned | others, AT + WINDOW)

    assert (early.n_plans, early.n_waiting) == (0, 1)
    assert (late.n_plans, late.n_waiting) == (1, 0)


@pytest.mark.parametrize(("before", "is_similar"), [(7, False), (8, True), (10, True), (12, True), (13, False)])
def test_only_who_called_about_as_often_is_similar(before: int, is_similar: bool) -> None:
    """Against somebody who hardly ever calls, anybody's calls fall."""
    found = measure_effect({"a": AT}, people(10, 2, "a") | people(before, 6, "k"), NOW)

    assert LEAST_ALIKE == 0.2
    assert (found.n_plans, found.n_alone) == ((1, 0) if is_similar else (0, 1))


def test_the_nearest_are_taken_and_the_latest_month_decides_among_equals() -> None:
    """Ten contacts spread over a season and ten of this month are not the same trouble."""
    recent = people(10, 1, "rsu")
    spread = {"k": [AT - timedelta(days=40 + i) for i in range(10)]}

    found = measure_effect({"a": AT}, people(10, 2, "a") | recent | spread | people(9, 9, "n"), NOW)

    assert (found.similar_before, found.similar_after) == (10, 1)


def test_nobody_is_held_against_two() -> None:
    """One unusual customer beside ten plans would be ten unusual pairs."""
    planned = people(8, 2, "ab")

    found = measure_effect(dict.fromkeys(planned, AT), planned | people(8, 6, "k"), NOW)

    assert (found.n_plans, found.n_alone) == (1, 1)


def test_who_got_a_plan_in_the_same_round_or_before_is_nobodys_equal() -> None:
    """They were helped, too."""
    planned = people(8, 2, "abc")
    begun = {"a": AT, "b": AT + timedelta(hours=20), "c": AT - timedelta(days=150)}

    assert measure_effect(begun, planned, NOW).n_plans == 0


def test_who_gets_a_plan_later_is_an_equal_till_then() -> None:
    """To leave out who will need help would leave only those who got better by themselves."""
    begun = {"a": AT, "b": AT + timedelta(days=2)}

    assert measure_effect(begun, people(8, 2, "ab"), NOW).n_plans == 1


@pytest.mark.parametrize("contacts", [{}, {"k": [AT]}, people(0, 3, "a") | people(0, 3, "k")])
def test_who_had_not_called_before_cannot_call_less(contacts: Moments) -> None:
    """A welcome call to a newcomer is a good plan, and not one that this can weigh."""
    found = measure_effect({"a": AT}, contacts, NOW)

    assert (found.n_plans, found.n_alone, found.before) == (0, 1, None)


def test_two_looks_at_the_same_plans_say_the_same() -> None:
    """Nobody should ask again until they like the answer."""
    begun, contacts = simulated(np.random.default_rng(1))

    assert measure_effect(begun, contacts, NOW) == measure_effect(begun, contacts, NOW)


@pytest.mark.parametrize(
    ("days_ago", "found"),
    [
        (13.9, None),
        (14, SoFar(14, before=1, after=2)),
        (40, SoFar(40, before=2, after=3)),
        (120, SoFar(90, before=0, after=2)),
    ],
)
def test_what_followed_on_one_plan_is_counted_over_equal_spans(days_ago: float, found: SoFar | None) -> None:
    """Three months before beside two weeks after would show an effect of every plan."""
    begun = NOW - timedelta(days=days_ago)
    contacts = [NOW - timedelta(days=days) for days in (79, 50, 27, 12, 1)]

    assert so_far(begun, contacts, NOW) == found
