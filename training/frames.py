"""One function from a frame of tickets to a frame of answers: for a file's chunks, a notebook, MLflow and a cluster.

    model = load_bundle(Path("var/models/3"), version="3")
    answers = score_frame(model, pd.DataFrame({"subject": ["VPN down"], "attributes.location": ["Lyon"]}))

Columns are those of `data/exports/frames.py`; others are not looked at, so that a label cannot become a feature.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from data.exports.formats.cell_text import cell_text
from data.exports.frames import ATTRIBUTE
from models.bundle import load_bundle
from models.policies import TargetPolicy, with_policies
from triage.errors import InvalidInput
from triage.model import TriageModel
from triage.policy import DECISIONS, REASONS
from triage.ticket import FILED_COLUMNS, NewTicket

__all__ = ["BundleScorer", "score_frame", "tickets_of"]


def score_frame(model: TriageModel, tickets: pd.DataFrame) -> pd.DataFrame:
    """A model's answers about tickets.

    Args:
        model: to be asked.
        tickets: a row a ticket, as `tickets_of` takes them.

    Returns:
        In the same order and with the same index `ticket_id`, `subject`, and for each target its name, `_confidence`,
        `_threshold`, `_decision` and `_reason`. Labels, decisions and reasons are categories.

    Raises:
        InvalidInput: the frame has no column that a model reads.
    """
    asked = tickets_of(tickets)
    columns: dict[str, object] = {
        "ticket_id": pd.array([ticket.id for ticket in asked], dtype="str"),
        "subject": pd.array([ticket.subject for ticket in asked], dtype="str"),
    }
    for target, batch in model.answer(asked).items():
        columns |= {
            target: pd.Categorical.from_codes(batch.first, pd.Index(batch.head.labels)),
            f"{target}_confidence": batch.sure,
            f"{target}_threshold": batch.thresholds,
            f"{target}_decision": pd.Categorical.from_codes(batch.decisions, pd.Index(DECISIONS)),
            f"{target}_reason": pd.Categorical.from_codes(batch.reasons, pd.Index(REASONS)),
        }
    return pd.DataFrame(columns, index=tickets.index)


def tickets_of(frame: pd.DataFrame) -> list[NewTicket]:
    """The tickets that a frame's rows are.

    Args:
        frame: of `id`, `subject`, `body`, `opened_at`, `customer_id`, `channel`, `language` and `attributes.NAME` those
            that are known. An empty or missing cell says nothing. A row without an id takes its label in the index. A
            time without a zone is taken as UTC.

    Raises:
        InvalidInput: there is neither a text nor an attribute.
    """
    facts = [name for name in frame.columns if isinstance(name, str) and name.startswith(ATTRIBUTE)]
    if not facts and "subject" not in frame and "body" not in frame:
        raise InvalidInput(
            "This frame has neither subject nor body nor attributes, so there is nothing to ask about. "
            f"Known columns: {', '.join(FILED_COLUMNS)}, {ATTRIBUTE}NAME."
        )
    said: dict[str, list[Any]] = {
        name: _moments(frame[name]) if name == "opened_at" else _texts(frame[name])
        for name in FILED_COLUMNS
        if name in frame
    }
    ids = said.get("id", [None] * len(frame))
    said["id"] = [found or str(label) for found, label in zip(ids, frame.index, strict=True)]
    attributes: list[dict[str, str]] = [{} for _ in range(len(frame))]
    for name in facts:
        for known, value in zip(attributes, _texts(frame[name]), strict=True):
            if value is not None:
                known[name.removeprefix(ATTRIBUTE)] = value
    return [
        NewTicket(attributes=known, **{name: value for name, value in zip(said, values, strict=True) if value})
        for known, values in zip(attributes, zip(*said.values(), strict=True), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class BundleScorer:
    """`score_frame` for any process: it takes along where the model is, and loads it there once.

    Attributes:
        folder: the bundle's.
        version: what the registry calls it.
        policies: what a desk has set for its targets since.
    """

    folder: Path
    version: str
    policies: tuple[tuple[str, TargetPolicy], ...] = ()

    @property
    def model(self) -> TriageModel:
        """The model as the desk has set it.

        Raises:
            ModelUnusable: the bundle cannot be used, or what was set does not fit it.
        """
        return _model(self)

    def __call__(self, tickets: pd.DataFrame) -> pd.DataFrame:
        """The answers about tickets, see `score_frame`."""
        return score_frame(self.model, tickets)


@lru_cache(maxsize=1)
def _model(scorer: BundleScorer) -> TriageModel:
    return with_policies(load_bundle(scorer.folder, version=scorer.version), dict(scorer.policies))


def _texts(column: pd.Series) -> list[str | None]:
    values = column.to_numpy(dtype=object, na_value=None).tolist()
    return [value if value is None or type(value) is str else cell_text(value) for value in values]


def _moments(column: pd.Series) -> list[datetime | None]:
    moments = pd.to_datetime(column, utc=True)
    return [None if moment is pd.NaT else moment.to_pydatetime() for moment in moments]
