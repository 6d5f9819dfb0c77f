"""Worked tickets that are like a new one: what is shown, how it is kept up to date, and that nothing comes back."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, delete, update
from starlette.testclient import TestClient

from api import similar_upkeep
from api.app import build_app
from api.similar import LONGEST_RESOLUTION, MOST_SIMILAR, REFRESH_EVERY_SECONDS, SimilarTickets
from api.similar_upkeep import MOST_PARTS, SLACK, TIDY_EVERY
from data import keys, opt_outs, outcomes
from data.database import open_database, reading, writing
from data.persons import join
from data.tables import tickets as tickets_table
from data.tickets import import_worked
from models.similar_files import made_by, read_index
from tests.builders import make_history, make_ticket
from training.experiment import Experiment
from triage.errors import NoModel, StoreUnusable
from triage.model import TriageModel
from triage.settings import Settings
from triage.ticket import NewTicket, WorkedTicket

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
VPN = make_ticket(id="NEW", subject="vpn tunnel drops", body="wifi is slow, since 5 minutes on device 7")


class Champion:
    """A source of models; another one may be promoted, or none may answer."""

    def __init__(self, model: TriageModel) -> None:
        self.model: TriageModel | None = model

    def current(self) -> TriageModel:
        """The model that answers."""
        if self.model is None:
            raise NoModel("No model was promoted yet.")
        return self.model


class Seconds:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds since it was made."""
        return self.now


@pytest.fixture
def champion(experiment: Experiment) -> Champion:
    """With all that a model can have."""
    return Champion(replace(experiment.scorer, version="1"))


@pytest.fixture
def engine(tmp_path: Path, tables: Path) -> Iterator[Engine]:
    """A database with a desk's worked tickets."""
    shutil.copy(tables, tmp_path / "triage.db")
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    bring(engine, [replace(t, resolution=f"solved {t.filed.id}") for t in make_history(60)])
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Seconds:
    """The processes' clock."""
    return Seconds()


@pytest.fixture
def process(engine: Engine, champion: Champion, tmp_path: Path, clock: Seconds) -> Callable[[], SimilarTickets]:
    """Starts a further process of the same installation."""
    return lambda: SimilarTickets(engine, champion, tmp_path / "similar", clock, lambda _: None)


@pytest.fixture
def similar(process: Callable[[], SimilarTickets]) -> SimilarTickets:
    """A process that has read everything."""
    started = process()
    finish(started)
    return started


def bring(engine: Engine, tickets: Sequence[WorkedTicket], now: datetime = NOON) -> None:
    """Imports tickets."""
    with writing(engine) as connection:
        import_worked(connection, tickets, now)


def finish(similar: SimilarTickets, now: datetime = NOON) -> int:
    """Works until nothing is due, and says in how many slices."""
    n_slices = 0
    while similar.work(now):
        n_slices += 1
    return n_slices


def refresh(similar: SimilarTickets, clock: Seconds, now: datetime = NOON) -> int:
    """The next look at the database."""
    clock.now += REFRESH_EVERY_SECONDS
    return finish(similar, now)


def like(
    similar: SimilarTickets,
    engine: Engine,
    champion: Champion,
    ticket: NewTicket = VPN,
    k: int = 5,
    **how: Any,  # noqa: ANN401
) -> list[Any]:
    """What is shown beside a ticket."""
    with reading(engine) as connection:
        (found,) = similar.like(connection, champion.current(), [ticket], k, **{"tells_customers": True} | how)
    return found


def names(found: Sequence[Any]) -> list[str]:
    """The numbers of the tickets shown."""
    return [one.ticket_id for one in found]


def test_an_agent_is_shown_how_the_like_was_solved(similar: SimilarTickets, engine: Engine, champion: Champion) -> None:
    """That is what it is for."""
    found = like(similar, engine, champion)

    assert len(found) == 5
    assert {one.assignment_group for one in found} == {"Network"}
    assert all(one.resolution == f"solved {one.ticket_id}" for one in found)
    assert [one.similarity for one in found] == sorted((one.similarity for one in found), reverse=True)
    assert all(one.resolved_at is not None for one in found)


