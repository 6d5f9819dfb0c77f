"""Whether plans helped, as a lead asks it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from data.database import open_database, writing
from data.opt_outs import opt_out
from data.plans import agree
from data.schema import prepare
from data.tickets import file
from tests.conftest import Run
from triage.customers.plans import Terms
from triage.settings import read_settings
from triage.ticket import NewTicket

AT = datetime.now(UTC) - timedelta(days=120)
TERMS = Terms("Ines Example", "Call back", date(2026, 12, 5))


def keep(customers: Sequence[str], before: int, after: int, *, planned: bool) -> None:
    """Stores customers with so many contacts before and after a moment at which they got a plan, or did not."""
    engine = open_database(read_settings().database)
    prepare(engine)
    days = [*range(-before, 0), *range(1, after + 1)]
    with writing(engine) as connection:
        for who in customers:
            made = [NewTicket(id=f"{who}{day}", customer_id=who, opened_at=AT + timedelta(days=day)) for day in days]
            file(connection, made, AT)
            if planned:
                agree(connection, who, TERMS, AT)
                agree(connection, who, replace(TERMS, outcome="done"), AT + timedelta(days=30))


def test_on_an_empty_desk_it_is_too_few_to_say(run: Run) -> None:
    """The first thing that somebody tries."""
    said = run("customers", "effect")

    assert said.code == 0
    assert said.out.startswith("Too few to say: 0 plans can be compared, and it takes 10.\n")
    assert run("customers", "effect", "--json").json == {
        "window_days": 90,
        "plans_needed": 10,
        "n_plans": 0,
        "n_waiting": 0,
        "n_alone": 0,
        "before": None,
        "after": None,
        "similar_before": None,
        "similar_after": None,
        "change": None,
        "low": None,
        "high": None,
    }


def test_a_fall_is_told_against_similar_customers(run: Run) -> None:
    """With its interval, and with what it is not."""
    keep("abcdefghijkl", 8, 2, planned=True)
    keep("mnopqrstuvwx", 8, 6, planned=False)

    said, found = run("customers", "effect"), run("customers", "effect", "--json").json

    assert "After 12 plans, contacts in 90 days changed by -4.0 beyond" in said.out
    assert "(95 % interval -4.0 to -4.0). They fell." in said.out
    assert "With a plan: 8.0 before, 2.0 after. Similar customers without one: 8.0 before, 6.0 after." in said.out
    assert "not drawn by lot" in said.out
    assert (found["n_plans"], found["change"]) == (12, pytest.approx(-4))


def test_who_opted_out_is_neither_counted_nor_compared_with(run: Run) -> None:
    """They asked not to be looked at."""
    keep("ab", 8, 2, planned=True)
    keep("cd", 8, 6, planned=False)
    with writing(open_database(read_settings().database)) as connection:
        for who in "bd":
            opt_out(connection, who, AT)

    found = run("customers", "effect", "--json").json

    assert (found["n_plans"], found["n_alone"], found["similar_after"]) == (1, 0, 6)
