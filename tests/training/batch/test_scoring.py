"""Whole files are scored, in one process or in several."""

import os
import weakref
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.builders import make_model
from training.batch import scoring
from training.batch.scoring import score_frames
from triage.errors import InvalidInput

pytestmark = pytest.mark.slow  # processes are started

MODEL = make_model()
TARGETS = MODEL.targets


def frames(n: int, n_rows: int = 10) -> Iterator[pd.DataFrame]:
    """Frames of numbered tickets."""
    for i in range(n):
        yield pd.DataFrame({"id": [f"T{i * n_rows + j}" for j in range(n_rows)], "subject": "VPN"})


def answered(frame: pd.DataFrame) -> pd.DataFrame:
    """Answers that say which process gave them."""
    columns: dict[str, object] = {"ticket_id": frame["id"], "subject": frame["subject"]}
    for target in TARGETS:
        columns |= {
            target: pd.Categorical([str(os.getpid())] * len(frame)),
            f"{target}_confidence": 0.5,
            f"{target}_threshold": 0.9,
            f"{target}_decision": pd.Categorical(["suggest"] * len(frame), categories=["auto", "suggest"]),
            f"{target}_reason": pd.Categorical(["below_threshold"] * len(frame)),
        }
    return pd.DataFrame(columns)


def broken(frame: pd.DataFrame) -> pd.DataFrame:
    """A model that fails in the third frame."""
    if "T25" in set(frame["id"]):
        raise InvalidInput("no answer")
    return answered(frame)


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two cores, wherever the test runs."""
    monkeypatch.setattr(scoring, "cpu_count", lambda: 2)


@pytest.mark.usefixtures("two_cores")
def test_several_processes_answer_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Whoever lays the answers beside the export expects row by row."""
    scored = score_frames(answered, MODEL, frames(12), tmp_path / "s.parquet", few_tickets=20)

    table = pq.read_table(tmp_path / "s.parquet")
    assert scored.n_tickets == 120
    assert table["ticket_id"].to_pylist() == [f"T{i}" for i in range(120)]
    assert str(os.getpid()) not in table[TARGETS[0]].to_pylist()
    assert scored.decisions == {target: Counter({("suggest", "below_threshold"): 120}) for target in TARGETS}


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize(("n", "is_here"), [(2, True), (3, False)])
def test_a_few_tickets_are_answered_in_this_process(tmp_path: Path, n: int, is_here: bool) -> None:
    """Starting others takes seconds, a few tickets take a fraction of one; the edge is what was asked for."""
    score_frames(answered, MODEL, frames(n), tmp_path / "s.parquet", few_tickets=20)

    processes = set(pq.read_table(tmp_path / "s.parquet")[TARGETS[0]].to_pylist())
    assert (processes == {str(os.getpid())}) == is_here


def test_one_core_needs_no_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would only take memory."""
    monkeypatch.setattr(scoring, "cpu_count", lambda: 1)

    score_frames(answered, MODEL, frames(4), tmp_path / "s.parquet", few_tickets=20)

    table = pq.read_table(tmp_path / "s.parquet")
    assert table["ticket_id"].to_pylist() == [f"T{i}" for i in range(40)]
    assert set(table[TARGETS[0]].to_pylist()) == {str(os.getpid())}


@pytest.mark.usefixtures("two_cores")
def test_frames_do_not_pile_up(tmp_path: Path) -> None:
    """A file of any size is scored in the same memory."""
    made: list[weakref.ref[pd.DataFrame]] = []
    held: list[int] = []

    def watched() -> Iterator[pd.DataFrame]:
        for frame in frames(60):
            held.append(sum(each() is not None for each in made))
            made.append(weakref.ref(frame))
            yield frame

    score_frames(answered, MODEL, watched(), tmp_path / "s.parquet", few_tickets=20)

    assert max(held) < 15


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("few_tickets", [20, 1_000])
def test_a_failure_is_said_and_leaves_no_file(tmp_path: Path, few_tickets: int) -> None:
    """Whichever process it happens in."""
    with pytest.raises(InvalidInput, match="no answer"):
        score_frames(broken, MODEL, frames(12), tmp_path / "s.parquet", few_tickets=few_tickets)

    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("few_tickets", [20, 1_000])
def test_a_file_that_breaks_off_is_said_and_leaves_no_answers(tmp_path: Path, few_tickets: int) -> None:
    """That most rows were unusable is known only when all of them were read."""

    def breaking() -> Iterator[pd.DataFrame]:
        yield from frames(12)
        raise InvalidInput("breaks off")

    with pytest.raises(InvalidInput, match="breaks off"):
        score_frames(answered, MODEL, breaking(), tmp_path / "s.parquet", few_tickets=few_tickets)

    assert not list(tmp_path.iterdir())


def test_small_frames_are_written_in_large_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Parquet file of many small groups is slow to read."""
    monkeypatch.setattr(scoring, "WRITTEN_AT_ONCE", 30)

    score_frames(answered, MODEL, frames(8), tmp_path / "s.parquet")

    file = pq.ParquetFile(tmp_path / "s.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [30, 30, 20]
    assert file.schema_arrow.metadata[b"model"] == MODEL.version.encode()