def test_a_ticket_is_never_like_itself(similar: SimilarTickets, engine: Engine, champion: Champion) -> None:
    """Whoever opens a solved ticket would be shown that very one, and one fewer of the others."""
    first = like(similar, engine, champion)[0].ticket_id
    with reading(engine) as connection:
        row = connection.execute(tickets_table.select().where(tickets_table.c.id == first)).one()
    itself = make_ticket(id=row.id, subject=row.subject, body=row.body, channel=row.channel)

    found = like(similar, engine, champion, itself)

    assert first not in names(found)
    assert len(found) == 5


def test_what_is_not_alike_is_not_shown(similar: SimilarTickets, engine: Engine, champion: Champion) -> None:
    """Five tickets of something else cost time, and trust."""
    strange = make_ticket(subject="zebra crossing", body="parsnip soup and opera tickets", channel=None)

    assert not like(similar, engine, champion, make_ticket(subject="", body=""))
    assert len(like(similar, engine, champion, strange)) < len(like(similar, engine, champion))


def test_a_removed_ticket_is_gone_at_once(
    similar: SimilarTickets, engine: Engine, champion: Champion, clock: Seconds
) -> None:
    """Somebody was promised that nothing is left of them."""
    before = names(like(similar, engine, champion))
    with writing(engine) as connection:
        gone = [tickets_table.c.id.in_(before)]
        assert connection.execute(delete(tickets_table).where(*gone)).rowcount == 5

    at_once = names(like(similar, engine, champion))
    refresh(similar, clock)

    assert len(at_once) == 5
    assert not set(before) & {*at_once, *names(like(similar, engine, champion))}


def test_what_is_kept_of_a_removed_ticket_is_gone_within_a_day(
    similar: SimilarTickets, engine: Engine, champion: Champion, clock: Seconds, tmp_path: Path
) -> None:
    """Its number and its row lie in files, and they are of a person, too."""
    with writing(engine) as connection:
        connection.execute(delete(tickets_table).where(tickets_table.c.assignment_group == "Network"))

    refresh(similar, clock, NOON + TIDY_EVERY)

    kept = read_index(tmp_path / "similar" / "1", made_by(champion.current()))
    assert kept is not None
    assert kept.n_rows == 40


def test_a_ticket_that_was_removed_while_it_was_read_is_not_shown(
    process: Callable[[], SimilarTickets], engine: Engine, champion: Champion
) -> None:
    """Elsewhere a slow reader put it back into the index after it had been purged from there."""
    started = process()
    assert started.work(NOON) == 1  # texts are in memory now
    with writing(engine) as connection:
        connection.execute(delete(tickets_table).where(tickets_table.c.assignment_group == "Network"))

    finish(started)

    assert {one.assignment_group for one in like(started, engine, champion)} <= {"Messaging", "Hardware"}


def test_a_corrected_group_is_shown_as_it_is_now(similar: SimilarTickets, engine: Engine, champion: Champion) -> None:
    """The old one would send the next ticket the wrong way, too."""
    with writing(engine) as connection:
        for id_ in connection.scalars(tickets_table.select().with_only_columns(tickets_table.c.id)).all():
            outcomes.record(connection, id_, {"assignment_group": "Apps"}, "human", "desk", NOON)

    assert {one.assignment_group for one in like(similar, engine, champion)} == {"Apps"}


def test_a_long_resolution_is_cut_and_in_one_line(similar: SimilarTickets, engine: Engine, champion: Champion) -> None:
    """A thread of mails beside each ticket hides the ticket."""
    with writing(engine) as connection:
        connection.execute(update(tickets_table).values(resolution="restart\n the  gateway " * 60))

    resolution = like(similar, engine, champion)[0].resolution

    assert resolution.startswith("restart the gateway restart the")
    assert resolution.endswith("…")
    assert len(resolution) == LONGEST_RESOLUTION


