"""People who may sign in, on the command line."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import Result

from commands import users as command
from commands.users import app
from data import audit, users
from data.database import open_database, reading
from data.schema import upgrade
from data.users import User
from triage.errors import Conflict, InvalidInput, NotAllowed, NotFound

Run = Callable[..., Result]

ANN = "ann@example.org"
RIGHT = "seven brown foxes"
OTHER = "nine purple cats"


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """The installation's database."""
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits there who can answer."""
    monkeypatch.setattr(command, "_is_asked", lambda: True)


def sign_in(engine: Engine, password: str, email: str = ANN) -> User:
    """Signs somebody in."""
    return users.sign_in(engine, email, password, datetime.now(UTC))


def actions(engine: Engine) -> list[str]:
    """What the audit log says, oldest first."""
    with reading(engine) as connection:
        return [entry.action for entry in audit.entries(connection)][::-1]


def put(invoke: Run, email: str = ANN, role: str = "lead", password: str = RIGHT) -> Result:
    """Adds somebody."""
    return invoke(app, "add", email, "--role", role, "--password-stdin", answers=f"{password}\n")


def test_somebody_is_added_by_a_script(invoke: Run, engine: Engine) -> None:
    """The password comes on stdin, where neither a list of processes nor a shell's history shows it."""
    done = put(invoke, "Ann@Example.org")

    assert done.stdout == "ann@example.org may sign in as lead.\n"
    assert sign_in(engine, RIGHT).role == "lead"
    assert actions(engine) == ["user.added"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_end_of_the_line_is_no_part_of_the_password(invoke: Run, engine: Engine, end: str) -> None:
    """`echo` adds one, `printf` none; blanks are part of it."""
    invoke(app, "add", ANN, "--role", "lead", "--password-stdin", answers=f" {RIGHT} {end}")

    assert sign_in(engine, f" {RIGHT} ").email == ANN


@pytest.mark.usefixtures("at_a_terminal")
def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(invoke: Run, engine: Engine) -> None:
    """Nobody sees what they type."""
    done = invoke(app, "add", ANN, "--role", "admin", answers=f"{RIGHT}\n{OTHER}\n{RIGHT}\n{RIGHT}\n")

    assert "do not match" in done.stderr
    assert RIGHT not in done.stdout + done.stderr
    assert sign_in(engine, RIGHT).role == "admin"


def test_without_a_terminal_it_is_said_what_to_do(invoke: Run, engine: Engine) -> None:
    """A script that waits for a password at night helps nobody."""
    with pytest.raises(InvalidInput, match="--password-stdin, or say --no-password"):
        invoke(app, "add", ANN, "--role", "lead")

    assert actions(engine) == []


def test_who_signs_in_elsewhere_needs_no_password(invoke: Run, engine: Engine) -> None:
    """And has none: no password lets them in."""
    invoke(app, "add", ANN, "--role", "lead", "--no-password")

    with reading(engine) as connection:
        (entry,) = audit.entries(connection)
    assert entry.details["password"] is False
    with pytest.raises(NotAllowed):
        sign_in(engine, "")


def test_two_ways_to_say_the_password_are_wrong_usage(invoke: Run) -> None:
    """One of them was a slip."""
    done = invoke(app, "add", ANN, "--role", "lead", "--no-password", "--password-stdin", answers=RIGHT)

    assert done.exit_code == 2


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((ANN, "--role", "boss"), InvalidInput),
        ((ANN, "--role", "agent"), Conflict),
    ],
)
def test_what_is_refused_is_refused_before_the_password_is_asked_for(
    invoke: Run, words: tuple[str, ...], error: type[Exception]
) -> None:
    """Typing one twice for nothing is annoying."""
    put(invoke)

    with pytest.raises(error):
        invoke(app, "add", *words)


def test_a_weak_password_is_refused_and_nobody_added(invoke: Run, engine: Engine) -> None:
    """With the rule that it breaks."""
    with pytest.raises(InvalidInput, match="at least 12 characters"):
        put(invoke, password="short")  # noqa: S106

    assert actions(engine) == []


