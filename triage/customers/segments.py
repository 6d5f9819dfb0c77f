"""What holds of a customer, each with its reason in numbers; a new segment is a rule function in `SEGMENTS`.

A segment is there to help: it never lowers a priority, and what its reason says is shown to the people who help.
"""

from collections.abc import Callable
from dataclasses import dataclass

from triage.customers.norms import DeskNorms
from triage.customers.profile import CustomerProfile
from triage.customers.rates import COUNTS, DURATIONS, FAR_ABOVE, RATIOS, is_far_above

__all__ = ["KINDS", "SEGMENTS", "Segment", "kind_of", "segments_of", "writes_for_many"]

MOST_OF_A_NEWCOMER = 100
"""Nobody makes so many contacts in their first month; of accounts that do, only the latest contacts are looked at."""

USUAL_INCIDENT_RATIO = 0.6
"""Of a desk that has not said how many of its contacts are incidents."""

FEWEST_TO_BLAME, FEWEST_TO_HINT = 3.0, 1.5
"""Where fewer requests (or incidents) were to be expected of somebody, it is chance that there are hardly any."""

Rule = Callable[[CustomerProfile, DeskNorms], str | None]
"""Answers with the reason where it holds, with None where it does not; its name is the segment's."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that holds of a customer, and why."""

    name: str
    reason: str


def on_behalf_of_many(profile: CustomerProfile, _norms: DeskNorms) -> str | None:
    """Not one person: a machine, or a mailbox that many write from; no other segment is said of it."""
    return _accounts_reason(profile)


