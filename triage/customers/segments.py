"""What holds of a customer, each with its reason in numbers; a new segment is a rule function in `SEGMENTS`."""

from collections.abc import Callable
from dataclasses import dataclass

from triage.customers.profile import CustomerProfile, DeskNorms

__all__ = ["SEGMENTS", "Segment", "segments_of"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that holds of a customer, and why."""

    name: str
    reason: str


def frequent_flyer(profile: CustomerProfile, norms: DeskNorms) -> str | None:
    """Calls far more often than other customers of this desk: more contacts in thirty days than 95 of 100 of them."""
    if profile.n_contacts_30d < norms.frequent_flyer_contacts:
        return None
    return f"{profile.n_contacts_30d} contacts in 30 days; a typical customer has {norms.typical_contacts}"


SEGMENTS: tuple[Callable[[CustomerProfile, DeskNorms], str | None], ...] = (frequent_flyer,)
"""Every rule: it answers with the reason where it holds, with None where it does not; its name is the segment's."""


def segments_of(profile: CustomerProfile, norms: DeskNorms) -> tuple[Segment, ...]:
    """The segments that hold of a customer, in the order of `SEGMENTS`."""
    reasons = ((rule.__name__, rule(profile, norms)) for rule in SEGMENTS)
    return tuple(Segment(name, reason) for name, reason in reasons if reason is not None)