def test_people_are_listed_with_their_state(invoke: Run, engine: Engine) -> None:
    """Also those who were removed; and no hash of a password."""
    put(invoke)
    put(invoke, "bob@example.org", "admin")
    put(invoke, "cem@example.org", "agent")
    invoke(app, "remove", "cem@example.org", "--yes")
    for _ in range(5):
        with pytest.raises(NotAllowed):
            sign_in(engine, OTHER)

    table, listed = invoke(app, "list").stdout, invoke(app, "list", "--json").stdout

    people = {user["email"]: user for user in json.loads(listed)}
    assert [people[email]["role"] for email in people] == ["lead", "admin", "agent"]
    assert people["bob@example.org"]["scopes"] == ["score", "read", "review", "admin"]
    assert people[ANN]["locked_until"] is not None
    assert people["cem@example.org"]["removed_at"] is not None
    assert "locked until" in table
    assert "removed 20" in table
    assert "argon2" not in table + listed


def test_nobody_is_an_empty_list(invoke: Run) -> None:
    """And whoever sets up an installation is told how to begin."""
    assert json.loads(invoke(app, "list", "--json").stdout) == []
    assert "triage users add EMAIL --role admin" in invoke(app, "list").stderr


def test_a_role_is_changed_and_on_record_once(invoke: Run, engine: Engine) -> None:
    """The same role again changes nothing."""
    put(invoke)

    said = [invoke(app, "role", ANN, "agent").stdout for _ in range(2)]

    assert said == [f"{ANN} is agent now.\n"] * 2
    assert actions(engine) == ["user.added", "user.role_changed"]
    with reading(engine) as connection:
        details = audit.entries(connection)[0].details
    assert (details["before"], details["role"]) == ("lead", "agent")


def test_the_last_admin_stays_unless_it_is_meant(invoke: Run, engine: Engine) -> None:
    """The sentence says how to mean it."""
    put(invoke, role="admin")

    with pytest.raises(InvalidInput, match=r"is the last admin.*--yes"):
        invoke(app, "role", ANN, "lead")
    assert sign_in(engine, RIGHT).role == "admin"
    assert invoke(app, "role", ANN, "lead", "--yes").exit_code == 0
    assert sign_in(engine, RIGHT).role == "lead"


def test_a_password_is_changed(invoke: Run, engine: Engine) -> None:
    """By an admin for somebody who has forgotten theirs."""
    put(invoke)

    invoke(app, "password", ANN, "--password-stdin", answers=f"{OTHER}\n")

    assert sign_in(engine, OTHER).email == ANN
    with pytest.raises(NotAllowed):
        sign_in(engine, RIGHT)
    assert actions(engine) == ["user.added", "user.password_changed"]


@pytest.mark.usefixtures("at_a_terminal")
def test_of_somebody_unknown_no_password_is_asked_for(invoke: Run) -> None:
    """The likeliest cause is a slip."""
    put(invoke)

    with pytest.raises(NotFound, match=f"Known: {ANN}"):
        invoke(app, "password", "an@example.org")


def test_somebody_is_unlocked(invoke: Run, engine: Engine) -> None:
    """Whom somebody else locked out."""
    put(invoke)
    for _ in range(5):
        with pytest.raises(NotAllowed):
            sign_in(engine, OTHER)

    invoke(app, "unlock", ANN)

    assert sign_in(engine, RIGHT).email == ANN
    assert actions(engine) == ["user.added", "user.locked", "user.unlocked"]


def test_somebody_is_removed_and_comes_back(invoke: Run, engine: Engine) -> None:
    """As who they were: what they did before keeps their name."""
    put(invoke)
    before = sign_in(engine, RIGHT)

    gone = json.loads(invoke(app, "remove", ANN, "--yes", "--json").stdout)
    put(invoke, role="agent")

    assert (gone["id"], gone["removed_at"] is not None) == (before.id, True)
    assert (sign_in(engine, RIGHT).id, sign_in(engine, RIGHT).role) == (before.id, "agent")
    assert actions(engine) == ["user.added", "user.removed", "user.added"]


def test_without_a_terminal_nobody_is_removed_unasked(invoke: Run, engine: Engine) -> None:
    """They are out at once."""
    put(invoke)

    with pytest.raises(InvalidInput, match="add --yes"):
        invoke(app, "remove", ANN)

    assert sign_in(engine, RIGHT).email == ANN


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize(("answer", "exit_code", "left"), [("y\n", 0, []), ("n\n", 1, [ANN])])
def test_at_a_terminal_it_is_asked_who_is_removed(
    invoke: Run, engine: Engine, answer: str, exit_code: int, left: list[str]
) -> None:
    """With their role: an admin is not an agent."""
    put(invoke)

    done = invoke(app, "remove", ANN, answers=answer)

    assert f"Remove {ANN}, who is lead?" in done.stderr
    assert done.exit_code == exit_code
    with reading(engine) as connection:
        assert [user.email for user in users.list_users(connection) if user.removed_at is None] == left
