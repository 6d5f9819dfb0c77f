"""The rows of worked tickets on the disk."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from models.similar_files import (
    N_BEFORE,
    KeptIndex,
    KeptPart,
    RowsMadeBy,
    locked,
    made_by,
    microseconds,
    read_index,
    remove_others,
    stamp_of,
    write_index,
)
from tests.builders import make_model
from triage.similar import ApproximateNeighbours, n_dims_of

START = datetime(2026, 11, 3, 9, tzinfo=UTC)
MAKER = RowsMadeBy("7", START.isoformat(), 16)


def a_part(ids: Sequence[str], *, with_graph: bool = False) -> KeptPart:
    """Some tickets with rows of chance."""
    rows = np.random.default_rng(len(ids)).integers(-100, 100, (len(ids), 16)).astype(np.int8)
    changed = np.arange(len(ids), dtype=np.int64)
    return KeptPart(ids, changed, rows, ApproximateNeighbours.of(rows) if with_graph else None)


def an_index(*parts: KeptPart) -> KeptIndex:
    """An index of these."""
    return KeptIndex(MAKER, START, START - timedelta(hours=1), parts)


def files(folder: Path) -> set[str]:
    """The names of what lies there."""
    return {file.name for file in folder.iterdir()}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """A restart must not read a whole history again."""
    written = an_index(a_part(["a", "b", "ü"]), a_part(["c"], with_graph=True), a_part([]))

    write_index(tmp_path, written)

    read = read_index(tmp_path, MAKER)
    assert read is not None
    assert (read.maker, read.read_until, read.tidied_at) == (MAKER, written.read_until, written.tidied_at)
    assert [list(part.ids) for part in read.parts] == [["a", "b", "ü"], ["c"], []]
    assert [part.graph is not None for part in read.parts] == [False, True, False]
    for one, other in zip(read.parts, written.parts, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)
        np.testing.assert_array_equal(one.changed, other.changed)
    assert read.n_rows == 4


def test_a_graph_from_the_disk_finds_what_it_found(tmp_path: Path) -> None:
    """It is mapped, not read, and elsewhere such a graph could not be asked any more."""
    part = a_part([f"T{n}" for n in range(50)], with_graph=True)
    queries = (part.rows[:5] / 160).astype(np.float32)

    write_index(tmp_path, an_index(part))

    read = read_index(tmp_path, MAKER)
    assert read is not None
    assert read.parts[0].graph is not None
    assert part.graph is not None
    assert read.parts[0].graph.nearest(queries, 3)[0].tolist() == part.graph.nearest(queries, 3)[0].tolist()


@pytest.mark.parametrize(
    "other",
    [
        replace(MAKER, version="8"),
        replace(MAKER, trained_at=(START + timedelta(days=1)).isoformat()),
        replace(MAKER, n_dims=17),
        replace(MAKER, rows_version=0),
    ],
)
def test_rows_of_another_maker_are_none(tmp_path: Path, other: RowsMadeBy) -> None:
    """Compared with rows of this one, they would show anything as similar."""
    write_index(tmp_path, an_index(a_part(["a"])))

    assert read_index(tmp_path, other) is None
    assert read_index(tmp_path, MAKER) is not None


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _of_two(path: Path) -> None:
    path.write_text(json.dumps(["a", "b"]))


def _objects(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.asarray([{"a": 1}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("index.json", _cut),
        ("index.json", lambda path: path.write_text("[]")),
        ("index.json", lambda path: path.write_bytes(b"\xff\xfe")),
        ("*.json", _of_two),
        ("????????????????.npy", _cut),
        ("????????????????.npy", _objects),
        ("*.changed.npy", _objects),
        ("*.changed.npy", lambda path: path.unlink()),
        ("*.changed.npy", lambda path: path.write_bytes(b"")),
        ("*.usearch", _cut),
        ("*.usearch", lambda path: path.write_bytes(b"")),
    ],
)
def test_what_cannot_be_read_is_none(tmp_path: Path, name: str, spoil: Callable[[Path], object]) -> None:
    """It is made anew from the database; a service that does not start for it helps nobody, and no code is run."""
    write_index(tmp_path, an_index(a_part(["a"], with_graph=True)))
    (path,) = [file for file in tmp_path.glob(name) if name == "index.json" or file.name != "index.json"]

    spoil(path)

    assert read_index(tmp_path, MAKER) is None


def test_nothing_there_is_none(tmp_path: Path) -> None:
    """So it is on the first day."""
    assert read_index(tmp_path / "missing", MAKER) is None
    assert stamp_of(tmp_path / "missing") is None


def test_parts_that_no_longer_count_are_taken_away(tmp_path: Path) -> None:
    """What is kept of a ticket that is gone must go, and a disk is not endless."""
    first = write_index(tmp_path, an_index(a_part(["a"]), a_part(["b", "c"])))
    (tmp_path / "dead.npy").write_bytes(b"of a process that was killed")

    second = write_index(tmp_path, an_index(first.parts[1], a_part(["d"])))

    kept = {part.name for part in second.parts}
    assert files(tmp_path) == {"index.json"} | {f"{n}{end}" for n in kept for end in (".json", ".npy", ".changed.npy")}


def test_a_part_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    """A refresh each minute writes what is new, not two hundred megabytes."""
    first = write_index(tmp_path, an_index(a_part(["a"])))
    before = (tmp_path / f"{first.parts[0].name}.npy").stat().st_mtime_ns

    write_index(tmp_path, an_index(*first.parts, a_part(["b"])))

    assert (tmp_path / f"{first.parts[0].name}.npy").stat().st_mtime_ns == before


def test_another_index_has_another_stamp(tmp_path: Path) -> None:
    """By it other processes see that there is something new."""
    write_index(tmp_path, an_index(a_part(["a"])))
    first = stamp_of(tmp_path)

    write_index(tmp_path, an_index(a_part(["b"])))

    assert None is not first != stamp_of(tmp_path)


def test_a_full_disk_keeps_the_index_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an index would be none, and remains would fill the disk for good."""
    write_index(tmp_path, an_index(a_part(["a"])))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("models.similar_files.replace_text", full)
        for _ in range(3):
            with pytest.raises(OSError, match="No space"):
                write_index(tmp_path, an_index(a_part(["b"])))

    read = read_index(tmp_path, MAKER)
    assert read is not None
    assert list(read.parts[0].ids) == ["a"]
    assert len(files(tmp_path)) <= 1 + 3 + 2


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    """Two that make the same rows would take twice the time of everybody."""
    with locked(tmp_path / "similar") as first, locked(tmp_path / "similar") as second:
        pass
    with locked(tmp_path / "similar") as third:
        pass

    assert (first, second, third) == (True, False, True)


def test_versions_of_long_ago_are_taken_away(tmp_path: Path) -> None:
    """Each is as large as the one that serves; the last ones stay, as somebody may go back."""
    for n in range(5):
        write_index(tmp_path / f"{n}", an_index(a_part(["a"])))

    remove_others(tmp_path, "1")

    assert files(tmp_path) == {"1"} | {f"{n}" for n in range(5 - N_BEFORE, 5)}


def test_the_maker_is_the_model() -> None:
    """A number may come again with another model, where a registry was made anew."""
    model = make_model(version="7")

    maker = made_by(model)

    assert (maker.version, maker.n_dims) == ("7", n_dims_of(model))
    assert made_by(replace(model, trained_at=model.trained_at + timedelta(days=1))) != maker


def test_when_tickets_changed_is_told_of_the_latest_part() -> None:
    """Else a ticket that changed twice would be read again for ever."""
    index = an_index(a_part(["a", "b"]), replace(a_part(["b"]), changed=np.asarray([9])))

    assert index.changed_at({"a", "b", "c"}) == {"a": 0, "b": 9}
    assert microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
