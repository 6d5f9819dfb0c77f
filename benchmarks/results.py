"""Results as files: `var/benchmarks/NAME.json` holds one run's measurements and the machine that it ran on."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.machine import Machine, this_machine
from benchmarks.measurement import Measurement
from triage.settings import read_settings

__all__ = ["Results", "read_results", "results_file", "write_results"]


@dataclass(frozen=True, slots=True)
class Results:
    """One run of one benchmark."""

    machine: Machine
    measurements: Sequence[Measurement]


def results_file(name: str) -> Path:
    """Where the results of a benchmark are, once it has run."""
    return read_settings().home / "benchmarks" / f"{name}.json"


def write_results(name: str, measurements: Sequence[Measurement]) -> Path:
    """Write down a run that has just ended on this machine, in place of an earlier one."""
    path = results_file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = asdict(Results(this_machine(), list(measurements)))
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read_results(path: Path) -> Results:
    """The run that a file holds."""
    content = json.loads(path.read_bytes())
    return Results(Machine(**content["machine"]), [Measurement(**found) for found in content["measurements"]])
