"""People: added, let in by their password, locked out, removed; and what strangers learn, which is nothing."""

import threading
import time
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, select, update

from data import audit, sessions, users
from data.database import reading, writing
from data.tables import users as table
from data.users import User, hashed
from triage.errors import Conflict, InvalidInput, NotAllowed, NotFound, Overloaded

Moment = Callable[..., datetime]

ANN = "ann@example.org"
RIGHT = "seven brown foxes"
WRONG = "seven brown boxes"


def put(engine: Engine, now: datetime, email: str = ANN, role: str = "lead", password: str | None = RIGHT) -> User:
    """Adds somebody."""
    kept = None if password is None else hashed(password, email)
    with writing(engine) as connection:
        return users.add(connection, email, role, kept, now)


def refused(engine: Engine, now: datetime, email: str = ANN, password: str = WRONG) -> str:
    """The sentence by which somebody is refused."""
    with pytest.raises(NotAllowed) as caught:
        users.sign_in(engine, email, password, now)
    return str(caught.value)


def stored(engine: Engine, column: str, email: str = ANN) -> object:
    """What is stored of somebody."""
    with reading(engine) as connection:
        return connection.scalar(select(table.c[column]).where(table.c.email == email))


def test_whoever_was_added_signs_in(engine: Engine, moment: Moment) -> None:
    """With the address in any case, as phones begin it with a capital."""
    ann = put(engine, moment(3), "Ann@Example.org ")

    found = users.sign_in(engine, " ANN@example.ORG", RIGHT, moment(4))

    assert (found.id, found.email, found.role, found.last_seen_at) == (ann.id, ANN, "lead", moment(4))


def test_the_password_is_not_stored(engine: Engine, moment: Moment) -> None:
    """What is stored is argon2id with what OWASP asks for at least, and no print of it shows a hash."""
    put(engine, moment(3))

    assert str(stored(engine, "password_hash")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "argon2id" not in repr(hashed(RIGHT, ANN))


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("agent", ("read",)),
        ("lead", ("read", "review")),
        ("admin", ("score", "read", "review", "admin")),
    ],
)
def test_a_role_is_a_few_scopes(role: str, scopes: tuple[str, ...]) -> None:
    """Routes ask for scopes and need not know who asks."""
    assert users.scopes_of(role) == scopes


def test_an_unknown_role_is_answered_with_the_known_ones(connection: Connection, moment: Moment) -> None:
    """A misspelt role must not become somebody who may nothing."""
    with pytest.raises(InvalidInput, match=r"No role named 'boss'\. Known: agent, lead, admin\."):
        users.add(connection, ANN, "boss", None, moment(3))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevenchars", "at least 12"),
        ("é" * 11, "at least 12"),
        ("e\u0301" * 11, "at least 12"),  # eleven letters, however the keyboard makes them
        ("x" * 1001, "at most 1,000"),
        ("Ann@Example.org", "anybody knows it"),
        ("PasswordPassword", "one of the first"),
    ],
)
def test_what_is_no_password(password: str, why: str) -> None:
    """Short ones are guessed, and the longest ones keep a server busy."""
    with pytest.raises(InvalidInput, match=why):
        hashed(password, ANN)


@pytest.mark.parametrize("password", ["x" * 11 + "y", "x" * 1000, "            ", "пароль-пароль", "🔑" * 12])
def test_which_characters_are_in_it_is_up_to_people(engine: Engine, moment: Moment, password: str) -> None:
    """Rules on characters make passwords that are written on notes; blanks at the ends are part of one."""
    put(engine, moment(3), password=password)

    assert users.sign_in(engine, ANN, password, moment(4)).email == ANN


def test_every_character_of_a_long_password_counts(engine: Engine, moment: Moment) -> None:
    """Other hashes stop at 72 bytes and let in whoever knows the beginning."""
    put(engine, moment(3), password="🔑" * 500)

    refused(engine, moment(4), password="🔑" * 499 + "🔒")


def test_keyboards_that_spell_a_letter_differently_make_one_password(engine: Engine, moment: Moment) -> None:
    """Some computers send an accent as a character of its own."""
    composed = "Zwölf Böcke äsen"
    put(engine, moment(3), password=composed)

    assert users.sign_in(engine, ANN, unicodedata.normalize("NFD", composed), moment(4)).email == ANN


