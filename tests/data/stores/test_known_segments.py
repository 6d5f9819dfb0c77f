"""What held of customers when they were last looked at."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from data import events, opt_outs
from data.known_segments import Change, notice
from data.tables import known_segments
from tests.triage.test_subscribers import make_subscriber

Moment = Callable[..., datetime]


def holding(**names: str) -> dict[str, frozenset[str]]:
    """Segments by customer, as words."""
    return {id_: frozenset(words.split()) for id_, words in names.items()}


def test_a_change_is_seen_once(connection: Connection, moment: Moment) -> None:
    """Not at the first look, and not at the second of the same."""
    looks = [
        holding(u42="newcomer", u43=""),
        holding(u42="newcomer", u43=""),
        holding(u42="frequent_flyer newcomer", u43=""),
        holding(u42="newcomer frequent_flyer", u43="quiet"),
        holding(u42=""),
    ]

    found = [notice(connection, look, moment(day)) for day, look in enumerate(looks, 3)]

    assert found == [
        {},
        {},
        {"u42": Change(("frequent_flyer", "newcomer"), ("newcomer",))},
        {"u43": Change(("quiet",), ())},
        {"u42": Change((), ("frequent_flyer", "newcomer"))},
    ]


def test_nothing_is_asked_where_nobody_is_looked_at(connection: Connection, moment: Moment) -> None:
    """Most tickets of a robot have no customer."""
    assert notice(connection, {}, moment(3)) == {}


def test_who_opts_out_is_remembered_no_more_and_nobody_hears_of_them(connection: Connection, moment: Moment) -> None:
    """Neither what held of them is kept, nor is it still told; what was answered about a ticket is."""
    notice(connection, holding(u42="newcomer", u43="newcomer"), moment(3))
    for id_ in ("u42", "u43"):
        for type_ in ("profile.changed", "prediction.completed"):
            events.publish(connection, [make_subscriber()], type_, id_, {}, moment(3), customer_id=id_)

    opt_outs.opt_out(connection, ("u42", "u42b"), moment(4))

    assert connection.scalars(select(known_segments.c.customer_id)).all() == ["u43"]
    left = {(event.subject, event.type) for event in events.listed(connection, None, 10)}
    assert left == {("u42", "prediction.completed"), ("u43", "profile.changed"), ("u43", "prediction.completed")}
