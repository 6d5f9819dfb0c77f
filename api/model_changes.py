"""Letting another version serve, asked over HTTP: what has served before is switched to, anything else faces the gate.

The gate compares answers that two trainings have kept, with libraries that serving does without. So it is handed in by
whoever starts the service; this room knows its verdicts alone.
"""

import contextlib
import fcntl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy import Engine

from api.callers import Caller
from data import audit, idempotency
from data.callers import COMMAND
from data.database import reading, writing
from data.idempotency import Answer, RequestIdentity
from models.dial import Dial, set_targets
from models.journal import has_served, roll_back, serve_again
from models.registry import champion_version
from triage.errors import Conflict, GateUnavailable, NoModel, NotFound, Overloaded, StoreUnusable
from triage.targets import Target

__all__ = ["Asked", "Change", "Changes", "ChangesOfRequest", "Gate", "named"]

_LOCK = ".changing"
_NO_GATE = "No gate can be asked here: run `triage models promote` where the version was trained, with this home."


@dataclass(frozen=True, slots=True)
class Asked:
    """A promotion that somebody asks for.

    Attributes:
        ref: a version's number or alias.
        who: asks, for the journal.
        reason: why the gate is to be overruled; None lets it refuse.
        actor: the same as the audit log names them, `key:ID` or `user:ID`.
    """

    ref: str
    who: str
    reason: str | None = None
    actor: str = COMMAND


@dataclass(frozen=True, slots=True)
class Change:
    """What came of it.

    Attributes:
        champion: the version that serves now.
        before: the one until then; None where there was none.
        objections: what the gate had against it, a sentence each; it was overruled where there is any.
        notes: what a person should know, a sentence each.
    """

    champion: str
    before: str | None
    objections: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Gate = Callable[[Asked], Change]
"""Compares a version with the champion and lets it serve; raises `PromotionRefused` where it is worse."""


class Changes:
    """The one place where requests change which version serves.

    Args:
        bundles: the folder that serving reads.
        engine: of the database, for requests that come again.
        gate: judges versions that have not served yet; None where nothing can.
    """

    def __init__(self, bundles: Path, engine: Engine, gate: Gate | None) -> None:
        self._bundles = bundles
        self._engine = engine
        self._gate = gate

    @property
    def bundles(self) -> Path:
        """The folder that serving reads."""
        return self._bundles

    def promote(self, asked: Asked) -> Change:
        """Lets a version serve, after the gate has let it pass, unless it has served before.

        Raises:
            GateUnavailable: nothing here can compare it with the champion.
            ModelUnusable: its bundle may not serve; the champion stays as it was.
            NotFound: there is no such version.
            PromotionRefused: the gate objects and nobody overruled it.
        """
        champion = champion_version(self._bundles)
        if asked.ref in ("champion", champion):
            return Change(champion=champion or asked.ref, before=champion) if champion else self._judged(asked)
        if has_served(self._bundles, asked.ref):
            serve_again(self._bundles, asked.ref, who=asked.who, reason=asked.reason)
            self.record(asked.actor, "model.promoted", asked.ref, {"before": champion, "forced": False})
            return Change(asked.ref, champion, notes=("It has served before, so the gate was not asked.",))
        return self._judged(asked)

    def roll_back(self, who: str, actor: str = COMMAND) -> Change:
        """Lets the former champion serve again.

        Args:
            who: asks, for the journal.
            actor: the same as the audit log names them.

        Raises:
            NotFound: there is nothing to go back to.
            ModelUnusable: the former champion's copy may not serve; the champion stays as it is.
        """
        try:
            done = roll_back(self._bundles, who=who)
        except NoModel as none:
            raise NotFound(str(none)) from None
        self.record(actor, "model.rolled_back", done.version, {"before": done.before})
        return Change(done.version, done.before)

    def set_targets(self, dial: Dial, asked: Mapping[str, Target], who: str, actor: str) -> tuple[str, ...]:
        """Asks otherwise of a version; where it serves, every process takes that up within seconds.

        Args:
            dial: of the version, as it was read a moment ago.
            asked: by target.
            who: asks for it, for the journal.
            actor: the same as the audit log names them.

        Returns:
            For each target what was changed, as the journal has it.
        """
        changes = set_targets(self._bundles, dial, asked, who=who)
        for change in changes:
            self.record(actor, "model.set", dial.version, {"change": change})
        return changes

    def record(self, actor: str, action: str, version: str, details: Mapping[str, object]) -> None:
        """Adds to the audit log what was done, as the journal has it already.

        A desk must get rid of a bad model also while its database is away, so nothing is undone where that is so.
        """
        try:
            with writing(self._engine) as connection:
                audit.append(connection, actor, action, f"model:{version}", details, datetime.now(UTC))
        except StoreUnusable as error:
            structlog.get_logger(__name__).error("change_not_recorded", action=action, detail=str(error))

    @contextlib.contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """No other request changes the champion meanwhile, in whatever process.

        Raises:
            Overloaded: another one does.
        """
        self._bundles.mkdir(parents=True, exist_ok=True)
        with (self._bundles / _LOCK).open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Overloaded("Another promotion or rollback is under way; ask again in a moment.") from None
            yield

    def answered_before(self, identity: RequestIdentity | None) -> Answer | None:
        """What this very request was answered when it came before.

        Raises:
            Conflict: its key was used for another one.
        """
        if identity is None:
            return None
        with reading(self._engine) as connection:
            found = idempotency.find_all(connection, [identity], datetime.now(UTC)).get(identity)
        if isinstance(found, Conflict):
            raise found
        return found

    def keep(self, identity: RequestIdentity | None, answer: Answer) -> None:
        """Keeps an answer for the request, should it come again."""
        if identity is not None:
            with writing(self._engine) as connection:
                idempotency.keep_all(connection, [(identity, answer)], datetime.now(UTC))

    def _judged(self, asked: Asked) -> Change:
        if self._gate is None:
            raise GateUnavailable(_NO_GATE)
        return self._gate(asked)


def named(caller: Caller) -> str:
    """Whom the journal names."""
    return f"{caller.name} ({caller.reference})"


async def _changes_of(request: Request) -> Changes:
    changes = request.app.state.changes
    assert isinstance(changes, Changes)  # noqa: S101  (put there by `build_app`)
    return changes


ChangesOfRequest = Annotated[Changes, Depends(_changes_of)]
"""A route's parameter of this type changes which version of the application serves."""
