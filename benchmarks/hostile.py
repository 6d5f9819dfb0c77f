"""What a ticket's text can do to the answers, beside what harmless words do; and what redaction costs and changes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.measurement import Measurement, median_seconds
from data.samples.desk import generate_desk
from tests.hostile import ATTACKS
from training.configs.parameters import read_parameters
from training.histories.folds import FoldPlan, folds_of_groups
from training.histories.split import groups_of
from training.learning.fit import fit_model
from triage.features import terms, text_of
from triage.model import TriageModel
from triage.policy import DECISIONS
from triage.redaction import MARKS, redact, redact_ticket, replacement
from triage.targets import USUAL_TARGETS, Target
from triage.text import normalise, words
from triage.ticket import NewTicket

N_TICKETS = 6_000
N_LEARNED = 5_000
N_ATTACKED = 150
PRECISION = 0.9
"""Below what a desk asks for, so that many answers are applied and there is something to change."""

LENGTHS, ALL = "lengths", "all but lengths"

AUTO = DECISIONS.index("auto")

WORST_PIECES = (
    "1",
    "1 ",
    "01 ",
    "0171-",
    "+4",
    "a@",
    "1.2.3.4",
    "::1",
    "https://a:b@https://",
    "DE89 ",
    "4111 ",
    "&#64;",
)
WORST_PIECES_OF_SECRETS = ("password: x ", "password is ", "-----BEGIN PRIVATE KEY-----", "eyJ", "１\u200b")

PERSONAL = (
    "please call me at +49 30 1234567",
    "Rückruf bitte unter 0171 1234567",
    "appelez le 06 12 34 56 78",
    "my address is ann.lee@example.org",
    "it is the host 10.20.30.40",
    "from fe80::1ff:fe23:4567:890a",
    "paid with 4111 1111 1111 1111",
    "Konto DE89 3704 0044 0532 0130 00",
    "Passwort: Sommer2024!",
    "the link is https://ann:pw@host.example/x",
)
"""Of invented people; a line each is put below a ticket."""


def run() -> Iterator[Measurement]:
    """Learn a generated desk by its terms, attack its newest tickets, then redact and time."""
    tickets = generate_desk(n_tickets=N_TICKETS).tickets
    learned, new = tickets[:N_LEARNED], [ticket.filed for ticket in tickets[N_LEARNED:] if ticket.filed.body]
    groups = groups_of(learned, "by customer")
    parameters = replace(read_parameters(), fast=True)
    plan = FoldPlan(folds_of_groups(groups, parameters.n_folds, seed=parameters.seed), groups)
    fitted = fit_model(
        learned, [Target(name, mode="auto", precision=PRECISION) for name in USUAL_TARGETS], parameters, plan=plan
    )
    model = fitted.scorer(version="benchmark", trained_at=None)  # type: ignore[arg-type] # nobody asks it
    yield from _attacked(model, new)
    yield from _redacted(model, new)
    yield from _timed([ticket.body for ticket in new])


@dataclass(frozen=True, slots=True)
class _Answers:
    """Decisions and first labels of one target, (n,) each."""

    decisions: NDArray[np.int8]
    labels: NDArray[np.int64]


@dataclass(slots=True)
class _Changes:
    """What became of answers when something was written below the tickets."""

    n_auto: int = 0
    n_other_label: int = 0
    n_withheld: int = 0
    n_not_auto: int = 0
    n_applied: int = 0

    def add(self, before: _Answers, after: _Answers) -> None:
        """Count the answers about the same tickets before and after."""
        was, is_auto = before.decisions == AUTO, after.decisions == AUTO
        self.n_auto += int(was.sum())
        self.n_other_label += int((was & is_auto & (before.labels != after.labels)).sum())
        self.n_withheld += int((was & ~is_auto).sum())
        self.n_not_auto += int((~was).sum())
        self.n_applied += int((~was & is_auto).sum())

    @property
    def shares(self) -> Mapping[str, float]:
        """Of the applied ones that became another label, or were withheld; of the others that were applied."""
        return {
            "to another label": self.n_other_label / max(self.n_auto, 1),
            "withheld": self.n_withheld / max(self.n_auto, 1),
            "newly applied": self.n_applied / max(self.n_not_auto, 1),
        }

    def __str__(self) -> str:
        return ", ".join(f"{name} {share:.2%}" for name, share in self.shares.items())


def _attacked(model: TriageModel, new: Sequence[NewTicket]) -> Iterator[Measurement]:
    chance = np.random.default_rng(2)
    chosen = [new[i] for i in chance.choice(len(new), N_ATTACKED, replace=False)]
    vocabulary = [words(text_of(ticket)) for ticket in new]
    before = _answers(model, chosen)
    by_attack: dict[str, dict[str, _Changes]] = {}
    by_words: dict[str, dict[str, _Changes]] = {}
    for attack in ATTACKS:
        n_words = len(words(text_of(NewTicket(id="", body=attack.text))))
        harmless = [_some_words(chance, vocabulary, n_words) for _ in chosen]
        for found, texts in ((by_attack, [attack.text] * len(chosen)), (by_words, harmless)):
            after = _answers(model, [_with(ticket, text) for ticket, text in zip(chosen, texts, strict=True)])
            for target in before:
                for name in (attack.kind,) if attack.kind == LENGTHS else (ALL, attack.kind):
                    changes = found.setdefault(target, {}).setdefault(name, _Changes())
                    changes.add(before[target], after[target])
    for target in before:
        auto = float((before[target].decisions == AUTO).mean())
        yield Measurement(f"{target}: applied without anything", f"{auto:.0%} of {N_ATTACKED} tickets")
        for name, changes in sorted(by_attack[target].items()):
            beside = by_words[target][name]
            yield Measurement(
                f"{target}: {name}",
                str(changes),
                f"as many words of other tickets: {beside}",
                {"attack": changes.shares, "words": beside.shares},
            )
    for head in model.questions:
        others = [head.labels[i] for i in chance.integers(len(head.labels), size=len(chosen))]
        for what, texts in (
            ("named as its label", [f"{head.target}: {label}" for label in others]),
            ("named ten times", [" ".join([label] * 10) for label in others]),
            ("the whole body of another ticket", [new[i].body for i in chance.integers(len(new), size=len(chosen))]),
        ):
            changes = _Changes()
            after = _answers(model, [_with(ticket, text) for ticket, text in zip(chosen, texts, strict=True)])
            changes.add(before[head.target], after[head.target])
            yield Measurement(f"{head.target}: {what}", str(changes), "", changes.shares)


def _answers(model: TriageModel, tickets: Sequence[NewTicket]) -> dict[str, _Answers]:
    return {target: _Answers(found.decisions, found.first) for target, found in model.answer(tickets).items()}


def _with(ticket: NewTicket, text: str) -> NewTicket:
    return replace(ticket, body=f"{ticket.body}\n{text}")


def _some_words(chance: np.random.Generator, vocabulary: Sequence[Sequence[str]], n: int) -> str:
    """So many words of other tickets, in the order in which somebody wrote them."""
    found: list[str] = []
    while len(found) < n:
        found += vocabulary[int(chance.integers(len(vocabulary)))]
    return " ".join(found[:n])


def _redacted(model: TriageModel, new: Sequence[NewTicket]) -> Iterator[Measurement]:
    originals = [_with(ticket, PERSONAL[i % len(PERSONAL)]) for i, ticket in enumerate(new)]
    plain_marks = {kind: f"[{kind.replace('_', ' ')}]" for kind in MARKS}
    for what, marks in (("marks of the model's own words", MARKS), ("marks such as [email] and [phone]", plain_marks)):
        with patch.object(replacement, "MARKS", marks):
            found = [redact_ticket(ticket) for ticket in originals]
        counts: Counter[str] = sum((Counter(one.counts) for one in found), Counter())
        same = np.mean([terms(one.ticket) == terms(was) for one, was in zip(found, originals, strict=True)])
        kept = np.mean([_overlap(one.ticket, was) for one, was in zip(found, originals, strict=True)])
        before, after = _answers(model, originals), _answers(model, [one.ticket for one in found])
        changed = {
            target: float(
                np.mean((was.decisions != after[target].decisions) | (was.labels != after[target].labels)),
            )
            for target, was in before.items()
        }
        yield Measurement(
            f"redacted, {what}: {sum(counts.values()):,} pieces in {len(originals):,} tickets",
            f"all terms the same in {same:.1%}, {kept:.2%} of terms shared",
            "answers or decisions that change: " + ", ".join(f"{name} {share:.2%}" for name, share in changed.items()),
            {"same": float(same), "changed": changed},
        )


def _overlap(redacted: NewTicket, original: NewTicket) -> float:
    """The share of different terms that both have, 0 to 1."""
    one, other = set(terms(redacted)), set(terms(original))
    return len(one & other) / max(len(one | other), 1)


def _timed(bodies: Sequence[str]) -> Iterator[Measurement]:
    taken = median_seconds(lambda: [redact(body) for body in bodies]) / len(bodies)
    beside = median_seconds(lambda: [normalise(body) for body in bodies]) / len(bodies)
    yield Measurement(
        f"redacting a body of {np.mean([len(body) for body in bodies]):.0f} characters",
        f"{taken * 1e6:.0f} µs",
        f"{taken / beside:.1f} x normalising it",
    )
    for piece in (*WORST_PIECES, *WORST_PIECES_OF_SECRETS):
        short, long = (median_seconds(lambda text=(piece * n)[:n]: redact(text), repeats=3) for n in (50_000, 100_000))
        yield Measurement(
            f"redacting 100,000 characters of {piece!r}", f"{long * 1e3:.0f} ms", f"{long / short:.1f} x half of it"
        )
