"""What taking a text out of its wrapper costs, and what quoted mails and signatures cost a model that reads them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from benchmarks.measurement import Measurement, median_seconds
from data.samples.desk import generate_desk
from training.configs.parameters import read_parameters
from training.evaluation.answers import answer_tickets
from training.histories.folds import FoldPlan, folds_of_groups
from training.histories.split import groups_of
from training.learning.fit import fit_model
from triage import features
from triage.markup import own_subject, own_words, plain_text
from triage.targets import Target
from triage.text import normalise
from triage.ticket import WorkedTicket

N_TICKETS = 6_000
N_LEARNED = 4_000
TARGET = "assignment_group"

WORST_PIECES = (
    "<",
    "<p",
    "<div>",
    '<a b="',
    "<!--",
    "<script>",
    "=3D",
    "QUJD\n",
    "> x\n",
    "Regards\n",
    "On 1 wrote:\n",
)

_SIGNATURES = (
    "Best regards\n{name}\nHR Network and VPN laptop password team | Tel +49 30 123456",
    "-- \n{name}\nFinance, Invoice and SAP Office\n+44 20 7946 0000",
    "Mit freundlichen Grüßen\n{name}\nEinkauf Laptop und Drucker",
    "Thanks,\n{name}\nSent from my iPhone",
)
_ANNOUNCED = (
    "From: {name}\nSent: Monday 3 March 2025 10:00\nTo: Desk\nSubject: {subject}\n\n",
    "-----Original Message-----\nFrom: {name}\nSent: Monday 3 March 2025 10:00\nTo: Desk\nSubject: {subject}\n\n",
    "On Monday 3 March 2025 10:00 {name} <desk@example.org> wrote:\n\n",
)
_PASSED_ON = ("FYI", "Hi team, please see below.", "Please help with this, see the mail below.", "")
_NAMES = ("Ann Lee", "Bo Chen", "Cara Diaz", "Dirk Ernst", "Eva Fox")


def run() -> Iterator[Measurement]:
    """Time texts, then learn a desk where four tickets in ten are answers and some pass a mail on."""
    tickets = [ticket for ticket in generate_desk(n_tickets=N_TICKETS).tickets if ticket.filed.body]
    mailed = _as_mails(tickets)
    bodies = [ticket.filed.body for ticket in tickets[:1000]]
    pages = [f'<div style="font-family: Arial"><p>{b.replace(chr(10), "<br>")}</p></div>' * 3 for b in bodies]
    for what, texts in (
        ("a plain text", bodies),
        ("the same in HTML, three times", pages),
        ("an answered mail", [ticket.filed.body for ticket in mailed[:1000]]),
    ):
        taken = _each(lambda text: own_words(plain_text(text)), texts)
        yield Measurement(
            f"{what} of {np.mean([len(text) for text in texts]):.0f} characters, out of its wrapper",
            f"{taken * 1e6:.1f} µs",
            f"{taken / _each(normalise, texts):.2f} x normalising it",
        )
    for piece in WORST_PIECES:
        short, long = (_seconds(piece, n) for n in (20_000, 320_000))
        yield Measurement(
            f"320,000 characters of {piece!r}", f"{long * 1e3:.0f} ms", f"{long / short:.0f} x a 16th of it"
        )
    yield Measurement(f"{TARGET} of plain tickets", f"accuracy {_accuracy(tickets):.3f}")
    yield Measurement("the same as mails, own words only", f"accuracy {_accuracy(mailed):.3f}")
    with patch.object(features, "own_words", str), patch.object(features, "own_subject", str):
        yield Measurement("the same as mails, all that is in them", f"accuracy {_accuracy(mailed):.3f}")


def _each(work: Callable[[str], object], texts: Sequence[str]) -> float:
    return median_seconds(lambda: [work(text) for text in texts]) / len(texts)


def _seconds(piece: str, n: int) -> float:
    text = (piece * n)[:n]
    return median_seconds(lambda: (own_words(plain_text(text)), own_subject(text)), repeats=3)


def _accuracy(tickets: Sequence[WorkedTicket]) -> float:
    """On what was not learned from, by the terms alone."""
    parameters = replace(read_parameters(), fast=True)
    learned, new = tickets[:N_LEARNED], tickets[N_LEARNED:]
    groups = groups_of(learned, "by customer")
    plan = FoldPlan(folds_of_groups(groups, parameters.n_folds, seed=parameters.seed), groups)
    fitted = fit_model(learned, [Target(TARGET)], parameters, plan=plan)
    scorer = fitted.scorer(version="benchmark", trained_at=None)  # type: ignore[arg-type] # nobody asks it
    return float(answer_tickets(scorer, new)[TARGET].first().is_right().mean())


def _as_mails(tickets: Sequence[WorkedTicket]) -> list[WorkedTicket]:
    """Four in ten signed and with old mails of others below, three in twenty passed on by a colleague."""
    chance = np.random.default_rng(1)

    def one_of(choices: Sequence[str], **values: str) -> str:
        return choices[int(chance.integers(len(choices)))].format(**values)

    def signed(ticket: WorkedTicket) -> str:
        return f"{ticket.filed.body}\n\n{one_of(_SIGNATURES, name=one_of(_NAMES))}"

    def announced(ticket: WorkedTicket) -> str:
        return one_of(_ANNOUNCED, name=one_of(_NAMES), subject=ticket.filed.subject)

    mails = []
    for ticket, share in zip(tickets, chance.random(len(tickets)), strict=True):
        old = [tickets[i] for i in chance.integers(len(tickets), size=chance.integers(1, 4)).tolist()]
        below = "\n\n".join(announced(mail) + signed(mail) for mail in old)
        filed = ticket.filed
        if share < 0.4:
            filed = replace(filed, subject=f"RE: {filed.subject}", body=f"{signed(ticket)}\n\n{below}")
        elif share < 0.55:
            own = f"{one_of(_PASSED_ON)}\n\n{one_of(_SIGNATURES, name=one_of(_NAMES))}"
            filed = replace(
                filed, subject="FW: Problem", body=f"{own}\n\n{announced(ticket)}{signed(ticket)}\n\n{below}"
            )
        mails.append(replace(ticket, filed=filed))
    return mails
