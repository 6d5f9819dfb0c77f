"""Which machine a benchmark ran on, and with which libraries."""

import os
import platform
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

__all__ = ["Machine", "this_machine"]

LIBRARIES = (
    "fastapi",
    "joblib",
    "mlflow",
    "numpy",
    "psycopg",
    "pydantic",
    "scikit-learn",
    "SQLAlchemy",
    "triage",
    "uvicorn",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, and the day and the libraries of a run on it.

    Attributes:
        cpu: the model's name.
        n_cores: those that this process may use.
        memory_gigabytes: all there is.
        kernel: its name and release.
        python: its version.
        libraries: versions by name, SQLite's too.
        measured_at: ISO moment, UTC.
    """

    cpu: str
    n_cores: int
    memory_gigabytes: float
    kernel: str
    python: str
    libraries: dict[str, str]
    measured_at: str


def this_machine() -> Machine:
    """This machine, now; Linux tells all of it."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return Machine(
        cpu=model[1] if model else platform.machine(),
        n_cores=len(os.sched_getaffinity(0)),
        memory_gigabytes=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        libraries={name: version(name) for name in LIBRARIES} | {"SQLite": sqlite3.sqlite_version},
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
