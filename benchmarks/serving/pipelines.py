"""What most people would build first: for each target TF-IDF of words and pairs of words, and a logistic regression."""

from collections.abc import Mapping, Sequence

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

__all__ = ["TARGETS", "TEXT", "learn_frame_pipeline", "learn_pipelines", "text_of"]

TARGETS = ("ticket_type", "assignment_group", "impact", "urgency", "priority")
"""The demo's; the service derives the last one from two others, here it is learned as they are."""

TEXT = "text"
"""The one column of a frame of tickets."""


def text_of(ticket: Mapping[str, str | None]) -> str:
    """Subject and body."""
    return f"{ticket.get('subject') or ''}\n{ticket.get('body') or ''}"


def learn_pipelines(history: Sequence[Mapping[str, str]]) -> dict[str, Pipeline]:
    """For each target a pipeline from texts to labels."""
    return {target: _learned(make_pipeline(_words(), _regression()), history, target) for target in TARGETS}


def learn_frame_pipeline(history: Sequence[Mapping[str, str]], target: str) -> Pipeline:
    """A pipeline from frames with the column `TEXT`, as MLflow's server hands them on, to one target's labels."""
    known = [row for row in history if row[target]]
    frame = pd.DataFrame({TEXT: [text_of(row) for row in known]})
    pipeline = make_pipeline(ColumnTransformer([("words", _words(), TEXT)]), _regression())
    return pipeline.fit(frame, [row[target] for row in known])


def _learned(pipeline: Pipeline, history: Sequence[Mapping[str, str]], target: str) -> Pipeline:
    known = [row for row in history if row[target]]
    return pipeline.fit([text_of(row) for row in known], [row[target] for row in known])


def _words() -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)


def _regression() -> LogisticRegression:
    return LogisticRegression(max_iter=1_000)
