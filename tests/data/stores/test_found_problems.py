"""What a look for problems keeps, and what it leaves as people said it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, select

from data import problems
from data.database import reading, writing
from data.found_problems import find_and_keep
from data.problems import Said, StoredProblem
from data.tables import events, problem_tickets, tickets
from tests.data.stores.problem_desks import DOOR, NOW, look, store, store_desk
from tests.triage.problems.incidents import START, burst, everyday
from triage.addresses import NOTHING_BESIDE
from triage.problems.incident import words_of
from triage.problems.recognition import nearest_problem
from triage.subscribers import Subscriber
from triage.ticket import NewTicket


def the_problems(engine: Engine) -> list[StoredProblem]:
    """All that stand."""
    with reading(engine) as connection:
        return problems.problems_of(connection)


def tickets_of(engine: Engine, id_: int) -> set[str]:
    """The tickets of a problem."""
    with reading(engine) as connection:
        return {one.id for one in problems.tickets_of(connection, id_, 1_000)}


def test_a_look_stores_what_it_finds_with_the_change_behind_it(engine: Engine) -> None:
    """Everything that a page shows is there before it is asked for."""
    store_desk(engine)

    kept = look(engine)

    (problem,) = the_problems(engine)
    assert kept.new == (problem.id,)
    assert problem.service == "VPN"
    assert problem.n_tickets == len(tickets_of(engine, problem.id)) >= 18
    assert problem.hours_lost == problem.measures.hours_lost > 0
    assert [cause["change_id"] for cause in problem.content["causes"]] == ["C1"]
    assert kept.around["C1"][1] > kept.around["C1"][0]


def test_a_new_ticket_in_its_words_is_recognised(engine: Engine) -> None:
    """What was kept is what links a ticket on its arrival."""
    store_desk(engine)
    look(engine)

    with reading(engine) as connection:
        known = problems.known_problems(connection)
    words = words_of(NewTicket(id="N1", subject="split tunnel profile is empty, TUN4471"))

    assert nearest_problem(words, "VPN", known) == known[0].id
    assert nearest_problem(["toner", "is", "empty"], "Printing", known) is None


def test_tomorrow_it_is_the_same_problem_with_what_was_said_of_it(engine: Engine) -> None:
    """An owner must not look for their problem every morning."""
    store_desk(engine)
    (first,) = look(engine).new
    with writing(engine) as connection:
        problems.change(connection, first, Said("under_investigation", "Ines", "The tunnel", "Use the old client"), NOW)
        store(connection, *burst(15, first_day=118, days=10, first_number=60_000, seed=8))

    kept = look(engine, NOW + timedelta(days=1))

    (problem,) = the_problems(engine)
    assert kept.new == ()
    assert problem.id == first
    assert problem.n_tickets > 28
    assert (problem.state, problem.owner, problem.name) == ("under_investigation", "Ines", "The tunnel")
    assert problem.workaround == "Use the old client"


def test_a_resolved_problem_that_comes_back_is_new_again_and_says_so(engine: Engine) -> None:
    """Whoever mended it must hear of it."""
    store_desk(engine)
    (id_,) = look(engine).new
    with writing(engine) as connection:
        resolved_at = START + timedelta(days=130)
        problems.change(connection, id_, Said("resolved", "Ines"), resolved_at)

    assert look(engine).back == ()
    with writing(engine) as connection:
        store(connection, *burst(15, first_day=140, days=10, first_number=60_000, seed=8))
    kept = look(engine)

    (problem,) = the_problems(engine)
    assert kept.back == (id_,)
    assert (problem.state, problem.owner) == ("new", "Ines")
    assert problem.recurrence is not None
    assert problem.recurrence[0] == resolved_at
    assert problem.recurrence[1] >= 13


def test_a_merge_by_hand_stays_and_takes_what_comes_of_either(engine: Engine) -> None:
    """Public reports tell of merges after which the next event is an issue of its own again."""
    store_desk(engine, *burst(20, first_day=200, said=DOOR, service="Access", first_number=60_000, seed=4))
    one, other = look(engine).new
    with writing(engine) as connection:
        problems.merge(connection, one, [other], NOW)
        store(connection, *burst(12, first_day=218, days=8, said=DOOR, service="Access", first_number=70_000, seed=6))

    kept = look(engine)

    (problem,) = the_problems(engine)
    assert kept.new == ()
    assert problem.id == one
    assert problem.n_tickets > 46
    with reading(engine) as connection:
        assert problems.find(connection, other).id == one


def test_a_split_by_hand_stays_and_new_tickets_go_where_they_are_alike(engine: Engine) -> None:
    """Public reports tell of issues that were unmerged and merged again by the next look."""
    store_desk(engine, *burst(20, first_day=102, said=DOOR, first_number=60_000, seed=4))
    ids = look(engine).new
    with writing(engine) as connection:
        together, _ = problems.merge(connection, ids[0], ids[1:], NOW)
        every = [one.id for one in problems.tickets_of(connection, together.id, 100)]
        doors = [id_ for id_ in every if id_ >= "I60000"]
        part = problems.split(connection, together.id, doors, NOW)
        store(connection, *burst(12, first_day=118, days=8, said=DOOR, first_number=70_000, seed=6))

    kept = look(engine)

    assert kept.new == ()
    assert {one.id for one in the_problems(engine)} == {together.id, part.id}
    late = {id_ for id_ in tickets_of(engine, part.id) if id_ >= "I70000"}
    assert tickets_of(engine, part.id) >= set(doors)
    assert len(late) >= 10
    assert not {id_ for id_ in tickets_of(engine, together.id) if id_ >= "I60000"}


def test_a_look_tells_subscribers_once_and_no_word_of_a_ticket(engine: Engine) -> None:
    """An event goes to another program: how much there is, not what people wrote."""
    store_desk(engine)
    hears = Subscriber(
        name="chat", url="https://chat.example", secrets=(), types=frozenset({"problem.opened"}), allowed=NOTHING_BESIDE
    )

    for _ in range(2):
        find_and_keep(engine, [hears], NOW, 5)

    with reading(engine) as connection:
        (row,) = connection.execute(select(events)).all()
    assert row.type == "problem.opened"
    assert set(json.loads(row.payload)["data"]) == {
        *("problem_id", "service", "tickets", "hours_lost", "first_seen_at", "last_seen_at")
    }
    assert "4471" not in row.payload


def test_tickets_that_went_with_a_person_are_no_longer_part_of_it(engine: Engine) -> None:
    """Whoever is forgotten leaves nothing behind here either."""
    store_desk(engine)
    (id_,) = look(engine).new
    before = tickets_of(engine, id_)
    with writing(engine) as connection:
        connection.execute(delete(tickets).where(tickets.c.id.in_(sorted(before)[:4])))

    look(engine)

    assert tickets_of(engine, id_) == set(sorted(before)[4:])
    assert the_problems(engine)[0].n_tickets == len(before) - 4


def test_what_nobody_touched_goes_with_its_last_incident_and_what_somebody_did_stays(engine: Engine) -> None:
    """A list that only grows is not read."""
    store_desk(engine, *burst(20, first_day=200, said=DOOR, service="Access", first_number=60_000, seed=4))
    one, other = look(engine).new
    with writing(engine) as connection:
        problems.change(connection, other, Said(owner="Ines"), NOW)

    kept = look(engine, NOW + timedelta(days=400))

    assert kept.n_gone == 1
    assert [problem.id for problem in the_problems(engine)] == [other]
    with reading(engine) as connection:
        assert one not in set(connection.scalars(select(problem_tickets.c.problem_id)))


@pytest.mark.parametrize("n", [0, 1])
def test_a_look_at_an_empty_desk_finds_nothing(engine: Engine, n: int) -> None:
    """On the first day."""
    with writing(engine) as connection:
        store(connection, *burst(n))

    assert look(engine).n_found == 0


def test_tickets_that_were_split_off_stay_so_though_a_look_finds_them_together(engine: Engine) -> None:
    """They say the same; a person knows that they mean something else."""
    store_desk(engine)
    (id_,) = look(engine).new
    chosen = sorted(tickets_of(engine, id_))[:6]
    with writing(engine) as connection:
        part = problems.split(connection, id_, chosen, NOW)

    kept = look(engine)

    assert kept.new == ()
    assert tickets_of(engine, part.id) >= set(chosen)
    assert not tickets_of(engine, id_) & set(chosen)
    assert {one.id for one in the_problems(engine)} == {id_, part.id}


def test_new_tickets_of_what_a_look_takes_for_one_go_to_the_part_that_they_are_like(engine: Engine) -> None:
    """A person has seen that one error code has two causes; the look sees the code alone."""
    profile, metric = ("tun4471 split profile is empty",), ("tun4471 gateway metric is wrong",)
    with writing(engine) as connection:
        store(connection, *everyday(), *burst(20, said=profile))
        store(connection, *burst(20, said=metric, first_number=60_000, seed=4))
    (id_,) = look(engine).new
    metrics = {ticket_id for ticket_id in tickets_of(engine, id_) if ticket_id >= "I60000"}
    with writing(engine) as connection:
        part = problems.split(connection, id_, metrics, NOW)
        store(connection, *burst(8, said=metric, first_day=118, days=6, first_number=70_000, seed=6))

    kept = look(engine)

    late = {ticket_id for ticket_id in tickets_of(engine, part.id) if ticket_id >= "I70000"}
    assert len(metrics) >= 15
    assert kept.new == ()
    assert len(late) >= 6
    assert not {ticket_id for ticket_id in tickets_of(engine, id_) if ticket_id >= "I60000"}
