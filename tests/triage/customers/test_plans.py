"""What was agreed for a customer."""

from dataclasses import replace
from datetime import date

import pytest

from tests.builders import MONDAY
from triage.customers.plans import OUTCOMES, Outcome, Plan, Terms

TERMS = Terms("Ines Example", "Call back", date(2026, 3, 16))


@pytest.mark.parametrize("before", OUTCOMES)
@pytest.mark.parametrize("after", OUTCOMES)
def test_only_opening_after_an_end_begins_another_plan(before: Outcome, after: Outcome) -> None:
    """Everything else is said of the same one: new terms, how it ended, a correction of that."""
    plan = Plan("u42", replace(TERMS, outcome=before), MONDAY, MONDAY)

    assert plan.takes_on(replace(TERMS, outcome=after)) is not (before != "open" and after == "open")
