"""Ids that are one person where no rule can know, joined by hand and taken apart again."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, select

from data import keys, opt_outs, plans, profile_views
from data.persons import Person, find, join, join_earlier, part
from data.pseudonyms import earlier_ids, stored_id
from data.tables import metadata, same_persons
from data.tickets import file
from triage.customers.plans import Terms
from triage.errors import InvalidInput
from triage.ticket import NewTicket

Moment = Callable[..., datetime]

KEY = SecretStr("a key of at least thirty-two characters")
TERMS = Terms("Ines Example", "Call back", date(2026, 12, 5))
DONE = Terms("Ines Example", "Call back", date(2026, 12, 5), outcome="done")


def ids_of(connection: Connection, customer_id: str) -> tuple[str, ...]:
    """All ids of whoever has this one."""
    return find(connection, [customer_id])[customer_id].ids


def everything(connection: Connection) -> dict[str, list[object]]:
    """All rows, but for what was said about joins."""
    return {
        name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
        for name, table in metadata.tables.items()
        if name != "same_persons"
    }


def test_who_was_never_joined_is_one_person_with_one_id(connection: Connection) -> None:
    """As nearly everybody is."""
    assert find(connection, ["u1", "u2"]) == {"u1": Person(("u1",)), "u2": Person(("u2",))}
    assert find(connection, []) == {}


def test_two_ids_become_one_person_who_goes_by_the_first(connection: Connection, moment: Moment) -> None:
    """It is asked with either; and said twice, it is known."""
    assert join(connection, "u2", "u1", moment(3))
    assert not join(connection, "u1", "u2", moment(4))

    assert ids_of(connection, "u1") == ids_of(connection, "u2") == ("u2", "u1")


def test_one_joined_with_one_joined_is_one_of_all(connection: Connection, moment: Moment) -> None:
    """Three addresses, said in two sentences, in whatever order."""
    join(connection, "u1", "u2", moment(3))
    join(connection, "u3", "u4", moment(3))
    join(connection, "u4", "u2", moment(3))

    assert {ids_of(connection, id_) for id_ in ("u1", "u2", "u3", "u4")} == {("u3", "u1", "u2", "u4")}


def test_a_join_that_is_taken_back_leaves_all_as_it_was(connection: Connection, moment: Moment) -> None:
    """It may have been the wrong Ann; nothing of hers may stay with the other one."""
    file(connection, [NewTicket(id="1", customer_id="u1"), NewTicket(id="2", customer_id="u2")], moment(3))
    plans.agree(connection, "u1", TERMS, moment(3))
    plans.agree(connection, "u2", TERMS, moment(3))
    opt_outs.opt_out(connection, "u2", moment(3))
    before = everything(connection)

    join(connection, "u1", "u2", moment(4))
    assert part(connection, "u2", "u1", moment(5))

    assert everything(connection) == before
    assert not part(connection, "u1", "u2", moment(6))


def test_what_was_said_is_on_record_by_date(connection: Connection, moment: Moment) -> None:
    """Whoever asks later why two people had one profile is told."""
    join(connection, "u1", "u2", moment(3))
    part(connection, "u1", "u2", moment(5))
    join(connection, "u1", "u2", moment(6))

    said = connection.execute(select(same_persons).order_by(same_persons.c.id)).all()

    assert [(row.one, row.other, row.told_by, row.since, row.until) for row in said] == [
        ("u1", "u2", "hand", moment(3), moment(5)),
        ("u1", "u2", "hand", moment(6), None),
    ]


def test_taking_one_join_back_leaves_the_others(connection: Connection, moment: Moment) -> None:
    """A chain of four that breaks in the middle is two pairs."""
    for one, other in (("u1", "u2"), ("u2", "u3"), ("u3", "u4"), ("u8", "u9")):
        join(connection, one, other, moment(3))

    part(connection, "u2", "u3", moment(4))

    assert [ids_of(connection, id_) for id_ in ("u2", "u4", "u9")] == [("u1", "u2"), ("u3", "u4"), ("u8", "u9")]


def test_who_stays_joined_goes_by_what_they_went_by(connection: Connection, moment: Moment) -> None:
    """A list must not name them otherwise because of somebody else's mistake."""
    for one, other in (("u1", "u2"), ("u3", "u2"), ("u3", "u4")):
        join(connection, one, other, moment(3))
    before = ids_of(connection, "u2")

    part(connection, "u3", "u4", moment(4))

    assert (before[0], ids_of(connection, "u2")) == ("u3", ("u3", "u1", "u2"))


