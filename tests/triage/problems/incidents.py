"""Incidents for tests: an even desk of everyday complaints, and bursts of one complaint in several wordings."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from triage.problems.incident import Incident

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=300)

EVERYDAY = {
    "Mail": ("mailbox is full again", "outlook will not start", "calendar invite is lost"),
    "Printing": ("printer has no paper", "printer queue is stuck", "toner is empty"),
    "VPN": ("connection to vpn is slow", "vpn asks for the password", "client does not connect"),
}
FAULT = ("split tunnel profile is empty tun4471", "tun4471 after the sign-in", "split tunnel routes are missing")


def make_incident(number: int = 1, **changes: Any) -> Incident:  # noqa: ANN401 - any field
    """One incident of one person."""
    given: dict[str, Any] = {
        "id": f"I{number:05d}",
        "opened_at": START,
        "words": ("vpn", "is", "down"),
        "service": "VPN",
        "customer_id": f"u{number}",
        "group": "Network",
        "hours_lost": 2.0,
        "n_reopens": 0,
    }
    return Incident(**given | changes)


def everyday(n: int = 1200, seed: int = 1, days: int = 300, customers: int = 150) -> list[Incident]:
    """What a desk always has, at an even rate over the days."""
    chance, found = random.Random(seed), []  # noqa: S311 - no secret
    for number in range(n):
        service = chance.choice(sorted(EVERYDAY))
        words = [*chance.choice(EVERYDAY[service]).split(), *chance.sample(_FILLERS, 4)]
        found.append(
            make_incident(
                number,
                opened_at=START + timedelta(days=days * chance.random()),
                words=tuple(words),
                service=service,
                customer_id=f"u{chance.randrange(customers)}",
            )
        )
    return found


def burst(
    n: int = 20,
    *,
    first_day: float = 100,
    days: float = 20,
    said: Sequence[str] = FAULT,
    service: str | None = "VPN",
    first_number: int = 50_000,
    seed: int = 2,
    **changes: Any,  # noqa: ANN401 - any field
) -> list[Incident]:
    """One complaint of several people within some days, the first on the first day."""
    chance, found = random.Random(seed), []  # noqa: S311 - no secret
    for place in range(n):
        day = first_day + (days * chance.random() if place else 0.0)
        words = (*chance.choice(said).split(), *chance.sample(_FILLERS, 4))
        given = {"words": words, "service": service, "customer_id": f"p{place}"} | changes
        found.append(make_incident(first_number + place, opened_at=START + timedelta(days=day), **given))
    return found


_FILLERS = [f"{kind}{n}" for kind in ("since", "please", "office", "floor", "thanks") for n in range(12)]
