"""Who will call often, learned from what followed at earlier moments."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import poisson
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from tests.builders import MONDAY, make_calls
from training.customers import forecast as learning
from training.customers.forecast import (
    LearnedForecast,
    _fit,
    _intercept,
    _temperature,
    _usual_n_contacts,
    _volume_weight,
    learn_forecast,
)
from training.customers.forecast_evaluation import evaluate_forecast
from training.customers.history import CustomerHistory
from triage.customers.forecast import FlyerForecast
from triage.customers.profile import CustomerProfile, RatePrior
from triage.errors import UnusableTraining

PRIOR = RatePrior(0.5, 20.0)

NOW = MONDAY + timedelta(days=120)


def learned(history: CustomerHistory | None = None, as_of: datetime = NOW, **asked: object) -> LearnedForecast:
    """A forecast a fortnight ahead of a desk where some call every few days and most hardly ever."""
    given = {"horizon_days": 14, "n_contacts": 3}
    return learn_forecast(history or make_calls(), as_of, PRIOR, **given | asked)  # type: ignore[arg-type] # any of them


def joined(people: CustomerHistory, other: CustomerHistory) -> CustomerHistory:
    """The people, and the one customer of another history."""
    return replace(
        people,
        contacts={**people.contacts, "other": other.contacts["often0"]},
        moments={**people.moments, "other": other.moments["often0"]},
        n_customers=people.n_customers + 1,
    )


def test_who_calls_often_is_likelier_to() -> None:
    """The whole point."""
    history = make_calls()
    found = learned(history)

    probabilities = {p.customer_id: found.forecast.predict(p).probability for p in history.profiles(NOW, PRIOR)}

    often, seldom = ([p for who, p in probabilities.items() if who.startswith(kind)] for kind in ("often", "seldom"))
    assert np.mean(often) > 0.5
    assert np.mean(seldom) < 0.1
    assert (found.forecast.n_contacts, found.forecast.horizon_days) == (3, 14)


def test_nothing_after_the_moment_is_looked_at() -> None:
    """A forecast that has seen what came is none; what came may be anything."""
    known, longer = make_calls(n_days=120), make_calls(n_days=200)

    assert learned(longer) == learned(known)
    assert learned(longer, NOW + timedelta(days=80)) != learned(known)


@pytest.mark.parametrize(("n_days", "n_snapshots"), [(180, 12), (50, 4)])
def test_what_followed_ends_before_the_moment(monkeypatch: pytest.MonkeyPatch, n_days: int, n_snapshots: int) -> None:
    """And every snapshot has a quarter at least of the history that the latest has, and there are a dozen at most."""
    asked: list[datetime] = []
    history = make_calls()
    profiles = CustomerHistory.profiles

    def remember(self: CustomerHistory, as_of: datetime, prior: RatePrior | None = None) -> list:  # type: ignore[type-arg]
        asked.append(as_of)
        return profiles(self, as_of, prior)

    monkeypatch.setattr(CustomerHistory, "profiles", remember)
    now = MONDAY + timedelta(days=n_days)
    learned(history, now)

    *snapshots, last = asked
    assert last == now
    assert snapshots == [now - timedelta(days=days) for days in range(14, 14 + 7 * n_snapshots, 7)]


def test_the_same_history_gives_the_same_forecast() -> None:
    """Bundles are known by their bytes."""
    assert learned() == learned()


def test_a_growing_history_is_not_taken_for_a_change_of_customers() -> None:
    """After three weeks a desk knows those who call often, after six nearly all: the share falls, nobody changed."""
    history = make_calls(n_days=60, n_often=20, n_seldom=380, often_days=4.0, seldom_days=60.0)
    found = evaluate_forecast(history, MONDAY + timedelta(days=45), horizon_days=14, n_contacts=3)

    said, came = found.probabilities.mean(), found.happened.mean()
    before = found.learned.n_followed / found.learned.n_rows
    assert before > 2 * came
    assert abs(said - came) < 0.5 * abs(before - came)


def test_the_weights_are_scikit_learn_s_folded() -> None:
    """Learning standardises features and serving does not: the scores are the same but for the intercept."""
    chance = np.random.default_rng(1)
    rows = chance.normal(3.0, [0.5, 2.0, 9.0], (400, 3))
    rows[:, 2] = 7.0  # says nothing, and must not divide by nothing
    happened = expit(rows[:, 0] - rows[:, 1]) > chance.random(400)
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=0.1, tol=1e-9).fit(scaler.transform(rows), happened)

    weights, span_weight = _fit(rows, np.full(400, 5.0), happened, 0.1)

    scores = rows @ weights
    assert span_weight == 0.0

    expected = model.decision_function(scaler.transform(rows))
    assert scores - scores.mean() == pytest.approx(expected - expected.mean(), abs=1e-3)


def test_the_mean_probability_is_the_share_of_those_it_happened_to() -> None:
    """Of all snapshots together."""
    scores, happened = np.asarray([-3.0, 0.0, 2.0, 90.0]), np.asarray([False, False, True, False])

    assert expit(scores + _intercept(scores, happened)).mean() == pytest.approx(0.25)


def test_a_closed_week_ahead_is_part_of_the_forecast() -> None:
    """A lead who plans for the days before a holiday must not be told of calls that nobody will make.

    Who is worth looking after does not depend on it.
    """
    closed = [(MONDAY + timedelta(days=day)).date() for day in (*range(60, 65), *range(121, 127))]
    history = make_calls(n_often=60, n_seldom=240, closed_days=closed)
    untold, told = (
        evaluate_forecast(history, NOW, horizon_days=14, n_contacts=3, closed_days=days) for days in ((), closed)
    )

    came = told.happened.mean()
    assert abs(told.probabilities.mean() - came) < 0.5 * abs(untold.probabilities.mean() - came)
    assert told.n_flagged == untold.n_flagged == 15


def test_quiet_weeks_learned_from_make_no_usual_week_quiet() -> None:
    """After a spring full of holidays more people call again than did."""
    closed = [(MONDAY + timedelta(days=day)).date() for day in range(120) if day % 7 in (1, 2, 3)]
    history = make_calls(n_often=60, n_seldom=240, closed_days=closed)
    untold, told = (
        evaluate_forecast(history, NOW, horizon_days=14, n_contacts=3, closed_days=days) for days in ((), closed)
    )

    came = told.happened.mean()
    assert untold.probabilities.mean() < 0.75 * came
    assert abs(told.probabilities.mean() - came) < 0.5 * abs(untold.probabilities.mean() - came)


def test_machines_say_nothing_of_what_closed_days_bring() -> None:
    """A monitor knows no holidays; who writes for many is not learned from."""
    closed = [(MONDAY + timedelta(days=day)).date() for day in range(10, 80, 7)]
    people = make_calls(n_often=60, n_seldom=240, closed_days=closed)
    machine = make_calls(n_often=1, n_seldom=0, often_days=0.02, channel="monitoring")
    both = joined(people, machine)

    assert learned(both, closed_days=closed).forecast.calendar == learned(people, closed_days=closed).forecast.calendar


def test_one_who_calls_all_day_does_not_matter() -> None:
    """A walk-in id has so many contacts that its probability is one to the last digit."""
    people = make_calls(n_often=12, n_seldom=600, often_days=2.0, seldom_days=150.0)
    walk_in = make_calls(n_often=1, n_seldom=0, often_days=0.01)
    both = joined(people, walk_in)

    assert 0 < learned(both).forecast.volume_weight < 10


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_who_is_certain_weighs_nothing(certain: float) -> None:
    """No volume moves what is sure."""
    in_doubt = np.asarray([0.2, 0.6])

    found = _volume_weight(np.asarray([*in_doubt, certain]), 3)

    assert found == pytest.approx(_volume_weight(in_doubt, 3), rel=1e-6)


@pytest.mark.parametrize("asked", [1, 3, 8])
def test_the_volume_moves_probabilities_as_it_moves_chance(asked: int) -> None:
    """By how much the odds change where everybody calls one in a hundred times more."""
    rates = np.full(5, 2.0)
    before, after = (poisson.sf(asked - 1, factor * rates) for factor in (1.0, 1.01))

    assert _volume_weight(before, asked) == pytest.approx((logit(after) - logit(before))[0] / np.log(1.01), rel=0.02)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.7])
def test_a_temperature_is_found_again(factor: float) -> None:
    """Answers that were too sure are made less so, and the other way round."""
    scores = np.random.default_rng(2).normal(-2.0, 1.5, 40_000)
    happened = expit(factor * scores + 0.4) > np.random.default_rng(3).random(40_000)

    assert _temperature(scores, happened) == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize(
    ("made", "n_contacts"),
    [([0] * 90 + [4] * 10, 4), ([0] * 96 + [4] * 4, 2), ([0] * 90 + [1] * 10, 2), ([0] * 10 + [7] * 9, 7)],
)
def test_often_is_what_the_top_5_percent_make_and_twice_at_least(made: list[int], n_contacts: int) -> None:
    """Those who have been quiet for ninety days would make every call of others look often."""
    n = len(made)
    quiet = [0] * 1_000
    one = learning._Snapshot(
        MONDAY, 0.0, ["u"] * (n + 1_000), np.zeros((n + 1_000, 1)), np.asarray(made + quiet), np.arange(n + 1_000) < n
    )

    assert _usual_n_contacts([one]) == n_contacts


@pytest.mark.parametrize(("made", "n_contacts"), [([4] * 40, 6), ([3] * 30 + [4] * 10, 4), ([2] * 40, 3), ([1] * 9, 2)])
def test_what_the_typical_customer_makes_is_not_often(made: list[int], n_contacts: int) -> None:
    """Where everybody makes four contacts a month, four is the rule."""
    n = len(made)
    one = learning._Snapshot(MONDAY, 0.0, ["u"] * n, np.zeros((n, 1)), np.asarray(made), np.ones(n, dtype=bool))

    assert _usual_n_contacts([one]) == n_contacts


@pytest.mark.parametrize(
    ("days", "n_flagged"),
    [
        ([1.0] * 40, 0),  # nobody is likelier than anybody else
        ([1.0] * 10 + [9.0] * 30, 0),
        ([0.5] + [1.0] * 10 + [9.0] * 29, 1),
        ([1.0] * 4 + [9.0] * 36, 4),  # two of forty were meant, twice as many are no crowd
    ],
)
def test_a_crowd_of_equals_is_not_flagged(days: list[float], n_flagged: int) -> None:
    """The top 5 % of customers who are all alike would be all of them."""
    profiles = [CustomerProfile(f"u{i}", MONDAY, n_contacts_30d=3, days_since_last=last) for i, last in enumerate(days)]
    alike = FlyerForecast(3, 14, {"log_days_since_last": -1.0}, 0.0, threshold=1.0)

    found = learning._with_threshold(alike, profiles)

    assert sum(found.predict(profile).is_flagged for profile in profiles) == n_flagged
    assert found.threshold <= 1.0


def test_the_flag_is_for_the_top_5_percent() -> None:
    """As many as can be looked after; of 60 customers three."""
    history = make_calls()
    found = learned(history).forecast

    flagged = [p for p in history.profiles(NOW, PRIOR) if found.predict(p).is_flagged]

    assert len(history.profiles(NOW, PRIOR)) == 60
    assert len(flagged) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"horizon_days": 90}, "too short to learn who calls often: 90 days ahead need 135 days of it, .* are 118"),
        (
            {"history": make_calls(n_often=0, n_seldom=1, seldom_days=0.05, channel="monitoring")},
            "Until 14 days before 2026-06-30 only accounts",
        ),
        ({"n_contacts": 15}, "Only 0 customers made 15 contacts or more in 14 days of this history; 10 are needed"),
        (
            {"history": make_calls(n_often=60, n_seldom=0, often_days=0.5)},
            "Only [0-9] customers made fewer than 3 contacts",
        ),
    ],
)
def test_too_little_to_learn_from_is_refused_with_the_reason(change: dict[str, object], said: str) -> None:
    """Two frequent callers would be recognised, not understood."""
    with pytest.raises(UnusableTraining, match=said):
        learned(**change)  # type: ignore[arg-type]
