"""What MLflow asks for a model: `mlflow.pyfunc.load_model("models:/triage@champion").predict(frame)`, and its servers.

The model answers as it was trained; what a desk has set since stands beside the bundles that serving reads.
"""

from pathlib import Path

import pandas as pd

from models.bundle import load_bundle
from training.frames import score_frame
from triage.model import TriageModel

__all__ = ["FrameModel"]


class FrameModel:
    """A model with the one method that MLflow calls."""

    def __init__(self, model: TriageModel) -> None:
        self.model = model

    def predict(self, tickets: pd.DataFrame) -> pd.DataFrame:
        """The answers about tickets, see `training.frames.score_frame`; categories as plain texts, for JSON."""
        answers = score_frame(self.model, tickets)
        texts = answers.select_dtypes("category").columns
        return answers.astype(dict.fromkeys(texts, "str"))


def _load_pyfunc(data_path: str) -> FrameModel:
    """The model of a bundle; MLflow calls it by this name."""
    return FrameModel(load_bundle(Path(data_path), version="mlflow"))