def test_no_more_are_shown_than_asked_for(similar: SimilarTickets, engine: Engine, champion: Champion) -> None:
    """More are looked up, as some may be gone."""
    assert [len(like(similar, engine, champion, k=k)) for k in (0, 1, MOST_SIMILAR)] == [0, 1, MOST_SIMILAR]


def test_whether_it_is_the_same_customer_is_told(similar: SimilarTickets, engine: Engine, champion: Champion) -> None:
    """Who wrote twice was not helped the first time; two ids of one person are one."""
    mine = replace(VPN, customer_id="u3")
    nearest = like(similar, engine, champion)[0].ticket_id
    with writing(engine) as connection:
        connection.execute(update(tickets_table).values(customer_id="u4"))
        connection.execute(update(tickets_table).where(tickets_table.c.id == nearest).values(customer_id="u3"))
    first = [one.is_same_customer for one in like(similar, engine, champion, mine, 3)]
    with writing(engine) as connection:
        join(connection, "u3", "u4", NOON)

    joined = [one.is_same_customer for one in like(similar, engine, champion, mine, 3)]

    assert first == [True, False, False]
    assert joined == [True, True, True]


def test_of_whom_nothing_may_be_told_nothing_is(similar: SimilarTickets, engine: Engine, champion: Champion) -> None:
    """Groups only, a person who has opted out, and a ticket of nobody."""
    mine = replace(VPN, customer_id="u3")
    with_groups_only = like(similar, engine, champion, mine, tells_customers=False)
    of_nobody = like(similar, engine, champion, replace(VPN, customer_id=None))
    with writing(engine) as connection:
        opt_outs.opt_out(connection, "u3", NOON)

    after_opting_out = like(similar, engine, champion, mine)

    for found in (with_groups_only, of_nobody, after_opting_out):
        assert {one.is_same_customer for one in found} == {None}


def test_an_open_ticket_shows_nothing(
    process: Callable[[], SimilarTickets], engine: Engine, champion: Champion
) -> None:
    """Nobody knows yet how to solve it."""
    with writing(engine) as connection:
        connection.execute(update(tickets_table).values(resolved_at=None, closed_at=None, resolution=None))
    started = process()
    finish(started)

    assert not like(started, engine, champion)


def test_a_ticket_that_was_just_solved_is_found_after_the_next_refresh(
    similar: SimilarTickets, engine: Engine, champion: Champion, clock: Seconds
) -> None:
    """The outage of this morning helps this afternoon."""
    solved = make_ticket(id="FRESH", subject=VPN.subject, body=VPN.body)
    bring(engine, [WorkedTicket(filed=solved, resolution="new certificate")], NOON + timedelta(minutes=1))

    before = names(like(similar, engine, champion))
    refresh(similar, clock, NOON + timedelta(minutes=2))

    assert "FRESH" not in before
    assert names(like(similar, engine, champion))[0] == "FRESH"


def test_a_change_that_was_committed_late_is_found(
    similar: SimilarTickets, engine: Engine, champion: Champion, clock: Seconds
) -> None:
    """A long import bears the moment of its beginning."""
    solved = make_ticket(id="LATE", subject=VPN.subject, body=VPN.body)
    bring(engine, [WorkedTicket(filed=solved, resolution="new certificate")], NOON - SLACK / 2)

    refresh(similar, clock, NOON + timedelta(minutes=2))

    assert names(like(similar, engine, champion))[0] == "LATE"


def test_a_ticket_whose_text_has_changed_is_found_by_its_text_of_now(
    similar: SimilarTickets, engine: Engine, champion: Champion, clock: Seconds
) -> None:
    """An import corrects texts; shown once, by what it says now."""
    first = like(similar, engine, champion)[0].ticket_id
    other = make_ticket(id=first, subject="laptop screen black", body="battery swells, new keyboard please")
    bring(engine, [WorkedTicket(filed=other, resolution="changed")], NOON + timedelta(minutes=1))

    refresh(similar, clock, NOON + timedelta(minutes=2))

    assert first not in names(like(similar, engine, champion, k=10))
    found = names(like(similar, engine, champion, replace(other, id="NEW"), 10))
    assert found[0] == first
    assert found.count(first) == 1


