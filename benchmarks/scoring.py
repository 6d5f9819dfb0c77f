"""One ticket in the process: the numpy scorer beside the scikit-learn classifiers, and texts made to be slow."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measurement import Measurement, median_seconds
from data.samples.desk import generate_desk
from models.bundle import load_bundle
from models.encoder import PACKAGED, find_encoder
from training.configs.parameters import read_parameters
from training.experiment import run_experiment
from training.features.distillation import Distillation
from triage.ensemble import Blend
from triage.text import MAX_CHARACTERS, normalise
from triage.ticket import NewTicket

N_TICKETS = 8_000

WORST_PIECES = ("1", "1.", "1 ", "a@", "+", "((", "www.", "x.y@", "_x000d")


def run() -> Iterator[Measurement]:
    """Learn a desk of 8,000 tickets, network and all, and score 500 of them one by one."""
    desk = generate_desk(n_tickets=N_TICKETS)
    with tempfile.TemporaryDirectory() as cache:
        distillation = Distillation(find_encoder(PACKAGED), Path(cache))
        experiment = run_experiment(desk.tickets, read_parameters(), distillation=distillation)
    tickets = [ticket.filed for ticket in desk.tickets[:500]]
    # each computes the answers to all targets, so that one of them does the work of the scorer
    classifier = next(iter(experiment.fitted.classifiers().values()))

    threadpool_limits(1, user_api="blas")  # as the service does
    own = _each(lambda ticket: experiment.scorer.score([ticket]), tickets)
    theirs = _each(lambda ticket: classifier.predict_proba([ticket]), tickets[:50])
    targets = f"{len(experiment.scorer.targets)} targets"
    yield Measurement(
        f"one ticket, {targets}", _spread(own), f"scikit-learn takes {np.median(theirs) / np.median(own):.1f} x as long"
    )
    explained = _each(lambda ticket: experiment.scorer.score([ticket], explain=True), tickets)
    yield Measurement(
        "with its explanation", _spread(explained), f"{np.median(explained) / np.median(own):.2f} x without"
    )
    heads = tuple(replace(head, has_network=False) for head in experiment.scorer.heads)
    blends = tuple(map(_of_terms, experiment.scorer.blends))
    terms = replace(experiment.scorer, meaning=None, heads=heads, blends=blends)
    linear = _each(lambda ticket: terms.score([ticket]), tickets)
    yield Measurement(
        "by its terms alone, as of --fast", _spread(linear), f"{np.median(linear) / np.median(own):.2f} x with meaning"
    )

    many = [ticket.filed for ticket in desk.tickets[:1000]]
    together = median_seconds(lambda: experiment.scorer.score(many)) / len(many)
    yield Measurement(
        "1,000 tickets in one call, each", f"{together * 1e3:.3f} ms", f"{together / np.median(own):.2f} x alone"
    )
    arrays = median_seconds(lambda: experiment.scorer.answer(many)) / len(many)
    yield Measurement("the same as arrays, each", f"{arrays * 1e3:.3f} ms", f"{arrays / np.median(own):.2f} x alone")

    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle"
        experiment.write(bundle)
        loaded = median_seconds(lambda: load_bundle(bundle, version="1"))
        yield Measurement("loading and verifying the bundle", f"{loaded * 1e3:.0f} ms")

    ordinary = median_seconds(lambda: normalise(("please help, " * MAX_CHARACTERS)[:MAX_CHARACTERS]))
    for piece in WORST_PIECES:
        worst = median_seconds(lambda piece=piece: normalise((piece * MAX_CHARACTERS)[:MAX_CHARACTERS]))
        yield Measurement(
            f"normalising {MAX_CHARACTERS:,} characters of {piece!r}",
            f"{worst * 1e3:.1f} ms",
            f"{worst / ordinary:.1f} x ordinary words",
        )


def _of_terms(blend: Blend) -> Blend:
    """The blend without the network's part."""
    return replace(blend, weights=blend.weights[:1])


def _each(score: Callable[[NewTicket], object], tickets: Sequence[NewTicket]) -> list[float]:
    times = []
    for ticket in tickets:
        begun = time.perf_counter()
        score(ticket)
        times.append(time.perf_counter() - begun)
    return times


def _spread(seconds: list[float]) -> str:
    return f"median {np.median(seconds) * 1e3:.3f} ms, p99 {np.quantile(seconds, 0.99) * 1e3:.3f} ms"
