"""Keys: made once, found by their plain text, worthless after their end or being revoked, and not in the database."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event, select

from data import keys
from data.database import reading, writing
from data.tables import api_keys
from triage.errors import InvalidInput, NotFound

Moment = Callable[..., datetime]


def test_a_key_is_found_by_its_plain_text(connection: Connection, moment: Moment) -> None:
    """That is all a request brings."""
    key, plaintext = keys.create(connection, "helpdesk", ["read", "score"], moment(3))

    found = keys.find(connection, plaintext, moment(5))

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

    assert keys.find(connection, spoil(plaintext), moment(3)) is None


def test_a_revoked_key_is_none(connection: Connection, moment: Moment) -> None:
    """That is what revoking is for; and revoking twice keeps the first moment."""
    key, plaintext = keys.create(connection, "helpdesk", ["score"], moment(3))

    keys.revoke(connection, key.id, moment(4))
    again = keys.revoke(connection, key.id, moment(5))

    assert keys.find(connection, plaintext, moment(5)) is None
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


def test_a_key_ends_at_its_moment(connection: Connection, moment: Moment) -> None:
    """Valid before it, and not at it; a key that ends never is found for ever."""
    key, plaintext = keys.create(connection, "helpdesk", ["score"], moment(3), moment(10))
    _, lasting = keys.create(connection, "helpdesk", ["score"], moment(3))

    last = moment(10) - timedelta(microseconds=1)

    assert keys.find(connection, plaintext, last) == key
    assert keys.find(connection, plaintext, moment(10)) is None
    assert keys.find(connection, lasting, moment(10).replace(year=2099)) is not None
    assert [key.state(last), key.state(moment(10))] == ["live", "expired"]


def test_a_key_does_not_end_before_it_begins(connection: Connection, moment: Moment) -> None:
    """Somebody has mistaken a sign, and would look for the fault elsewhere."""
    with pytest.raises(InvalidInput, match="later than now"):
        keys.create(connection, "helpdesk", ["score"], moment(3), moment(3))


def test_a_rotated_key_and_its_successor_both_work_for_a_while(connection: Connection, moment: Moment) -> None:
    """Programs are told the new one after another; to the moment when the old one ends, and not longer."""
    old, old_text = keys.create(connection, "helpdesk", ["score", "read"], moment(3))

    new, new_text = keys.rotate(connection, old.id, timedelta(days=7), moment(4))

    assert (new.name, new.scopes, new.expires_at) == (old.name, old.scopes, None)
    meanwhile = moment(11) - timedelta(microseconds=1)
    assert keys.find(connection, old_text, meanwhile) is not None
    assert keys.find(connection, new_text, meanwhile) == new
    assert keys.find(connection, old_text, moment(11)) is None
    assert keys.find(connection, new_text, moment(11)) == new
    replaced = keys.list_keys(connection)[0]
    assert (replaced.replaced_by, replaced.state(moment(4)), replaced.state(moment(11))) == (
        new.id,
        "rotated",
        "expired",
    )


def test_a_key_that_is_out_is_rotated_without_delay(connection: Connection, moment: Moment) -> None:
    """Whoever has found it in a log wants it worthless at once."""
    old, old_text = keys.create(connection, "helpdesk", ["score"], moment(3))

    keys.rotate(connection, old.id, timedelta(0), moment(4))

    assert keys.find(connection, old_text, moment(4)) is None


def test_rotating_lengthens_no_life(connection: Connection, moment: Moment) -> None:
    """A key that ends sooner still does, and one that was made for ten days has a successor for ten days."""
    old, old_text = keys.create(connection, "helpdesk", ["score"], moment(3), moment(13))

    new, _ = keys.rotate(connection, old.id, timedelta(days=7), moment(10))
    told, _ = keys.rotate(connection, new.id, timedelta(days=7), moment(11), moment(12))

    assert new.expires_at == moment(20)
    assert told.expires_at == moment(12)
    assert keys.find(connection, old_text, moment(13)) is None


def test_a_key_has_one_successor(connection: Connection, moment: Moment) -> None:
    """A second one would be a key that nobody has on a list, with the short life of its parent."""
    old, _ = keys.create(connection, "helpdesk", ["score"], moment(3))
    new, _ = keys.rotate(connection, old.id, timedelta(days=7), moment(4))

    with pytest.raises(InvalidInput, match=f"was rotated already; its successor is {new.id}"):
        keys.rotate(connection, old.id, timedelta(days=7), moment(5))

    assert len(keys.list_keys(connection)) == 2


def test_of_two_who_rotate_a_key_at_once_one_does(engine: Engine, moment: Moment) -> None:
    """The second waits, and is told of the successor."""
    with writing(engine) as connection:
        old, _ = keys.create(connection, "helpdesk", ["score"], moment(3))
    together, outcomes = threading.Barrier(2), []

    def rotate() -> None:
        together.wait(5)
        try:
            with writing(engine) as connection:
                keys.rotate(connection, old.id, timedelta(days=7), moment(4))
            outcomes.append("rotated")
        except InvalidInput:
            outcomes.append("refused")

    threads = [threading.Thread(target=rotate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(outcomes) == ["refused", "rotated"]


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_key_that_works_no_more_is_not_rotated(engine: Engine, moment: Moment, how: str) -> None:
    """Else a revoked key had a way back; and what was tried leaves no mark on it."""
    with writing(engine) as connection:
        old, _ = keys.create(connection, "helpdesk", ["score"], moment(3), moment(4))
        if how == "revoked":
            keys.revoke(connection, old.id, moment(3))

    with pytest.raises(InvalidInput, match="works no more"), writing(engine) as connection:
        keys.rotate(connection, old.id, timedelta(days=7), moment(3 if how == "revoked" else 4))

    with reading(engine) as connection:
        (left,) = keys.list_keys(connection)
    assert left.replaced_by is None


def test_use_is_noted_once_a_minute(engine: Engine, moment: Moment) -> None:
    """Somebody who revokes a key wants to know whether it is in use; a request must not wait for that to be written."""
    with writing(engine) as connection:
        key, plaintext = keys.create(connection, "helpdesk", ["score"], moment(3))
        other, _ = keys.create(connection, "other", ["score"], moment(3))
    changed: list[int] = []

    @event.listens_for(engine, "after_cursor_execute")
    def watch(*given: object) -> None:
        if "UPDATE" in str(given[2]):
            changed.append(given[1].rowcount)

    for seconds in (0, 1, 59, 60, 61):
        with writing(engine) as connection:
            keys.note_use(connection, key.id, moment(4) + timedelta(seconds=seconds))

    with reading(engine) as connection:
        found = keys.find(connection, plaintext, moment(4))
        unused = keys.list_keys(connection)
    assert changed == [1, 0, 0, 1, 0]
    assert found is not None
    assert found.last_used_at == moment(4, 0, 1)
    assert (found.is_use_due(moment(4, 0, 1)), found.is_use_due(moment(4, 0, 2))) == (False, True)
    assert [each.last_used_at for each in unused if each.id == other.id] == [None]
