"""The store of predictions: what was answered about a ticket, when, and by which model."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from data.database import insert
from data.tables import predictions as predictions_table
from triage.prediction import Prediction

__all__ = ["record"]


def record(
    connection: Connection, scored: Iterable[tuple[str, Sequence[Prediction]]], model_version: str, now: datetime
) -> None:
    """Keeps the answers about tickets, given as (ticket id, predictions); the tickets must be stored.

    Every scoring adds rows, also a second one of the same ticket: what was said before stays on record.
    """
    rows = [
        {
            "ticket_id": ticket_id,
            "target": prediction.target,
            "value": prediction.value,
            "confidence": prediction.confidence,
            "threshold": prediction.threshold,
            "decision": prediction.decision,
            "reason": prediction.reason,
            "top": [{"value": label.value, "confidence": label.confidence} for label in prediction.top],
            "model_version": model_version,
            "created_at": now,
        }
        for ticket_id, predictions in scored
        for prediction in predictions
    ]
    if rows:
        connection.execute(insert(connection, predictions_table), rows)
