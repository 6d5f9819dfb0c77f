"""The rows of worked tickets on the disk: a folder for each version of a model, read by every process that serves it.

    similar/7/index.json          which parts count, and what they were made by
    similar/7/3f0c.npy            rows of a part, int8 of shape (n, n_dims)
    similar/7/3f0c.changed.npy    when each of its tickets changed last, int64 of shape (n,), microseconds since 1970
    similar/7/3f0c.json           the tickets' ids
    similar/7/3f0c.usearch        the graph of a part, where it is large

A part is written once and never changed. `index.json` is replaced in one rename when all that it names is there, so a
reader sees the index before or the one after. A ticket may be in several parts; what the last one says counts.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from usearch.index import Index

from models.bundle import flush, replace_text
from triage.model import TriageModel
from triage.similar import ROWS_VERSION, ApproximateNeighbours, n_dims_of

__all__ = ["KeptIndex", "KeptPart", "RowsMadeBy", "locked", "made_by", "microseconds", "read_index", "remove_others",
           "stamp_of", "write_index"]  # fmt: skip

N_BEFORE = 2
"""Versions whose rows are kept beside those of the one that serves."""

_INDEX, _LOCK = "index.json", ".lock"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RowsMadeBy:
    """What rows were made by; those of two makers cannot be compared.

    Attributes:
        version: the registry's name for the model.
        trained_at: when it was learned, ISO: a name may be given again after a registry was made anew.
        n_dims: how long a row is.
        rows_version: of the program that made them.
    """

    version: str
    trained_at: str
    n_dims: int
    rows_version: int = ROWS_VERSION


@dataclass(frozen=True, slots=True, eq=False)
class KeptPart:
    """Some tickets and their rows.

    Attributes:
        ids: as the tickets are stored.
        changed: when each changed last, int64 of shape (n,), see `microseconds`.
        rows: int8 of shape (n, n_dims).
        graph: of the rows, where they are many.
        name: of its files; empty until it is written.
    """

    ids: Sequence[str]
    changed: NDArray[np.int64]
    rows: NDArray[np.int8]
    graph: ApproximateNeighbours | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class KeptIndex:
    """All that is kept for one model.

    Attributes:
        maker: what its rows were made by.
        read_until: tickets that changed before that are in it.
        tidied_at: when tickets that are gone were last thrown out.
        parts: the oldest first.
    """

    maker: RowsMadeBy
    read_until: datetime
    tidied_at: datetime
    parts: tuple[KeptPart, ...]

    @property
    def n_rows(self) -> int:
        """How many rows it has; a ticket that changed may have several."""
        return sum(len(part.ids) for part in self.parts)

    def changed_at(self, ids: Collection[str]) -> dict[str, int]:
        """When those of these tickets that are in it had changed last, as far as it knows; see `microseconds`."""
        return {
            id_: int(changed)
            for part in self.parts
            for id_, changed in zip(part.ids, part.changed, strict=True)
            if id_ in ids
        }


def made_by(model: TriageModel) -> RowsMadeBy:
    """What rows of this model are made by."""
    return RowsMadeBy(model.version, model.trained_at.isoformat(), n_dims_of(model))


def microseconds(moment: datetime) -> int:
    """A moment as a number, without loss."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def stamp_of(folder: Path) -> tuple[int, int] | None:
    """What is another one whenever another index was written; None where there is none."""
    try:
        found = (folder / _INDEX).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def read_index(folder: Path, maker: RowsMadeBy) -> KeptIndex | None:
    """What is kept; None where there is nothing, where it was made by something else, or where it cannot be read."""
    try:
        said = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        if RowsMadeBy(**said["made_by"]) != maker:
            return None
        read_until, tidied_at = (datetime.fromisoformat(said[name]) for name in ("read_until", "tidied_at"))
        parts = [_read_part(folder, str(name), maker.n_dims) for name in said["parts"]]
        return KeptIndex(maker, read_until, tidied_at, tuple(parts))
    except (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError):  # it is made anew
        return None


def write_index(folder: Path, index: KeptIndex) -> KeptIndex:
    """Writes what is not written yet, and takes away what no longer counts.

    Returns:
        The same, its parts named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clean(folder, _named(folder) | {part.name for part in index.parts})  # of a time when the disk was full
    parts = tuple(part if part.name else _write_part(folder, part) for part in index.parts)
    said: dict[str, Any] = {
        "made_by": {name: getattr(index.maker, name) for name in RowsMadeBy.__slots__},
        "read_until": index.read_until.isoformat(),
        "tidied_at": index.tidied_at.isoformat(),
        "parts": [part.name for part in parts],
    }
    flush(folder)
    replace_text(folder / _INDEX, json.dumps(said))
    _clean(folder, {part.name for part in parts})
    return KeptIndex(index.maker, index.read_until, index.tidied_at, parts)


def remove_others(home: Path, version: str) -> None:
    """Takes away what is kept for models that served long ago.

    The last two before this version stay: another process may serve one of them still, or somebody goes back to it.
    """
    others = [folder for folder in home.iterdir() if folder.is_dir() and folder.name != version]
    for folder in sorted(others, key=lambda other: (stamp_of(other) or (0, 0))[1], reverse=True)[N_BEFORE:]:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def locked(home: Path) -> Iterator[bool]:
    """Whether this process alone may write now; it may until the end, and another that asks meanwhile may not."""
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def _named(folder: Path) -> set[str]:
    """The parts that count; none where that cannot be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return {str(name) for name in json.loads((folder / _INDEX).read_text(encoding="utf-8"))["parts"]}
    return set()


def _clean(folder: Path, kept: Collection[str]) -> None:
    """Takes away the files of all parts but these."""
    for file in folder.iterdir():
        if file.name != _INDEX and file.name.partition(".")[0] not in kept:
            file.unlink(missing_ok=True)


def _read_part(folder: Path, name: str, n_dims: int) -> KeptPart:
    """A part, its rows mapped from the file: processes share that memory, and what one of them changes is its own."""
    ids = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    changed = np.load(folder / f"{name}.changed.npy", allow_pickle=False)
    rows = np.load(folder / f"{name}.npy", mmap_mode="c" if ids else None, allow_pickle=False)
    if rows.shape != (len(ids), n_dims) or rows.dtype != np.int8 or changed.shape != (len(ids),):
        raise ValueError("The files of a part do not belong together.")
    graph = folder / f"{name}.usearch"
    return KeptPart(ids, changed, rows, _read_graph(graph, len(ids)) if graph.exists() else None, name)


def _read_graph(path: Path, n: int) -> ApproximateNeighbours:
    graph = Index.restore(path, view=True)
    if graph is None or len(graph) != n:
        raise ValueError("The graph of a part does not belong to its rows.")
    return ApproximateNeighbours(graph)


def _write_part(folder: Path, part: KeptPart) -> KeptPart:
    name = secrets.token_hex(8)
    for file, array in ((f"{name}.npy", part.rows), (f"{name}.changed.npy", part.changed)):
        with (folder / file).open("wb") as written:
            np.save(written, array, allow_pickle=False)
            written.flush()
            os.fsync(written.fileno())
    if part.graph is not None:
        part.graph.graph.save(folder / f"{name}.usearch")
        flush(folder / f"{name}.usearch")
    replace_text(folder / f"{name}.json", json.dumps(list(part.ids)))
    return KeptPart(part.ids, part.changed, part.rows, part.graph, name)
