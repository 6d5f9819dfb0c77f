"""The store of predictions: what was answered about a ticket, when, and by which model."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from data.statements import BulkInsert
from data.tables import predictions
from triage.prediction import LabelConfidence, Prediction, TermWeight

__all__ = ["latest_of", "record"]

_LATEST = (
    select(predictions.c.answers)
    .where(predictions.c.ticket_id == bindparam("ticket_id"), predictions.c.model_version == bindparam("version"))
    .order_by(predictions.c.id.desc())
    .limit(1)
)
_INSERT = BulkInsert(predictions, ["ticket_id", "answers"], ["model_version", "created_at"])


def record(connection: Connection, scored: Iterable[tuple[str, str]], model_version: str, now: datetime) -> None:
    """Keeps what was answered about tickets, which must be stored.

    Every scoring adds a row, also a second one of the same ticket: what was said before stays on record.

    Args:
        connection: to write to.
        scored: the id of each ticket with the answers by target, as JSON.
        model_version: of the model that answered.
        now: the moment.
    """
    _INSERT.write(connection, list(scored), (model_version, now))


def latest_of(connection: Connection, ticket_id: str, model_version: str) -> tuple[Prediction, ...]:
    """What a version of the model answered about a ticket last, as it was told; nothing where it was never asked."""
    answers = connection.scalar(_LATEST, {"ticket_id": ticket_id, "version": model_version}) or {}
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
        for target, said in answers.items()
    )
