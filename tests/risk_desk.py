"""A made-up desk whose tickets go wrong by rules that are known: what a learner of risk has to find, and what not."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np

from tests.builders import MONDAY, make_ticket, make_worked
from training.risk.learn import LearnedRisk, learn_risk
from triage.ticket import WorkedTicket

__all__ = ["learned_risk", "risky_history"]

CATEGORIES = {"Printing": (0.6, 30.0), "Network": (0.3, 12.0), "Login": (0.05, 2.0), "Hardware": (0.15, 40.0)}
"""By category how often the SLA is missed, and the usual hours."""


def risky_history(n: int = 3_000, *, seed: int = 0) -> list[WorkedTicket]:
    """Tickets, one an hour, closed when they are resolved.

    The category tells the SLA and the hours, the location tells who hands on, chance alone reopens; whoever writes,
    all of it stays the same.
    """
    chance = np.random.default_rng(seed)
    history = []
    for i in range(n):
        category = str(chance.choice(list(CATEGORIES)))
        missed, usual = CATEGORIES[category]
        location = f"Site {chance.integers(8)}"
        opened = MONDAY + timedelta(hours=i)
        hours = float(usual * np.exp(0.5 * chance.standard_normal()))
        attributes = {"category": category, "location": location, "ticket note": f"unique {i}"}
        filed = make_ticket(
            id=f"R{i}",
            subject="something is broken",
            body="",
            opened_at=opened,
            customer_id=f"u{chance.integers(40)}",
            channel=str(chance.choice(["email", "phone"])),
            attributes=attributes,
        )
        history.append(
            make_worked(
                filed=filed,
                resolved_at=opened + timedelta(hours=hours),
                closed_at=opened + timedelta(hours=hours),
                made_sla=bool(chance.random() >= missed),
                reassignments=int(chance.random() < (0.7 if location in ("Site 0", "Site 1") else 0.1)),
                reopens=int(chance.random() < 0.1),
            )
        )
    return history


def without_dates(history: list[WorkedTicket]) -> list[WorkedTicket]:
    """The same in the same order, without any moment."""
    return [
        replace(ticket, filed=replace(ticket.filed, opened_at=None), resolved_at=None, closed_at=None)
        for ticket in history
    ]


@cache
def learned_risk() -> LearnedRisk:
    """What is learned from that desk."""
    return learn_risk(risky_history())
