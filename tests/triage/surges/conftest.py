"""Incidents of an ordinary desk, and of an outage: made by chance from one seed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from triage.surges.seen import Seen

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
"""The day after the history."""

SERVICES = {"Mail": ("Messaging", "outlook"), "VPN": ("Network", "tunnel"), "ERP": ("Apps", "invoice")}


@pytest.fixture
def monday() -> datetime:
    """The day that the history leads up to."""
    return MONDAY


@pytest.fixture
def incident() -> Callable[..., Seen]:
    """Makes incidents: `incident(at)` is somebody's with Mail, each by another person and with another number."""
    made = 0

    def make(at: datetime, service: str | None = "Mail", **changes: object) -> Seen:
        nonlocal made
        made += 1
        group, word = SERVICES.get(service or "", ("Desk", "desk"))
        facts = {"customer_id": f"c{made}", "service": service, "group": group, "terms": ("please", word)}
        return Seen(id=f"T{made}", at=at, **facts | changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def history(incident: Callable[..., Seen]) -> Callable[..., list[Seen]]:
    """Eight weeks up to Monday: 24 incidents a working day between 8 and 16 UTC, two on a day of the weekend."""

    def make(n_weeks: int = 8, a_day: int = 24, *, n_people: int = 200) -> list[Seen]:
        rng, found = Random(4), []  # noqa: S311  (chance, not secrecy)
        for back in range(7 * n_weeks, 0, -1):
            day = MONDAY - timedelta(days=back)
            for _ in range(a_day if day.weekday() < 5 else 2):
                at = day + timedelta(hours=8 + 8 * rng.random())
                service = rng.choice(list(SERVICES))
                found.append(incident(at, service, customer_id=f"c{rng.randrange(n_people)}"))
        return sorted(found, key=lambda seen: seen.at)

    return make