def test_nothing_is_read_again_that_is_known(similar: SimilarTickets, clock: Seconds, tmp_path: Path) -> None:
    """A refresh each minute must cost nothing where nothing has changed."""
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "similar" / "1").iterdir()}

    assert refresh(similar, clock) == 0

    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "similar" / "1").iterdir()} == before


def test_many_refreshes_leave_few_parts(
    similar: SimilarTickets, engine: Engine, champion: Champion, clock: Seconds, tmp_path: Path
) -> None:
    """Each part is searched for itself, and a desk is refreshed a thousand times a day."""
    for n in range(2 * MOST_PARTS):
        moment = NOON + timedelta(minutes=n)
        bring(engine, [WorkedTicket(filed=make_ticket(id=f"N{n}"), resolution="x")], moment)
        refresh(similar, clock, moment)

    kept = read_index(tmp_path / "similar" / "1", made_by(champion.current()))
    assert kept is not None
    assert len(kept.parts) <= MOST_PARTS
    assert len({id_ for part in kept.parts for id_ in part.ids}) == 60 + 2 * MOST_PARTS


def test_the_newest_are_kept_where_there_are_too_many(
    process: Callable[[], SimilarTickets],
    engine: Engine,
    champion: Champion,
    clock: Seconds,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory is bounded, and what was solved last year counts less."""
    monkeypatch.setattr(similar_upkeep, "MOST_TICKETS", 40)
    started = process()
    finish(started)
    new = [WorkedTicket(filed=make_ticket(id=f"N{n}"), resolution="x") for n in range(30)]
    bring(engine, new, NOON + timedelta(minutes=1))

    refresh(started, clock, NOON + timedelta(minutes=1))

    kept = read_index(tmp_path / "similar" / "1", made_by(champion.current()))
    assert kept is not None
    assert kept.n_rows == 40
    assert len({id_ for part in kept.parts for id_ in part.ids} & {f"N{n}" for n in range(30)}) == 30


def test_a_large_history_has_a_graph(
    process: Callable[[], SimilarTickets], engine: Engine, champion: Champion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers the same, but for a few, in a tenth of the time; also from the files."""
    started = process()
    finish(started)
    exact = [one.similarity for one in like(started, engine, champion)]
    shutil.rmtree(started._home)
    monkeypatch.setattr(similar_upkeep, "APPROXIMATE_FROM", 50)

    again, restarted = process(), process()
    finish(again)
    restarted.work(NOON)

    assert list(again._home.glob("1/*.usearch"))
    for asked in (again, restarted):
        found = [one.similarity for one in like(asked, engine, champion)]
        assert found == pytest.approx(exact, abs=1e-3)


def test_a_restart_and_other_processes_begin_with_the_files(
    similar: SimilarTickets, process: Callable[[], SimilarTickets], engine: Engine, champion: Champion
) -> None:
    """Each would read the whole history again, for minutes."""
    with writing(engine) as connection:
        connection.execute(update(tickets_table).values(updated_at=NOON - timedelta(days=9)))
    restarted = process()

    assert restarted.work(NOON) == 0

    assert names(like(restarted, engine, champion)) == names(like(similar, engine, champion))


def test_another_process_takes_up_what_one_has_written(
    similar: SimilarTickets, process: Callable[[], SimilarTickets], engine: Engine, champion: Champion, clock: Seconds
) -> None:
    """Two workers of one service must not show two lists."""
    other = process()
    other.work(NOON)
    solved = make_ticket(id="FRESH", subject=VPN.subject, body=VPN.body)
    bring(engine, [WorkedTicket(filed=solved, resolution="new certificate")], NOON + timedelta(minutes=1))
    refresh(similar, clock, NOON + timedelta(minutes=2))
    clock.now -= 1  # nothing is due for the other one

    other.work(NOON + timedelta(minutes=2))

    assert names(like(other, engine, champion))[0] == "FRESH"


def test_while_one_process_reads_the_others_wait(
    process: Callable[[], SimilarTickets], engine: Engine, champion: Champion
) -> None:
    """Four workers that read the same take four times the processor."""
    one, other = process(), process()
    assert one.work(NOON) == 1

    assert other.work(NOON) == 0
    finish(one)
    other.work(NOON)

    assert names(like(one, engine, champion)) == names(like(other, engine, champion)) != []


def test_another_model_finds_nothing_by_rows_of_the_one_before(
    similar: SimilarTickets, engine: Engine, champion: Champion
) -> None:
    """They cannot be compared: what was near would be chance. It begins at once, and a way back is short."""
    before = names(like(similar, engine, champion))
    old = champion.current()
    champion.model = replace(old, version="2")

    at_first = like(similar, engine, champion)
    n_slices = finish(similar)
    afterwards = names(like(similar, engine, champion))
    champion.model = old
    similar.work(NOON)

    assert not at_first
    assert n_slices > 0
    assert afterwards == before == names(like(similar, engine, champion))


def test_a_model_that_is_exchanged_while_rows_are_made_begins_anew(
    process: Callable[[], SimilarTickets], engine: Engine, champion: Champion, tmp_path: Path
) -> None:
    """Else its folder would hold rows of two models."""
    started = process()
    assert started.work(NOON) == 1
    champion.model = replace(champion.current(), version="2")

    finish(started)

    assert not (tmp_path / "similar" / "1").exists()
    assert len(like(started, engine, champion)) == 5


def test_spoiled_files_are_made_anew(
    similar: SimilarTickets, process: Callable[[], SimilarTickets], engine: Engine, champion: Champion, tmp_path: Path
) -> None:
    """A disk was full, or somebody has restored half of a backup."""
    before = names(like(similar, engine, champion))
    for file in (tmp_path / "similar" / "1").glob("*.npy"):
        file.unlink()
        file.write_bytes(b"")
    restarted = process()

    finish(restarted)

    assert names(like(restarted, engine, champion)) == before


def test_without_a_model_or_a_database_nothing_is_found_and_nothing_breaks(
    process: Callable[[], SimilarTickets], champion: Champion, engine: Engine, tmp_path: Path
) -> None:
    """A service starts before either is there, and goes on when they are."""
    model, started = champion.model, process()
    champion.model = None
    assert started.work(NOON) == 0
    champion.model = model
    (tmp_path / "triage.db").rename(tmp_path / "elsewhere.db")
    engine.dispose()
    lost = SimilarTickets(open_database(f"sqlite:///{tmp_path / 'none.db'}"), champion, tmp_path / "s", lambda: 0.0)
    with pytest.raises(StoreUnusable):
        lost.work(NOON)

    assert lost.nearest(champion.current(), [VPN], 3) == [[]]
    assert lost.work(NOON) == 0  # it is tried again, a while later


def test_whoever_asks_while_it_is_refreshed_gets_one_or_the_other(
    similar: SimilarTickets, engine: Engine, champion: Champion, clock: Seconds
) -> None:
    """Pages and scoring ask from their own threads."""
    seen: list[int] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            seen.append(len(like(similar, engine, champion)))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(12):
        moment = NOON + timedelta(minutes=n)
        bring(engine, [WorkedTicket(filed=make_ticket(id=f"N{n}"), resolution="x")], moment)
        refresh(similar, clock, moment)
    is_over.set()
    for thread in threads:
        thread.join()

    assert set(seen) == {5}


@pytest.fixture
def desk(app: FastAPI, similar: SimilarTickets, engine: Engine, champion: Champion) -> FastAPI:
    """The application, with a desk that has worked tickets."""
    app.state.desk = replace(app.state.desk, engine=engine, models=champion, similar=similar)
    return app


def sent(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """A ticket as a program sends it."""
    return {"id": "NEW", "subject": VPN.subject, "body": VPN.body, "customer_id": "u3", "channel": "email"} | changes


@pytest.mark.usefixtures("desk")
def test_a_program_is_answered_with_similar_tickets(client: TestClient) -> None:
    """Also on the fast path, which the second request takes."""
    for n in (1, 2):
        answer = client.post("/v1/score?similar=3", json=sent(id=f"NEW{n}")).json()

        assert len(answer["similar"]) == 3
        assert set(answer["similar"][0]) == {
            "ticket_id",
            "similarity",
            "assignment_group",
            "category",
            "resolution",
            "knowledge_article",
            "resolved_at",
            "is_same_customer",
        }
        assert answer["similar"][0]["resolution"].startswith("solved ")


@pytest.mark.usefixtures("desk")
def test_each_ticket_of_a_batch_has_its_own(client: TestClient) -> None:
    """And a ticket that does not fit takes nobody's place."""
    laptop = sent(id="B", subject="laptop screen black", body="battery swells")
    batch = {"tickets": [sent(id="A"), {"subjct": "x"}, laptop]}

    vpn, problem, other = client.post("/v1/score/batch?similar=2", json=batch).json()["results"]

    assert problem["status"] == 422
    assert [one["assignment_group"] for one in vpn["similar"]] == ["Network", "Network"]
    assert [one["assignment_group"] for one in other["similar"]] == ["Hardware", "Hardware"]


def test_who_asks_for_none_pays_nothing(client: TestClient, desk: FastAPI) -> None:
    """Most ask for none, and their answers are measured in milliseconds."""

    class Forbidden:
        """Breaks whoever asks."""

        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    desk.state.desk = replace(desk.state.desk, similar=Forbidden())

    assert client.post("/v1/score", json=sent()).json()["similar"] == []
    assert client.post("/v1/score?similar=0", json=sent()).json()["similar"] == []


def test_a_repeated_request_gets_what_the_first_one_got(client: TestClient, desk: FastAPI) -> None:
    """Whatever has changed meanwhile: the caller could not know whether the first answer had come."""
    headers = {"Idempotency-Key": "k1"}
    first = client.post("/v1/score?similar=3", json=sent(), headers=headers)
    with writing(desk.state.desk.engine) as connection:
        connection.execute(update(tickets_table).values(assignment_group="Apps"))

    again = client.post("/v1/score?similar=3", json=sent(), headers=headers)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content == first.content


@pytest.mark.usefixtures("desk")
def test_requests_that_want_different_numbers_are_answered_together(client: TestClient) -> None:
    """They wait in one queue and share a batch."""
    answers: dict[int, Any] = {}

    def ask(k: int) -> None:
        answers[k] = client.post(f"/v1/score?similar={k}", json=sent(id=f"K{k}")).json()["similar"]

    threads = [threading.Thread(target=ask, args=(k,)) for k in (0, 1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {k: len(found) for k, found in answers.items()} == {0: 0, 1: 1, 4: 4}


def test_a_model_that_makes_no_rows_has_no_similar_tickets(client: TestClient) -> None:
    """An application may be handed any source of models."""
    assert client.post("/v1/score?similar=3", json=sent()).json()["similar"] == []


def test_the_application_keeps_them_up_to_date_by_itself(
    engine: Engine, champion: Champion, settings: Settings
) -> None:
    """Nobody has to start anything."""
    with writing(engine) as connection:
        key = keys.create(connection, "helpdesk", ["score"], NOON)[1]
    found: list[Any] = []

    with TestClient(build_app(settings, champion), headers={"Authorization": f"Bearer {key}"}) as client:
        for _ in range(200):
            if found:
                break
            found = client.post("/v1/score?similar=3", json=sent()).json()["similar"]
            threading.Event().wait(0.05)

    assert len(found) == 3
    assert (settings.similar / "1" / "index.json").exists()
