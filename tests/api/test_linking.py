"""What new tickets belong to is seen after they were scored, and an end is told once, where it may be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from api.desk import Desk
from api.linking import AT_ONCE, LATEST, SETTLED, Known, Linking, found_links
from data import links, outbox
from data.database import reading, writing
from data.opt_outs import opt_out
from data.sourced_tickets import link as link_source
from data.tables import outbox as outbox_table
from data.tables import tickets
from data.tickets import file
from tests.api.test_webhook_to_note import SOON, Loop, connected
from tests.api.test_webhook_to_note import _tell as tell_of_change
from tests.builders import make_model, make_ticket
from triage.errors import NoModel
from triage.sources import Source, SourceMode
from triage.ticket import NewTicket

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BODY = "The scanner in the warehouse prints torn labels since the roller was replaced, and nobody can ship parcels."
LEAD = "user:lead"


class Models:
    """A model of a few words, which knows how rare others are; or none."""

    def __init__(self) -> None:
        self.fault: Exception | None = None

    def current(self):  # noqa: ANN201  (as the registry has it)
        """The model."""
        if self.fault is not None:
            raise self.fault
        return make_model()


@pytest.fixture
def models() -> Models:
    """Where the model comes from."""
    return Models()


@pytest.fixture
def desk(app: FastAPI, models: Models) -> Iterator[Desk]:
    """A desk whose model was learned."""
    app.state.desk = replace(app.state.desk, models=models)
    yield app.state.desk
    app.state.desk.engine.dispose()


def filed(id_: str, at: datetime = NOW, **changes: object) -> NewTicket:
    """A ticket of one person."""
    said = {"id": id_, "subject": "Scanner prints torn labels", "body": BODY, "opened_at": at, "customer_id": "ann"}
    return make_ticket(**said | changes)


def put(desk: Desk, *new: NewTicket, at: datetime = NOW) -> None:
    """Stores tickets."""
    with writing(desk.engine) as connection:
        file(connection, new, at)


def linking(desk: Desk, mode: SourceMode | None = None, clock: list[float] | None = None) -> Linking:
    """What a process does about links, of a desk with a source in some mode."""
    source = Source(
        name="desk", system="generic", url="https://x.example", accounts=(), credentials={}, webhook_secrets=()
    )
    sources = {} if mode is None else {"desk": replace(source, mode=mode)}
    seconds = clock or [0.0]
    return Linking(lambda: desk, lambda: sources, clock=lambda: seconds[0])


def suggestions(desk: Desk, ticket_id: str) -> list[tuple[str, str, str]]:
    """What a ticket belongs to."""
    with reading(desk.engine) as connection:
        return [(link.kind, link.other, link.state) for link in links.links_of(connection, ticket_id)]


def entries(desk: Desk) -> list[outbox.StoredEntry]:
    """What is to be written, the oldest first."""
    with reading(desk.engine) as connection:
        return outbox.listed(connection, None, 100)[::-1]


def test_a_duplicate_is_suggested_shortly_after_it_was_stored(desk: Desk) -> None:
    """The agent who opens it a minute later must see that another team has it already."""
    put(desk, filed("INC7001", NOW - HOUR), at=NOW - HOUR)
    put(desk, filed("INC7002"))
    worker = linking(desk)

    assert worker.work(NOW + SETTLED / 2) == 0  # its transaction may not be the only one of that moment
    assert worker.work(NOW + 2 * SETTLED) == 1
    assert worker.work(NOW + 4 * SETTLED) == 0

    assert suggestions(desk, "INC7002") == [("duplicate", "INC7001", "suggested")]
    assert suggestions(desk, "INC7001") == []


def test_many_new_tickets_are_looked_at_in_parts_and_each_once(desk: Desk) -> None:
    """A morning's flood must not take the processor from those who score."""
    put(desk, *(filed(f"N{n:03d}", customer_id=f"u{n}") for n in range(AT_ONCE + 3)))
    worker = linking(desk)

    looked_at = [worker.work(NOW + SETTLED + timedelta(seconds=3 * n)) for n in range(1, 5)]

    assert looked_at == [AT_ONCE, 3, 0, 0]


