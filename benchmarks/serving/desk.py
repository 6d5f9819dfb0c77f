"""The desk that is served: the demo's model, its database with the imported history, and later tickets as requests."""

import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.database import open_database, writing
from data.keys import create

__all__ = ["ATTRIBUTES", "ServedDesk", "prepare_desk", "ticket_of"]

ATTRIBUTES = ("location", "service")
"""What is known of the desk's tickets beside text, customer and channel."""


@dataclass(frozen=True, slots=True)
class ServedDesk:
    """A prepared desk.

    Attributes:
        folder: for everything that a benchmark needs on disk.
        key: may score.
        tickets: bodies of requests as the service takes them.
    """

    folder: Path
    key: str
    tickets: list[dict[str, Any]]

    @property
    def home(self) -> Path:
        """The home that the demo has filled."""
        return self.folder / "demo"

    def history(self) -> list[dict[str, str]]:
        """The tickets that the model has learned from, as rows of the export."""
        return _rows(self.home / "history.csv.gz")

    def fresh_home(self) -> Path:
        """A home with the model and the database as they were before anybody asked; another one is gone."""
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        shutil.copytree(self.home / "models", home / "models")
        shutil.copy(self.home / "triage.db", home / "triage.db")
        return home

    def bodies(self, name: str, bodies: Iterable[object]) -> Path:
        """A file of JSON bodies, one a line."""
        path = self.folder / f"{name}.jsonl"
        path.write_text("".join(f"{json.dumps(body)}\n" for body in bodies), encoding="utf-8")
        return path


def prepare_desk(folder: Path) -> ServedDesk:
    """Run the demo in a folder, but for its server; a minute or so."""
    subprocess.run(
        [sys.executable, "-m", "commands", "demo", "--no-serve"],
        env=os.environ | {"TRIAGE_HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    engine = open_database(f"sqlite:///{folder / 'demo' / 'triage.db'}")
    with writing(engine) as connection:
        _, key = create(connection, "benchmark", ["score"], datetime.now(UTC))
    engine.dispose()
    return ServedDesk(folder, key, [ticket_of(row) for row in _rows(folder / "demo" / "later.csv.gz")])


def ticket_of(row: Mapping[str, str]) -> dict[str, Any]:
    """What the service is asked about a row of the export: as it was filed, without the desk's own number."""
    known = {name: row[name] for name in ("subject", "body", "customer_id", "channel") if row[name]}
    return known | {"attributes": {name: row[name] for name in ATTRIBUTES if row[name]}}


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
