"""Which candidate of today is which problem of yesterday, so that names, owners and workarounds stay with it.

Shared tickets say so first: a problem that grows keeps what it had. Only where none are shared, as when its incidents
have left the window, is it asked whether the same words recognise both. Whatever a person has put together or parted
stays so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.problems.recognition import Centre, similarity

__all__ = ["SAME_CENTRE", "SHARED_RATIO", "Known", "identify"]

SHARED_RATIO = 0.3
"""So much of the smaller of the two must be shared."""

SAME_CENTRE = 0.6
"""From this cosine on two centres recognise the same."""


@dataclass(frozen=True, slots=True)
class Known:
    """A stored problem.

    Attributes:
        id: its number; of one that was merged into another the other's is asked for by that one alone.
        ticket_ids: that belong to it.
        centre: what it is recognised by.
        is_by_hand: whether a person has put tickets into it or merged others into it; it may then take several
            candidates, and what it holds is never given to another.
    """

    id: int
    ticket_ids: frozenset[str]
    centre: Centre
    is_by_hand: bool = False


def identify(candidates: Sequence[tuple[frozenset[str], Centre]], known: Sequence[Known]) -> list[int | None]:
    """For each candidate the stored problem that it is; None for one that was never seen.

    Args:
        candidates: the tickets of each, and what it is recognised by.
        known: what is stored, without what was merged into another.
    """
    found: list[int | None] = [None] * len(candidates)
    of_ticket = {ticket_id: one for one in known for ticket_id in one.ticket_ids}
    taken: set[int] = set()
    shared = []
    for at, (tickets, _) in enumerate(candidates):
        counts: dict[int, int] = {}
        for ticket_id in tickets:
            if (one := of_ticket.get(ticket_id)) is not None:
                counts[one.id] = counts.get(one.id, 0) + 1
        shared += [(n, at, id_) for id_, n in counts.items()]
    by_id = {one.id: one for one in known}
    for n, at, id_ in sorted(shared, key=lambda each: (-each[0], each[1], each[2])):
        one = by_id[id_]
        is_same = n >= SHARED_RATIO * min(len(candidates[at][0]), len(one.ticket_ids))
        if found[at] is None and is_same and (id_ not in taken or one.is_by_hand):
            found[at] = id_
            taken.add(id_)
    for at, (_, centre) in enumerate(candidates):
        if found[at] is None:
            alike = _alike(centre, [one for one in known if one.id not in taken])
            if alike is not None:
                found[at] = alike
                taken.add(alike)
    return found


def _alike(centre: Centre, known: Sequence[Known]) -> int | None:
    """The problem that the same words recognise; None where no words are alike enough."""
    scored = [(similarity(centre, one.centre), -one.id) for one in known]
    best, minus_id = max(scored, default=(0.0, 0))
    return -minus_id if best >= SAME_CENTRE else None
