"""What history says of each value of a fact: smoothed rates, learned out of fold where they are learned from again.

A location or a symptom has hundreds of values. Each becomes a handful of numbers: how often each outcome happened to
tickets that had it, drawn towards the desk's own rate by as much as the value is rare (Micci-Barreca 2001).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.risk import facts_of, mark_of, numbers_of
from triage.ticket import NewTicket

__all__ = ["FactRates", "FactTable", "against_its_time", "fact_table", "learn_rates", "rows_out_of_fold"]

FEWEST = 5
"""Tickets that have a value, at least; a rarer one is as good as unknown, and may be somebody's name."""

MAX_VALUES = 2_000
"""Of a fact: the commonest so many."""

PRIOR = 60.0
"""As if so many tickets of the desk's own rate had been seen with every value."""

N_BLOCKS = 5
"""Stretches of time, each of which gets the rates of the others."""

N_STRETCHES = 20
"""Of about equal numbers of tickets, each of which has a rate of its own that values are held against."""

MAX_FACTS = 30
"""Those that most tickets have; more would cost time for every ticket, and tell little."""


@dataclass(frozen=True, slots=True, eq=False)
class FactTable:
    """Tickets by facts.

    Attributes:
        facts: their names.
        values: for each fact the marks of its values that occur.
        codes: which of them each ticket has, int64 of shape (n, n_facts).
        numbers: float64 of shape (n, 3), as `triage.risk.NUMBERS` names them.
    """

    facts: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int64]
    numbers: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FactRates:
    """What is said of each value: `values` and `rates` as `triage.risk.RiskModel` has them."""

    facts: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    rates: NDArray[np.float64]


def fact_table(tickets: Sequence[NewTicket]) -> FactTable:
    """The facts of tickets, and which value each has; a fact that is always the same says nothing and is left out."""
    known = [facts_of(ticket) for ticket in tickets]
    n_said: dict[str, int] = {}
    for one in known:
        for name, value in one.items():
            n_said[name] = n_said.get(name, 0) + bool(value)
    names = sorted(sorted(n_said), key=lambda name: -n_said[name])[:MAX_FACTS]
    facts, values, codes = [], [], []
    for name in sorted(names):
        marks, column = np.unique([mark_of(one.get(name, "")) for one in known], return_inverse=True)
        if len(marks) > 1:
            facts.append(name)
            values.append(tuple(marks.tolist()))
            codes.append(column.astype(np.int64))
    shape = (len(tickets), len(facts))
    return FactTable(
        tuple(facts),
        tuple(values),
        np.column_stack(codes) if codes else np.empty(shape, dtype=np.int64),
        numbers_of(tickets),
    )


def against_its_time(column: NDArray[np.float64], among: NDArray[np.bool_]) -> NDArray[np.float64]:
    """By how much each ticket was above the mean of its stretch of time, shape (n,); NaN where nobody knows.

    The rate of a desk moves, and what was common in a bad month would seem to be bad.

    Args:
        column: what is averaged, NaN where nobody knows, in the order of opening.
        among: which tickets are learned from, shape (n,); the others get NaN.
    """
    found = np.full(column.size, np.nan)
    for stretch in np.array_split(np.flatnonzero(among & ~np.isnan(column)), N_STRETCHES):
        if stretch.size:
            found[stretch] = column[stretch] - column[stretch].mean()
    return found


def learn_rates(table: FactTable, became: Mapping[str, NDArray[np.float64]], among: NDArray[np.bool_]) -> FactRates:
    """The rates of every value that is common enough among some of the tickets.

    Args:
        table: of all tickets.
        became: what is averaged, by name; NaN where nobody knows.
        among: which tickets are learned from, shape (n,).
    """
    kept, rows = [], []
    for fact, known in enumerate(table.values):
        codes = table.codes[among, fact]
        n_tickets = np.bincount(codes, minlength=len(known))
        common = np.argsort(-n_tickets, kind="stable")[:MAX_VALUES]
        common = np.sort(common[n_tickets[common] >= FEWEST])
        found = _rates(codes, len(known), [column[among] for column in became.values()])
        unknown = _rates(np.empty(0, dtype=np.int64), 1, [column[among] for column in became.values()])
        kept.append(tuple(known[i] for i in common.tolist()))
        rows += [unknown, found[common]]
    n_rates = len(became) + 1
    return FactRates(table.facts, tuple(kept), np.vstack(rows) if rows else np.empty((0, n_rates)))


def rows_out_of_fold(
    table: FactTable, became: Mapping[str, NDArray[np.float64]], among: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What trees are to see of the tickets that are learned from: each with the rates of the other stretches of time.

    A ticket's own outcome would else be part of what predicts it.

    Returns:
        float64 of shape (n_among, n_facts * n_rates + 3), in the tickets' order.
    """
    chosen = np.flatnonzero(among)
    blocks = np.arange(chosen.size) * N_BLOCKS // max(1, chosen.size)
    n_rates = len(became) + 1
    rows = np.empty((chosen.size, len(table.facts), n_rates))
    for block in range(N_BLOCKS):
        own, others = chosen[blocks == block], chosen[blocks != block]
        columns = [column[others] for column in became.values()]
        for fact, known in enumerate(table.values):
            found = _rates(table.codes[others, fact], len(known), columns)
            rows[blocks == block, fact] = found[table.codes[own, fact]]
    return np.hstack([rows.reshape(chosen.size, -1), table.numbers[chosen]])


def _rates(codes: NDArray[np.int64], n_values: int, columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """For each value the smoothed mean of every column, and the logarithm of how many tickets have it.

    A column's own mean is that of all its tickets, also where no code is given: that is what is said of an unknown
    value. Shape (n_values, n_columns + 1).
    """
    found = np.zeros((n_values, len(columns) + 1))
    for i, column in enumerate(columns):
        is_known = ~np.isnan(column)
        mean = float(column[is_known].mean()) if is_known.any() else 0.0
        found[:, i] = mean
        if codes.size:
            sums = np.bincount(codes[is_known], weights=column[is_known], minlength=n_values)
            counts = np.bincount(codes[is_known], minlength=n_values)
            found[:, i] = (sums + PRIOR * mean) / (counts + PRIOR)
    if codes.size:
        counts = np.bincount(codes, minlength=n_values)
        found[:, -1] = np.log1p(np.where(counts >= FEWEST, counts, 0))
        found[counts < FEWEST, :-1] = [float(np.nanmean(c)) if (~np.isnan(c)).any() else 0.0 for c in columns]
    return found
