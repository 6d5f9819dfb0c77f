"""Say who may sign in, and as what."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Engine

from commands.recorded import record
from commands.tables import print_table
from data import users
from data.database import open_database, reading, writing
from data.schema import prepare
from data.users import LONGEST_PASSWORD, ROLES, SHORTEST_PASSWORD, HashedPassword, User
from triage.errors import Conflict, InvalidInput
from triage.settings import read_settings

__all__ = ["app"]

app = typer.Typer()

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that they sign in with, in any case.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin, for scripts.")]
NoPassword = Annotated[bool, typer.Option("--no-password", help="They sign in elsewhere only, by OpenID Connect.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody could answer.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def add(
    email: Email,
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    password_stdin: PasswordStdin = False,
    no_password: NoPassword = False,
    as_json: Json = False,
) -> None:
    """Let somebody sign in; asks for the password twice in a terminal. Who was removed comes back as who they were."""
    engine, now = _database(), datetime.now(UTC)
    users.scopes_of(role)
    with reading(engine) as connection:
        if users.find_by_email(connection, email) is not None:
            raise Conflict(f"{email} is there already; `triage users role` and `password` change what they are.")
    password = _password(email, from_stdin=password_stdin, none=no_password)
    with writing(engine) as connection:
        user = users.add(connection, email, role, password, now, may_return=True)
        details = {"role": user.role, "password": password is not None}
        record(connection, "user.added", f"user:{user.id}", details, now)
    _tell(f"{user.email} may sign in as {user.role}.", user, now, as_json=as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List everybody who may sign in, or might once."""
    now = datetime.now(UTC)
    with reading(_database()) as connection:
        known = users.list_users(connection)
    if as_json:
        typer.echo(json.dumps([_as_json(user, now) for user in known]))
        return
    table = Table("email", "role", "added", "last seen", "state")
    for user in known:
        table.add_row(user.email, user.role, _day(user.created_at), _day(user.last_seen_at), _state(user, now))
    if known:
        print_table(table)
    else:
        typer.echo("Nobody may sign in yet: `triage users add EMAIL --role admin` lets the first one.", err=True)


@app.command()
def role(
    email: Email,
    role_: Annotated[str, typer.Argument(metavar="ROLE", help=f"One of {', '.join(ROLES)}.")],
    yes: Annotated[bool, typer.Option("--yes", help="Also if nobody is an admin then.")] = False,
    as_json: Json = False,
) -> None:
    """Give somebody another role; it holds within seconds, also for who has signed in."""
    now = datetime.now(UTC)
    with writing(_database()) as connection:
        before = users.find_by_email(connection, email)
        user = users.set_role(connection, email, role_, may_be_last=yes)
        if before is not None and before.role != user.role:
            record(connection, "user.role_changed", f"user:{user.id}", {"before": before.role, "role": user.role}, now)
    _tell(f"{user.email} is {user.role} now.", user, now, as_json=as_json)


@app.command()
def password(
    email: Email,
    password_stdin: PasswordStdin = False,
    no_password: NoPassword = False,
    as_json: Json = False,
) -> None:
    """Give somebody another password, asked for twice in a terminal; it unlocks them and ends their sessions."""
    engine, now = _database(), datetime.now(UTC)
    with reading(engine) as connection:
        users.named(connection, email)
    changed = _password(email, from_stdin=password_stdin, none=no_password)
    with writing(engine) as connection:
        user = users.set_password(connection, email, changed)
        record(connection, "user.password_changed", f"user:{user.id}", {"password": changed is not None}, now)
    _tell(f"{user.email} has another password, and has to sign in anew.", user, now, as_json=as_json)


@app.command()
def unlock(email: Email, as_json: Json = False) -> None:
    """Let somebody try passwords again at once who sent too many wrong ones, or for whom somebody else did."""
    now = datetime.now(UTC)
    with writing(_database()) as connection:
        user = users.unlock(connection, email)
        record(connection, "user.unlocked", f"user:{user.id}", {}, now)
    _tell(f"{user.email} may try again.", user, now, as_json=as_json)


@app.command()
def remove(email: Email, yes: Yes = False, as_json: Json = False) -> None:
    """Let somebody sign in no more, and end their sessions; what they did keeps their name."""
    if not yes and not _is_asked():
        raise InvalidInput("Who is removed is out at once, and nobody can be asked here: add --yes.")
    engine, now = _database(), datetime.now(UTC)
    with reading(engine) as connection:
        user = users.named(connection, email)
    if not yes:
        typer.confirm(f"Remove {user.email}, who is {user.role}?", abort=True, err=True)
    with writing(engine) as connection:
        user = users.remove(connection, email, now, may_be_last=yes)
        record(connection, "user.removed", f"user:{user.id}", {"role": user.role}, now)
    _tell(f"{user.email} may sign in no more.", user, now, as_json=as_json)


def _password(email: str, *, from_stdin: bool, none: bool) -> HashedPassword | None:
    """The password as it is stored; None for who signs in elsewhere."""
    if from_stdin and none:
        raise typer.BadParameter("--password-stdin and --no-password exclude one another.")
    if none:
        return None
    if from_stdin:
        return users.hashed(_from_stdin(), email)
    if not _is_asked():
        raise InvalidInput(
            "Nobody can be asked for a password here: send it with --password-stdin, or say --no-password for somebody "
            "who signs in by OpenID Connect."
        )
    question = f"Password for {email}, {SHORTEST_PASSWORD} characters or more"
    return users.hashed(typer.prompt(question, hide_input=True, confirmation_prompt=True, err=True), email)


def _from_stdin() -> str:
    """What stands on stdin, without the end of the line that `echo` puts there."""
    try:
        told = sys.stdin.read(LONGEST_PASSWORD + 3)
    except UnicodeDecodeError:
        raise InvalidInput("The password on stdin is no text in UTF-8.") from None
    return told.removesuffix("\n").removesuffix("\r")


def _is_asked() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def _database() -> Engine:
    engine = open_database(read_settings().database)
    prepare(engine)
    return engine


def _tell(sentence: str, user: User, now: datetime, *, as_json: bool) -> None:
    typer.echo(sentence, err=as_json)
    if as_json:
        typer.echo(json.dumps(_as_json(user, now)))


def _state(user: User, now: datetime) -> str:
    if user.removed_at is not None:
        return f"removed {_day(user.removed_at)}"
    if user.locked_until is not None and user.locked_until > now:
        return f"locked until {user.locked_until:%Y-%m-%d %H:%M} UTC"
    return "may sign in"


def _as_json(user: User, now: datetime) -> dict[str, Any]:
    is_locked = user.locked_until is not None and user.locked_until > now
    return {
        "id": user.id,
        "email": user.email,
        "role": user.role,
        "scopes": list(users.scopes_of(user.role)),
        "created_at": user.created_at.isoformat(),
        "last_seen_at": _iso(user.last_seen_at),
        "locked_until": _iso(user.locked_until) if is_locked else None,
        "removed_at": _iso(user.removed_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