@pytest.mark.parametrize(
    "address", ["", "ann", "ann@", "@example.org", "ann @example.org", "ann@ex..org", "ann@example.org\n.", "a" * 250]
)
def test_what_is_no_address(connection: Connection, moment: Moment, address: str) -> None:
    """It is what somebody signs in with, so a slip locks them out."""
    with pytest.raises(InvalidInput, match="no e-mail address"):
        users.add(connection, address, "lead", None, moment(3))


def test_letters_that_only_look_alike_are_nobody(engine: Engine, moment: Moment) -> None:
    """A Kelvin sign in lower case is a k: whoever has such an address elsewhere would be somebody else here."""
    put(engine, moment(3), "mike@example.org")
    kelvin = "mi\u212ae@example.org"
    assert kelvin.lower() == "mike@example.org"

    refused(engine, moment(4), kelvin, RIGHT)
    with writing(engine) as connection:
        by_oidc = users.find_by_oidc(connection, "https://id.example.org|7", kelvin, moment(4))
        by_email = users.find_by_email(connection, kelvin)
    assert (by_oidc, by_email) == (None, None)
    with writing(engine) as connection, pytest.raises(InvalidInput, match="no e-mail address"):
        users.add(connection, kelvin, "lead", None, moment(5))


def test_everybody_is_refused_with_the_same_sentence(engine: Engine, moment: Moment) -> None:
    """It must not tell who has an account: not by its words."""
    put(engine, moment(3))
    put(engine, moment(3), "gone@example.org")
    put(engine, moment(3), "elsewhere@example.org", password=None)
    with writing(engine) as connection:
        users.remove(connection, "gone@example.org", moment(4))

    said = {refused(engine, moment(5))}
    said |= {refused(engine, moment(5), who, RIGHT) for who in ("gone@example.org", "elsewhere@example.org")}
    said |= {
        refused(engine, moment(5), who, RIGHT) for who in ("nobody@example.org", "no address", "", "\x00", "\ud83d")
    }
    said |= {refused(engine, moment(5), ANN, password) for password in ("", "\x00", "\ud83d", "x" * 1001)}
    for _ in range(5):
        said.add(refused(engine, moment(5)))
    said.add(refused(engine, moment(5), ANN, RIGHT))  # locked by now

    assert len(said) == 1


