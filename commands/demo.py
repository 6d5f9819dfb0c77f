"""Show the whole thread on a generated desk: sample, check, train, evaluate, promote, profile, score, decide, serve."""

import io
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from commands import changes, problems, tickets
from commands.customers.profile import profile
from commands.models.champion import promote
from commands.models.train import evaluate, train
from commands.progress import progress_steps
from commands.recorded import record
from commands.score import score as score_file
from data import reviews, users
from data.database import open_database, writing
from data.keys import create
from data.predictions import newest_of
from data.reviews import Said
from triage.errors import InvalidInput
from triage.identity import ticket_key
from triage.settings import read_settings

if TYPE_CHECKING:
    from data.samples.desk import Desk

__all__ = ["demo"]

N_TICKETS = 8_000
N_LATER = 800
"""The newest tickets of the desk, which the model is not shown and is evaluated on."""

N_WAITING = 60
"""The newest of those, which come in as from a program, and wait for a person."""

N_DECIDED = 120
"""Those before them, which come in likewise and on which a generated person decides."""

LEAD, REVIEWER = "lead@example.com", "generated-reviewer@example.com"

_CONFIG = """\
# One in twenty of this desk's tickets is recorded under a wrong group, as at real desks: 0.95 cannot be proved.
[targets.assignment_group]
precision = 0.9

# The type is applied by itself where it is sure; everything else waits for a person.
[targets.ticket_type]
precision = 0.9
mode = "auto"
"""

N_STEPS = 11

_INTRODUCTION = """\
This takes a generated desk of {n_tickets:,} tickets from history to a queue of scored tickets, in about a minute.
Each step is a command that you can run on your own export. Files and the commands' whole output: {home}
"""

_CURL = """\
curl -s 'http://127.0.0.1:{port}/v1/score?explain=true' \\
  -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\
  -d '{{"id": "DEMO-1", "subject": "VPN down", "body": "error 809 since this morning, I cannot work from home",
       "customer_id": "{customer}", "channel": "email"}}'
"""


def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop before serving.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to serve on 127.0.0.1.")] = 8000,
) -> None:
    """Run every step once on a generated desk, in the folder `demo` below TRIAGE_HOME, which starts empty each time."""
    from data.samples.export import write_changes, write_desk
    from data.samples.roots import generate_desk_with_roots

    if not no_serve:
        _require_free(port)
    home = read_settings().home / "demo"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    # The steps below are the commands themselves, in a home and with stores of their own.
    os.environ["TRIAGE_HOME"] = str(home)
    os.environ["TRIAGE_DATABASE_URL"] = f"sqlite:///{(home / 'triage.db').resolve()}"
    os.environ["TRIAGE_MLFLOW_TRACKING_URI"] = f"sqlite:///{(home / 'mlflow.db').resolve()}"
    whole, history, later = home / "desk.csv.gz", home / "history.csv.gz", home / "later.csv.gz"
    changed = home / "changes.csv"

    config = home / "training.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    typer.echo(_INTRODUCTION.format(n_tickets=N_TICKETS, home=home), err=True)
    with (home / "demo.log").open("w", encoding="utf-8") as log:
        step = _Steps(log)
        with step("generate a desk's history", f"triage tickets sample {whole} --changes {changed}"):
            planted = generate_desk_with_roots(n_tickets=N_TICKETS, end=datetime.now(UTC).date() - timedelta(days=1))
            _, desk = planted.desk.cut(-N_TICKETS)
            known, incoming = desk.cut(-N_DECIDED - N_WAITING)
            write_desk(known, whole)
            write_changes(planted.changes, changed)
            for part, out in zip(desk.cut(-N_LATER), (history, later), strict=True):
                write_desk(part, out)
        with step("check what can be learned", f"triage tickets check {history}"):
            tickets.check(history)
        with step("train", f"triage models train --tickets {history} --config {config} --fast"):
            train(history, config=config, fast=True)
        with step(
            f"evaluate on the {N_LATER:,} newest tickets, which it was not shown",
            f"triage models evaluate challenger --tickets {later}",
            is_shown=True,
        ):
            evaluate("challenger", later)
        with step("promote", "triage models promote challenger"):
            promote("challenger")
        with step("profile customers", f"triage customers profile --tickets {whole} --out {home / 'profiles.parquet'}"):
            profile(whole, home / "profiles.parquet")
        with step("import into the database", f"triage tickets import {whole}; triage changes import {changed}"):
            tickets.import_(whole)
            changes.import_(changed)
        with step("score a file", f"triage score {later} --out {home / 'scores.parquet'}"):
            score_file(later, home / "scores.parquet")
        with step(
            f"score {N_DECIDED + N_WAITING} more as they come in; a generated person decides on the first {N_DECIDED}",
            "POST /v1/score, POST /v1/reviews",
        ):
            _let_come_in(incoming)
        with step("look for what keeps coming back", "triage problems find"):
            problems.find_()
    if no_serve:
        typer.echo(f"Done; all output is in {home / 'demo.log'}. `triage demo` also serves.", err=True)
        return
    _serve(port, caller=_busiest(desk))


