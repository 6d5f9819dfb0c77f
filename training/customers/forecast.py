"""Who will call often: a logistic model of profiles, learned from what followed them at earlier moments of a history.

At every such moment only what was known then is looked at, and what followed ended before the moment of learning.
What a forecast looks at is in `triage/customers/forecast.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil, log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, gammaincinv
from scipy.stats import poisson
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from training.customers.calendar import learn_calendar
from training.customers.history import CustomerHistory
from training.evaluation.ranking import TOP, n_top
from triage.customers.calendar import DeskCalendar
from triage.customers.forecast import FEATURES, FlyerForecast, features_of
from triage.customers.norms import CROWD
from triage.customers.profile import YEAR, CustomerProfile, RatePrior
from triage.customers.rates import FAR_ABOVE
from triage.errors import UnusableTraining

__all__ = ["FEWEST_FLYERS", "FEWEST_N_CONTACTS", "LearnedForecast", "learn_forecast"]

FEWEST_N_CONTACTS = 2
"""Calling once is not calling often, however quiet the desk."""

FEWEST_FLYERS = 10
"""Of so many different customers something can be learned; of fewer, a forecast would learn who they are."""

MAX_SNAPSHOTS = 12
"""The latest so many: what was long ago was another desk, and every one of them costs a profile of every customer."""

REGULARISATIONS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""LogisticRegression's C, the simplest model first."""

USUAL_REGULARISATION = 0.01
"""Where a history is too short to choose."""

SHORTEST = 0.25
"""A snapshot with a smaller share of the history that the latest has is not learned from: everybody looks new there."""

SPAN_SCALE = 3.0
"""How freely the weight of a history's length is learned, beside a standardised feature's."""