def frequent_flyer(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    """Calls far more often than other customers of this desk, this month or for as long as they are known."""
    n_30d, n_90d, typical = profile.n_contacts_30d, profile.n_contacts_90d, norms.typical
    if n_30d >= norms.bars["n_contacts_30d"]:
        return f"{n_30d} contacts in 30 days" + _beside(
            norms, f"; a typical customer has {typical['n_contacts_30d']:.0f}"
        )
    if profile.contacts_per_30d >= norms.bars["contacts_per_30d"] and n_90d >= 3:
        return (
            f"{profile.contacts_per_30d:.1f} contacts are expected of them in 30 days, after "
            f"{profile.n_contacts_365d} in a year, {n_90d} of them in 90 days"
            + _beside(norms, f"; a typical customer has {typical['contacts_per_30d']:.1f}")
        )
    return None


def walking_emp(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    """Whatever they touch breaks: incidents in many services, hardly ever a request, fewer than others at the desk."""
    ratio, usual, n = profile.incident_ratio, _usual_incident_ratio(norms), profile.n_typed
    if ratio is None or profile.n_services_with_incidents < norms.bars["n_services_with_incidents"]:
        return None
    if n * (1 - usual) < FEWEST_TO_BLAME:
        return None
    # as if two more of the desk's kind were known
    if (ratio * n + 2 * usual) / (n + 2) < max(0.8, 1 - (1 - usual) / FAR_ABOVE):
        return None
    return (
        f"of their {profile.n_typed} contacts of known type {100 * ratio:.0f} % are incidents, in "
        f"{profile.n_services_with_incidents} services within a year"
        + _beside(norms, f"; a typical customer has them in {norms.typical['n_services_with_incidents']:.0f}")
    )


def tech_savvy(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    """Writes reports that can be worked on at once: steps, environment, what was expected and what happened."""
    precision = profile.writing_precision
    if precision is None or precision < norms.bars["writing_precision"] or profile.n_contacts_365d < 2:
        return None  # one good text is no habit
    return f"their texts bear {100 * precision:.0f} % of the signs of a precise report" + _beside(
        norms, f"; those of a typical customer {100 * norms.typical['writing_precision']:.0f} %"
    )


def troubled(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    """Is being let down, ticket by ticket far more than others: closed too early, handed on, days lost, or says so."""
    reasons = (_closed_too_early, _handed_on, _kept_waiting, _dissatisfied)
    return "; and ".join(said for reason in reasons if (said := reason(profile, norms))) or None


def newcomer(profile: CustomerProfile, _norms: DeskNorms) -> str | None:
    """First contacted the desk in the last thirty days, or for the first time in a year: much is new to them."""
    days = profile.days_since_first
    if days is None or days >= 30 or profile.n_contacts_365d >= MOST_OF_A_NEWCOMER:
        return None
    return f"first contact within a year {days:.0f} days ago"


def gone_quiet(profile: CustomerProfile, _norms: DeskNorms) -> str | None:
    """Used to call and has stopped: content, gone, or given up on the desk."""
    before = profile.n_contacts_365d - profile.n_contacts_90d
    if profile.n_contacts_90d or before < 6:
        return None
    return f"no contact in 90 days, {before} in the nine months before"


def quiet(profile: CustomerProfile, _norms: DeskNorms) -> str | None:
    """Hardly ever calls; of somebody whom nobody has heard of it is not said."""
    n, first, last = profile.n_contacts_365d, profile.days_since_first, profile.days_since_last
    if first is None or last is None or n > 2 or first < 90 or last < 30:
        return None
    return f"{n} contact{'s' if n > 1 else ''} within a year, the last one {last:.0f} days ago"


SEGMENTS: tuple[Rule, ...] = (
    on_behalf_of_many,
    frequent_flyer,
    walking_emp,
    tech_savvy,
    troubled,
    newcomer,
    gone_quiet,
    quiet,
)
"""Every rule, in the order in which segments are told."""


def one_unsolved_problem(profile: CustomerProfile, _norms: DeskNorms) -> str | None:
    """Calls about the same thing again and again: it wants a root cause, not another answer."""
    n = profile.n_contacts_90d
    if profile.n_main_topic_90d < 4 or profile.n_main_topic_90d < 0.4 * n:
        return None
    return f"{profile.n_main_topic_90d} of {n} contacts in 90 days are about {profile.main_topic}"


def needs_training(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    """Asks for things, or how things are done, far more than others: an hour of explaining saves ten calls."""
    if profile.incident_ratio is None or profile.n_typed < 4:
        return None
    n = profile.n_contacts_365d
    if profile.n_how_to >= 3 and profile.n_how_to >= max(0.2, FAR_ABOVE * (norms.rates.how_to_ratio or 0.0)) * n:
        return f"{profile.n_how_to} of {n} contacts ask how something is done"
    usual = _usual_incident_ratio(norms)
    if profile.n_typed * usual >= FEWEST_TO_HINT and profile.incident_ratio <= min(0.3, usual / 2):
        share = 100 * (1 - profile.incident_ratio)
        return f"{share:.0f} % of their {profile.n_typed} contacts of known type were no incidents"
    return None


def fragile_setup(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    """Incidents in one service after the other, and more of them than usual: the set-up itself wants looking at."""
    ratio, usual = profile.incident_ratio, _usual_incident_ratio(norms)
    if ratio is None or profile.n_services_with_incidents < 4 or profile.n_typed * (1 - usual) < FEWEST_TO_HINT:
        return None
    if ratio < max(0.7, 1 - 0.75 * (1 - usual)):
        return None
    return (
        f"{100 * ratio:.0f} % of their {profile.n_typed} contacts of known type are incidents, in "
        f"{profile.n_services_with_incidents} services"
    )


KINDS: tuple[Rule, ...] = (on_behalf_of_many, one_unsolved_problem, fragile_setup, needs_training)
"""Why somebody calls often; the first that holds is told, because the remedy differs."""


def segments_of(profile: CustomerProfile, norms: DeskNorms) -> tuple[Segment, ...]:
    """The segments that hold of a customer, in the order of `SEGMENTS`."""
    found = tuple(Segment(rule.__name__, reason) for rule in SEGMENTS if (reason := rule(profile, norms)) is not None)
    return found[:1] if writes_for_many(profile) else found


def kind_of(profile: CustomerProfile, norms: DeskNorms) -> Segment | None:
    """Why they call as often as they do; None where nothing stands out."""
    return next((Segment(rule.__name__, reason) for rule in KINDS if (reason := rule(profile, norms))), None)


def writes_for_many(profile: CustomerProfile) -> bool:
    """Whether this is not one person; such accounts say nothing of what is ordinary."""
    return _accounts_reason(profile) is not None


def _closed_too_early(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    n_reopened, n, usual = profile.n_reopened, profile.n_reopens_known, norms.rates.reopened_ratio
    if usual is None or profile.n_reopens < norms.bars["n_reopens"] or not is_far_above(n_reopened, n, usual, RATIOS):
        return None
    return f"{n_reopened} of {n} tickets were reopened; at this desk {_of_hundred(usual)}"


def _handed_on(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    mean, n, usual = profile.mean_reassignments, profile.n_reassignments_known, norms.rates.mean_reassignments
    if mean is None or usual is None or mean < norms.bars["mean_reassignments"]:
        return None
    if not is_far_above(mean * n, n, usual, COUNTS):
        return None
    return f"their {n} tickets were handed on {mean:.1f} times on average; at this desk {usual:.1f} times"


def _kept_waiting(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    mean, n, usual = profile.mean_hours_lost_90d, profile.n_resolved_90d, norms.rates.mean_hours_lost
    if mean is None or usual is None or profile.hours_lost_90d < norms.bars["hours_lost_90d"]:
        return None
    if not is_far_above(mean * n, n, usual, DURATIONS):
        return None
    return f"{n} incidents of 90 days cost them {mean:.1f} hours each; at this desk one costs {usual:.1f}"


def _dissatisfied(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    satisfaction, n, usual = profile.satisfaction, profile.n_satisfaction, norms.satisfaction or 0.0
    # of a scale that goes below nothing it is not known what four fifths are
    if satisfaction is None or usual <= 0 or n < 2:
        return None
    # two answers of the desk's mean are added, so that one bad day is not a grudge
    if (satisfaction * n + 2 * usual) / (n + 2) >= 0.8 * usual:
        return None
    return f"their {n} answers give {satisfaction:.1f}, the desk's mean is {usual:.1f}"


def _of_hundred(ratio: float) -> str:
    """A ratio in words, such as "7 of 100 are"; of a rare thing more tickets are named."""
    of = next((of for of in (100, 1_000) if round(of * ratio)), 10_000)
    n = round(of * ratio)
    return f"{n} of {of:,} {'is' if n == 1 else 'are'}"


def _usual_incident_ratio(norms: DeskNorms) -> float:
    known = norms.rates.incident_ratio
    return USUAL_INCIDENT_RATIO if known is None else known


def _beside(norms: DeskNorms, said: str) -> str:
    """What is ordinary, at the end of a reason; nothing where nobody has learned it."""
    return said if norms.n_customers else ""


def _accounts_reason(profile: CustomerProfile) -> str | None:
    """Why a profile is no person's, whatever is ordinary at the desk."""
    if (profile.automatic_ratio or 0.0) >= 0.5:
        n_automatic = round((profile.automatic_ratio or 0.0) * profile.n_contacts_365d)
        return f"a machine wrote {n_automatic} of {profile.n_contacts_365d} contacts"
    if profile.n_contacts_365d < 40 or len(profile.channels) != 1 or profile.n_services < 15:
        return None
    (channel,) = profile.channels
    return f"{profile.n_contacts_365d} contacts in a year, all by {channel}, about {profile.n_services} services"