def _let_come_in(incoming: "Desk") -> None:
    """Scores tickets as the service does, and lets somebody who knows the truth decide on all but the newest."""
    from api.app import create_app
    from api.scoring import Options, ScoreRequest, answer_all

    desk = create_app(read_settings()).state.desk
    filed = [ticket.filed for ticket in incoming.tickets]
    for answered in answer_all(desk, [ScoreRequest(filed, Options(), None, compose="".join)]):
        if isinstance(answered, Exception):
            raise answered
    now, chance = datetime.now(UTC), Random(7)  # noqa: S311  (seconds that somebody might have looked at a ticket)
    with writing(desk.engine) as connection:
        user = users.add(connection, REVIEWER, "lead", None, now)
        record(connection, "user.added", f"user:{user.id}", {"role": user.role, "password": False}, now)
    for truth in _truths(incoming)[:N_DECIDED]:
        with writing(desk.engine) as connection:
            scoring = newest_of(connection, truth.id)
            for answer in () if scoring is None else scoring.answers:
                value = truth.values.get(answer.target)
                if value is None:
                    continue
                is_right = reviews.is_same_value(value, answer.value)
                said = Said(
                    target=answer.target,
                    verdict="accepted" if is_right else "corrected",
                    value=None if is_right else value,
                    seconds=round(chance.uniform(4, 40), 1),
                )
                reviews.record(connection, truth.id, said, f"user:{user.id}", datetime.now(UTC))
    desk.engine.dispose()


@dataclass(frozen=True, slots=True)
class _Truth:
    """What a ticket of the generated desk really is, by target, under the id that it is stored by."""

    id: str
    values: dict[str, str | None]


def _truths(incoming: "Desk") -> list[_Truth]:
    every = zip(incoming.tickets, incoming.true_groups, incoming.true_types, strict=True)
    return [
        _Truth(
            ticket_key(ticket.filed.id),
            {
                "assignment_group": group,
                "ticket_type": type_,
                "priority": ticket.priority,
                "impact": ticket.impact,
                "urgency": ticket.urgency,
            },
        )
        for ticket, group, type_ in every
    ]


def _serve(port: int, caller: str) -> None:
    password, now = secrets.token_urlsafe(12), datetime.now(UTC)
    stored = users.hashed(password, LEAD)
    with writing(open_database(read_settings().database)) as connection:
        _, key = create(connection, "demo", ["score", "read"], now)
        user = users.add(connection, LEAD, "lead", stored, now)
        record(connection, "user.added", f"user:{user.id}", {"role": user.role, "password": True}, now)
    typer.secho(f"{N_STEPS}/{N_STEPS} serve", bold=True, err=True)
    typer.echo(f"    $ triage serve --port {port}", err=True)
    typer.echo("\nAsk it, from another terminal:\n", err=True)
    typer.echo(_CURL.format(port=port, key=key, customer=caller), err=True)
    typer.echo(f"Queue     http://127.0.0.1:{port}/\nSign in   {LEAD}\nPassword  {password}")
    sys.stdout.flush()
    # A process of its own in place of this one: serving needs a tenth of the memory that training took.
    os.execv(sys.executable, [sys.executable, "-m", "commands", "serve", "--port", str(port)])


def _busiest(desk: "Desk") -> str:
    """The customer with the most tickets lately: one whom the answer calls a frequent flyer."""
    recent = [t.filed.customer_id for t in desk.tickets[-N_LATER:] if t.filed.customer_id]
    return max(sorted(set(recent)), key=recent.count)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise InvalidInput(f"Port {port} is in use; choose another with --port.") from None


class _Steps:
    """Runs commands one after the other: a line for each, their output in the log."""

    def __init__(self, log: TextIO) -> None:
        self._log, self._n = log, 0

    @contextmanager
    def __call__(self, title: str, command: str, *, is_shown: bool = False) -> Iterator[None]:
        """One command; what it prints on stdout is shown too where `is_shown`."""
        self._n += 1
        typer.secho(f"{self._n}/{N_STEPS} {title}", bold=True, err=True)
        typer.echo(f"    $ {command}", err=True)
        printed, begun = io.StringIO(), time.monotonic()
        try:
            with progress_steps("    running"), redirect_stdout(printed), redirect_stderr(self._log):
                yield
        finally:
            self._log.write(printed.getvalue())
        if is_shown:
            typer.echo(printed.getvalue())
        typer.echo(f"    done in {time.monotonic() - begun:.0f} s", err=True)