@dataclass(frozen=True, slots=True)
class LearnedForecast:
    """A forecast, and what it rests on.

    Attributes:
        forecast: for serving.
        n_snapshots: how many earlier moments it was learned from.
        n_rows: profiles as of those.
        n_followed: how many of them were followed by as many contacts.
        regularisation: what was chosen of `REGULARISATIONS`.
        temperature: the factor on its scores, by which answers about later moments were as sure as they were right.
    """

    forecast: FlyerForecast
    n_snapshots: int
    n_rows: int
    n_followed: int
    regularisation: float
    temperature: float


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Everybody as of an earlier moment, and the contacts they made within the horizon after it.

    Attributes:
        as_of: the moment.
        history_span: the logarithm of the days that a profile could look back.
        ids: of the customers.
        features: float64 of shape (n, n_features).
        n_contacts: int64 of shape (n,).
        is_active: whether they had contacted the desk in ninety days, shape (n,).
    """

    as_of: datetime
    history_span: float
    ids: Sequence[str]
    features: NDArray[np.float64]
    n_contacts: NDArray[np.int64]
    is_active: NDArray[np.bool_]


def learn_forecast(
    history: CustomerHistory,
    as_of: datetime,
    prior: RatePrior,
    *,
    horizon_days: int,
    n_contacts: int | None = None,
    closed_days: Collection[date] = (),
) -> LearnedForecast:
    """Learn who makes so many contacts within the horizon.

    Regularisation and temperature are set on answers about later snapshots, given by fits whose own snapshots' horizons
    had ended by then; then all snapshots are learned from. The share of known customers who call so often falls while
    a desk's history grows, as ever more of those who call once are known: the days that could be looked back on are
    learned from as well, and what they are at `as_of` is part of the intercept. Beyond a year nothing changes any more.
    The share also moves with the desk's volume. What weekdays and closed days make of it is taken out of the intercept
    and is part of each forecast; how it moves beyond that nobody knows beforehand.

    Args:
        history: the contacts; nothing after `as_of` is looked at.
        as_of: when it is learned.
        prior: what is believed of a rate beforehand.
        horizon_days: how far ahead.
        n_contacts: how many contacts; where None, as many as the most active 5 % (`TOP`) of the customers of ninety
            days made in that time, and two at least.
        closed_days: days, past and to come, on which people are off.

    Raises:
        UnusableTraining: the history is too short, or too few customers call so often.
    """
    history = history.until(as_of)
    snapshots = _snapshots(history, as_of, prior, horizon_days)
    if not snapshots:
        raise UnusableTraining(_why_none(history, as_of, horizon_days))
    asked = _usual_n_contacts(snapshots) if n_contacts is None else n_contacts
    _check_flyers(snapshots, asked, horizon_days)
    happened = _outcomes(snapshots) >= asked
    regularisation, temperature = _choose(snapshots, asked, timedelta(days=horizon_days))
    profiles = history.profiles(as_of, prior)
    made = [moment for profile in profiles for moment in history.moments[profile.customer_id]]
    calendar = learn_calendar(made, history.first, as_of, closed_days)
    forecast = _fit_forecast(
        snapshots, asked, horizon_days, (regularisation, temperature), calendar, _history_span(history, as_of)
    )
    return LearnedForecast(
        forecast=_with_threshold(forecast, profiles),
        n_snapshots=len(snapshots),
        n_rows=happened.size,
        n_followed=int(happened.sum()),
        regularisation=regularisation,
        temperature=temperature,
    )


def _fit_forecast(
    snapshots: Sequence[_Snapshot],
    asked: int,
    horizon_days: int,
    chosen: tuple[float, float],
    calendar: DeskCalendar,
    history_span: float,
) -> FlyerForecast:
    """The forecast that all snapshots give, still without a threshold.

    Args:
        snapshots: to learn from.
        asked: how many contacts are often.
        horizon_days: how far ahead.
        chosen: regularisation and temperature.
        calendar: how busy days are.
        history_span: of the moment that the forecast is for, as a snapshot has it.
    """
    regularisation, temperature = chosen
    happened = _outcomes(snapshots) >= asked
    rows, history_spans = _rows(snapshots)
    weights, span_weight = _fit(rows, history_spans, happened, regularisation)
    weights, span_weight = temperature * weights, temperature * span_weight
    scores = rows @ weights + span_weight * history_spans
    volumes = _for_rows(snapshots, [calendar.volume(one.as_of, horizon_days) for one in snapshots])
    volume_weight = _volume_weight(expit(scores + _intercept(scores, happened)), asked)
    intercept = _intercept(scores + volume_weight * np.log(volumes), happened)
    return FlyerForecast(
        n_contacts=asked,
        horizon_days=horizon_days,
        weights=dict(zip(FEATURES, weights.tolist(), strict=True)),
        intercept=intercept + span_weight * history_span,
        threshold=1.0,
        volume_weight=volume_weight,
        calendar=calendar,
    )


def _with_threshold(forecast: FlyerForecast, profiles: Sequence[CustomerProfile]) -> FlyerForecast:
    """The forecast that flags the top 5 % of these; where nobody called within the year nobody is flagged.

    Nor is a crowd of equals: where more than twice as many are as likely, whoever is likelier is flagged.
    """
    probabilities = sorted(map(forecast.usual_probability, profiles), reverse=True)
    if not probabilities:
        return replace(forecast, threshold=1.0)
    n = n_top(len(probabilities))
    threshold = probabilities[n - 1]
    if sum(probability >= threshold for probability in probabilities) > CROWD * n:
        likelier = [probability for probability in probabilities[:n] if probability > threshold]
        threshold = likelier[-1] if likelier else (1 + threshold) / 2
    return replace(forecast, threshold=threshold)


def _snapshots(history: CustomerHistory, as_of: datetime, prior: RatePrior, horizon_days: int) -> list[_Snapshot]:
    """What was known at earlier moments, the latest first, half a horizon apart; none where there was no time for it.

    Before the latest there must be half a horizon of history, before every other one a share of that (`SHORTEST`).
    """
    horizon, step = timedelta(days=horizon_days), timedelta(days=max(1, horizon_days // 2))
    latest = as_of - horizon
    known = latest - history.first
    if known < horizon / 2:
        return []
    moments = [latest - i * step for i in range(MAX_SNAPSHOTS) if known - i * step >= SHORTEST * known]
    found = []
    for moment in moments:
        if profiles := history.profiles(moment, prior):
            ids = [profile.customer_id for profile in profiles]
            rows = np.asarray([features_of(profile) for profile in profiles])
            n_contacts = np.asarray([history.n_contacts(who, moment, moment + horizon) for who in ids])
            is_active = np.asarray([profile.n_contacts_90d > 0 for profile in profiles])
            found.append(_Snapshot(moment, _history_span(history, moment), ids, rows, n_contacts, is_active))
    return found


def _why_none(history: CustomerHistory, as_of: datetime, horizon_days: int) -> str:
    n_days, wanted = (as_of - history.first).days, ceil(1.5 * horizon_days)
    if n_days < wanted:
        return (
            f"The history is too short to learn who calls often: {horizon_days} days ahead need {wanted} days of it, "
            f"and from {history.first:%Y-%m-%d} to {as_of:%Y-%m-%d} are {n_days}."
        )
    return f"Until {horizon_days} days before {as_of:%Y-%m-%d} only accounts that write for many contacted the desk."


def _history_span(history: CustomerHistory, as_of: datetime) -> float:
    """The logarithm of the days, a year at most, that a profile can look back on."""
    return log(max(1.0, min(YEAR, as_of - history.first) / timedelta(days=1)))


def _usual_n_contacts(snapshots: Sequence[_Snapshot]) -> int:
    """As many contacts as the most active 5 % of active customers made at least, two where that is fewer.

    What the typical one makes is not often: then it is so many as are far above that.
    """
    made = np.concatenate([one.n_contacts[one.is_active] for one in snapshots])
    if not made.size:
        return FEWEST_N_CONTACTS
    asked, typical = int(np.quantile(made, 1 - TOP, method="lower")), float(np.median(made))
    return max(FEWEST_N_CONTACTS, asked if asked > typical else ceil(FAR_ABOVE * typical))


def _check_flyers(snapshots: Sequence[_Snapshot], asked: int, horizon_days: int) -> None:
    flyers = {who for one in snapshots for who, n in zip(one.ids, one.n_contacts, strict=True) if n >= asked}
    others = {who for one in snapshots for who in one.ids} - flyers
    for group, what in ((flyers, f"made {asked} contacts or more"), (others, f"made fewer than {asked} contacts")):
        if len(group) < FEWEST_FLYERS:
            raise UnusableTraining(
                f"Only {len(group)} customers {what} in {horizon_days} days of this history; {FEWEST_FLYERS} are "
                "needed to learn who will."
            )


def _choose(snapshots: Sequence[_Snapshot], asked: int, horizon: timedelta) -> tuple[float, float]:
    """Regularisation and temperature by the answers about the later half of the snapshots.

    Both are judged with the intercept that fits each snapshot, so that a busy week does not decide.
    """
    later = [
        (one, [other for other in snapshots if other.as_of + horizon <= one.as_of])
        for one in snapshots[: max(1, len(snapshots) // 2)]
    ]
    later = [
        (one, before)
        for one, before in later
        if _is_mixed(one.n_contacts >= asked) and before and _is_mixed(_outcomes(before) >= asked)
    ]
    if not later:
        return USUAL_REGULARISATION, 1.0
    happened = np.concatenate([one.n_contacts >= asked for one, _ in later])
    scores: dict[float, NDArray[np.float64]] = {}
    for regularisation in REGULARISATIONS:
        answers = []
        for one, before in later:
            weights, _ = _fit(*_rows(before), _outcomes(before) >= asked, regularisation)
            found = one.features @ weights
            answers.append(found + _intercept(found, one.n_contacts >= asked))
        scores[regularisation] = np.concatenate(answers)
    chosen = min(REGULARISATIONS, key=lambda c: float(_losses(scores[c], happened).mean()))
    return chosen, _temperature(scores[chosen], happened)


def _fit(
    rows: NDArray[np.float64], history_spans: NDArray[np.float64], happened: NDArray[np.bool_], regularisation: float
) -> tuple[NDArray[np.float64], float]:
    """The weights of the features as they are, learned of standardised ones, and of the history_span.

    Args:
        rows: float64 of shape (n, n_features).
        history_spans: of the snapshots that the rows are of, shape (n,).
        happened: shape (n,).
        regularisation: LogisticRegression's C.
    """
    scaler = StandardScaler().fit(rows)
    columns = np.column_stack([scaler.transform(rows), SPAN_SCALE * (history_spans - history_spans.mean())])
    # many rows of few features: a handful of steps, to the last digits
    model = LogisticRegression(C=regularisation, solver="newton-cholesky", tol=1e-8)
    with threadpool_limits(1):  # too little work to share: threads would wait for one another
        learned = model.fit(columns, happened).coef_[0]
    return np.asarray(learned[:-1] / scaler.scale_, dtype=np.float64), float(SPAN_SCALE * learned[-1])


def _intercept(scores: NDArray[np.float64], happened: NDArray[np.bool_]) -> float:
    """With which the mean probability is the share of those to whom it happened."""
    far = 50 + float(np.abs(scores).max())
    return float(brentq(lambda shift: float(expit(scores + shift).mean() - happened.mean()), -far, far))


def _volume_weight(probabilities: NDArray[np.float64], asked: int) -> float:
    """How the log-odds of so many contacts move with the logarithm of the volume, on average over customers.

    As if contacts came by chance (Poisson) at a rate that the volume multiplies. Whoever is in doubt counts most.
    """
    probabilities = probabilities.clip(1e-9, 1 - 1e-9)  # of who is sure to call no rate is too high
    rates = gammaincinv(asked, probabilities)
    moved = rates * poisson.pmf(asked - 1, rates)
    return float(moved.sum() / (probabilities * (1 - probabilities)).sum())


def _temperature(scores: NDArray[np.float64], happened: NDArray[np.bool_]) -> float:
    """The factor on the scores, an intercept going with it, under which what happened is most likely (Platt 1999)."""

    def loss(log_factor: float) -> float:
        scaled = np.exp(log_factor) * scores
        return float(_losses(scaled + _intercept(scaled, happened), happened).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.0, 1.0), method="bounded").x))


def _losses(scores: NDArray[np.float64], happened: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.logaddexp(0.0, np.where(happened, -scores, scores))


def _rows(snapshots: Sequence[_Snapshot]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The features of all snapshots, and the history_span of each row's."""
    return np.vstack([one.features for one in snapshots]), _for_rows(snapshots, [one.history_span for one in snapshots])


def _for_rows(snapshots: Sequence[_Snapshot], values: Sequence[float]) -> NDArray[np.float64]:
    """A value of each snapshot, for all of its rows."""
    return np.repeat(values, [len(one.ids) for one in snapshots])


def _outcomes(snapshots: Sequence[_Snapshot]) -> NDArray[np.int64]:
    return np.concatenate([one.n_contacts for one in snapshots])


def _is_mixed(happened: NDArray[np.bool_]) -> bool:
    """Whether it happened to some and not to all."""
    return bool(happened.any() and not happened.all())
