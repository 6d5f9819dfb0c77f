"""Models of any size, their weights drawn by chance: as fast and as large as learned ones, and never right.

They know terms alone, as those of `triage models train --fast` do.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.sizes.size import Size
from benchmarks.sizes.vocabulary import Vocabulary
from models.bundle import write_bundle
from models.manifest import Manifest
from models.registry import serve_version
from triage.batch import Head
from triage.ensemble import Blend
from triage.familiarity import Familiarity, Floors
from triage.features import TermView
from triage.model import TriageModel

__all__ = ["draw_model", "serve_model"]

TRAINED_AT = datetime(2026, 1, 1, tzinfo=UTC)

_UNMEASURED = {"n": 0, "accuracy": 0.0, "macro_f1": 0.0, "baseline_accuracy": 0.0, "coverage": 0.0}
"""What a card says of every target."""


def draw_model(vocabulary: Vocabulary, size: Size) -> TriageModel:
    """A model of these terms, with so many targets of so many labels."""
    chance = np.random.default_rng(19)
    terms = vocabulary.terms()
    view = TermView(terms, chance.uniform(3, 10, len(terms)))
    n_columns = size.n_targets * size.n_labels
    labels = tuple(f"label {i}" for i in range(size.n_labels))
    return TriageModel(
        version="1",
        trained_at=TRAINED_AT,
        view=view,
        heads=tuple(Head(f"target_{i}", labels, (0.8,) * len(labels), "suggest") for i in range(size.n_targets)),
        weights=chance.standard_normal((len(terms), n_columns), dtype=np.float32),
        intercepts=chance.normal(size=n_columns),
        blends=tuple(Blend(np.full((1, len(labels)), 2.0), np.zeros(len(labels))) for _ in range(size.n_targets)),
        familiarity=Familiarity(view, Floors(common_idf=0.0, common_ratio=0.0, content_ratio=0.0)),
    )


def serve_model(home: Path, model: TriageModel) -> None:
    """Make the model the one that a home serves."""
    write_bundle(home / "bundle", model, _manifest(model), {})
    serve_version(home / "models", model.version, home / "bundle")


def _manifest(model: TriageModel) -> Manifest:
    return Manifest(
        trained_at=model.trained_at,
        triage_version="0",
        heads=model.heads,
        priority=None,
        floors=model.familiarity.floors,
        blocks=(),
        encoder=None,
        n_tickets=0,
        window=None,
        fingerprint="",
        split="drawn by chance",
        parameters={},
        metrics=dict.fromkeys((head.target for head in model.heads), _UNMEASURED),
        libraries={},
    )
