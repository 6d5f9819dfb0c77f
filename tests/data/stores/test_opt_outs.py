"""Who wants no profile."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from data.opt_outs import all_out, are_out, opt_in, opt_out

Moment = Callable[..., datetime]


def test_who_opted_out_is_known(connection: Connection, moment: Moment) -> None:
    """Among those who are asked about, and in all."""
    opt_out(connection, "u42", moment(3))
    opt_out(connection, "u43", moment(3))

    assert are_out(connection, ["u1", "u42"]) == {"u42"}
    assert are_out(connection, []) == frozenset()
    assert all_out(connection) == {"u42", "u43"}


def test_opting_out_twice_is_once(connection: Connection, moment: Moment) -> None:
    """And whoever does it for a customer learns that it was done."""
    assert opt_out(connection, "u42", moment(3))
    assert not opt_out(connection, "u42", moment(4))


def test_who_comes_back_is_profiled_again(connection: Connection, moment: Moment) -> None:
    """It is their choice both times."""
    opt_out(connection, "u42", moment(3))

    assert opt_in(connection, "u42")
    assert not opt_in(connection, "u42")
    assert are_out(connection, ["u42"]) == frozenset()
