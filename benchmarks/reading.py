"""Rows a second from an export, as columns, frames and tickets, beside Python's csv module alone."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, median_seconds
from data.exports.files import TicketFile, read_tickets
from data.exports.frames import read_frames
from data.exports.preset import load_preset
from data.samples.desk import generate_desk
from data.samples.export import write_desk

N_TICKETS = 20_000


def run() -> Iterator[Measurement]:
    """Generate, write and read a desk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.csv"
        desk = generate_desk(n_tickets=N_TICKETS)
        generated = median_seconds(lambda: generate_desk(n_tickets=N_TICKETS), repeats=1)
        yield Measurement("generating a desk", f"{N_TICKETS / generated:,.0f} tickets/s")
        write_desk(desk, path)
        bare = median_seconds(lambda: _read_bare(path))
        preset = load_preset("generic")
        readings: dict[str, Callable[[], object]] = {
            "reading it as columns": lambda: _used_up(TicketFile(path, preset).columns()),
            "what was known when filed, as columns": lambda: _used_up(TicketFile(path, preset, later=()).columns()),
            "the same as pandas frames": lambda: _used_up(read_frames(TicketFile(path, preset, later=()))),
            "reading it as tickets": lambda: read_tickets(path, preset),
        }
        for name, reading in readings.items():
            read = median_seconds(reading, repeats=3)
            yield Measurement(name, f"{N_TICKETS / read:,.0f} rows/s", f"{read / bare:.1f} x csv alone")


def _used_up(chunks: Iterable[object]) -> None:
    for _ in chunks:
        pass


def _read_bare(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file))
