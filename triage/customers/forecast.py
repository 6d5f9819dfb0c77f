"""How likely a customer is to call so often soon: a logistic model of a profile, learned elsewhere, computed here.

A new feature is an entry of `FEATURES`; models that were learned without it keep answering, as they name theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import exp, log, log1p
from typing import NamedTuple

from triage.customers.calendar import DeskCalendar
from triage.customers.profile import CustomerProfile

__all__ = ["FEATURES", "LONGEST_HORIZON", "CallForecast", "FlyerForecast", "features_of"]

LONGEST_HORIZON = 365
"""Days ahead; what is known now says nothing of later ones."""

FEATURES: Mapping[str, Callable[[CustomerProfile], float]] = {
    "log_contacts_7d": lambda p: log1p(p.n_contacts_7d),
    "log_contacts_30d": lambda p: log1p(p.n_contacts_30d),
    "log_contacts_365d": lambda p: log1p(p.n_contacts_365d),
    "log_decayed_4d": lambda p: log1p(p.decayed[0]),
    "log_decayed_8d": lambda p: log1p(p.decayed[1]),
    "log_decayed_15d": lambda p: log1p(p.decayed[2]),
    "log_decayed_30d": lambda p: log1p(p.decayed[3]),
    "log_decayed_90d": lambda p: log1p(p.decayed[4]),
    "log_days_since_last": lambda p: log1p(365.0 if p.days_since_last is None else p.days_since_last),
    "log_days_since_first": lambda p: log1p(p.days_since_first or 0.0),
    "log_rate": lambda p: log1p(p.contacts_per_30d),
    "log_active_days": lambda p: log1p(p.n_active_days_90d),
    "log_active_weeks": lambda p: log1p(p.n_active_weeks_90d),
    "log_topics": lambda p: log1p(p.n_topics),
    "log_services": lambda p: log1p(p.n_services),
    # as if ten more contacts were known, a quarter of them by phone: a first call by phone is no habit
    "log_phone_ratio": lambda p: log((p.channels.get("phone", 0) + 2.5) / (sum(p.channels.values()) + 10)),
}
"""What a forecast looks at, by name."""


class CallForecast(NamedTuple):
    """What a forecast says of a customer: how likely they call so often, and whether they are worth looking after."""

    probability: float
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class FlyerForecast:
    """A logistic model: the probability of at least so many contacts in so many days.

    Attributes:
        n_contacts: so many at least.
        horizon_days: in so many days.
        weights: of each feature, by its name in `FEATURES`.
        intercept: of the score, when days are as busy as usual.
        threshold: the probability from which on a customer is flagged, in days as busy as usual: whoever is worth
            looking after is so in a quiet week, too.
        volume_weight: of the logarithm of how busy the days ahead are.
        calendar: says how busy those are.
    """

    n_contacts: int
    horizon_days: int
    weights: Mapping[str, float]
    intercept: float
    threshold: float
    volume_weight: float = 0.0
    calendar: DeskCalendar = field(default_factory=DeskCalendar)

    def predict(self, profile: CustomerProfile) -> CallForecast:
        """How likely `n_contacts` contacts or more are within `horizon_days` of its moment, 0 to 1; and the flag."""
        score, volume = self._score(profile), self.calendar.volume(profile.as_of, self.horizon_days)
        return CallForecast(
            probability=_logistic(score + self.volume_weight * log(volume)),
            is_flagged=_logistic(score) >= self.threshold,
        )

    def usual_probability(self, profile: CustomerProfile) -> float:
        """The same, were the days ahead as busy as usual; what the threshold is held against."""
        return _logistic(self._score(profile))

    def _score(self, profile: CustomerProfile) -> float:
        return self.intercept + sum([weight * FEATURES[name](profile) for name, weight in self.weights.items()])


def features_of(profile: CustomerProfile) -> list[float]:
    """All features, in the order of `FEATURES`."""
    return [feature(profile) for feature in FEATURES.values()]


def _logistic(score: float) -> float:
    return 1 / (1 + exp(-score)) if score > -700 else 0.0
