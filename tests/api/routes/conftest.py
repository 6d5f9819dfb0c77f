"""Customers who have called, and what is agreed for them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from data.database import writing
from data.tickets import import_worked
from triage.ticket import NewTicket, WorkedTicket

NOW = datetime.now(UTC)

TERMS = {"owner": "Ines Example", "next_step": "Exchange the docking station", "review_on": "2026-12-05"}


@pytest.fixture
def calls(app: FastAPI) -> Callable[..., None]:
    """Stores contacts: `calls("u42", 1, 2, 3)` three of the last three days."""

    def store(customer_id: str, *days_ago: float, **said: Any) -> None:  # noqa: ANN401  (any field of either half)
        filed = {"subject": said.pop("subject", ""), "attributes": said.pop("attributes", {})}
        tickets = [
            WorkedTicket(
                filed=NewTicket(
                    id=f"{customer_id}-{i}", customer_id=customer_id, opened_at=NOW - timedelta(days=days), **filed
                ),
                **said,
            )
            for i, days in enumerate(days_ago)
        ]
        with writing(app.state.desk.engine) as connection:
            import_worked(connection, tickets, NOW)

    return store


def listed(page: Any) -> list[str]:  # noqa: ANN401  (any JSON)
    """The ids on a page."""
    return [customer["id"] for customer in page["customers"]]
