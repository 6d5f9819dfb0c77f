"""What may go wrong with a ticket, from what is known when it is filed: chances, a span of hours, and what raised them.

It misses its SLA, is handed on, is reopened, takes long. Learned by `training/risk/`, computed here with numpy alone.
Who wrote the ticket is never looked at: neither the customer's key, nor a fact that names a person who asks for help.
A chance orders work and gives a reason; it is no promise. Another outcome is a name in `OUTCOMES` with its words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from triage.forest import Forest
from triage.ticket import NewTicket

__all__ = [
    "HOURS",
    "MOST_WEIGHT",
    "NUMBERS",
    "OUTCOMES",
    "Chance",
    "HoursRule",
    "OutcomeRule",
    "RiskModel",
    "Span",
    "TicketRisk",
    "facts_of",
    "mark_of",
    "names_a_person",
    "raises_turn",
    "risk_of",
    "sentences",
    "stored",
]

OUTCOMES: Mapping[str, str] = {
    "sla_missed": "miss its SLA",
    "handed_on": "be handed on to another group",
    "reopened": "be reopened",
}
"""What may happen to a ticket, and how it goes on after "more likely than usual to"."""

HOURS: Final = "hours_to_resolve"
"""The name of the span among the outcomes."""

NUMBERS = ("hour", "weekday", "text length")
"""What is known of every ticket as a number; hours and weekdays are of UTC."""

UNKNOWN_MOMENT = -1.0
"""Stands for hour and weekday of a ticket that does not say when it was filed."""

MOST_WEIGHT = 2.0
"""No chance moves a ticket's turn in the queue more than a doubling: as much as eight hours of waiting do."""

WORTH_SAYING = 1.5
"""A chance so many times the usual one is worth a sentence, and what raised it."""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

N_REASONS = 3
"""What a person reads at a glance."""

LEAST_SHARE = 0.1
"""A fact that adds less than this to the log-odds is no reason."""

MAX_CHARACTERS = 200

_ASKING = ("caller", "customer", "requester", "requested_for", "requested for", "reporter", "contact name", "email")
_WORKING = ("opened_by", "opened by", "created_by", "created by", "assigned_to", "assigned to", "assignee", "agent")


