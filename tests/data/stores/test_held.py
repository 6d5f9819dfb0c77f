"""What is held of a person, counted."""

from collections.abc import Callable
from datetime import datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection

from data import keys, opt_outs, profile_views, vips
from data.held import Held, HeldPart, held_of
from data.persons import join
from data.pseudonyms import stored_id
from data.tickets import file, import_worked
from triage.ticket import NewTicket, WorkedTicket

Moment = Callable[..., datetime]

KEY = SecretStr("a key of at least thirty-two characters")


def test_fields_are_counted_with_first_and_last(connection: Connection, moment: Moment) -> None:
    """What is always empty is not held."""
    tickets = [
        NewTicket(id="1", subject="VPN", body="", customer_id="u1", opened_at=moment(3), attributes={"room": "4"}),
        NewTicket(id="2", subject="Mail", body="x", customer_id="u1", opened_at=moment(5)),
        NewTicket(id="3", subject="Mail", body="x", customer_id="u2", opened_at=moment(6), attributes={"site": "4"}),
    ]
    import_worked(
        connection, [WorkedTicket(filed=each, priority="3" if each.id == "1" else None) for each in tickets], moment(9)
    )

    held = held_of(connection, "u1", None)

    fields = {part.name: part for part in held.fields}
    assert fields["subject"] == HeldPart("subject", 2, moment(3), moment(5))
    assert fields["body"] == HeldPart("body", 1, moment(5), moment(5))
    assert fields["priority"] == HeldPart("priority", 1, moment(3), moment(3))
    assert "satisfaction" not in fields
    assert held.attributes == ("room",)
    assert held.rows == (HeldPart("tickets", 2, moment(3), moment(5)),)


def test_everything_that_names_them_is_told(connection: Connection, moment: Moment) -> None:
    """Under every id that they have."""
    caller = f"key:{keys.create(connection, 'helpdesk', ['read'], moment(1))[0].id}"
    file(connection, [NewTicket(id="1", customer_id="u1"), NewTicket(id="2", customer_id="u2")], moment(3))
    join(connection, "u1", "u2", moment(4))
    vips.mark(connection, "u2", "Board member", caller, moment(5))
    opt_outs.opt_out(connection, ("u1", "u2"), moment(6))
    profile_views.record(connection, caller, ["u1"], moment(7))

    rows = {part.name: (part.n, part.first_at) for part in held_of(connection, "U2 ", None).rows}

    assert rows == {
        "tickets": (2, moment(3)),
        "vips": (1, moment(5)),
        "opt_outs": (2, moment(6)),
        "profile_views": (1, moment(7)),
        "same_persons": (1, moment(4)),
    }


@pytest.mark.parametrize("key", [None, KEY])
def test_of_somebody_unknown_nothing_is_held(connection: Connection, moment: Moment, key: SecretStr | None) -> None:
    """Others' tickets are not theirs."""
    file(connection, [NewTicket(id="1", customer_id=stored_id("u1", key))], moment(3))

    assert held_of(connection, "u2", key) == Held((), (), ())
    assert [part.n for part in held_of(connection, "u1", key).rows] == [1]
