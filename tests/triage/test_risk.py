"""What may go wrong with a ticket, told from what is known when it is filed."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.builders import MONDAY, make_ticket
from tests.risk_desk import learned_risk
from triage.risk import (
    MOST_WEIGHT,
    Chance,
    RiskModel,
    TicketRisk,
    facts_of,
    mark_of,
    raises_turn,
    risk_of,
    sentences,
    stored,
)


def model() -> RiskModel:
    """What was learned of a desk that is known."""
    found = learned_risk().model
    assert found is not None
    return found


def of(category: str, location: str = "Site 5", **changes: object) -> TicketRisk:
    """What is said of a ticket of that desk."""
    ticket = make_ticket(
        **{"subject": "x", "body": "", "attributes": {"category": category, "location": location}} | changes
    )
    return model().assess([ticket])[0]


def test_the_category_that_misses_its_sla_is_told_with_the_reason() -> None:
    """A lead who sees a chance without a reason can do nothing about it."""
    printing, login = of("Printing").chances["sla_missed"], of("Login").chances["sla_missed"]

    assert printing.chance == pytest.approx(0.6, abs=0.1)
    assert login.chance == pytest.approx(0.05, abs=0.06)
    assert printing.reasons[0] == "category Printing"
    assert login.reasons == ()


def test_the_span_of_hours_follows_the_category() -> None:
    """Two hours and forty are not the same to whoever plans a shift."""
    login, hardware = of("Login").hours, of("Hardware").hours

    assert login is not None
    assert hardware is not None
    assert login.low < login.middle < login.high < hardware.high
    assert login.middle == pytest.approx(2.0, rel=0.5)


def test_who_writes_changes_nothing() -> None:
    """A customer who complained would be served otherwise than their neighbour with the same ticket."""
    attributes = {"category": "Printing", "location": "Site 0"}
    tickets = [
        make_ticket(customer_id=who, attributes=attributes | {"caller name": str(who), "Requester": f"{who}!"})
        for who in ("u1", "u2", None)
    ]

    first, second, nobody = (stored(found) for found in model().assess(tickets))

    assert first == second == nobody


def test_facts_that_name_who_asks_are_not_looked_at() -> None:
    """Their names come in many columns: caller, requester, contact, e-mail."""
    attributes = {"Caller": "A. Person", "requested_for": "B. Person", "customer_tier": "gold", "location": "Lyon"}

    known = facts_of(make_ticket(customer_id="u42", attributes=attributes))

    assert known == {"channel": "email", "language": "", "location": "Lyon"}


def test_people_of_the_desk_are_no_reason() -> None:
    """Nobody is to read on a card that a ticket will go wrong because a colleague has opened it."""
    whole = model()
    names = {"location": "opened_by as filed"}
    renamed = replace(whole, facts=tuple(names.get(fact, fact) for fact in whole.facts))
    ticket = make_ticket(attributes={"category": "Login", "opened_by as filed": "Site 0"})

    (found,) = renamed.assess([ticket])

    assert found.chances["handed_on"].is_raised
    assert not any("opened_by" in reason for reason in found.chances["handed_on"].reasons)


def test_a_ticket_of_which_nothing_is_known_gets_the_desks_own_chances() -> None:
    """An encoder elsewhere made not-a-number of values it had never seen, and the whole batch failed in production."""
    strange = make_ticket(
        opened_at=None, channel="carrier pigeon", language="tlh", attributes={"category": "new", "unheard of": "\ud800"}
    )

    found = model().assess([strange, make_ticket(subject="", body="", attributes={})])

    for one in found:
        assert all(np.isfinite(each.chance) for each in one.chances.values())
        assert one.chances["sla_missed"].chance == pytest.approx(one.chances["sla_missed"].usual, abs=0.25)


def test_a_ticket_is_answered_alike_alone_and_in_a_batch() -> None:
    """A batch must not mix up whose reasons are whose."""
    tickets = [
        make_ticket(id=f"T{i}", opened_at=MONDAY + timedelta(hours=i), attributes={"category": name})
        for i, name in enumerate(("Printing", "Login", "Network", "Printing"))
    ]

    together = model().assess(tickets)

    assert [stored(one) for one in together] == [stored(model().assess([ticket])[0]) for ticket in tickets]
    assert model().assess([]) == []


def test_a_turn_comes_sooner_by_a_doubling_at_most() -> None:
    """A chance is no certainty: whoever waited for a day must not stand behind whoever may be late."""

    def told(chance: float, usual: float) -> TicketRisk:
        return TicketRisk({"sla_missed": Chance(chance, usual)}, None)

    assert raises_turn(told(0.9, 0.01)) == MOST_WEIGHT
    assert raises_turn(told(0.3, 0.2)) == pytest.approx(1.5)
    assert raises_turn(told(0.01, 0.2)) == 1.0
    assert raises_turn(told(0.5, 0.0)) == 1.0
    assert raises_turn(TicketRisk({}, None)) == raises_turn(None) == 1.0


def test_only_what_is_well_above_the_usual_is_told_and_never_as_a_certainty() -> None:
    """A sentence on every card is read by nobody; "will miss its SLA" would be a promise."""
    risk = {
        "sla_missed": {"chance": 0.34, "usual": 0.12, "reasons": ["category Printing", "filed at night"]},
        "handed_on": {"chance": 0.4, "usual": 0.37, "reasons": []},
        "reopened": None,
        "hours_to_resolve": None,
    }

    assert sentences(risk) == (
        "More likely than usual to miss its SLA (34 %; 12 % is usual here): category Printing, filed at night.",
    )
    assert sentences(None) == ()


def test_a_value_is_known_by_a_mark_however_it_is_cased() -> None:
    """A bundle is copied to other people; a room may be called by the name of who sits in it."""
    assert mark_of("Site  0") == mark_of("site 0 ") != mark_of("site 1")
    assert "site" not in mark_of("Site 0")


def test_a_model_without_risk_is_asked_nothing() -> None:
    """Models that were learned before must cost no more than they did."""

    def tickets() -> object:
        raise AssertionError("read")
        yield

    assert risk_of(object(), tickets()) is None  # type: ignore[arg-type]
