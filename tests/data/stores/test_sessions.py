"""Sessions: opened once, found by their token, ended by time, by hand, or with their person."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, func, select, update

from data import sessions, users
from data.database import reading, writing
from data.tables import sessions as table
from data.users import User

Moment = Callable[..., datetime]


@pytest.fixture
def ann(engine: Engine, moment: Moment) -> User:
    """Somebody who may sign in."""
    with writing(engine) as connection:
        return users.add(connection, "ann@example.org", "lead", None, moment(1))


def opened(engine: Engine, user: User, now: datetime) -> str:
    """A new session's token."""
    with writing(engine) as connection:
        return sessions.open_session(connection, user.id, now)


def rows(engine: Engine) -> int:
    """How many are stored."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_a_session_is_found_by_its_token(engine: Engine, ann: User, moment: Moment) -> None:
    """That is all a browser shows; what is stored is of no use to whoever reads a backup."""
    token = opened(engine, ann, moment(3))

    found = sessions.find(engine, token, moment(3, 1))

    assert found is not None
    assert found.id == ann.id
    assert len(token) == 43  # 256 bits, six in a character
    with reading(engine) as connection:
        assert token not in str(connection.execute(select(table)).all())


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda _: "", lambda t: t.swapcase(), lambda t: f"{t}\x00\ud83d"])
def test_anything_else_is_none(engine: Engine, ann: User, moment: Moment, spoil: Callable[[str], str]) -> None:
    """Strangers send all sorts of things."""
    assert sessions.find(engine, spoil(opened(engine, ann, moment(3))), moment(3)) is None


@pytest.mark.parametrize(
    ("used_every", "lasts"),
    [(timedelta(hours=12), timedelta(0)), (timedelta(hours=11, minutes=59), timedelta(days=7))],
)
def test_a_session_ends_when_nobody_uses_it_and_after_a_week(
    engine: Engine, ann: User, moment: Moment, used_every: timedelta, lasts: timedelta
) -> None:
    """A browser that was left open ends at night; a copied token ends some day, however busy it is kept."""
    token = opened(engine, ann, moment(3))
    uses = [moment(3) + n * used_every for n in range(1, 20)]

    lasted = [now for now in uses if sessions.find(engine, token, now) is not None]

    assert lasted == [now for now in uses if now < moment(3) + lasts]


def test_a_week_is_a_week_to_the_minute(engine: Engine, ann: User, moment: Moment) -> None:
    """At the very moment it is over."""
    token = opened(engine, ann, moment(3))
    with writing(engine) as connection:
        connection.execute(update(table).values(last_used_at=moment(9, 23)))

    assert sessions.find(engine, token, moment(9, 23, 59)) is not None
    assert sessions.find(engine, token, moment(10)) is None


def test_use_is_written_once_a_minute(engine: Engine, ann: User, moment: Moment) -> None:
    """A page asks for ten things at once, and reading must not wait for whoever writes."""
    token, written = opened(engine, ann, moment(3)), []

    @event.listens_for(engine, "before_cursor_execute")
    def watch(*given: object) -> None:
        if "UPDATE" in str(given[2]):
            written.append(given[2])

    for seconds in (1, 30, 59, 60, 61, 90):
        sessions.find(engine, token, moment(3) + timedelta(seconds=seconds))

    with reading(engine) as connection:
        assert connection.scalar(select(table.c.last_used_at)) == moment(3, 0, 1)
        assert users.list_users(connection)[0].last_seen_at == moment(3, 0, 1)
    assert len(written) == 2  # the session and its person, once


def test_a_role_holds_from_the_next_request_on(engine: Engine, ann: User, moment: Moment) -> None:
    """Whoever is no admin any more must not stay one until they sign out."""
    token = opened(engine, ann, moment(3))
    with writing(engine) as connection:
        users.set_role(connection, ann.email, "agent")

    found = sessions.find(engine, token, moment(3))

    assert found is not None
    assert found.role == "agent"


def test_one_session_is_closed_or_all(engine: Engine, ann: User, moment: Moment) -> None:
    """Signing out on one device leaves the other ones; "everywhere" does not."""
    first, second, third = (opened(engine, ann, moment(3)) for _ in range(3))

    with writing(engine) as connection:
        sessions.close(connection, first)
        sessions.close(connection, first)
    left = [sessions.find(engine, token, moment(3)) is not None for token in (first, second, third)]
    with writing(engine) as connection:
        n_closed = sessions.close_all(connection, ann.id)

    assert left == [False, True, True]
    assert n_closed == 2
    assert sessions.find(engine, second, moment(3)) is None


def test_ended_sessions_are_thrown_away(engine: Engine, ann: User, moment: Moment) -> None:
    """Nobody may have to clean up."""
    opened(engine, ann, moment(3))
    opened(engine, ann, moment(3, 6))

    opened(engine, ann, moment(3, 12))

    assert rows(engine) == 2
