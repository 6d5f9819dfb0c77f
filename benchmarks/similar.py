"""How like the found tickets are, beside TF-IDF and a sentence encoder, and how long a search takes.

Of each ticket of a held-out fifth the five nearest of the other four are found, and the share is measured that has the
ticket's topic; the model has learned the topics of those four alone. Needs the Endava export in `TRIAGE_BENCHMARK_DATA`
or `../shared/data` beside the project. `TRIAGE_BENCHMARK_FAST=1` learns a model of terms alone.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.measurement import CannotRun, Measurement
from data.exports.files import read_tickets
from data.exports.preset import load_preset, with_map
from models.encoder import ASKED, PACKAGED, find_encoder
from training.configs.parameters import read_parameters
from training.features.distillation import Distillation
from training.histories.dataset import without_repeats
from training.histories.folds import FoldPlan, folds_of_groups
from training.histories.split import Split, groups_of, random_split
from training.learning.fit import fit_model
from triage.model import TriageModel
from triage.similar import (
    ApproximateNeighbours,
    ExactNeighbours,
    Neighbours,
    as_bytes,
    floor_of,
    ticket_vectors,
)
from triage.targets import Target
from triage.ticket import WorkedTicket

FILE, TARGET = "endava_it_tickets.csv.gz", "assignment_group"
N_NEAREST, N_ROWS, N_QUERIES = 5, 100_000, 1_000
SEED = 0

_AT_ONCE = 500

Rows = NDArray[np.float32]


def run() -> Iterator[Measurement]:
    """The share of the same topic by way to find tickets, then times.

    Raises:
        CannotRun: the export is not there.
    """
    split = _split()
    is_fast = os.environ.get("TRIAGE_BENCHMARK_FAST", "") not in ("", "0")
    model = _learned(split, is_fast=is_fast)
    known, asked = (ticket_vectors(model, [t.filed for t in side]) for side in (split.train, split.test))
    n_answers = int(model.weights.shape[1])  # a column each, as the topics are few
    bodies = [[ticket.filed.body for ticket in side] for side in (split.train, split.test)]

    own = _same_topic(split, known, asked)
    yield _row("ours", own, own)
    yield _row("ours without the model's answers", _same_topic(split, *_without(known, asked, n_answers)), own)
    yield _row("TF-IDF, words 1-2", _same_topic_by_terms(split, *bodies), own)
    yield _row("MiniLM, whole texts", _same_topic(split, *map(_encoded, bodies)), own)
    yield _shown(model, split, known, asked)
    yield from _times(known, asked)


def _split() -> Split:
    folder = Path(os.environ.get("TRIAGE_BENCHMARK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / FILE).is_file():
        raise CannotRun(f"{FILE} is not in {folder}; TRIAGE_BENCHMARK_DATA says where else it is.")
    tickets, _ = read_tickets(folder / FILE, with_map(load_preset("generic"), ("body=text", f"{TARGET}=topic")))
    return random_split(without_repeats(tickets), test_ratio=0.2, seed=SEED)


def _learned(split: Split, *, is_fast: bool) -> TriageModel:
    """The model that `triage models train` makes by default, or one of terms alone."""
    parameters = replace(read_parameters(), fast=is_fast)
    groups = groups_of(split.train, split.kind)
    plan = FoldPlan(folds_of_groups(groups, parameters.n_folds, seed=parameters.seed), groups)
    with tempfile.TemporaryDirectory() as cache:
        meanings = None if is_fast else Distillation(find_encoder(PACKAGED), Path(cache))
        fitted = fit_model(split.train, [Target(TARGET)], parameters, plan=plan, meanings=meanings)
    return fitted.scorer(version="benchmark", trained_at=datetime.now(UTC))


def _same_topic(split: Split, known: Rows, asked: Rows) -> NDArray[np.float64]:
    """For each held-out ticket the share of the nearest that have its topic, shape (n_test,)."""
    return _shares(split, (asked[at : at + _AT_ONCE] @ known.T for at in range(0, len(asked), _AT_ONCE)))


def _same_topic_by_terms(split: Split, known: Sequence[str], asked: Sequence[str]) -> NDArray[np.float64]:
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    columns = vectoriser.fit_transform(known).T.tocsr()
    rows = vectoriser.transform(asked)
    return _shares(split, ((rows[at : at + _AT_ONCE] @ columns).toarray() for at in range(0, len(asked), _AT_ONCE)))


def _shares(split: Split, products: Iterator[NDArray[np.floating]]) -> NDArray[np.float64]:
    nearest = np.concatenate([np.argpartition(-part, N_NEAREST, axis=1)[:, :N_NEAREST] for part in products])
    return np.asarray((_topics(split.train)[nearest] == _topics(split.test)[:, None]).mean(axis=1))


def _topics(tickets: Sequence[WorkedTicket]) -> NDArray[np.str_]:
    return np.asarray([ticket.label(TARGET) for ticket in tickets], dtype=np.str_)


def _without(known: Rows, asked: Rows, n_answers: int) -> list[Rows]:
    """The rows without their last columns, of length one again."""
    cut = [rows[:, :-n_answers] for rows in (known, asked)]
    return [rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9) for rows in cut]


def _encoded(texts: Sequence[str]) -> Rows:
    """What the packaged encoder makes of whole texts; minutes for ten thousands."""
    found = find_encoder(ASKED).encode(texts)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.float32(1e-9)))


def _row(way: str, found: NDArray[np.float64], own: NDArray[np.float64]) -> Measurement:
    gain = own - found
    error = gain.std() / np.sqrt(gain.size)
    return Measurement(
        f"of the {N_NEAREST} nearest, the same topic: {way}",
        f"{found.mean():.4f}",
        "" if found is own else f"ours is higher by {gain.mean():.4f} ± {1.96 * error:.4f}",
        {"share": float(found.mean()), "n": found.size},
    )


def _shown(model: TriageModel, split: Split, known: Rows, asked: Rows) -> Measurement:
    """As it is served: numbers of a byte, and nothing below the floor."""
    places, alike = ExactNeighbours(as_bytes(known)).nearest(asked, N_NEAREST)
    is_shown = alike >= floor_of(model)
    is_same = _topics(split.train)[places] == _topics(split.test)[:, None]
    return Measurement(
        f"the same as served, with the floor of {floor_of(model)}",
        f"{is_same[is_shown].mean():.4f} of those shown",
        f"{is_shown.mean():.4f} of the {N_NEAREST} are shown, and {is_shown[:, 0].mean():.4f} of tickets have one",
        {"share": float(is_same[is_shown].mean()), "shown": float(is_shown.mean())},
    )


def _times(known: Rows, asked: Rows) -> Iterator[Measurement]:
    """Single queries among many rows: those of the tickets, each mixed with another and some noise."""
    chance = np.random.default_rng(SEED)
    one, other = (known[chance.integers(0, len(known), N_ROWS)] for _ in range(2))
    share = 0.35 * chance.random((N_ROWS, 1), dtype=np.float32)
    many = one + share * other + 0.02 * chance.standard_normal(one.shape, dtype=np.float32)
    rows = as_bytes(many / np.linalg.norm(many, axis=1, keepdims=True))
    queries = asked[:N_QUERIES]
    exact = ExactNeighbours(rows)
    begun = time.perf_counter()
    approximate = ApproximateNeighbours.of(rows)
    built_seconds = time.perf_counter() - begun
    yield _timed("exact", exact, queries, "")
    sought, found = (way.nearest(queries, 10)[0] for way in (exact, approximate))
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(sought.tolist(), found.tolist(), strict=True)])
    beside = f"{recall:.4f} of the exact ten are found; the graph took {built_seconds:.0f} s"
    yield _timed("approximate", approximate, queries, beside)


def _timed(way: str, neighbours: Neighbours, queries: Rows, beside: str) -> Measurement:
    neighbours.nearest(queries[:1], 10)
    times, worked = [], []
    for at in range(len(queries)):
        begun, begun_work = time.perf_counter(), time.thread_time()
        neighbours.nearest(queries[at : at + 1], 10)
        worked.append(1000 * (time.thread_time() - begun_work))  # nearly the same, whatever else the machine does
        times.append(1000 * (time.perf_counter() - begun))
    median, slow = np.percentile(times, (50, 99))
    core = float(np.median(worked))
    return Measurement(
        f"ten nearest of {N_ROWS:,} tickets, {way}",
        f"median {median:.2f} ms ({core:.2f} ms of a core), p99 {slow:.2f} ms",
        beside,
        {"median_ms": float(median), "p99_ms": float(slow), "core_ms": core},
    )
