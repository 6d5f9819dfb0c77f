"""The watch beside the requests: who looks, what is stored and told of it, and that two processes tell it once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from api.desk import Desk
from api.surge_watch import LOOKS, SEASONS, SurgeWatch
from data import events, jobs
from data.database import reading, writing
from data.surges import StoredSurge, decide, surges_of
from data.tickets import import_worked
from tests.triage.test_subscribers import make_subscriber
from triage.ticket import NewTicket, WorkedTicket

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NINE = MONDAY + timedelta(hours=9)
MINUTE = timedelta(minutes=1)


class Process:
    """One process that serves; its clock stands where the test puts it."""

    def __init__(self, desk: Desk) -> None:
        self.seconds = 0.0
        self._watch = SurgeWatch(lambda: desk, lambda: self.seconds)

    def look(self, at: datetime) -> None:
        """Works as the thread does, some seconds after it did last."""
        self.seconds += 60.0
        assert self._watch.work(at) == 0


@pytest.fixture
def desk(app: FastAPI) -> Iterator[Desk]:
    """A desk with eight weeks of ordinary incidents, and somebody who wants to know of surges."""
    desk: Desk = replace(app.state.desk, subscribers=(replace(make_subscriber(), types=frozenset({"surge.detected"})),))
    file(
        desk,
        [
            worked(f"D{back}-{n}", MONDAY - timedelta(days=back, hours=-8 - n))
            for back in range(1, 57)
            for n in range(8)
        ],
    )
    yield desk
    desk.engine.dispose()


def worked(id_: str, at: datetime, service: str = "Mail", subject: str = "outlook hangs") -> WorkedTicket:
    """An ordinary incident of somebody."""
    filed = NewTicket(
        id=id_,
        subject=subject,
        body="secret-9 of Ann",
        opened_at=at,
        customer_id=f"u{id_}",
        attributes={"service": service},
    )
    return WorkedTicket(filed=filed, ticket_type="incident", assignment_group="Messaging")


def file(desk: Desk, tickets: list[WorkedTicket]) -> None:
    """Stores tickets."""
    with writing(desk.engine) as connection:
        import_worked(connection, tickets, MONDAY)


def outage(n: int = 20, start: datetime = NINE, service: str = "VPN") -> list[WorkedTicket]:
    """One incident a minute."""
    return [worked(f"{service}-{start:%H%M}-{n}", start + n * MINUTE, service, "gateway unreachable") for n in range(n)]


def stored(desk: Desk) -> list[StoredSurge]:
    """The surges there are."""
    with reading(desk.engine) as connection:
        return surges_of(connection)


def told(desk: Desk) -> list[str]:
    """What the subscriber is told."""
    with reading(desk.engine) as connection:
        return [event.payload for event in events.listed(connection, None, 100)]


def test_an_outage_is_stored_and_told_once_while_it_grows(desk: Desk) -> None:
    """A chat that gets the same alarm every minute is muted."""
    process = Process(desk)
    process.look(NINE)
    file(desk, outage(20))

    process.look(NINE + 10 * MINUTE)
    process.look(NINE + 21 * MINUTE)

    (surge,) = stored(desk)
    assert (surge.state, surge.n_observed, surge.started_at) == ("open", 20, NINE)
    assert surge.raised_at == NINE + 10 * MINUTE
    assert [n for _, n, _ in surge.hours][-1] == 20
    assert len(told(desk)) == 1


def test_what_is_told_has_no_words_of_tickets_and_nobody_in_it(desk: Desk) -> None:
    """Events go to systems with other rights than the desk's."""
    process = Process(desk)
    process.look(NINE)
    file(desk, outage(20))

    process.look(NINE + 21 * MINUTE)

    (payload,) = told(desk)
    assert '"service_or_group":"VPN"' in payload
    assert '"surge_id":' in payload
    for word in ("gateway", "unreachable", "secret", "Ann", "ann", "uVPN", "uvpn"):
        assert word not in payload


