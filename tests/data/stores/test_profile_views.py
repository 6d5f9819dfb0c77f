"""Who looked at whose profile."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from data import keys
from data.profile_views import ProfileView, record, views_of

Moment = Callable[..., datetime]


@pytest.fixture
def caller(connection: Connection, moment: Moment) -> str:
    """Whoever has a key that may read."""
    return f"key:{keys.create(connection, 'helpdesk', ['read'], moment(1))[0].id}"


def test_a_look_is_kept_with_whose_key_and_when(connection: Connection, moment: Moment, caller: str) -> None:
    """A customer who asks who has read about them gets an answer."""
    record(connection, caller, ["u1", "u2"], moment(3))
    record(connection, caller, ["u1"], moment(4))

    assert views_of(connection, "u1") == [ProfileView(caller, moment(4)), ProfileView(caller, moment(3))]
    assert views_of(connection, "u2") == [ProfileView(caller, moment(3))]
    assert views_of(connection, "u3") == []


def test_a_list_without_anybody_is_nobodys_look(connection: Connection, moment: Moment, caller: str) -> None:
    """Most segments of a young desk are empty."""
    record(connection, caller, [], moment(3))

    assert views_of(connection, "u1") == []


def test_looks_are_forgotten_after_a_year(connection: Connection, moment: Moment, caller: str) -> None:
    """They say something about those who help, too; and a table that only grows is somebody's night shift."""
    record(connection, caller, ["u1"], moment(3))
    record(connection, caller, ["u1"], moment(4))

    record(connection, caller, ["u2"], moment(3) + timedelta(days=365))

    assert views_of(connection, "u1") == [ProfileView(caller, moment(4))]
