"""The least that a service of this shape can do: read a ticket, and write an answer that is ready.

`ANSWER_FILE` in the environment names the file that holds it.
"""

import os
from pathlib import Path

from fastapi import FastAPI

from api.schemas import ScoreAnswer, Ticket

ANSWER = ScoreAnswer.model_validate_json(Path(os.environ["ANSWER_FILE"]).read_bytes())

app = FastAPI()


@app.get("/readyz")
async def readyz() -> None:
    """It may be asked."""


@app.post("/score")
async def score(ticket: Ticket) -> ScoreAnswer:  # noqa: ARG001 - reading it is what is measured
    """The same answer to everybody."""
    return ANSWER
