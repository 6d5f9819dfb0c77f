"""What stands out of a window beside the days before it, in one sentence; and the names of measures for people."""

from collections.abc import Iterator, Mapping
from math import log, sqrt
from types import MappingProxyType

from triage.measures.counts import DayCounts
from triage.measures.figures import SHARES, time_to_resolve
from triage.quality import Tally

__all__ = ["NAMES", "outstanding", "shown_hours"]

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "incident_share": "Incidents",
        "request_share": "Requests",
        "first_contact_resolution": "First contact resolution",
        "handed_on": "Handed on",
        "reopened": "Reopened (rework)",
        "sla_met": "SLA met",
        "response_rate": "Response rate",
        "knowledge_use": "Knowledge use",
        "repeat_share": "Repeat incidents",
    }
)
"""Of every share."""

_SURE = 3.0
"""Standard deviations from which on a difference is told: of a dozen measures one in four hundred windows shows one by
chance."""

_SPREAD_OF_HOURS = 2.5  # of the logarithm's median by its root of n: times to resolve spread over three magnitudes
_FEWEST = 30


def outstanding(now: DayCounts, before: DayCounts, days: int) -> str:
    """The one difference that is hardest to explain by chance.

    Args:
        now: of the window.
        before: of as many days before it.
        days: of each.
    """
    if not now.opened and not now.resolved:
        return "No ticket was opened or resolved in this time."
    if not before.opened and not before.resolved:
        return f"Nothing is known of the {days} days before, so there is nothing to compare with."
    found = sorted(_differences(now, before, days), key=lambda each: -abs(each[0]))
    if not found or abs(found[0][0]) < _SURE:
        return f"Nothing stands out beside the {days} days before."
    return found[0][1]


def shown_hours(hours: float) -> str:
    """Hours as people say them."""
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def _differences(now: DayCounts, before: DayCounts, days: int) -> Iterator[tuple[float, str]]:
    """How many standard deviations each measure has moved, and that in words."""
    if now.opened and before.opened:
        # days of one desk vary more than chance has it: by their own root and a tenth of their number
        spread = sqrt(now.opened + before.opened + (0.1 * before.opened) ** 2)
        changed = now.opened / before.opened - 1
        way = "up" if changed > 0 else "down"
        said = f"Volume is {way} by {abs(changed):.0%} on the {days} days before: {now.opened:,} tickets"
        yield (now.opened - before.opened) / spread, f"{said}, after {before.opened:,}."
    for name, share in SHARES.items():
        late, early = share(now), share(before)
        if name != "request_share" and late is not None and early is not None and min(late.n, early.n) >= _FEWEST:
            yield _of_share(NAMES[name], late, early, days)
    late_hours, early_hours = time_to_resolve(now), time_to_resolve(before)
    if late_hours and early_hours and min(late_hours.n, early_hours.n) >= _FEWEST and early_hours.median > 0:
        ratio = max(late_hours.median, 1e-3) / early_hours.median
        deviations = log(ratio) / (_SPREAD_OF_HOURS * sqrt(1 / late_hours.n + 1 / early_hours.n))
        said = f"The median time to resolve is {shown_hours(late_hours.median)}"
        yield deviations, f"{said}, after {shown_hours(early_hours.median)} in the {days} days before."


def _of_share(name: str, late: Tally, early: Tally, days: int) -> tuple[float, str]:
    together = (late.n_hits + early.n_hits) / (late.n + early.n)
    deviation = sqrt(together * (1 - together) * (1 / late.n + 1 / early.n))
    difference = late.n_hits / late.n - early.n_hits / early.n
    said = (
        f"{name}: {late.n_hits / late.n:.1%} of {late.n:,} tickets, "
        f"after {early.n_hits / early.n:.1%} in the {days} days before."
    )
    return (difference / deviation if deviation else 0.0), said
