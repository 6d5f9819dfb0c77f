"""Whether something happens to one customer far more often than at the desk: rates, never totals.

Whoever calls most has most of everything. So what happened to a customer is divided by how often it could have, held
towards the desk's own rate the more the fewer tickets there are, and compared with it.
"""

from dataclasses import dataclass
from math import sqrt

__all__ = [
    "COUNTS",
    "DURATIONS",
    "FAR_ABOVE",
    "PRIOR_TICKETS",
    "RATIOS",
    "DeskRates",
    "Spread",
    "held_rate",
    "is_far_above",
]

PRIOR_TICKETS = 20.0
"""A customer is believed to be served as the desk serves everybody until so many tickets say as much as that belief."""

FAR_ABOVE = 1.5
"""An ordinary rate is less than half as much again as the desk's."""

_NINE_IN_TEN = 1.2816
"""So many standard deviations below a mean lies what is exceeded with a probability of 90 %."""


@dataclass(frozen=True, slots=True)
class DeskRates:
    """How often something happens at a desk, ticket by ticket; None where too little is known to say.

    Attributes:
        reopened_ratio: tickets that were closed too early, 0 to 1.
        mean_reassignments: how often a ticket is handed on.
        mean_hours_lost: to an incident of ninety days, once resolved; of each forty at most.
        incident_ratio: incidents among the contacts whose type is known, 0 to 1.
        how_to_ratio: contacts that ask how something is done, 0 to 1.
    """

    reopened_ratio: float | None = None
    mean_reassignments: float | None = None
    mean_hours_lost: float | None = None
    incident_ratio: float | None = None
    how_to_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How far single tickets lie from a mean m: their variance is `linear * m + quadratic * m ** 2`."""

    linear: float
    quadratic: float


RATIOS = Spread(1, -1)
"""Of yes and no: binomial, with a Beta prior."""

COUNTS = Spread(1, 1)
"""Of how often: geometric, with a Beta prior. A ticket that went astray once may again, which Poisson does not know."""

DURATIONS = Spread(0, 1)
"""Of how long: exponential, with a Gamma prior on the rate at which things end."""


def held_rate(total: float, n: int, usual: float, spread: Spread) -> tuple[float, float]:
    """A customer's rate held towards the desk's, and the standard deviation of what it may be.

    Posterior mean and variance under the conjugate prior whose mean is the desk's rate (empirical Bayes), which counts
    as much as `PRIOR_TICKETS` tickets. One formula serves all distributions whose variance is a quadratic of the mean:
    C. N. Morris, Natural Exponential Families with Quadratic Variance Functions: Statistical Theory, Annals of
    Statistics 11 (1983), 515-529.

    Args:
        total: of what happened, over all tickets.
        n: tickets of which it is known.
        usual: the desk's rate.
        spread: of what kind it is.
    """
    weight = n + PRIOR_TICKETS
    mean = (total + PRIOR_TICKETS * usual) / weight
    return mean, sqrt((spread.linear * mean + spread.quadratic * mean * mean) / (weight - spread.quadratic))


def is_far_above(total: float, n: int, usual: float | None, spread: Spread) -> bool:
    """Whether a customer's rate is `FAR_ABOVE` times the desk's with a probability of about 90 %.

    The probability is that of a normal distribution with the same mean and deviation, which is on the careful side of
    rare things. Where the desk's rate is not known, or 0 (perhaps it is not recorded), nobody is compared with it.

    Args:
        total: of what happened, over all tickets.
        n: tickets of which it is known.
        usual: the desk's rate.
        spread: of what kind it is.
    """
    if not usual:
        return False
    mean, deviation = held_rate(total, n, usual, spread)
    return mean - _NINE_IN_TEN * deviation > FAR_ABOVE * usual