def test_what_was_not_said_is_not_taken_back(connection: Connection, moment: Moment) -> None:
    """Which of the two joins was wrong is for somebody to say."""
    join(connection, "u1", "u2", moment(3))
    join(connection, "u2", "u3", moment(3))

    with pytest.raises(InvalidInput, match="not joined with each other"):
        part(connection, "u1", "u3", moment(4))

    assert ids_of(connection, "u3") == ("u1", "u2", "u3")


def test_who_opted_out_with_one_id_is_out_with_all(connection: Connection, moment: Moment) -> None:
    """Before the join or after it."""
    opt_outs.opt_out(connection, "u2", moment(3))
    join(connection, "u1", "u2", moment(3))

    assert find(connection, ["u1"])["u1"] == Person(("u1", "u2"), is_out=True)
    assert opt_outs.are_out(connection, ["u1", "u2", "u3"]) == opt_outs.all_out(connection) == {"u1", "u2"}
    assert opt_outs.opt_in(connection, ids_of(connection, "u1"))
    assert opt_outs.all_out(connection) == set()


def test_what_was_opted_out_together_stays_so_apart(connection: Connection, moment: Moment) -> None:
    """It was said by whoever both ids were; the careful reading is that each of them means it."""
    join(connection, "u1", "u2", moment(3))
    assert opt_outs.opt_out(connection, ids_of(connection, "u2"), moment(4))
    assert not opt_outs.opt_out(connection, ids_of(connection, "u1"), moment(5))

    part(connection, "u1", "u2", moment(6))

    assert opt_outs.all_out(connection) == {"u1", "u2"}


def test_one_person_has_one_plan_to_change(connection: Connection, moment: Moment) -> None:
    """Each id had one from before; the later is meant, and when it has ended the other is still to be seen to."""
    plans.agree(connection, "u2", TERMS, moment(3))
    late = plans.agree(connection, "u1", TERMS, moment(4))
    join(connection, "u1", "u2", moment(5))
    person = find(connection, ["u2"])["u2"]

    shown = plans.open_plan_of(person, plans.open_plans(connection, person.ids))
    ended = plans.agree(connection, person.ids, DONE, moment(6))

    assert shown == late
    assert (ended.customer_id, ended.created_at) == ("u1", moment(4))
    left = plans.open_plan_of(person, plans.open_plans(connection, person.ids))
    assert left is not None
    assert left.customer_id == "u2"
    assert plans.first_plans(connection) == {"u1": moment(3)}
    assert len(plans.plans_of(connection, person.ids)) == 2


def test_a_look_at_two_ids_at_once_is_one_look(connection: Connection, moment: Moment) -> None:
    """And each of them can be told of it, also when they are two people again."""
    caller = f"key:{keys.create(connection, 'helpdesk', ['read'], moment(1))[0].id}"
    join(connection, "u1", "u2", moment(3))

    profile_views.record(connection, caller, ids_of(connection, "u1"), moment(4))

    assert len(profile_views.views_of(connection, ("u1", "u2"))) == 1
    assert len(profile_views.views_of(connection, "u2")) == 1


@pytest.mark.parametrize("promise", ["opt_out", "plan"])
def test_a_promise_made_to_an_earlier_hash_holds_when_its_spelling_comes_again(
    connection: Connection, moment: Moment, promise: str
) -> None:
    """Hashes of other spellings cannot be turned back, but whoever opted out must not be profiled for it."""
    (earlier,), today = earlier_ids(["Ann.Lee@example.org"], KEY), stored_id("ann.lee@example.org", KEY)
    assert today is not None
    if promise == "opt_out":
        opt_outs.opt_out(connection, earlier, moment(3))
    else:
        plans.agree(connection, earlier, TERMS, moment(3))

    for _ in range(2):
        join_earlier(connection, {earlier: today, "other": "u9"}, moment(4))

    assert ids_of(connection, today) == (today, earlier)
    assert connection.scalars(select(same_persons.c.told_by)).all() == ["spelling"]


def test_an_import_may_bring_more_spellings_than_a_statement_may_name(connection: Connection, moment: Moment) -> None:
    """A chunk of an export may hold as many people."""
    opt_outs.opt_out(connection, "e69999", moment(3))

    join_earlier(connection, {f"e{n}": f"u{n}" for n in range(70_000)}, moment(4))

    assert opt_outs.are_out(connection, ["u69999", "u1"]) == {"u69999"}
