"""Tickets set aside to measure on, so that the measure says how the model will do and not what it remembers.

Forward in time where the history has dates; else by customer; else at random. Without dates a text that stands there
twice is kept once, and nearly the same text stands on one side only, as the same words on both would flatter.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.histories.dataset import closed_tickets, without_repeats
from training.histories.ends import as_moments, find_ends
from training.histories.near_duplicates import near_duplicate_groups
from triage.errors import UnusableTraining
from triage.ticket import WorkedTicket

__all__ = ["Split", "groups_of", "random_split", "split_history"]

Kind = Literal["forward", "by customer", "at random"]

MOST = 0.9
"""A history has dates, or customers, where at least this share of its tickets has."""

SPANS_PER_GAP = 30
"""A history shorter than so many gaps is parted without one: the gap would cost more tickets than it is worth."""


@dataclass(frozen=True, slots=True)
class Split:
    """Tickets to learn from and tickets to measure on.

    Attributes:
        kind: how they were parted.
        train: the earlier ones, or those of other customers.
        test: the later ones; none of them was seen by the fit.
        n_left_out: tickets in neither, as they are open, repeat another's text or nearly repeat one that is measured
            on, were opened in the gap, were settled after the cut, or have a stray date, of which nobody knows on which
            side it belongs.
        cut: where time is parted; None for the other kinds.
        remark: in words, the gap before the cut with the number of tickets in it, which dates are stray, or which part
            of the usual care could not be taken and why; often empty.
        train_families: a number for what each of `train` nearly says, int64 of shape (n,), in the order of appearance;
            None where nobody compared them.
        test_families: the same for `test`.
    """

    kind: Kind
    train: list[WorkedTicket]
    test: list[WorkedTicket]
    n_left_out: int
    cut: datetime | None = None
    remark: str = ""
    train_families: NDArray[np.int64] | None = field(default=None, compare=False, repr=False)
    test_families: NDArray[np.int64] | None = field(default=None, compare=False, repr=False)

    def train_groups(self) -> NDArray[np.int64]:
        """Which tickets to learn from belong together, int64 of shape (n,)."""
        return groups_of(self.train, self.kind, self.train_families)

    def test_groups(self) -> NDArray[np.int64]:
        """Which tickets to measure on belong together, int64 of shape (n,)."""
        return groups_of(self.test, self.kind, self.test_families)

    def sample(self, n: int, *, seed: int) -> "Split":
        """The same split of about n of its tickets, drawn from both sides in proportion; itself if it has no more."""
        total = len(self.train) + len(self.test)
        if total <= n:
            return self
        chance = np.random.default_rng(seed)
        train, test = (
            np.sort(chance.permutation(len(part))[: max(1, round(n * len(part) / total))])
            for part in (self.train, self.test)
        )
        return replace(
            self,
            train=[self.train[i] for i in train.tolist()],
            test=[self.test[i] for i in test.tolist()],
            n_left_out=self.n_left_out + total - train.size - test.size,
            train_families=None if self.train_families is None else self.train_families[train],
            test_families=None if self.test_families is None else self.test_families[test],
        )

    def __str__(self) -> str:
        """In words, for reports and cards."""
        at = f" at {self.cut:%Y-%m-%d %H:%M} UTC" if self.cut else ""
        at += f" ({self.remark})" if self.remark else ""
        return (
            f"{self.kind}{at}: {len(self.train):,} to learn from, {len(self.test):,} to measure on, "
            f"{self.n_left_out:,} left out"
        )


def split_history(tickets: Sequence[WorkedTicket], *, test_ratio: float, seed: int, gap_days: float = 0.0) -> Split:
    """Part a history in the most honest way that it allows.

    Args:
        tickets: at least ten.
        test_ratio: the share to measure on, 0 to 1; of customers where customers are parted.
        seed: chooses customers or tickets where chance does.
        gap_days: days before the cut that nothing is learned from, so that one outage is not on both sides; left out
            where the history spans fewer than `SPANS_PER_GAP` of them.

    Raises:
        UnusableTraining: too few tickets, or all of one customer or moment.
    """
    given, tickets = len(tickets), closed_tickets(tickets)
    if len(tickets) < 10:
        raise UnusableTraining(f"{len(tickets)} tickets are too few to learn from and to measure on; 10 are the least.")
    n = len(tickets)
    if sum(t.filed.opened_at is not None for t in tickets) >= MOST * n:
        split = _forward(tickets, test_ratio, timedelta(days=gap_days))
    elif sum(t.filed.customer_id is not None for t in tickets) >= MOST * n:
        split = _by_customer(tickets, test_ratio, seed)
    else:
        split = _at_random(tickets, test_ratio, seed)
    if not split.train or not split.test:
        raise UnusableTraining(
            f"The history cannot be parted {split.kind}: one side would be empty. "
            "A column that tells nothing is dropped with --map, such as --map opened_at= or --map customer_id=."
        )
    return replace(split, n_left_out=split.n_left_out + given - n)


def random_split(tickets: Sequence[WorkedTicket], *, test_ratio: float, seed: int) -> Split:
    """Part tickets by chance alone: the split that flatters, to be shown beside the honest one.

    Nothing is left out and nothing kept together; repeated texts and one customer's mails land on both sides.

    Args:
        tickets: at least two.
        test_ratio: the share to measure on, 0 to 1.
        seed: chooses them.
    """
    order = np.random.default_rng(seed).permutation(len(tickets)).tolist()
    n_test = min(max(1, round(test_ratio * len(tickets))), len(tickets) - 1)
    test, train = sorted(order[:n_test]), sorted(order[n_test:])
    return Split("at random", [tickets[i] for i in train], [tickets[i] for i in test], 0)


def groups_of(
    tickets: Sequence[WorkedTicket], kind: Kind, families: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Which tickets belong together when they are folded or drawn: int64 of shape (n,), in the order of appearance.

    One number a customer where customers were parted, else one for all tickets that say nearly the same.

    Args:
        tickets: to be grouped.
        kind: how they were parted.
        families: what each nearly says, int64 of shape (n,); where None, their texts are compared if need be.
    """
    customers = [ticket.filed.customer_id if kind == "by customer" else None for ticket in tickets]
    if all(customers):
        return _numbered(customers)
    if families is None:
        families = near_duplicate_groups([ticket.filed for ticket in tickets])
    return _numbered(customer or family for customer, family in zip(customers, families.tolist(), strict=True))


