"""Rows of sizes: in each one thing grows and all else is ordinary, and each point is held against the row's first.

Every point has a server of its own in every round; the points of a row are asked in turn.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from benchmarks.measurement import CannotRun, Measurement
from benchmarks.serving.load import UNLIMITED, Answered, Requests, post, require_wrk
from benchmarks.serving.processes import free_port, serving
from benchmarks.serving.rounds import Rounds
from benchmarks.sizes.bodies import write_bodies
from benchmarks.sizes.databases import Databases, answers_postgresql
from benchmarks.sizes.models import draw_model, serve_model
from benchmarks.sizes.size import Database, Size
from benchmarks.sizes.vocabulary import Vocabulary, draw_vocabulary

__all__ = ["ROWS", "run"]

N_ROUNDS = 3
SECONDS, WARM_UP_SECONDS = 3, 1

USUAL = Size()
CUSTOMERS, CONNECTIONS = (1_000, 100_000, 1_000_000), (1, 4, 16, 64)
KINDS: Mapping[Database, str] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

ROWS: Mapping[str, Mapping[str, Size]] = {
    "bytes of a request": {f"{n:,}": replace(USUAL, n_bytes=n) for n in (100, 1_000, 10_000, 100_000)},
    "labels of each target": {f"{n}": replace(USUAL, n_labels=n) for n in (3, 10, 30, 100)},
    "targets": {f"{n}": replace(USUAL, n_targets=n) for n in (1, 2, 4, 8)},
    "terms of the model": {f"{n:,}": replace(USUAL, n_terms=n) for n in (10_000, 100_000, 1_000_000)},
    **{
        f"customers in {name}": {f"{n:,}": replace(USUAL, n_customers=n, database=kind) for n in CUSTOMERS}
        for kind, name in KINDS.items()
    },
    **{
        f"connections, with {name}": {f"{n}": replace(USUAL, n_connections=n, database=kind) for n in CONNECTIONS}
        for kind, name in KINDS.items()
    },
    "database": {name: replace(USUAL, database=kind) for kind, name in KINDS.items()},
    "processes, with PostgreSQL": {f"{n}": replace(USUAL, n_workers=n, database="postgresql") for n in (1, 2)},
}
"""By what grows, and there by its size."""


def run() -> Iterator[Measurement]:
    """Row after row; about twenty minutes."""
    require_wrk()
    if not answers_postgresql():
        raise CannotRun("it needs PostgreSQL; name a server by TRIAGE_BENCHMARK_POSTGRES_URL.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-")))
        installations = _Installations(folder, Databases(folder, stack))
        for grows, sizes in ROWS.items():
            print(f"measuring {grows}", file=sys.stderr)
            yield from _row(grows, sizes, installations)


def _row(grows: str, sizes: Mapping[str, Size], installations: "_Installations") -> Iterator[Measurement]:
    answered: dict[str, list[Answered]] = {label: [] for label in sizes}
    labels = list(sizes)
    for i in range(N_ROUNDS):
        for label in (*labels[i % len(labels) :], *labels[: i % len(labels)]):
            answered[label].append(installations.load(sizes[label]))
    first = Rounds(answered[labels[0]])
    for label, size in sizes.items():
        rounds = Rounds(answered[label])
        ratio = rounds.ratio_to(first)
        yield Measurement(
            f"{grows}: {label}",
            rounds.described(),
            f"{ratio:.2f} x {labels[0]}" if label != labels[0] else "",
            {"grows": grows, "label": label, "size": asdict(size), "ratio_to_first": ratio} | rounds.figures(),
        )


@dataclass(slots=True)
class _Installations:
    """Homes and requests, each kind made once."""

    folder: Path
    databases: Databases
    _vocabularies: dict[int, Vocabulary] = field(default_factory=dict)

    def load(self, size: Size) -> Answered:
        """Serve an installation of this size and load it."""
        database = self.databases.of(size)
        home, bodies, port = self._home(size), self._bodies(size), free_port()
        with serving(
            [sys.executable, "-m", "commands", "serve", "--port", str(port), "--workers", str(size.n_workers)],
            port=port,
            ready_path="/readyz",
            log=self.folder / "server.log",
            environment={
                "TRIAGE_HOME": str(home),
                "TRIAGE_DATABASE_URL": database.copy(),
                "TRIAGE_MAX_REQUESTS_PER_MINUTE": UNLIMITED,
            },
        ) as server:
            return post(
                Requests(f"{server.address}/v1/score", bodies, {"X-API-Key": database.key}),
                n_connections=size.n_connections,
                seconds=SECONDS,
                warm_up_seconds=WARM_UP_SECONDS,
            )

    def _home(self, size: Size) -> Path:
        home = self.folder / f"model-{size.n_terms}-{size.n_targets}-{size.n_labels}"
        if not home.exists():
            serve_model(home, draw_model(self._vocabulary(size), size))
        return home

    def _bodies(self, size: Size) -> Path:
        path = self.folder / f"bodies-{size.n_terms}-{size.n_bytes}-{size.n_customers}.jsonl"
        if not path.exists():
            write_bodies(path, self._vocabulary(size), size)
        return path

    def _vocabulary(self, size: Size) -> Vocabulary:
        if size.n_terms not in self._vocabularies:
            self._vocabularies[size.n_terms] = draw_vocabulary(size.n_terms)
        return self._vocabularies[size.n_terms]
