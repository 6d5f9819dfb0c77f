"""Answers about tickets as JSON text: what is stored is what goes out, so it is encoded once.

`api/schemas.py` says what an answer holds, and a test holds these texts to it.
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic_core import to_json

from api.customers import Answer
from api.schemas import SimilarTicket
from triage.prediction import Prediction
from triage.risk import TicketRisk, stored

__all__ = ["N_DIGITS", "batch_answer", "predictions_answer", "risk_answer", "score_answer"]

N_DIGITS = 4
"""Of a confidence in an answer: calibration can tell no more apart. Decisions are made before anything is rounded."""


def predictions_answer(predictions: Sequence[Prediction]) -> str:
    """What the model says about one ticket, by target."""
    return to_json({prediction.target: _prediction(prediction) for prediction in predictions}).decode()


def score_answer(
    ticket_id: str,
    predictions: str,
    customer: Answer | None,
    version: str,
    trained_at: datetime,
    similar: Sequence[SimilarTicket] = (),
    risk: str | None = None,
) -> str:
    """Everything that is answered about one ticket.

    Args:
        ticket_id: as it was sent.
        predictions: of `predictions_answer`.
        customer: who filed it; None where nobody is known to have.
        version: of the model that answers.
        trained_at: when that was learned.
        similar: worked tickets that read alike.
        risk: of `risk_answer`; None where nobody can tell.
    """
    model = {"version": version, "trained_at": trained_at}
    others: Answer = {"customer": customer, "similar": similar, "model": model}
    beginning, end = to_json({"ticket_id": ticket_id}).decode(), to_json(others).decode()
    return f'{beginning[:-1]},"predictions":{predictions},"risk":{risk or "null"},{end[1:]}'


def risk_answer(risk: TicketRisk | None) -> str | None:
    """What may go wrong with one ticket; None where nobody can tell."""
    return None if risk is None else to_json(stored(risk)).decode()


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
