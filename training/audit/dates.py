"""Tickets whose dates lie far apart from all others."""

from collections.abc import Iterator

from training.audit.excerpt import Excerpt
from training.audit.finding import Finding
from training.histories.ends import as_moments, find_ends

__all__ = ["find_stray_dates"]

N_EXAMPLES = 10


def find_stray_dates(excerpt: Excerpt) -> Iterator[Finding]:
    """Find the few tickets at either end of a history that do not decide where it begins and ends."""
    opened = [(t.filed.opened_at, t.filed.id) for t in excerpt.history if t.filed.opened_at is not None]
    if not opened:
        return
    ends = find_ends(as_moments(at for at, _ in opened))
    if not ends.stray:
        return
    examples = [ticket_id for at, ticket_id in sorted(opened) if not ends.hold(at)]
    said = "; ".join(map(str, ends.stray))
    yield Finding(
        kind="stray_dates",
        severity="note",
        sentence=(
            f"Tickets that lie apart: {said}. The history is taken to begin on {ends.first:%Y-%m-%d} and to end on "
            f"{ends.last:%Y-%m-%d}."
        ),
        advice="Mend their dates if they are mistyped. They are learned from, and stand on neither side of a split.",
        n_rows=len(examples),
        examples=tuple(examples[:N_EXAMPLES]),
        effects={"share_of_tickets": len(examples) / len(opened)},
    )
