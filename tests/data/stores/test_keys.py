"""Keys: made once, found by their plain text, worthless after being revoked, and not in the database."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection, select

from data import keys
from data.tables import api_keys
from triage.errors import InvalidInput, NotFound

Moment = Callable[..., datetime]


def test_a_key_is_found_by_its_plain_text(connection: Connection, moment: Moment) -> None:
    """That is all a request brings."""
    key, plaintext = keys.create(connection, "helpdesk", ["read", "score"], moment(3))

    found = keys.find(connection, plaintext)

    assert found == key
    assert key.scopes == ("score", "read")
    assert plaintext.startswith(f"triage_{key.id}_")


def test_the_secret_is_long_and_not_stored(connection: Connection, moment: Moment) -> None:
    """Whoever reads a backup must not be able to call."""
    _, plaintext = keys.create(connection, "helpdesk", ["score"], moment(3))

    secret = plaintext.split("_", 2)[2]

    assert len(secret) == 43  # 256 bits, six in a character
    assert secret not in str(connection.execute(select(api_keys)).all())


def test_two_keys_are_different(connection: Connection, moment: Moment) -> None:
    """Revoking one leaves the other."""
    one, plaintext = keys.create(connection, "helpdesk", ["score"], moment(3))
    other, other_plaintext = keys.create(connection, "helpdesk", ["score"], moment(3))

    assert one.id != other.id
    assert plaintext != other_plaintext


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1],
        lambda key: key + "a",
        lambda key: key.replace("triage_", "other_"),
        lambda key: key.split("_", 2)[2],
        lambda key: "triage_" + "0" * 12 + "_" + key.split("_", 2)[2],
        lambda key: key.rsplit("_", 1)[0].split("_")[0],
        lambda key: key.replace("triage_", "triage_\x00"),
        lambda key: f"{key[:20]}\ud83d",
        lambda key: "ключ_" + key,
        lambda _: "",
        lambda _: "triage__",
    ],
)
def test_anything_else_is_no_key(connection: Connection, moment: Moment, spoil: Callable[[str], str]) -> None:
    """Strangers send all sorts of things; the answer is always the same and never an error."""
    _, plaintext = keys.create(connection, "helpdesk", ["score"], moment(3))

    assert keys.find(connection, spoil(plaintext)) is None


def test_a_revoked_key_is_none(connection: Connection, moment: Moment) -> None:
    """That is what revoking is for; and revoking twice keeps the first moment."""
    key, plaintext = keys.create(connection, "helpdesk", ["score"], moment(3))

    keys.revoke(connection, key.id, moment(4))
    again = keys.revoke(connection, key.id, moment(5))

    assert keys.find(connection, plaintext) is None
    assert again.revoked_at == moment(4)


def test_an_unknown_id_is_answered_with_the_known_ones(connection: Connection, moment: Moment) -> None:
    """Ids are twelve hex digits; nobody remembers one."""
    key, _ = keys.create(connection, "helpdesk", ["score"], moment(3))

    with pytest.raises(NotFound, match=f"Known: {key.id} \\(helpdesk\\)"):
        keys.revoke(connection, "nope", moment(4))


def test_an_unknown_scope_is_answered_with_the_known_ones(connection: Connection, moment: Moment) -> None:
    """A misspelt scope would make a key that works nowhere."""
    with pytest.raises(InvalidInput, match=r"No scope named 'scroe'\. Known: score, read, review, admin\."):
        keys.create(connection, "helpdesk", ["scroe", "read"], moment(3))


@pytest.mark.parametrize(("name", "scopes"), [("helpdesk", []), ("  ", ["score"])])
def test_a_key_needs_a_name_and_a_scope(connection: Connection, moment: Moment, name: str, scopes: list[str]) -> None:
    """A key nobody can place is one nobody dares to revoke."""
    with pytest.raises(InvalidInput, match="A key needs"):
        keys.create(connection, name, scopes, moment(3))


def test_keys_are_listed_oldest_first_revoked_ones_too(connection: Connection, moment: Moment) -> None:
    """Whoever looks after a break-in wants to see what was there."""
    second, _ = keys.create(connection, "second", ["score"], moment(4))
    first, _ = keys.create(connection, "first", ["admin"], moment(3))
    keys.revoke(connection, first.id, moment(5))

    listed = keys.list_keys(connection)

    assert [key.id for key in listed] == [first.id, second.id]
    assert [key.revoked_at for key in listed] == [moment(5), None]