def names_a_person(fact: str, *, of_desk: bool) -> bool:
    """Whether a fact's name says that it holds a person: of the desk, or who asks it for help.

    The first may be learned from and is never told as a reason, as nobody is to be blamed; the second is not looked
    at.
    """
    name = fact.casefold()
    return any(word in name for word in (_WORKING if of_desk else _ASKING))


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely something is to happen to a ticket.

    Attributes:
        chance: 0 to 1, as often as it happened to tickets of which the same was said.
        usual: to a ticket of this desk.
        reasons: the facts that raised it most, in words; empty unless it is well above the usual.
    """

    chance: float
    usual: float
    reasons: tuple[str, ...] = ()

    @property
    def is_raised(self) -> bool:
        """Whether it is so far above the usual that people are told."""
        return self.chance >= WORTH_SAYING * self.usual


@dataclass(frozen=True, slots=True)
class Span:
    """How many hours pass until a ticket is resolved: `coverage` of tickets like it lay from `low` to `high`."""

    low: float
    middle: float
    high: float
    coverage: float


@dataclass(frozen=True, slots=True)
class TicketRisk:
    """What may go wrong with one ticket; an outcome of which history cannot tell is not there, and `hours` is None."""

    chances: Mapping[str, Chance]
    hours: Span | None


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """How an outcome's chance follows from the sum of its trees.

    Attributes:
        trees: which of the forest's are its own: the first, and the one after the last.
        base: what the sum starts from, in log-odds.
        slope: of the calibration (Platt 1999).
        intercept: of the same.
        usual: how often it happened to the tickets that it was calibrated on.
    """

    trees: tuple[int, int]
    base: float
    slope: float
    intercept: float
    usual: float


@dataclass(frozen=True, slots=True)
class HoursRule:
    """How a span of hours follows from the sum of its trees, which is the logarithm of one more than the hours.

    Attributes:
        trees: as for an outcome.
        base: what the sum starts from.
        edges: sums that part tickets into bands of about equal size, rising.
        shifts: for each band what is added to the sum for the low, the middle and the high end.
        coverage: the share of tickets that was asked to lie between the ends.
    """

    trees: tuple[int, int]
    base: float
    edges: tuple[float, ...]
    shifts: tuple[tuple[float, float, float], ...]
    coverage: float


@dataclass(frozen=True, slots=True, eq=False)
class RiskModel:
    """Says what may go wrong with tickets.

    Attributes:
        facts: names of the facts that it looks at, `channel` and `language` among them.
        values: for each fact the marks of its known values (`mark_of`), in the order of their rows.
        rates: what history says of each value, float64 of shape (n_facts + n_values, n_rates): for each fact one row
            for a value that is not known, then its known ones.
        forest: the trees of all outcomes.
        outcomes: the rules of those that can be told.
        hours: the same of the time to resolve; None where history cannot tell.
        refusals: why an outcome cannot be told, a sentence each.
    """

    facts: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    rates: NDArray[np.float64]
    forest: Forest
    outcomes: Mapping[str, OutcomeRule]
    hours: HoursRule | None
    refusals: Mapping[str, str]
    _places: tuple[dict[str, int], ...] = field(init=False, repr=False)
    _unknown: tuple[int, ...] = field(init=False, repr=False)
    _shares: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Remember where the values of each fact stand, and what each leaf adds for which fact."""
        sizes = [len(known) + 1 for known in self.values]
        starts = [sum(sizes[:i]) for i in range(len(sizes))]
        places = tuple(
            {mark: start + 1 + i for i, mark in enumerate(known)}
            for start, known in zip(starts, self.values, strict=True)
        )
        n_rates = self.rates.shape[1]
        groups = np.concatenate([np.repeat(np.arange(len(self.facts)), n_rates), len(self.facts) + np.arange(3)])
        shares = self.forest.shares(groups.astype(np.int64), len(self.facts) + len(NUMBERS))
        object.__setattr__(self, "_places", places)
        object.__setattr__(self, "_unknown", tuple(starts))
        object.__setattr__(self, "_shares", shares.astype(np.float32))

    def assess(self, tickets: Sequence[NewTicket]) -> list[TicketRisk]:
        """What may go wrong with each ticket, in their order."""
        if not tickets:
            return []
        leaves = self.forest.leaves(self.rows(tickets))
        sums = self.forest.values.take(leaves)
        spans = [None] * len(tickets) if self.hours is None else self._spans(sums)
        found: list[dict[str, Chance]] = [{} for _ in tickets]
        for name, rule in self.outcomes.items():
            chances = self._chances(sums, rule)
            raised = np.flatnonzero(chances >= WORTH_SAYING * rule.usual)
            reasons = self._reasons(leaves[raised, slice(*rule.trees)], [tickets[i] for i in raised.tolist()], rule)
            told = dict(zip(raised.tolist(), reasons, strict=True))
            for i, chance in enumerate(chances.tolist()):
                found[i][name] = Chance(chance, rule.usual, told.get(i, ()))
        return [TicketRisk(chances, span) for chances, span in zip(found, spans, strict=True)]

    def chances(self, rows: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """By outcome the chance of each row of `rows`, shape (n,)."""
        sums = self.forest.values.take(self.forest.leaves(rows))
        return {name: self._chances(sums, rule) for name, rule in self.outcomes.items()}

    def spans(self, rows: NDArray[np.float64]) -> list[Span | None]:
        """The span of hours of each row; None where history cannot tell."""
        sums = self.forest.values.take(self.forest.leaves(rows))
        return [None] * len(rows) if self.hours is None else list(self._spans(sums))

    def rows(self, tickets: Sequence[NewTicket]) -> NDArray[np.float64]:
        """What the trees look at: for each fact what history says of its value, then `NUMBERS`.

        Returns:
            float64 of shape (n, n_facts * n_rates + 3).
        """
        at = np.empty((len(tickets), len(self.facts)), dtype=np.int64)
        for i, ticket in enumerate(tickets):
            known = facts_of(ticket)
            at[i] = [
                places.get(mark_of(known.get(name, "")), unknown)
                for name, places, unknown in zip(self.facts, self._places, self._unknown, strict=True)
            ]
        return np.hstack([self.rates[at].reshape(len(tickets), -1), numbers_of(tickets)])

    def _chances(self, sums: NDArray[np.float64], rule: OutcomeRule) -> NDArray[np.float64]:
        score = rule.base + sums[:, slice(*rule.trees)].sum(axis=1)
        chances: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(rule.slope * score + rule.intercept, -30, 30)))
        return chances

    def _spans(self, sums: NDArray[np.float64]) -> list[Span]:
        rule = self.hours
        assert rule is not None  # noqa: S101  (asked for only where there is one)
        score = rule.base + sums[:, slice(*rule.trees)].sum(axis=1)
        shifts = np.asarray(rule.shifts)[np.searchsorted(rule.edges, score)]
        hours = np.expm1(np.clip(score[:, None] + shifts, 0.0, 12.0))
        return [Span(low, middle, high, rule.coverage) for low, middle, high in hours.tolist()]

    def _reasons(
        self, leaves: NDArray[np.int32], tickets: Sequence[NewTicket], rule: OutcomeRule
    ) -> list[tuple[str, ...]]:
        """What raised an outcome most for each ticket, in words."""
        if not tickets:
            return []
        added = rule.slope * self._shares.take(leaves, axis=0).sum(axis=1)
        order = np.argsort(-added, axis=1, kind="stable")[:, : 2 * N_REASONS]
        names = (*self.facts, *NUMBERS)
        return [
            tuple(
                [
                    _in_words(names[fact], ticket)
                    for fact in loudest
                    if shares[fact] >= LEAST_SHARE and not names_a_person(names[fact], of_desk=True)
                ][:N_REASONS]
            )
            for ticket, loudest, shares in zip(tickets, order.tolist(), added.tolist(), strict=True)
        ]


