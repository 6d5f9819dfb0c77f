"""Tickets set aside to measure on, so that the measure says how the model will do and not what it remembers.

Forward in time where the history has dates; else by customer; else at random. Without dates a text that stands there
twice is kept once, as the same words on both sides would flatter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from training.dataset import settled, settled_at, text_key, without_repeats
from triage.errors import UnusableTraining
from triage.ticket import WorkedTicket

__all__ = ["Split", "groups_of", "random_split", "split_history"]

Kind = Literal["forward", "by customer", "at random"]

MOST = 0.9
"""A history has dates, or customers, where at least this share of its tickets has."""


@dataclass(frozen=True, slots=True)
class Split:
    """Tickets to learn from and tickets to measure on.

    Attributes:
        kind: how they were parted.
        train: the earlier ones, or those of other customers.
        test: the later ones; none of them was seen by the fit.
        n_left_out: tickets in neither, as they are open, repeat another's text, or were settled after the cut.
        cut: where time is parted; None for the other kinds.
    """

    kind: Kind
    train: list[WorkedTicket]
    test: list[WorkedTicket]
    n_left_out: int
    cut: datetime | None = None

    def __str__(self) -> str:
        """In words, for reports and cards."""
        at = f" at {self.cut:%Y-%m-%d %H:%M} UTC" if self.cut else ""
        return (
            f"{self.kind}{at}: {len(self.train):,} to learn from, {len(self.test):,} to measure on, "
            f"{self.n_left_out:,} left out"
        )


def split_history(tickets: Sequence[WorkedTicket], *, test_ratio: float, seed: int) -> Split:
    """Part a history in the most honest way that it allows.

    Args:
        tickets: at least ten.
        test_ratio: the share to measure on, 0 to 1; of customers where customers are parted.
        seed: chooses customers or tickets where chance does.

    Raises:
        UnusableTraining: too few tickets, or all of one customer or moment.
    """
    given, tickets = len(tickets), settled(tickets)
    if len(tickets) < 10:
        raise UnusableTraining(f"{len(tickets)} tickets are too few to learn from and to measure on; 10 are the least.")
    n = len(tickets)
    if sum(t.filed.opened_at is not None for t in tickets) >= MOST * n:
        split = _forward(tickets, test_ratio)
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
    """Part a history by chance alone, repeats and all: the flattering split that published figures use.

    Args:
        tickets: the history.
        test_ratio: the share to measure on, 0 to 1.
        seed: chooses the tickets.
    """
    known = settled(tickets)
    order = np.random.default_rng(seed).permutation(len(known)).tolist()
    n_test = max(1, round(test_ratio * len(known)))
    test, train = sorted(order[:n_test]), sorted(order[n_test:])
    return Split("at random", [known[i] for i in train], [known[i] for i in test], len(tickets) - len(known))


def groups_of(tickets: Sequence[WorkedTicket], kind: Kind) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Which tickets belong together when the training part is folded: one number a customer, or a text; shape (n,)."""
    keys = [
        ticket.filed.customer_id if kind == "by customer" and ticket.filed.customer_id else text_key(ticket.filed)
        for ticket in tickets
    ]
    numbers: dict[object, int] = {}
    return np.asarray([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _forward(tickets: Sequence[WorkedTicket], test_ratio: float) -> Split:
    dated = sorted(((t.filed.opened_at, i) for i, t in enumerate(tickets) if t.filed.opened_at is not None))
    cut = dated[int(len(dated) * (1 - test_ratio))][0]
    test = [tickets[i] for at, i in dated if at >= cut]
    train = [tickets[i] for at, i in dated if at < cut and _settled_by(tickets[i], cut)]
    return Split("forward", train, test, len(tickets) - len(train) - len(test), cut)


def _settled_by(ticket: WorkedTicket, cut: datetime) -> bool:
    """Whether the ticket's labels were final by then: what was closed later could not have been learned from."""
    final_at = settled_at(ticket)
    return final_at is None or final_at <= cut


def _by_customer(tickets: Sequence[WorkedTicket], test_ratio: float, seed: int) -> Split:
    once = without_repeats(tickets)
    groups = groups_of(once, "by customer")
    order = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    held_out = set(order[: max(1, round(test_ratio * order.size))].tolist())
    train = [t for t, group in zip(once, groups.tolist(), strict=True) if group not in held_out]
    test = [t for t, group in zip(once, groups.tolist(), strict=True) if group in held_out]
    return Split("by customer", train, test, len(tickets) - len(once))


def _at_random(tickets: Sequence[WorkedTicket], test_ratio: float, seed: int) -> Split:
    once = without_repeats(tickets)
    order = np.random.default_rng(seed).permutation(len(once)).tolist()
    n_test = max(1, round(test_ratio * len(once)))
    test, train = sorted(order[:n_test]), sorted(order[n_test:])
    return Split("at random", [once[i] for i in train], [once[i] for i in test], len(tickets) - len(once))