def test_what_was_stored_long_ago_is_left_out(desk: Desk) -> None:
    """After a week without the service nobody wants last week's suggestions first."""
    put(desk, filed("INC7001", NOW - HOUR), filed("INC7002"))

    assert linking(desk).work(NOW + LATEST + HOUR) == 0
    assert suggestions(desk, "INC7002") == []


def test_an_import_of_old_tickets_is_not_looked_at(desk: Desk) -> None:
    """A million of them would be compared for a day."""
    put(desk, filed("OLD1", NOW - timedelta(days=3)), filed("OLD2", NOW - timedelta(days=2)))

    assert linking(desk).work(NOW + 2 * SETTLED) == 0
    assert suggestions(desk, "OLD2") == []


def test_of_two_processes_one_looks(desk: Desk) -> None:
    """Both would do the same work."""
    put(desk, filed("INC7002"))
    one, other = linking(desk), linking(desk)

    assert (one.work(NOW + 2 * SETTLED), other.work(NOW + 2 * SETTLED)) == (1, 0)


def test_nothing_is_compared_for_who_opted_out_nor_without_a_model(desk: Desk, models: Models) -> None:
    """The first was promised; without a model nobody knows which words are rare."""
    put(desk, filed("INC7001", NOW - HOUR), filed("INC7002"))

    def seen() -> list[str]:
        with reading(desk.engine) as connection:
            return [link.other for link in found_links(desk, connection, filed("INC7002"), Known.now(connection), NOW)]

    assert seen() == ["INC7001"]
    models.fault = NoModel("none")
    assert seen() == []
    models.fault = None
    with writing(desk.engine) as connection:
        opt_out(connection, "ann", NOW)
    assert seen() == []


def linked(desk: Desk, mode: SourceMode | None) -> Linking:
    """INC7002 came from a system and is linked to INC7001, which is closed now."""
    put(desk, filed("INC7001", NOW - HOUR), filed("INC7002"))
    with writing(desk.engine) as connection:
        link_source(connection, "INC7002", "desk", "ref2", {})
        links.decide(connection, "INC7002", "duplicate", "INC7001", "linked", LEAD, NOW)
        close(connection, "INC7001", "Roller changed.")
    return linking(desk, mode)


def close(connection, id_: str, resolution: str | None = None) -> None:  # noqa: ANN001
    """What an import or a webhook does in the end."""
    connection.execute(update(tickets).where(tickets.c.id == id_).values(closed_at=NOW, resolution=resolution))


def test_the_end_is_told_to_the_linked_ticket_once(desk: Desk) -> None:
    """A desk system told it twice, by two processes; and one told the wrong ticket of the pair."""
    one, other = linked(desk, "suggest"), linking(desk, "suggest")
    one.work(NOW)
    other.work(NOW)

    (entry,) = entries(desk)
    assert (entry.entry.ticket_id, entry.entry.reference, entry.entry.link) == (
        "INC7002",
        "ref2",
        ("duplicate", "INC7001"),
    )
    assert entry.entry.change.note == (
        "The ticket it duplicates, INC7001, was closed: Roller changed. You can answer and close this one."
    )
    assert (entry.entry.change.fields, entry.entry.change.tags) == ({}, ())


@pytest.mark.parametrize("mode", ["watch", None])
def test_a_system_that_is_only_watched_or_gone_is_written_nothing(desk: Desk, mode: SourceMode | None) -> None:
    """The desk has said so; and that stays so for this end when the mode changes later."""
    linked(desk, mode).work(NOW)
    linking(desk, "suggest").work(NOW)

    assert entries(desk) == []


def test_a_linked_ticket_that_is_closed_itself_is_told_nothing(desk: Desk) -> None:
    """There is nothing left to answer; a desk system wrote to closed ones all the same."""
    worker = linked(desk, "suggest")
    with writing(desk.engine) as connection:
        close(connection, "INC7002")
    worker.work(NOW)

    assert entries(desk) == []


