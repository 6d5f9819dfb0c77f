"""How likely a customer is to call so often soon: a logistic model of a profile, learned elsewhere, computed here.

A new sign is an entry of `SIGNS`; models that were learned without it keep answering, as they name theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, log, log1p

from triage.customers.profile import CustomerProfile

__all__ = ["LASTING_SIGNS", "SIGNS", "FlyerForecast", "signs_of"]

SIGNS: Mapping[str, Callable[[CustomerProfile], float]] = {
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

LASTING_SIGNS = ("log_contacts_365d", "log_phone_ratio")
"""The signs that change slowly: learned from them alone, a forecast ranks by habit, not by the last weeks' trouble."""


@dataclass(frozen=True, slots=True)
class FlyerForecast:
    """A logistic model: the probability of at least so many contacts in so many days.

    Attributes:
        n_contacts: so many at least.
        horizon_days: in so many days.
        weights: of each sign, by its name in `SIGNS`.
        intercept: of the score.
        threshold: the probability from which on a customer is flagged.
    """

    n_contacts: int
    horizon_days: int
    weights: Mapping[str, float]
    intercept: float
    threshold: float

    def probability(self, profile: CustomerProfile) -> float:
        """Of at least `n_contacts` contacts within `horizon_days` of the profile's moment, 0 to 1."""
        score = self.intercept + sum(weight * SIGNS[name](profile) for name, weight in self.weights.items())
        return 1 / (1 + exp(-score)) if score > -700 else 0.0


def signs_of(profile: CustomerProfile) -> list[float]:
    """All signs, in the order of `SIGNS`."""
    return [sign(profile) for sign in SIGNS.values()]