def _numbered(keys: Iterable[Hashable]) -> NDArray[np.int64]:
    numbers: dict[Hashable, int] = {}
    return np.asarray([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _forward(tickets: Sequence[WorkedTicket], test_ratio: float, gap: timedelta) -> Split:
    opened = [(t.filed.opened_at, i) for i, t in enumerate(tickets) if t.filed.opened_at is not None]
    ends = find_ends(as_moments(at for at, _ in opened))
    dated = sorted((at, i) for at, i in opened if ends.hold(at))
    cut = dated[int(len(dated) * (1 - test_ratio))][0]
    span = dated[-1][0] - dated[0][0]
    gap, skipped = (gap, False) if span >= SPANS_PER_GAP * gap else (timedelta(0), True)
    test = [tickets[i] for at, i in dated if at >= cut]
    train = [tickets[i] for at, i in dated if at < cut - gap and _settled_by(tickets[i], cut)]
    n_in_gap = sum(cut - gap <= at < cut for at, _ in dated)
    n_days = gap / timedelta(days=1)
    remark = f"a gap of {n_days:g} day{'' if n_days == 1 else 's'} with {n_in_gap:,} tickets" if gap else ""
    if skipped:
        remark = f"no gap, as the history spans {span / timedelta(days=1):.1f} days"
    remark = "; ".join([remark] * bool(remark) + [f"left out as stray: {stray}" for stray in ends.stray])
    n_left_out = len(tickets) - len(train) - len(test)
    near = near_duplicate_groups([ticket.filed for ticket in (*train, *test)])
    return Split("forward", train, test, n_left_out, cut, remark, *_families(near[: len(train)], near[len(train) :]))


def _settled_by(ticket: WorkedTicket, cut: datetime) -> bool:
    """Whether the ticket's labels were final by then: what was closed later could not have been learned from."""
    final_at = ticket.settled_at
    return final_at is None or final_at <= cut


def _by_customer(tickets: Sequence[WorkedTicket], test_ratio: float, seed: int) -> Split:
    once = without_repeats(tickets)
    near = near_duplicate_groups([ticket.filed for ticket in once])
    groups = groups_of(once, "by customer", near)
    order = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    held_out = np.isin(groups, order[: max(1, round(test_ratio * order.size))])
    learned = ~np.isin(near, near[held_out])
    if 2 * learned.sum() < (~held_out).sum():
        # A desk of forms: whoever writes next says nearly what others said, so that leaving it out would mislead.
        remark = "near-duplicates kept, as most customers say nearly the same"
        return replace(_parted("by customer", tickets, once, near, train=~held_out, test=held_out), remark=remark)
    return _parted("by customer", tickets, once, near, train=learned, test=held_out)


def _at_random(tickets: Sequence[WorkedTicket], test_ratio: float, seed: int) -> Split:
    once = without_repeats(tickets)
    near = near_duplicate_groups([ticket.filed for ticket in once])
    sizes = np.bincount(near)
    n_wanted = max(1, round(test_ratio * len(once)))
    n_test, chosen = 0, []
    for group in np.random.default_rng(seed).permutation(sizes.size).tolist():
        if n_test + sizes[group] <= n_wanted:
            n_test += int(sizes[group])
            chosen.append(group)
    held_out = np.isin(near, chosen or [int(sizes.argmin())])
    return _parted("at random", tickets, once, near, train=~held_out, test=held_out)


def _parted(
    kind: Kind,
    tickets: Sequence[WorkedTicket],
    once: Sequence[WorkedTicket],
    near: NDArray[np.int64],
    *,
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
) -> Split:
    learned, measured = ([once[i] for i in np.flatnonzero(part).tolist()] for part in (train, test))
    n_left_out = len(tickets) - len(learned) - len(measured)
    of_learned, of_measured = _families(near[train], near[test])
    return Split(kind, learned, measured, n_left_out, train_families=of_learned, test_families=of_measured)


def _families(*parts: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """The parts' families, each part numbered by itself.

    Two tickets of a part may be joined by one of the other part, where comparing the part alone would not join them.
    """
    return tuple(_numbered(part.tolist()) for part in parts)