def test_two_processes_look_in_turn_and_tell_it_once(desk: Desk) -> None:
    """Each has its own memory, and only the database in common."""
    first, second = Process(desk), Process(desk)
    first.look(NINE)
    file(desk, outage(20))

    first.look(NINE + 10 * MINUTE)
    second.look(NINE + 11 * MINUTE)
    first.look(NINE + 12 * MINUTE)
    second.look(NINE + 30 * MINUTE)

    (surge,) = stored(desk)
    assert surge.n_observed == 20
    assert len(told(desk)) == 1


def test_within_a_minute_nobody_looks_again(desk: Desk) -> None:
    """Twenty processes must not ask the database twenty times a minute."""
    first, second = Process(desk), Process(desk)
    first.look(NINE)
    with reading(desk.engine) as connection:
        done = jobs.last_done(connection, LOOKS).at

    second.look(NINE + timedelta(seconds=30))

    with reading(desk.engine) as connection:
        assert jobs.last_done(connection, LOOKS).at == done


def test_a_surge_is_over_after_a_while_and_a_new_process_tells_nothing_again(desk: Desk) -> None:
    """After a restart at noon nobody wants to hear of the morning."""
    process = Process(desk)
    process.look(NINE)
    file(desk, outage(20))
    process.look(NINE + 21 * MINUTE)
    process.look(NINE + timedelta(hours=2))

    Process(desk).look(NINE + timedelta(hours=3))

    assert [surge.state for surge in stored(desk)] == ["over"]
    assert len(told(desk)) == 1


def test_one_that_is_nothing_stays_nothing_while_it_goes_on(desk: Desk) -> None:
    """A lead who knows of the fire drill has said so once."""
    process = Process(desk)
    process.look(NINE)
    file(desk, outage(10))
    process.look(NINE + 11 * MINUTE)
    with writing(desk.engine) as connection:
        decide(connection, stored(desk)[0].id, state="dismissed", name=None, by="user:a", now=NINE)

    file(desk, outage(20, NINE + 11 * MINUTE))
    process.look(NINE + 40 * MINUTE)

    (surge,) = stored(desk)
    assert (surge.state, surge.n_observed) == ("dismissed", 30)
    assert len(told(desk)) == 1


def test_without_history_nothing_is_told_until_it_is_imported(app: FastAPI) -> None:
    """On its first day a desk has no usual; once the export is in, it has."""
    desk: Desk = app.state.desk
    process = Process(desk)
    file(desk, outage(20))
    process.look(NINE + 21 * MINUTE)
    assert stored(desk) == []

    file(
        desk,
        [
            worked(f"D{back}-{n}", MONDAY - timedelta(days=back, hours=-8 - n))
            for back in range(1, 57)
            for n in range(8)
        ],
    )
    process.look(NINE + 60 * MINUTE)

    assert len(stored(desk)) == 1
    desk.engine.dispose()


def test_seasons_are_learned_once_a_day_by_one_process(desk: Desk) -> None:
    """Eight weeks of tickets are read once, not by each process each minute."""
    first, second = Process(desk), Process(desk)
    learned: list[datetime | None] = []

    for process, at in ((first, NINE), (second, NINE + 2 * MINUTE), (first, NINE + timedelta(hours=25))):
        process.look(at)
        with reading(desk.engine) as connection:
            learned.append(jobs.last_done(connection, SEASONS).at)

    assert learned == [NINE, NINE, NINE + timedelta(hours=25)]


def test_a_look_that_took_too_long_stores_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process has taken over and told of it; two would tell it twice."""
    process = Process(desk)
    process.look(NINE)
    file(desk, outage(20))
    give_up: Callable[..., bool] = lambda *_: False  # noqa: E731  (the job is another's by now)
    monkeypatch.setattr("api.surge_watch.jobs.finish", give_up)

    process.look(NINE + 21 * MINUTE)

    assert stored(desk) == []
    assert told(desk) == []
