"""A history as risk is learned from it: tickets in the order of their opening, and what became of each.

Another outcome is a line in `_became`, a name in `triage.risk.OUTCOMES`, and its words there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from training.histories.ends import as_moments, find_ends
from training.histories.split import MOST
from triage.risk import HOURS, OUTCOMES
from triage.ticket import NewTicket, WorkedTicket

__all__ = ["RiskHistory", "flag_ends", "risk_history"]

EXPECTED_AFTER = 30
"""So often must it have been set before a flag's end, and be expected after it: fewer may fail to come by chance."""

DRIED_UP = 0.05
"""A flag has ended where it is set this often, at most, of what it was before."""

_DAY = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class RiskHistory:
    """Tickets in the order of their opening.

    Attributes:
        filed: as they were filed.
        opened: when, in days since 1970, or their place in the file; float64 of shape (n,), rising.
        settled: when what became of them was final, in the same unit; NaN for a ticket that is open; shape (n,).
        became: by outcome 1 where it happened and 0 where not, NaN where nobody knows; float64 of shape (n,).
        hours: to the resolution, NaN where nobody knows; shape (n,).
        is_dated: whether the order is one of time.
        remarks: what was left out and why, a sentence each.
    """

    filed: Sequence[NewTicket]
    opened: NDArray[np.float64]
    settled: NDArray[np.float64]
    became: dict[str, NDArray[np.float64]]
    hours: NDArray[np.float64]
    is_dated: bool
    remarks: tuple[str, ...] = ()


def risk_history(tickets: Sequence[WorkedTicket], *, as_they_stand: bool = False) -> RiskHistory:
    """The history, by time where nine of ten tickets have dates, else in the order of the file.

    Stray dates (`training/histories/ends.py`) decide nothing: their tickets are left out.

    Args:
        tickets: in any order where they have dates.
        as_they_stand: whether every flag is believed, and known as soon as its ticket is opened. No desk knows so much;
            published figures assume it.
    """
    dated = [ticket for ticket in tickets if ticket.filed.opened_at is not None]
    is_dated = bool(tickets) and len(dated) >= MOST * len(tickets)
    if is_dated:
        ends = find_ends(as_moments(t.filed.opened_at for t in dated if t.filed.opened_at is not None))
        kept = [t for t in dated if t.filed.opened_at is not None and ends.hold(t.filed.opened_at)]
        tickets = sorted(kept, key=_opened_at)
        opened = np.asarray([_opened_at(ticket) for ticket in tickets]) / _DAY
        settled = np.asarray([_days(ticket.settled_at) for ticket in tickets], dtype=np.float64)
        if 2 * np.isnan(settled).sum() > len(tickets):
            settled = opened.copy()  # a desk that does not record when it closes
    else:
        opened = np.arange(len(tickets), dtype=np.float64)
        settled = opened.copy()
    became = {name: np.asarray([_became(t, name) for t in tickets], dtype=np.float64) for name in OUTCOMES}
    for column in became.values():
        column[np.isnan(settled)] = np.nan  # what an open ticket has is today's
    hours = np.asarray([_hours(ticket) for ticket in tickets], dtype=np.float64)
    if as_they_stand:
        settled = np.where(np.isnan(settled), np.nan, opened)
    remarks = _end_flag(became["sla_missed"], settled) if is_dated and not as_they_stand else ()
    return RiskHistory([ticket.filed for ticket in tickets], opened, settled, became, hours, is_dated, remarks)


def flag_ends(settled: NDArray[np.float64], flags: NDArray[np.float64]) -> float | None:
    """The moment from which on a flag is set (almost) never, though it was before; None where there is none.

    An export is made once, and whatever sets a flag may have stopped before: what is settled later looks spotless.
    The place is where parting the tickets in two explains their flags best (a change point of a Bernoulli sequence).

    Args:
        settled: when each ticket was settled, NaN where it was not.
        flags: 1, 0, or NaN where nobody knows.
    """
    known = np.flatnonzero(~(np.isnan(settled) | np.isnan(flags)))
    order = known[np.argsort(settled[known], kind="stable")]
    if order.size < 2 * EXPECTED_AFTER:
        return None
    n = order.size
    before = np.cumsum(flags[order])[:-1]
    n_before = np.arange(1, n)
    after, n_after = before[-1] + flags[order][-1] - before, n - n_before
    gain = _likelihood(before, n_before) + _likelihood(after, n_after)
    rate, later = before / n_before, after / n_after
    is_end = (later <= DRIED_UP * rate) & (np.minimum(before, rate * n_after) >= EXPECTED_AFTER)
    if not is_end.any():
        return None
    at = int(np.where(is_end, gain, -np.inf).argmax())
    return float(settled[order[at + 1]])


def _likelihood(hits: NDArray[np.float64], n: NDArray[np.int64]) -> NDArray[np.float64]:
    rate = np.clip(hits / n, 1e-9, 1 - 1e-9)
    likelihood: NDArray[np.float64] = hits * np.log(rate) + (n - hits) * np.log(1 - rate)
    return likelihood


def _end_flag(missed: NDArray[np.float64], settled: NDArray[np.float64]) -> tuple[str, ...]:
    """Forgets the flags that were given after the flag had ended, and says so."""
    end = flag_ends(settled, missed)
    if end is None:
        return ()
    unknown = ~(settled < end)
    n = int((unknown & ~np.isnan(missed)).sum())
    missed[unknown] = np.nan
    day = np.datetime64(round(end * _DAY), "s").astype("datetime64[D]")
    sentence = (
        f"From {day} on hardly any ticket that was settled has missed its SLA, though many had before: the flag was no "
        f"longer written. What it says of {n:,} tickets is not believed."
    )
    return (sentence,)


def _became(ticket: WorkedTicket, outcome: str) -> float:
    if outcome == "sla_missed":
        return np.nan if ticket.made_sla is None else float(not ticket.made_sla)
    count = ticket.reassignments if outcome == "handed_on" else ticket.reopens
    return np.nan if count is None else float(count > 0)


def _hours(ticket: WorkedTicket) -> float:
    opened, ended = ticket.filed.opened_at, ticket.resolved_at or ticket.closed_at
    if opened is None or ended is None or ended < opened:
        return np.nan
    return (ended - opened).total_seconds() / 3600


def _opened_at(ticket: WorkedTicket) -> float:
    assert ticket.filed.opened_at is not None  # noqa: S101  (only dated tickets are asked)
    return ticket.filed.opened_at.timestamp()


def _days(moment: datetime | None) -> float:
    return np.nan if moment is None else moment.timestamp() / _DAY


def named(outcome: str) -> str:
    """An outcome in words, for sentences."""
    return "the time to resolve" if outcome == HOURS else f"whether a ticket will {OUTCOMES[outcome]}"
