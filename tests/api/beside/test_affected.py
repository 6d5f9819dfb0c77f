"""Beside a ticket: what it is about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from api.beside.affected import AffectedAnswer, affected_beside
from api.desk import Desk
from api.known_services import KnownServices
from api.pages.rendering import _ENVIRONMENT
from data import opt_outs
from data.database import reading, writing
from data.services import parse_services
from data.tickets import file
from tests.api.conftest import FakeModel
from tests.builders import MONDAY, make_ticket
from triage.errors import NoModel
from triage.prediction import LabelConfidence, Prediction
from triage.ticket import NewTicket

LISTED = KnownServices(
    parse_services(
        '[identifiers]\nasset_tag = ["LT-#####"]\n[[names]]\nname = "VPN"\nowner = "Network"\n'
        '[[names]]\nname = "ERP"\n',
        "s.toml",
    )
)
SUGGESTED = Prediction("service", "ERP", 0.7, 0.9, "suggest", "below_threshold", (LabelConfidence("ERP", 0.7),))
VAGUE = make_ticket(id="now", subject="help", body="it is broken", opened_at=MONDAY + timedelta(days=1))


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    """A desk that lists two services, where u42 has called about a device before."""
    desk = replace(app.state.desk, services=LISTED)
    with writing(desk.engine) as connection:
        file(connection, [make_ticket(attributes={"device": "LT-12345", "service": "Wireless"})], MONDAY)
    return desk


def ask(desk: Desk, ticket: NewTicket, *predictions: Prediction) -> AffectedAnswer | None:
    """What is shown beside it."""
    with reading(desk.engine) as connection:
        return affected_beside(desk, connection, ticket, MONDAY + timedelta(days=2), predictions)


def test_a_service_is_told_with_its_words(desk: Desk) -> None:
    """For a ticket that nobody has stored, too: a form asks before it files."""
    found = ask(desk, make_ticket(id="new", customer_id=None, subject="vpn: error 809", body="on lt-12345"))

    assert found is not None
    [thing] = found.things
    assert (thing.name, thing.how, thing.words, thing.field, thing.start, thing.end, thing.owner) == (
        *("VPN", "exact", "vpn", "subject", 0, 3, "Network"),
    )
    assert [(one.kind, one.text) for one in found.identifiers] == [
        ("error_code", "error 809"),
        ("asset_tag", "lt-12345"),
    ]
    assert found.evidence == []


def test_the_customers_last_ones_are_evidence(desk: Desk) -> None:
    """Shown as such: most people call about the same laptop."""
    found = ask(desk, VAGUE)

    assert found is not None
    assert found.things == []
    assert {(one.name, one.kind, one.how, one.confidence) for one in found.evidence} == {
        ("LT-12345", "configuration_item", "own_past", None),
        ("Wireless", "service", "own_past", None),
    }


def test_nothing_of_a_customer_is_told_in_aggregate_mode(desk: Desk) -> None:
    """What somebody called about before describes a single customer."""
    assert ask(replace(desk, is_aggregate=True), VAGUE) is None


def test_nothing_is_told_of_who_wants_no_profile(desk: Desk) -> None:
    """They have said so."""
    with writing(desk.engine) as connection:
        opt_outs.opt_out(connection, "u42", MONDAY)

    assert ask(desk, VAGUE) is None


def test_a_tickets_own_fields_are_not_its_past(desk: Desk) -> None:
    """Else every stored ticket would be evidence for itself."""
    own = replace(VAGUE, customer_id="u7", attributes={"service": "Wireless"})
    with writing(desk.engine) as connection:
        file(connection, [own], MONDAY)

    assert ask(desk, own) is None


def test_the_models_suggestion_is_told_and_the_past_does_not_change_it(desk: Desk) -> None:
    """With its confidence; who calls changes nothing of it."""
    known, unknown = ask(desk, VAGUE, SUGGESTED), ask(desk, replace(VAGUE, customer_id="u7"), SUGGESTED)

    assert known is not None
    assert unknown is not None
    assert [(one.name, one.how, one.confidence) for one in known.things] == [("ERP", "predicted", 0.7)]
    assert known.things == unknown.things


def test_without_predictions_the_model_is_asked(desk: Desk, model: FakeModel) -> None:
    """A ticket that was never scored has none."""
    with reading(desk.engine) as connection:
        affected_beside(desk, connection, VAGUE, MONDAY)

    assert model.seen == [VAGUE]


def test_without_a_model_the_text_still_speaks(desk: Desk, model: FakeModel) -> None:
    """A desk may list its services before it has trained anything."""
    model.fault = NoModel("none")

    with reading(desk.engine) as connection:
        found = affected_beside(desk, connection, make_ticket(id="new"), MONDAY)

    assert found is not None
    assert found.things[0].name == "VPN"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "", "body": ""},
        {"body": "\x00" * 9_000},
        {"body": "[" * 30_000},
        {"attributes": {"service": ""}, "body": "-"},
    ],
)
def test_strange_tickets_are_answered(desk: Desk, changes: dict[str, Any]) -> None:
    """The page of a ticket must open whatever somebody has sent."""
    ticket = make_ticket(**{"id": "odd", "customer_id": "nobody", "subject": "?"} | changes)

    assert ask(desk, ticket) is None


def test_the_card_says_how_it_is_known_and_escapes(desk: Desk) -> None:
    """What somebody wrote must not become markup."""
    listed = KnownServices(parse_services('[[names]]\nname = "Kestrel <b>"\nowner = "A & B"\n', "s.toml"))
    found = ask(replace(desk, services=listed), replace(VAGUE, body="kestrel <b> is down, 0x80070057"))

    card = _ENVIRONMENT.get_template("beside/affected.html").module.affected(found, "")  # type: ignore[attr-defined]

    assert "<h2>What it is about</h2>" in card
    assert "Kestrel &lt;b&gt;" in card
    assert "<b>Kestrel" not in card
    assert "A &amp; B" in card
    assert "70 % sure" in card
    assert "0x80070057" in card
    assert "The same person&#39;s last ticket" in card or "The same person's last ticket" in card
