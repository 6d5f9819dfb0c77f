"""What holds of a customer, each with its reason in numbers; a new segment is a rule function in `SEGMENTS`.

A segment is there to help: it never lowers a priority, and what its reason says is shown to the people who help.
"""

from collections.abc import Callable
from dataclasses import dataclass

from triage.customers.norms import DeskNorms
from triage.customers.profile import CustomerProfile

__all__ = ["KINDS", "SEGMENTS", "Segment", "kind_of", "segments_of", "writes_for_many"]

MOST_OF_A_NEWCOMER = 100
"""Nobody makes so many contacts in their first month; of accounts that do, only the latest contacts are looked at."""

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
    """Whatever they touch breaks: incidents in many services, and hardly ever a request."""
    ratio = profile.incident_ratio
    if ratio is None or profile.n_services_with_incidents < norms.bars["n_services_with_incidents"]:
        return None
    if (ratio * profile.n_typed + 1.2) / (profile.n_typed + 2) < 0.8:  # as if two more of the usual kind were known
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
    """Is being let down: tickets closed too early or handed on, days lost, or answers that say so."""
    said = []
    if profile.n_reopens >= norms.bars["n_reopens"]:
        said.append(f"tickets of theirs were closed too early and opened again {profile.n_reopens} times")
    reassignments = profile.mean_reassignments
    if reassignments is not None and profile.n_contacts_365d >= 3 and reassignments >= norms.bars["mean_reassignments"]:
        said.append(
            f"their tickets are handed on {reassignments:.1f} times on average"
            + _beside(norms, f", a typical customer's {norms.typical['mean_reassignments']:.1f} times")
        )
    if profile.hours_lost_90d >= norms.bars["hours_lost_90d"]:
        said.append(
            f"incidents of 90 days kept them waiting for {profile.hours_lost_90d:.0f} hours in all"
            + _beside(norms, f", a typical customer for {norms.typical['hours_lost_90d']:.0f}")
        )
    satisfaction = profile.satisfaction
    # of a scale that goes below nothing it is not known what four fifths are
    usual = norms.satisfaction or 0.0
    if satisfaction is not None and usual > 0 and profile.n_satisfaction >= 2:
        # two answers of the desk's mean are added, so that one bad day is not a grudge
        held = (satisfaction * profile.n_satisfaction + 2 * usual) / (profile.n_satisfaction + 2)
        if held < 0.8 * usual:
            said.append(
                f"their {profile.n_satisfaction} answers give {satisfaction:.1f}, the desk's mean is {usual:.1f}"
            )
    return "; ".join(said) or None


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


def needs_training(profile: CustomerProfile, _norms: DeskNorms) -> str | None:
    """Mostly asks for things, or how things are done: an hour of explaining saves ten calls."""
    if profile.incident_ratio is None or profile.n_typed < 4:
        return None
    n = profile.n_contacts_365d
    if profile.n_how_to >= 3 and profile.n_how_to >= 0.2 * n:
        return f"{profile.n_how_to} of {n} contacts ask how something is done"
    if profile.incident_ratio <= 0.3:
        share = 100 * (1 - profile.incident_ratio)
        return f"{share:.0f} % of their {profile.n_typed} contacts of known type were no incidents"
    return None


def fragile_setup(profile: CustomerProfile, _norms: DeskNorms) -> str | None:
    """Incidents in one service after the other: the set-up itself wants looking at."""
    if profile.incident_ratio is None or profile.n_services_with_incidents < 4 or profile.incident_ratio < 0.7:
        return None
    return (
        f"{100 * profile.incident_ratio:.0f} % of their {profile.n_typed} contacts of known type are incidents, in "
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
