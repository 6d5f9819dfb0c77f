"""What is ordinary at a desk: what a typical customer's profile shows, and from where on a measure stands out.

Learned from the profiles of a whole desk, kept with its model, and set by hand where a desk knows better.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor, fsum
from statistics import fmean, median

from triage.customers.profile import UNKNOWN_DESK, CustomerProfile, RatePrior
from triage.customers.rates import FAR_ABOVE, DeskRates
from triage.errors import InvalidInput

__all__ = ["BARS", "CROWD", "Bar", "DeskNorms", "learn_norms", "learn_prior"]


@dataclass(frozen=True, slots=True)
class Bar:
    """From where on a measure stands out: a quantile of the desk's active customers, and never less than a floor.

    Without a quantile the floor stands, whatever others have: of the total of what somebody suffered a quantile would
    find those who call most.

    A bar that the typical customer reaches is no bar: it lies `times` what they have, or so many points (`more`) above.
    Nor is one that a crowd reaches: where customers are tied at the quantile, the next larger value is the bar, and
    where there is none, what lies as far above them as it must above the typical customer.
    """

    quantile: float | None
    floor: float
    times: float = FAR_ABOVE
    more: float = 0.0

    def learn(self, ordered: Sequence[float], typical: float) -> float:
        """The bar of a desk.

        Args:
            ordered: what its active customers have, the least first.
            typical: the median of it.
        """
        if self.quantile is None or not ordered:
            return self.floor
        bar = max(self.floor, _quantile(ordered, self.quantile), self._above(typical))
        meant = (1 - self.quantile) * len(ordered)
        if len(ordered) - bisect_left(ordered, bar) <= max(1.0, CROWD * meant + 1e-9):
            return bar
        above = ordered[bisect_right(ordered, bar) :]
        return above[0] if above else self._above(bar)

    def _above(self, value: float) -> float:
        """What is far above a value."""
        return self.times * value + self.more


CROWD = 2.0
"""So many times as many customers as a quantile is to find are a crowd; of a small desk one customer is none."""


BARS: Mapping[str, Bar] = {
    "contacts_per_30d": Bar(0.95, 2.0),
    "n_contacts_30d": Bar(0.95, 3.0),
    "n_services_with_incidents": Bar(0.80, 8.0),  # their share of incidents tells the rest
    "writing_precision": Bar(0.90, 0.5, times=1.0, more=0.1),  # half a sign of five
    "mean_reassignments": Bar(None, 1.0),
    "hours_lost_90d": Bar(None, 16.0),  # two working days
    "n_reopens": Bar(None, 2.0),
}
"""The measures that segments ask about; the last three are the least that is worth a word, and a rate decides."""

FEWEST_TICKETS = 100
"""Of fewer a desk's rate is not told: by chance it would be half or twice as much."""

MOST_ALIKE = 100.0
"""The shape of a prior where customers differ no more than chance makes them."""


@dataclass(frozen=True, slots=True)
class DeskNorms:
    """What is ordinary at a desk.

    Attributes:
        n_customers: so many active ones it was learned from: people who contacted the desk in ninety days.
        prior: what is believed of a customer's rate before they are known.
        typical: the median of each measure of `BARS`.
        bars: from where on each of them stands out.
        satisfaction: the desk's mean answer; None where nobody answers.
        rates: how often things happen there, ticket by ticket; a segment does not judge by one that is not known.
    """

    n_customers: int = 0
    prior: RatePrior = UNKNOWN_DESK
    typical: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(BARS, 0.0))
    bars: Mapping[str, float] = field(default_factory=lambda: {name: bar.floor for name, bar in BARS.items()})
    satisfaction: float | None = None
    rates: DeskRates = field(default_factory=DeskRates)

    def with_bars(self, given: Mapping[str, float]) -> "DeskNorms":
        """The same with some bars as a desk sets them.

        Raises:
            InvalidInput: for a measure that no segment asks about.
        """
        if unknown := [name for name in given if name not in BARS]:
            raise InvalidInput(f"No segment asks about {unknown[0]!r}. Known: {', '.join(BARS)}.")
        return replace(self, bars={**self.bars, **given})


def learn_norms(profiles: Iterable[CustomerProfile]) -> DeskNorms:
    """What is ordinary, from the profiles of all customers of a desk but those who write for many."""
    known = list(profiles)
    active = [profile for profile in known if profile.n_contacts_90d]
    typical, bars = {}, {}
    for name, bar in BARS.items():
        values = sorted(value for profile in active if (value := getattr(profile, name)) is not None)
        typical[name] = float(median(values)) if values else 0.0
        bars[name] = bar.learn(values, typical[name])
    answered = [p.satisfaction for p in active if p.satisfaction is not None]
    return DeskNorms(
        n_customers=len(active),
        prior=learn_prior(known),
        typical=typical,
        bars=bars,
        satisfaction=fmean(answered) if answered else None,
        rates=_learn_rates(known),
    )


def learn_prior(profiles: Iterable[CustomerProfile]) -> RatePrior:
    """How customers' rates are spread, by the moments of their further contacts over the days they are known.

    With x further contacts in t days, mean rate m and variance v between customers: E[(x - m t)^2] = m t + v t^2.
    """
    pairs = [(p.n_contacts_365d - 1, p.days_since_first) for p in profiles if p.days_since_first]
    days = sum(t for _, t in pairs)
    mean = sum(x for x, _ in pairs) / days if days else 0.0
    if not mean:
        return UNKNOWN_DESK
    variance = sum((x - mean * t) ** 2 - mean * t for x, t in pairs) / sum(t * t for _, t in pairs)
    shape = min(MOST_ALIKE, mean * mean / variance) if variance > 0 else MOST_ALIKE
    return RatePrior(shape, shape / mean)


def _learn_rates(known: Sequence[CustomerProfile]) -> DeskRates:
    """Of all tickets of a year together, so that a customer counts as often as they called."""
    return DeskRates(
        reopened_ratio=_rate((p.n_reopened, p.n_reopens_known) for p in known),
        mean_reassignments=_rate(
            ((p.mean_reassignments or 0.0) * p.n_reassignments_known, p.n_reassignments_known) for p in known
        ),
        mean_hours_lost=_rate(((p.mean_hours_lost_90d or 0.0) * p.n_resolved_90d, p.n_resolved_90d) for p in known),
        incident_ratio=_rate(((p.incident_ratio or 0.0) * p.n_typed, p.n_typed) for p in known),
        how_to_ratio=_rate((p.n_how_to, p.n_contacts_365d) for p in known),
    )


def _rate(counted: Iterable[tuple[float, int]]) -> float | None:
    """What happened over the tickets of which it is known; None of few."""
    pairs = list(counted)
    total, n = fsum(total for total, _ in pairs), sum(n for _, n in pairs)
    return total / n if n >= FEWEST_TICKETS else None


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile of sorted values, linear between them, as numpy has it."""
    at = share * (len(ordered) - 1)
    low, high = ordered[floor(at)], ordered[ceil(at)]
    return low + (high - low) * (at - floor(at))
