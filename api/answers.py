"""Answers about tickets as JSON text: what is stored is what goes out, so it is encoded once.

`api/schemas.py` says what an answer holds, and a test holds these texts to it.
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic_core import to_json

from api.customers import Answer
from triage.prediction import Prediction

__all__ = ["N_DIGITS", "batch_answer", "predictions_answer", "score_answer"]

N_DIGITS = 4
"""Of a confidence in an answer: calibration can tell no more apart. Decisions are made before anything is rounded."""


def predictions_answer(predictions: Sequence[Prediction]) -> str:
    """What the model says about one ticket, by target."""
    return to_json({prediction.target: _prediction(prediction) for prediction in predictions}).decode()


def score_answer(ticket_id: str, predictions: str, customer: Answer | None, version: str, trained_at: datetime) -> str:
    """Everything that is answered about one ticket.

    Args:
        ticket_id: as it was sent.
        predictions: of `predictions_answer`.
        customer: who filed it; None where nobody is known to have.
        version: of the model that answers.
        trained_at: when that was learned.
    """
    others: Answer = {"customer": customer, "similar": [], "model": {"version": version, "trained_at": trained_at}}
    beginning, end = to_json({"ticket_id": ticket_id}).decode(), to_json(others).decode()
    return f'{beginning[:-1]},"predictions":{predictions},{end[1:]}'


def batch_answer(results: Sequence[str]) -> str:
    """The answers to a batch, each an answer or a problem as JSON."""
    return f'{{"results":[{",".join(results)}]}}'


def _prediction(prediction: Prediction) -> Answer:
    return {
        "value": prediction.value,
        "confidence": round(prediction.confidence, N_DIGITS),
        "threshold": round(prediction.threshold, N_DIGITS),
        "decision": prediction.decision,
        "reason": prediction.reason,
        "top": [{"value": label, "confidence": round(confidence, N_DIGITS)} for label, confidence in prediction.top],
        "explanation": [{"term": term, "weight": round(weight, N_DIGITS)} for term, weight in prediction.explanation],
    }
