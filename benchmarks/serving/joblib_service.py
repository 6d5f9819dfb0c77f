"""The usual home-made service: scikit-learn pipelines out of joblib behind an endpoint; nothing is stored.

`PIPELINES_FILE` in the environment names the file that holds them.
"""

import os

import joblib
from fastapi import FastAPI
from pydantic import BaseModel

from api.schemas import Ticket
from benchmarks.serving.pipelines import text_of

PIPELINES = joblib.load(os.environ["PIPELINES_FILE"])

app = FastAPI()


class Answer(BaseModel):
    """The likeliest label and how likely it is."""

    label: str
    probability: float


@app.get("/readyz")
def readyz() -> None:
    """It may be asked."""


@app.post("/score")
def score(ticket: Ticket) -> dict[str, Answer]:
    """For each target its answer."""
    text = text_of({"subject": ticket.subject, "body": ticket.body})
    answers = {}
    for target, pipeline in PIPELINES.items():
        (probabilities,) = pipeline.predict_proba([text])
        first = probabilities.argmax()
        answers[target] = Answer(label=pipeline.classes_[first], probability=probabilities[first])
    return answers