def test_everybody_is_refused_after_the_same_work(
    engine: Engine, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor by the time: a login that hashes only for those there are is the usual way to find out who they are.

    One hash of today's cost each, also for locked people, who elsewhere are turned away faster.
    """
    put(engine, moment(3))
    put(engine, moment(3), "gone@example.org")
    put(engine, moment(3), "elsewhere@example.org", password=None)
    with writing(engine) as connection:
        users.remove(connection, "gone@example.org", moment(4))
    for _ in range(5):
        refused(engine, moment(5))
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002  (theirs)
            checked.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    monkeypatch.setattr(users, "_HASHER", Counting())
    for who in (ANN, "gone@example.org", "elsewhere@example.org", "nobody@example.org"):
        refused(engine, moment(5), who, RIGHT)

    assert checked == ["$argon2id$v=19$m=19456,t=2,p=1"] * 4


def test_the_hash_for_nobody_is_checked_for_real() -> None:
    """One that cannot be read would be refused at once, and the time would tell."""
    begun = time.perf_counter()
    is_right = users._verify(users._NOBODYS, RIGHT)
    seconds = time.perf_counter() - begun

    assert not is_right
    assert seconds > 0.005
    assert not users._HASHER.check_needs_rehash(users._NOBODYS)


def test_after_five_wrong_passwords_the_right_one_is_refused_for_a_while(engine: Engine, moment: Moment) -> None:
    """Else whoever has a list of passwords tries them all."""
    put(engine, moment(3))
    for _ in range(4):
        refused(engine, moment(4))
    users.sign_in(engine, ANN, RIGHT, moment(4))  # four are slips, and are forgotten
    for _ in range(5):
        refused(engine, moment(4))

    refused(engine, moment(4, 0, 14), password=RIGHT)

    assert users.sign_in(engine, ANN, RIGHT, moment(4, 0, 15)).locked_until is None


def test_each_further_wrong_password_locks_for_twice_as_long_up_to_a_day(engine: Engine, moment: Moment) -> None:
    """Who goes on guessing gets ninety-six guesses on the first day at most, and one a day then."""
    put(engine, moment(3))
    now = moment(4)
    for _ in range(4):
        refused(engine, now)
    minutes = []
    for _ in range(9):
        refused(engine, now)
        until = stored(engine, "locked_until")
        assert isinstance(until, datetime)
        minutes.append((until - now) / timedelta(minutes=1))
        now = until

    assert minutes == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]


def test_whoever_is_locked_is_not_kept_out_longer_by_further_attempts(engine: Engine, moment: Moment) -> None:
    """A lock that every attempt renews lets anybody keep anybody out for good; and sessions go on meanwhile."""
    ann = put(engine, moment(3))
    with writing(engine) as connection:
        token = sessions.open_session(connection, ann.id, moment(4))
    for _ in range(5):
        refused(engine, moment(4))
    until = stored(engine, "locked_until")

    for minute in range(14):
        refused(engine, moment(4, 0, minute))

    assert (stored(engine, "locked_until"), stored(engine, "n_failures")) == (until, 5)
    at_work = sessions.find(engine, token, moment(4, 0, 5))
    assert at_work is not None
    assert at_work.id == ann.id
    assert users.sign_in(engine, ANN, RIGHT, moment(4, 0, 15)).id == ann.id


def test_an_old_attack_is_forgiven(engine: Engine, moment: Moment) -> None:
    """A slip weeks later must not lock somebody out for a day."""
    put(engine, moment(3))
    for _ in range(5):
        refused(engine, moment(4))

    refused(engine, moment(20))

    assert users.sign_in(engine, ANN, RIGHT, moment(20)).email == ANN


def test_a_lock_is_on_record(engine: Engine, moment: Moment) -> None:
    """Somebody should look at who is being guessed at."""
    ann = put(engine, moment(3))
    for _ in range(5):
        refused(engine, moment(4))

    with reading(engine) as connection:
        (entry,) = audit.entries(connection)
        held = audit.verify(connection)
    assert (entry.action, entry.object, entry.at) == ("user.locked", f"user:{ann.id}", moment(4))
    assert entry.details == {"failures": 5, "until": "2026-11-04T00:15:00+00:00"}
    assert held.fault is None


def test_guesses_at_the_same_moment_are_not_all_free(engine: Engine, moment: Moment) -> None:
    """All of them find the person unlocked; the lock counts when they are settled, also for a right one among them."""
    put(engine, moment(3))
    guesses = [WRONG] * 6
    for _ in range(5):
        refused(engine, moment(4), password=guesses.pop())
    with reading(engine) as connection:
        kept = connection.scalar(select(table.c.password_hash).where(table.c.email == ANN))

    with writing(engine) as connection:  # as one that was found right while the five were settled
        settled = users._settle(connection, ANN, kept, kept, moment(4))

    assert settled is None


def test_a_password_that_was_changed_while_it_was_checked_is_worth_nothing(engine: Engine, moment: Moment) -> None:
    """Whoever changes a stolen password wants the thief out, also the one who is just signing in."""
    put(engine, moment(3))
    with reading(engine) as connection:
        old = connection.scalar(select(table.c.password_hash).where(table.c.email == ANN))
    with writing(engine) as connection:
        users.set_password(connection, ANN, hashed("nine purple cats", ANN))

    with writing(engine) as connection:
        settled = users._settle(connection, ANN, old, old, moment(4))

    assert settled is None


def test_hashing_keeps_nobody_waiting_who_writes(
    sqlite_engine: Engine, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite lets one write at a time, and fifty milliseconds are fifty tickets."""
    put(sqlite_engine, moment(3))
    was_free: list[bool] = []

    class Watching(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002  (theirs)
            def write() -> None:
                with writing(sqlite_engine) as connection:
                    connection.execute(update(table).values(n_failures=0))
                was_free.append(True)

            other = threading.Thread(target=write)
            other.start()
            other.join(5)
            return super().verify(hash, password)

    monkeypatch.setattr(users, "_HASHER", Watching(time_cost=2, memory_cost=19_456, parallelism=1))
    users.sign_in(sqlite_engine, ANN, RIGHT, moment(4))

    assert was_free == [True]


def test_a_flood_of_sign_ins_is_turned_away(engine: Engine, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hash takes nineteen megabytes: a few hundred at once would take all there are."""
    put(engine, moment(3))
    monkeypatch.setattr(users, "_PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(users, "_AT_ONCE", threading.BoundedSemaphore(1))

    with users._Turn(), pytest.raises(Overloaded):
        users.sign_in(engine, ANN, RIGHT, moment(4))

    assert users.sign_in(engine, ANN, RIGHT, moment(4)).email == ANN


def test_a_hash_of_former_cost_is_made_anew_at_the_next_sign_in(engine: Engine, moment: Moment) -> None:
    """Costs rise with computers; a cheaper hash would also be checked faster than nobody's."""
    put(engine, moment(3))
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(RIGHT)
    with writing(engine) as connection:
        connection.execute(update(table).values(password_hash=cheap))

    refused(engine, moment(4))
    unchanged = stored(engine, "password_hash")
    users.sign_in(engine, ANN, RIGHT, moment(4))

    assert unchanged == cheap
    assert str(stored(engine, "password_hash")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert users.sign_in(engine, ANN, RIGHT, moment(5)).email == ANN


def test_a_new_password_takes_the_place_of_the_old_one_and_unlocks(engine: Engine, moment: Moment) -> None:
    """And ends all sessions: whoever had the old one may have one open."""
    ann = put(engine, moment(3))
    with writing(engine) as connection:
        token = sessions.open_session(connection, ann.id, moment(4))
    for _ in range(5):
        refused(engine, moment(4))

    with writing(engine) as connection:
        users.set_password(connection, "Ann@example.org", hashed("nine purple cats", ANN))

    assert users.sign_in(engine, ANN, "nine purple cats", moment(4)).id == ann.id
    refused(engine, moment(4), password=RIGHT)
    assert sessions.find(engine, token, moment(4)) is None


def test_somebody_is_unlocked_by_hand(engine: Engine, moment: Moment) -> None:
    """Whom somebody else locked out, out of malice, keeps their password."""
    put(engine, moment(3))
    for _ in range(5):
        refused(engine, moment(4))

    with writing(engine) as connection:
        users.unlock(connection, ANN)

    assert users.sign_in(engine, ANN, RIGHT, moment(4)).email == ANN


def test_whoever_is_removed_is_out_at_once(engine: Engine, moment: Moment) -> None:
    """Out of their sessions as well; their row keeps their name, and no hash of a password."""
    ann = put(engine, moment(3))
    put(engine, moment(3), "bob@example.org", "admin")
    with writing(engine) as connection:
        tokens = [sessions.open_session(connection, ann.id, moment(4)) for _ in range(2)]

    with writing(engine) as connection:
        gone = users.remove(connection, ANN, moment(5))

    assert (gone.id, gone.email, gone.removed_at) == (ann.id, ANN, moment(5))
    assert [sessions.find(engine, token, moment(5)) for token in tokens] == [None, None]
    refused(engine, moment(5), password=RIGHT)
    assert stored(engine, "password_hash") is None
    with reading(engine) as connection:
        assert users.find_by_email(connection, ANN) is None
        assert users.user_of(connection, ann.id) is None
        assert {user.email for user in users.list_users(connection)} == {ANN, "bob@example.org"}


def test_whoever_was_removed_returns_only_where_somebody_says_so(engine: Engine, moment: Moment) -> None:
    """An identity provider that still knows them must not let them in again; an admin may, as who they were."""
    ann = put(engine, moment(3))
    with writing(engine) as connection:
        users.remove(connection, ANN, moment(4))

    with writing(engine) as connection, pytest.raises(Conflict, match="was removed"):
        users.add(connection, ANN, "agent", None, moment(5))
    with writing(engine) as connection:
        back = users.add(connection, ANN, "agent", hashed("nine purple cats", ANN), moment(5), may_return=True)

    assert (back.id, back.role, back.removed_at) == (ann.id, "agent", None)
    assert users.sign_in(engine, ANN, "nine purple cats", moment(5)).id == ann.id


def test_nobody_is_added_twice(connection: Connection, moment: Moment) -> None:
    """Neither in another case; a second password for an admin would be a way in."""
    users.add(connection, ANN, "admin", None, moment(3))

    with pytest.raises(Conflict, match="is there already"):
        users.add(connection, "ANN@example.org", "agent", None, moment(4), may_return=True)

    assert [user.role for user in users.list_users(connection)] == ["admin"]


@pytest.mark.parametrize(
    "change",
    [
        lambda connection, now, **may: users.remove(connection, ANN, now, **may),
        lambda connection, _, **may: users.set_role(connection, ANN, "lead", **may),
    ],
)
def test_the_last_admin_stays_one_unless_it_is_meant(
    connection: Connection, moment: Moment, change: Callable[..., User]
) -> None:
    """Without one nobody is left to add one, save at the machine itself."""
    users.add(connection, ANN, "admin", None, moment(3))
    users.add(connection, "bob@example.org", "admin", None, moment(3))
    users.remove(connection, "bob@example.org", moment(3))
    users.add(connection, "cem@example.org", "lead", None, moment(3))

    with pytest.raises(InvalidInput, match="is the last admin"):
        change(connection, moment(4))
    assert users.named(connection, ANN).role == "admin"

    change(connection, moment(4), may_be_last=True)
    assert [user.email for user in users.list_users(connection) if user.role == "admin" and not user.removed_at] == []


def test_of_two_admins_who_remove_each_other_at_once_one_stays(engine: Engine, moment: Moment) -> None:
    """Each sees the other one there, unless the second waits for the first."""
    for email in (ANN, "bob@example.org"):
        put(engine, moment(3), email, "admin", password=None)
    together, outcomes = threading.Barrier(2), []

    def take_out(email: str) -> None:
        together.wait(5)
        try:
            with writing(engine) as connection:
                users.remove(connection, email, moment(4))
                time.sleep(0.05)
            outcomes.append("removed")
        except InvalidInput:
            outcomes.append("refused")

    threads = [threading.Thread(target=take_out, args=(email,)) for email in (ANN, "bob@example.org")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(outcomes) == ["refused", "removed"]


def test_a_role_is_changed(connection: Connection, moment: Moment) -> None:
    """People move on; the same role again is no change of the last admin."""
    users.add(connection, ANN, "admin", None, moment(3))

    assert users.set_role(connection, ANN, "admin").role == "admin"
    assert users.set_role(connection, ANN, "agent", may_be_last=True).role == "agent"


def test_an_unknown_address_is_answered_with_the_known_ones(connection: Connection, moment: Moment) -> None:
    """The likeliest cause is a slip; whoever asks is at the machine, or an admin."""
    users.add(connection, ANN, "admin", None, moment(3))

    with pytest.raises(NotFound, match=rf"'an@example\.org' may sign in\. Known: {ANN}\."):
        users.set_role(connection, "an@example.org", "lead")


def test_who_signs_in_elsewhere_is_known_by_the_providers_id_from_then_on(
    connection: Connection, moment: Moment
) -> None:
    """Addresses are given to other people some day, the provider's ids are not."""
    ann = users.add(connection, ANN, "lead", None, moment(3))

    first = users.find_by_oidc(connection, "https://id.example.org|7", "Ann@example.org", moment(4))
    renamed = users.find_by_oidc(connection, "https://id.example.org|7", "ann.lee@example.org", moment(5))
    namesake = users.find_by_oidc(connection, "https://id.example.org|8", ANN, moment(6))
    unverified = users.find_by_oidc(connection, "https://id.example.org|9", None, moment(6))

    assert first is not None
    assert renamed is not None
    assert (first.id, renamed.id, renamed.last_seen_at) == (ann.id, ann.id, moment(5))
    assert (namesake, unverified) == (None, None)


def test_whoever_was_removed_does_not_sign_in_elsewhere_either(connection: Connection, moment: Moment) -> None:
    """The provider still knows them."""
    users.add(connection, ANN, "lead", None, moment(3))
    users.find_by_oidc(connection, "https://id.example.org|7", ANN, moment(4))
    users.remove(connection, ANN, moment(5))

    assert users.find_by_oidc(connection, "https://id.example.org|7", ANN, moment(6)) is None