def facts_of(ticket: NewTicket) -> dict[str, str]:
    """What is known of a ticket by name: channel, language and its attributes; nothing of who wrote it."""
    known = {"channel": ticket.channel or "", "language": ticket.language or ""}
    return known | {name: value for name, value in ticket.attributes.items() if not names_a_person(name, of_desk=False)}


def numbers_of(tickets: Sequence[NewTicket]) -> NDArray[np.float64]:
    """`NUMBERS` of each ticket, float64 of shape (n, 3)."""
    return np.asarray(
        [
            (
                UNKNOWN_MOMENT if ticket.opened_at is None else ticket.opened_at.hour + ticket.opened_at.minute / 60,
                UNKNOWN_MOMENT if ticket.opened_at is None else ticket.opened_at.weekday(),
                np.log1p(len(ticket.subject) + len(ticket.body)),
            )
            for ticket in tickets
        ],
        dtype=np.float64,
    ).reshape(-1, len(NUMBERS))


@lru_cache(maxsize=50_000)
def mark_of(value: str) -> str:
    """Twelve letters that stand for a value, however it is cased: a bundle need not name whom or what it was."""
    plain = " ".join(value[:MAX_CHARACTERS].casefold().split())
    return blake2b(plain.encode("utf-8", "replace"), digest_size=6).hexdigest()


def risk_of(model: object, tickets: Iterable[NewTicket]) -> list[TicketRisk] | None:
    """What a model says may go wrong with tickets; None where it has learned nothing of that, and nothing is read."""
    risk = getattr(model, "risk", None)
    return risk.assess(list(tickets)) if isinstance(risk, RiskModel) else None


def raises_turn(risk: TicketRisk | None) -> float:
    """By how much a ticket's turn in the queue comes sooner: 1 to `MOST_WEIGHT`.

    The chance to miss the SLA over the usual one, 1 where it is not above it or nobody can tell.
    """
    missed = None if risk is None else risk.chances.get("sla_missed")
    if missed is None or missed.usual <= 0:
        return 1.0
    return float(min(MOST_WEIGHT, max(1.0, missed.chance / missed.usual)))


def sentences(risk: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What is worth telling of a ticket's risk as it is stored, an outcome each; nothing where it is as usual.

    As in "More likely than usual to miss its SLA (34 %; 12 % is usual here): category Printing, filed from 22 to 23".
    """
    found = []
    for name, words in OUTCOMES.items():
        one = (risk or {}).get(name)
        if one and one["chance"] >= WORTH_SAYING * one["usual"]:
            why = f": {', '.join(one['reasons'])}" if one["reasons"] else ""
            found.append(
                f"More likely than usual to {words} ({_percent(one['chance'])}; {_percent(one['usual'])} is usual "
                f"here){why}."
            )
    return tuple(found)


def stored(risk: TicketRisk) -> dict[str, Any]:
    """A ticket's risk as JSON holds it; null for an outcome of which history cannot tell."""
    found: dict[str, Any] = dict.fromkeys(OUTCOMES)
    for name, one in risk.chances.items():
        found[name] = {"chance": round(one.chance, 4), "usual": round(one.usual, 4), "reasons": list(one.reasons)}
    span = risk.hours
    found[HOURS] = span and {
        "low": round(span.low, 1),
        "middle": round(span.middle, 1),
        "high": round(span.high, 1),
        "coverage": span.coverage,
    }
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "under 1 %"


def _in_words(fact: str, ticket: NewTicket) -> str:
    if fact == "hour":
        hour = ticket.opened_at.hour if ticket.opened_at else 0
        return f"filed from {hour} to {hour + 1} (UTC)" if ticket.opened_at else "filed at an unknown hour"
    if fact == "weekday":
        return f"filed on a {_WEEKDAYS[ticket.opened_at.weekday()]}" if ticket.opened_at else "filed on an unknown day"
    if fact == "text length":
        return "the length of its text"
    value = " ".join(facts_of(ticket).get(fact, "").split())[:60]
    return f"{fact} {value}" if value else f"no {fact}"
