"""The store of predictions: what was answered about a ticket, when, and by which model."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from data.statements import BulkInsert
from data.tables import predictions, tickets
from triage.prediction import LabelConfidence, Prediction, TermWeight

__all__ = ["Scoring", "answers_in", "latest_of", "newest_of", "newest_of_all", "record", "scorings_of"]

_LATEST = (
    select(predictions.c.answers)
    .where(predictions.c.ticket_id == bindparam("ticket_id"), predictions.c.model_version == bindparam("version"))
    .order_by(predictions.c.id.desc())
    .limit(1)
)
_INSERT = BulkInsert(predictions, ["ticket_id", "answers", "risk"], ["model_version", "created_at"])


def record(
    connection: Connection,
    scored: Iterable[tuple[str, str]],
    model_version: str,
    now: datetime,
    risks: Iterable[str | None] | None = None,
) -> None:
    """Keeps what was answered about tickets, which must be stored.

    Every scoring adds a row, also a second one of the same ticket: what was said before stays on record.

    Args:
        connection: to write to.
        scored: the id of each ticket with the answers by target, as JSON.
        model_version: of the model that answered.
        now: the moment.
        risks: for each what may go wrong with it, as JSON; None where nobody can tell, for one or for all.
    """
    told = repeat(None) if risks is None else iter(risks)
    rows = [(ticket_id, answers, next(told)) for ticket_id, answers in scored]
    _INSERT.write(connection, rows, (model_version, now))


def latest_of(connection: Connection, ticket_id: str, model_version: str) -> tuple[Prediction, ...]:
    """What a version of the model answered about a ticket last, as it was told; nothing where it was never asked."""
    return answers_in(connection.scalar(_LATEST, {"ticket_id": ticket_id, "version": model_version}) or {})


@dataclass(frozen=True, slots=True)
class Scoring:
    """What was answered about a ticket at once.

    Attributes:
        model_version: of the model that answered.
        at: when.
        answers: one a target.
        risk: what may go wrong with it, as `triage.risk.stored` has it; None where nobody could tell.
    """

    model_version: str
    at: datetime
    answers: tuple[Prediction, ...]
    risk: Mapping[str, Any] | None = None


def newest_of(connection: Connection, ticket_id: str) -> Scoring | None:
    """What was answered about a ticket last, by whichever model; None where none was asked."""
    columns = predictions.c
    wanted = (columns.model_version, columns.created_at, columns.answers, columns.risk)
    asked = select(*wanted).where(columns.ticket_id == ticket_id).order_by(columns.id.desc()).limit(1)
    row = connection.execute(asked).first()
    return None if row is None else _scoring(row)


def newest_of_all(connection: Connection, ticket_ids: Collection[str]) -> dict[str, Scoring]:
    """The same for several tickets at once, by their ids; without those of which no model was asked."""
    of_one = predictions.alias()
    # ticket by ticket in the index: to group the rows of all of them takes a database many times as long
    newest = select(func.max(of_one.c.id)).where(of_one.c.ticket_id == tickets.c.id).scalar_subquery()
    asked = select(predictions).where(predictions.c.id.in_(select(newest).where(tickets.c.id.in_(ticket_ids))))
    return {row.ticket_id: _scoring(row) for row in connection.execute(asked)}


def scorings_of(connection: Connection, ticket_id: str) -> list[Scoring]:
    """All that was ever answered about a ticket, the oldest first."""
    asked = select(predictions).where(predictions.c.ticket_id == ticket_id).order_by(predictions.c.id)
    return list(map(_scoring, connection.execute(asked)))


def _scoring(row: Any) -> Scoring:  # noqa: ANN401  (a row of whichever columns)
    return Scoring(row.model_version, row.created_at, answers_in(row.answers), row.risk)


def answers_in(stored: Mapping[str, Mapping[str, Any]]) -> tuple[Prediction, ...]:
    """The answers that a row holds."""
    return tuple(
        Prediction(
            target=target,
            value=said["value"],
            confidence=said["confidence"],
            threshold=said["threshold"],
            decision=said["decision"],
            reason=said["reason"],
            top=tuple(LabelConfidence(**each) for each in said["top"]),
            explanation=tuple(TermWeight(**each) for each in said.get("explanation", ())),
        )
        for target, said in stored.items()
    )
