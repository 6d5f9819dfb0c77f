"""The store of problems: what people say of them, merge and split."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from data import problems
from data.database import reading, writing
from data.problems import Said, StoredProblem
from tests.data.stores.problem_desks import DOOR, NOW, look, store_desk
from tests.triage.problems.incidents import burst
from triage.errors import InvalidInput, NotFound


@pytest.fixture
def two(engine: Engine) -> tuple[int, int]:
    """Two problems of a stored desk: the tunnel's, which has more incidents, and the door's."""
    store_desk(engine, *burst(12, first_day=200, said=DOOR, service="Access", first_number=60_000, seed=4))
    look(engine)
    with reading(engine) as connection:
        of_service = {one.service: one.id for one in problems.problems_of(connection)}
    return of_service["VPN"], of_service["Access"]


def merged(connection: Connection, two: tuple[int, int]) -> StoredProblem:
    """Both as the first of them."""
    return problems.merge(connection, two[0], [two[1]], NOW)[0]


def test_problems_are_listed_by_what_they_cost_and_by_state(engine: Engine, two: tuple[int, int]) -> None:
    """The dearest first: a lead reads the top."""
    with writing(engine) as connection:
        problems.change(connection, two[1], Said("known_error"), NOW)
        listed = problems.problems_of(connection)

        assert [one.hours_lost for one in listed] == sorted((one.hours_lost for one in listed), reverse=True)
        assert [one.id for one in problems.problems_of(connection, states=["known_error"])] == [two[1]]
        assert [one.id for one in problems.problems_of(connection, most=1, start=1)] == [listed[1].id]
        assert problems.count_of(connection)["known_error"] == 1


@pytest.mark.usefixtures("two")
def test_what_still_comes_is_listed_before_what_has_ended(engine: Engine) -> None:
    """A lead who reads the top would mend what nobody has reported for half a year."""
    with writing(engine) as connection:
        last = {one.id: one.last_seen_at for one in problems.problems_of(connection)}
        ended, coming = sorted(last, key=lambda id_: last[id_])
        listed = [one.id for one in problems.problems_of(connection, still_at=last[coming] + problems.STILL / 2)]
        long_after = problems.problems_of(connection, still_at=last[coming] + 2 * problems.STILL)

        assert last[coming] - last[ended] > problems.STILL
        assert listed == [coming, ended]
        assert [one.id for one in long_after] == [ended, coming]  # the dearer one first


def test_what_is_said_is_kept_and_told_without_a_word_that_people_wrote(engine: Engine, two: tuple[int, int]) -> None:
    """The audit log stays when a person asks to be forgotten."""
    with writing(engine) as connection:
        said = Said("Under investigation", " Ines ", "Badge of Ann Lee", "Ring Ann Lee")

        problem, told = problems.change(connection, two[1], said, NOW)

        assert (problem.state, problem.owner, problem.workaround) == ("under_investigation", "Ines", "Ring Ann Lee")
        assert problem.is_named_by_hand
        assert told == {
            "state": "under_investigation",
            "owner": "Ines",
            "name_changed": True,
            "workaround_changed": True,
        }
        assert problems.change(connection, two[1], said, NOW)[1] == {}
        assert problems.change(connection, two[1], Said(owner="", workaround=" "), NOW)[0].owner is None


def test_resolving_remembers_when_and_taking_it_back_forgets(engine: Engine, two: tuple[int, int]) -> None:
    """From then on it is known what came after."""
    with writing(engine) as connection:
        assert problems.change(connection, two[0], Said("resolved"), NOW)[0].resolved_at == NOW
        later = NOW + timedelta(days=1)
        assert problems.change(connection, two[0], Said(owner="Ines"), later)[0].resolved_at == NOW
        assert problems.change(connection, two[0], Said("known_error"), later)[0].resolved_at is None


@pytest.mark.parametrize(
    "said", [Said("open"), Said(name="  "), Said(name="x" * 201), Said(owner="x" * 201), Said(workaround="x" * 4001)]
)
def test_what_does_not_fit_is_refused(engine: Engine, two: tuple[int, int], said: Said) -> None:
    """A page must be able to show it."""
    with writing(engine) as connection, pytest.raises(InvalidInput):
        problems.change(connection, two[0], said, NOW)


def test_a_merge_moves_the_tickets_and_leads_to_the_other(engine: Engine, two: tuple[int, int]) -> None:
    """Links in mails and chats go on to work."""
    with writing(engine) as connection:
        n = problems.find(connection, two[0]).n_tickets + problems.find(connection, two[1]).n_tickets
        ticket = problems.tickets_of(connection, two[1], 1)[0].id

        problem = merged(connection, two)

        assert problem.n_tickets == n
        assert problems.find(connection, two[1]).id == two[0]
        assert problems.problem_of_ticket(connection, ticket) == problem
        assert [one.id for one in problems.problems_of(connection)] == [two[0]]
        assert [one.id for one in problems.known_problems(connection)] == [two[0]]
        assert all(one.is_by_hand for one in problems.tickets_of(connection, two[0], 100))


def test_what_is_one_already_is_not_merged(engine: Engine, two: tuple[int, int]) -> None:
    """A problem that led to itself would never be found again."""
    with writing(engine) as connection:
        merged(connection, two)
        for other in two:
            with pytest.raises(InvalidInput):
                problems.merge(connection, two[0], [other], NOW)
        with pytest.raises(NotFound):
            problems.merge(connection, two[0], [999], NOW)
        with pytest.raises(InvalidInput):
            problems.merge(connection, two[0], list(range(501)), NOW)


def test_a_split_makes_a_problem_of_some_tickets(engine: Engine, two: tuple[int, int]) -> None:
    """Two causes were taken for one."""
    with writing(engine) as connection:
        before = problems.find(connection, two[0])
        ids = [one.id for one in problems.tickets_of(connection, two[0], 3)]

        new = problems.split(connection, two[0], ids, NOW)

        assert new.n_tickets == 3
        assert new.state == "new"
        assert {one.id for one in problems.tickets_of(connection, new.id, 10)} == set(ids)
        assert problems.find(connection, two[0]).n_tickets == before.n_tickets - 3
        assert problems.find(connection, two[0]).hours_lost + new.hours_lost == pytest.approx(before.hours_lost)


def test_a_split_needs_some_of_its_own_tickets(engine: Engine, two: tuple[int, int]) -> None:
    """None, all, or another's are a slip of the hand."""
    with writing(engine) as connection:
        every = [one.id for one in problems.tickets_of(connection, two[0], 100)]
        foreign = problems.tickets_of(connection, two[1], 1)[0].id
        for wrong in ([], every, [*every[:1], foreign], ["nobody"]):
            with pytest.raises(InvalidInput):
                problems.split(connection, two[0], wrong, NOW)


def test_a_resolved_problem_is_not_offered_to_new_tickets(engine: Engine, two: tuple[int, int]) -> None:
    """Its workaround is out of date; a look says whether it is back."""
    with writing(engine) as connection:
        problems.change(connection, two[0], Said("resolved"), NOW)

        assert [one.id for one in problems.known_problems(connection)] == [two[1]]


def test_an_unknown_number_and_a_ticket_of_none_are_said_to_be_so(connection: Connection) -> None:
    """A typed number is often wrong."""
    with pytest.raises(NotFound):
        problems.find(connection, 12)
    assert problems.problem_of_ticket(connection, "T1") is None
    assert problems.problems_of(connection) == []
