"""Beside a ticket: how the like was solved before."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine

from api.beside.similar import N_SHOWN, SimilarAnswer, similar_beside
from api.desk import Desk
from api.schemas import SimilarTicket
from api.similar import SimilarTickets
from data import sourced_tickets
from data.database import open_database, reading, writing
from data.tickets import file, import_worked
from tests.builders import make_history, make_ticket
from training.experiment import Experiment
from triage.customers.playbook import Playbook
from triage.errors import NoModel
from triage.ticket import NewTicket

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
VPN = make_ticket(id="NEW", subject="vpn tunnel drops", body="wifi is slow", customer_id="u3")
TEMPLATES = Path(__file__).parents[3] / "api" / "templates"


class Champion:
    """A source of one model, or of none."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - whatever serves
        self.model = model

    def current(self) -> Any:  # noqa: ANN401
        """It."""
        if self.model is None:
            raise NoModel("No model was promoted yet.")
        return self.model


@pytest.fixture
def engine(tmp_path: Path, tables: Path) -> Iterator[Engine]:
    """A database with a desk's worked tickets."""
    shutil.copy(tables, tmp_path / "triage.db")
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    with writing(engine) as connection:
        import_worked(connection, [replace(t, resolution="<b>restarted</b>") for t in make_history(60)], NOON)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine, experiment: Experiment, tmp_path: Path) -> Desk:
    """A desk that finds similar tickets."""
    champion = Champion(replace(experiment.scorer, version="1"))
    similar = SimilarTickets(engine, champion, tmp_path / "similar", rest=lambda _: None)
    while similar.work(NOON):
        pass
    return Desk(engine, champion, Playbook({}), similar=similar)


def beside(desk: Desk, ticket: NewTicket = VPN, **how: Any) -> SimilarAnswer | None:  # noqa: ANN401
    """What is shown beside a ticket."""
    with reading(desk.engine) as connection:
        return similar_beside(desk, connection, ticket, NOON, **how)


def test_a_few_are_shown_beside_a_ticket_that_is_not_stored(desk: Desk) -> None:
    """A form can show them before anything is filed."""
    found = beside(desk)

    assert found is not None
    assert len(found.tickets) == N_SHOWN
    assert {one.assignment_group for one in found.tickets} == {"Network"}


@pytest.mark.parametrize(
    "ticket",
    [
        make_ticket(subject="", body="", channel=None),
        make_ticket(subject="\x00 \ud800", body="😀" * 50, channel=None),
        make_ticket(subject="<html>", body="<p></p>", channel=None, customer_id=None),
    ],
)
def test_strange_tickets_break_nothing(desk: Desk, ticket: NewTicket) -> None:
    """A card that fails takes the whole page with it."""
    found = beside(desk, ticket)

    assert found is None or len(found.tickets) <= N_SHOWN


def test_where_nothing_is_known_nothing_is_shown(desk: Desk) -> None:
    """No model, no index, or none wanted: there is no card, and no empty one either."""
    assert beside(replace(desk, similar=None)) is None
    assert beside(replace(desk, models=Champion(None))) is None
    assert beside(desk, k=0) is None


def test_whoever_decides_blind_is_shown_none(desk: Desk) -> None:
    """The groups of the others would tell them the answer, and the measure of accuracy would be worth nothing."""
    with writing(desk.engine) as connection:
        file(connection, [VPN], NOON)
        sourced_tickets.link(connection, "NEW", "helpdesk", "1", {}, is_blind=True)

    assert beside(desk) is None


def test_groups_only_tell_of_no_customer(desk: Desk) -> None:
    """Whether somebody wrote before is told of one person."""
    every = [beside(replace(desk, is_aggregate=is_aggregate)) for is_aggregate in (True, False)]

    told = [{one.is_same_customer is None for one in found.tickets} for found in every if found]
    assert told == [{True}, {False}]


@pytest.fixture
def shown() -> Callable[[SimilarAnswer], str]:
    """Fills in the card, as pages do."""
    loader = FileSystemLoader(TEMPLATES, encoding="utf-8")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    card = environment.from_string('{% from "beside/similar.html" import similar %}{{ similar(found, root) }}')
    return lambda found: card.render(found=found, root="/help")


def test_the_card_says_who_solved_it_and_how(desk: Desk, shown: Callable[[SimilarAnswer], str]) -> None:
    """What a ticket says is text, whatever it says."""
    found = beside(desk)
    assert found is not None

    page = shown(found)

    assert page.startswith("<h2>")
    assert f'href="/help/tickets/{found.tickets[0].ticket_id}"' in page
    assert "&lt;b&gt;restarted&lt;/b&gt;" in page
    assert page.count("% alike") == N_SHOWN


def test_a_ticket_of_which_little_is_known_is_shown_all_the_same(shown: Callable[[SimilarAnswer], str]) -> None:
    """Most desks keep no resolutions; a link to the ticket helps still."""
    bare = SimilarTicket(
        ticket_id="A/B 1",
        similarity=0.7,
        assignment_group=None,
        category=None,
        resolution=None,
        knowledge_article=None,
        resolved_at=None,
        is_same_customer=True,
    )

    page = shown(SimilarAnswer(tickets=[bare, bare.model_copy(update={"knowledge_article": "KB7"})]))

    assert 'href="/help/tickets/A/B%201"' in page
    assert "not on record" in page
    assert "of the same customer" in page
    assert "Article <bdi>KB7</bdi></p>" in page
