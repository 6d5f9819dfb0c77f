"""Who solves a ticket's topic well, beside the ticket."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import api
from api.beside.expertise import ExpertiseBeside, expertise_beside, expertise_for
from data.database import reading, writing
from data.tickets import import_worked
from tests.api.team_desk import NOW, bring_desk, worked
from triage.ticket import NewTicket


def beside(app: FastAPI, ticket: NewTicket) -> ExpertiseBeside | None:
    """What is shown beside a ticket."""
    with reading(app.state.desk.engine) as connection:
        return expertise_beside(app.state.desk, connection, ticket, NOW)


def test_the_team_that_solves_the_topic_well_is_named_with_its_evidence(app: FastAPI) -> None:
    """Whoever has the ticket knows whom to ask; those who solve fewer than usual are not recommended."""
    bring_desk(app.state.desk.engine)

    found = beside(app, NewTicket(id="new", attributes={"service": "mail"}))

    assert found is not None
    assert (found.topic, [each.team for each in found.teams]) == ("mail", ["Desk"])
    assert found.teams[0].low < found.teams[0].at_once < found.teams[0].high
    assert found.teams[0].n == 451


def test_a_stored_tickets_category_is_its_topic_where_it_says_no_service(app: FastAPI) -> None:
    """Many desks categorise, and file nothing."""
    bring_desk(app.state.desk.engine)
    with writing(app.state.desk.engine) as connection:
        import_worked(connection, [worked("open", NOW, service=None, resolved_at=None, category="mail")], NOW)

    found = beside(app, NewTicket(id="open"))

    assert found is not None
    assert found.topic == "mail"


@pytest.mark.parametrize("attributes", [{}, {"service": "never seen"}, {"service": ""}, {"location": "mail"}])
def test_of_what_is_not_known_nothing_is_said(app: FastAPI, attributes: dict[str, str]) -> None:
    """A card without content is noise."""
    bring_desk(app.state.desk.engine)

    assert beside(app, NewTicket(id="new", attributes=attributes)) is None


def test_before_anything_is_counted_nothing_is_said(app: FastAPI) -> None:
    """And nothing fails."""
    assert beside(app, NewTicket(id="new", attributes={"service": "mail"})) is None


def test_a_topic_with_few_tickets_has_nobody(app: FastAPI) -> None:
    """Three of three is luck."""
    engine = app.state.desk.engine
    with writing(engine) as connection:
        import_worked(connection, [worked(str(n), NOW, service="robots") for n in range(3)], NOW)
    bring_desk(engine)

    with reading(engine) as connection:
        assert expertise_for(connection, "robots") is None


def test_no_person_is_named_beside_a_ticket(app: FastAPI) -> None:
    """Agents open tickets, and agents see themselves only."""
    app.state.desk = replace(app.state.desk, shows_persons=True)
    bring_desk(app.state.desk.engine, individuals=True)

    assert "example.org" not in str(beside(app, NewTicket(id="new", attributes={"service": "mail"})))


def test_the_card_says_it_in_words(app: FastAPI) -> None:
    """What names hold is text, also where it looks like a tag."""
    bring_desk(app.state.desk.engine)
    found = beside(app, NewTicket(id="new", attributes={"service": "mail"}))
    assert found is not None
    shown = found.model_copy(update={"topic": "<script>"})
    environment = Environment(
        loader=FileSystemLoader(Path(api.__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )

    text = environment.from_string(
        "{% from 'beside/expertise.html' import expertise %}{{ expertise(found, '/here') }}"
    ).render(found=shown)

    assert "Who solves this well" in text
    assert "of 451 tickets" in text
    assert "<script>" not in text
    assert 'href="/here/team"' in text
