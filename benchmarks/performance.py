"""The figures of `docs/performance.md` and its chart, from the last results: `python -m benchmarks.performance`.

The prose there is written by hand. Figures stand between two comments that name a part; a further part is a function
and a line in `PARTS`.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.chart import draw_requests
from benchmarks.results import Results, read_results, results_file
from benchmarks.serving.load import Answered
from benchmarks.serving.rounds import Rounds

__all__ = ["PAGE", "PARTS", "main", "with_part"]

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
CHART = PAGE.parent / "images" / "requests.svg"


def with_part(page: str, name: str, content: str) -> str:
    """The page with this content between the comments that name the part.

    Raises:
        ValueError: it has no such part, or several.
    """
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    parts = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if len(parts.findall(page)) != 1:
        raise ValueError(f"The page must have {begin} and {end} once.")
    return parts.sub(lambda _: f"{begin}\n{content}\n{end}", page)


def machine(results: Results) -> str:
    """Where and when, and with what."""
    found = results.machine
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(found.libraries.items(), key=_folded))
    return (
        f"Measured at {found.measured_at} on {found.n_cores} cores of {found.cpu}, {found.memory_gigabytes:.0f} GB, "
        f"{found.kernel}.\nPython {found.python}, {libraries}."
    )


def summary(results: Results) -> str:
    """The service in three ratios."""
    loads = {of["peer"]: of for of in _of_kind(results, "load") if of["n_connections"] > 1}
    rounds = {peer: Rounds([Answered(**one) for one in of["rounds"]]) for peer, of in loads.items()}
    own = rounds["triage"]
    to_empty, to_mlflow, to_joblib = (own.ratio_to(rounds[peer]) for peer in ("empty", "mlflow, same model", "joblib"))
    return (
        f"`triage serve` answers {loads['triage']['requests_per_second']:,.0f} requests a second over "
        f"{loads['triage']['n_connections']} connections.\nThat is {to_empty:.2f} of what an empty endpoint reaches, "
        f"{to_mlflow:.1f} times what MLflow's server reaches with the same model,\n"
        f"and {to_joblib:.1f} times what scikit-learn pipelines behind FastAPI reach."
    )


def peers(results: Results) -> str:
    """A row a peer and number of connections."""
    return _table(
        (
            "served by",
            "connections",
            "requests/s",
            "of empty",
            "p50, ms",
            "p90, ms",
            "p99, ms",
            "slowest, ms",
            "failed",
        ),
        (
            (
                of["peer"],
                of["n_connections"],
                f"{of['requests_per_second']:,.0f}",
                f"{of['ratio_to_empty']:.3f}",
                *(f"{of[name]:.1f}" for name in ("p50_ms", "p90_ms", "p99_ms", "max_ms")),
                of["n_refused"] + of["n_socket_errors"],
            )
            for of in _of_kind(results, "load")
        ),
    )


def processes(results: Results) -> str:
    """How long each takes to start, and its memory."""
    return _table(
        ("served by", "ready after, s", "memory after the load, MB"),
        (
            (of["peer"], f"{of['seconds_to_ready']:.1f}", f"{of['megabytes']:.0f}")
            for of in _of_kind(results, "process")
        ),
    )


def alone(results: Results) -> str:
    """What is asked by one client, as the benchmark itself says it."""
    wanted = ("batch", "ticket")
    shown = [found for found in results.measurements if found.figures.get("kind") in wanted]
    return _table(("asked", "measured", "beside"), ((found.what, found.measured, found.beside) for found in shown))


def sizes(results: Results) -> str:
    """A table for everything that grows."""
    tables = []
    figures: Iterable[Mapping[str, Any]] = (found.figures for found in results.measurements)
    for grows, row in groupby(figures, lambda of: of["grows"]):
        tables.append(
            _table(
                (grows, "requests/s", "x the first", "p50, ms", "p99, ms"),
                (
                    (
                        of["label"],
                        f"{of['requests_per_second']:,.0f}",
                        f"{of['ratio_to_first']:.2f}",
                        f"{of['p50_ms']:.1f}",
                        f"{of['p99_ms']:.1f}",
                    )
                    for of in row
                ),
            )
        )
    return "\n\n".join(tables)


PARTS: Mapping[str, tuple[str, Callable[[Results], str]]] = {
    "summary": ("serving", summary),
    "machine": ("serving", machine),
    "peers": ("serving", peers),
    "processes": ("serving", processes),
    "alone": ("serving", alone),
    "machine of sizes": ("sizes", machine),
    "sizes": ("sizes", sizes),
}
"""What stands on the page, by the benchmark whose results it is made of."""


def main() -> int:
    """Write what there are results of; 1 where a benchmark has none."""
    page = PAGE.read_text(encoding="utf-8")
    known = {name: read_results(path) for name, _ in PARTS.values() if (path := results_file(name)).is_file()}
    for part, (name, write) in PARTS.items():
        if name in known:
            page = with_part(page, part, write(known[name]))
    PAGE.write_text(page, encoding="utf-8")
    if "serving" in known:
        draw_requests(_of_kind(known["serving"], "load"), CHART)
    missing = sorted({name for name, _ in PARTS.values()} - set(known))
    for name in missing:
        print(f"There are no results of {name!r}: run `make bench BENCH={name}`.", file=sys.stderr)
    return 1 if missing else 0


def _of_kind(results: Results, kind: str) -> list[Mapping[str, Any]]:
    return [found.figures for found in results.measurements if found.figures.get("kind") == kind]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _folded(item: tuple[str, str]) -> str:
    return item[0].lower()


if __name__ == "__main__":
    sys.exit(main())