def test_closing_the_duplicate_tells_the_other_nothing(desk: Desk) -> None:
    """The link has a direction: who waits for the answer is the later one."""
    put(desk, filed("INC7001", NOW - HOUR), filed("INC7002"))
    with writing(desk.engine) as connection:
        link_source(connection, "INC7001", "desk", "ref1", {})
        links.decide(connection, "INC7002", "duplicate", "INC7001", "linked", LEAD, NOW)
        close(connection, "INC7002")
    linking(desk, "suggest").work(NOW)

    assert entries(desk) == []


def test_a_link_that_is_taken_back_and_made_again_is_not_told_twice(desk: Desk) -> None:
    """The mark of the note is the same."""
    clock = [0.0]
    linked(desk, "suggest").work(NOW)
    with writing(desk.engine) as connection:
        links.take_back(connection, "INC7002", "duplicate", "INC7001")
        links.decide(connection, "INC7002", "duplicate", "INC7001", "linked", LEAD, NOW)
    linking(desk, "suggest", clock).work(NOW)

    assert len(entries(desk)) == 1


@pytest.fixture
def loop(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """A system that is connected, whose ticket got its suggestion."""
    loop = connected("generic", app, monkeypatch)
    loop.send()
    loop.intake.work(SOON)
    loop.write_back.work(SOON)
    loop.peer.notes.clear()
    yield loop
    app.state.queue.stop()
    app.state.desk.engine.dispose()


def told(loop: Loop) -> str:
    """Links the system's ticket to one that is closed, and puts the note into the outbox; the ticket's id."""
    desk = loop.app.state.desk
    put(desk, filed("INC7001"), at=SOON)
    with writing(desk.engine) as connection:
        (ticket_id,) = connection.scalars(
            tickets.select().with_only_columns(tickets.c.id).where(tickets.c.id != "INC7001")
        )
        links.decide(connection, ticket_id, "duplicate", "INC7001", "linked", LEAD, SOON)
        close(connection, "INC7001")
    Linking(lambda: desk, lambda: {"desk": loop.connection.source}).work(SOON)
    return str(ticket_id)


def test_the_note_is_left_at_the_ticketing_system_and_sets_nothing(loop: Loop) -> None:
    """We never close a ticket by ourselves."""
    before = loop.peer.group
    told(loop)
    loop.write_back.work(SOON)
    loop.write_back.work(SOON + HOUR)

    assert [note.partition("\n")[0] for note in loop.peer.notes] == [
        "The ticket it duplicates, INC7001, was closed. You can answer and close this one."
    ]
    assert loop.states(outbox_table)[-1] == ("written", None)
    assert loop.peer.group == before


def test_a_note_that_a_killed_process_has_left_is_not_left_again(loop: Loop) -> None:
    """The mark is found there."""
    told(loop)
    with reading(loop.app.state.desk.engine) as connection:
        mark = outbox.listed(connection, "waiting", 1)[0].entry.change.mark
    loop.peer.ticket.setdefault("marks", []).append(mark)
    loop.write_back.work(SOON)

    assert loop.peer.notes == []
    assert loop.states(outbox_table)[-1] == ("written", None)


def test_a_link_that_was_taken_back_meanwhile_is_not_told(loop: Loop) -> None:
    """The note would be about a ticket that it has nothing to do with."""
    ticket_id = told(loop)
    with writing(loop.app.state.desk.engine) as connection:
        links.decide(connection, ticket_id, "duplicate", "INC7001", "dismissed", LEAD, SOON)
    loop.write_back.work(SOON)

    assert loop.peer.notes == []
    assert loop.states(outbox_table)[-1] == ("unchanged", "undone")


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_webhook_that_tells_of_a_closing_ends_the_ticket(loop: Loop, is_closed: bool) -> None:
    """Otherwise the tickets that wait for it would wait for the next import."""
    loop.peer.ticket["closed"] = is_closed
    loop.peer.touch()
    tell_of_change(loop, "msg_2")
    loop.intake.work(SOON + HOUR)

    with reading(loop.app.state.desk.engine) as connection:
        (closed_at,) = connection.scalars(tickets.select().with_only_columns(tickets.c.closed_at))
    assert closed_at == (SOON + HOUR if is_closed else None)
