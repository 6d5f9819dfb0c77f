"""The command line, as somebody types it."""

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.samples.desk import generate_desk
from data.samples.export import write_desk
from tests.conftest import Run
from training.dataset import settled

DESK = generate_desk(n_tickets=400, n_customers=40, seed=1)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a small generated desk."""
    path = tmp_path_factory.mktemp("desk") / "history.csv.gz"
    write_desk(DESK, path)
    return path


def test_the_thread_from_history_to_scores(run: Run, history: Path, tmp_path: Path) -> None:
    """Check, train, evaluate, promote, score, profile, import: every step takes what the one before left."""
    checked = run("tickets", "check", history, "--json").json
    trained = run("models", "train", "--tickets", history, "--json").json
    evaluated = run("models", "evaluate", trained["version"], "--tickets", history, "--json")
    promoted = run("models", "promote", "challenger", "--json").json
    scored = run("score", history, "--out", tmp_path / "scores.parquet", "--json").json
    profiled = run("customers", "profile", "--tickets", history, "--out", tmp_path / "p.parquet", "--json").json
    first, second = (run("tickets", "import", history, "--json").json for _ in range(2))

    assert checked["usable"] == 400
    assert set(trained["targets"]) == {"ticket_type", "assignment_group", "priority"}
    assert evaluated.json["rows"] == 400
    assert evaluated.json["seen_in_training"] == len(settled(DESK.tickets)) < 400  # open tickets teach nothing
    assert "flatter" in evaluated.err
    assert promoted == {"champion": "1"}
    assert scored["tickets"] == pq.read_table(tmp_path / "scores.parquet").num_rows == 400
    assert profiled["customers"] == pq.read_table(tmp_path / "p.parquet").num_rows
    assert first == {"new": 400, "changed": 0, "unchanged": 0}
    assert second == {"new": 0, "changed": 0, "unchanged": 400}


def test_measures_have_the_names_that_others_rely_on(run: Run, history: Path) -> None:
    """Dashboards read this JSON."""
    trained = run("models", "train", "--tickets", history, "--targets", "assignment_group", "--json").json

    measures = trained["targets"]["assignment_group"]
    assert set(trained) == {"version", "targets", "seconds"}
    assert {
        "n", "accuracy", "macro_f1", "weighted_f1", "top3", "ece", "coverage", "precision_at_coverage",
        "baseline_accuracy", "per_class",
    } <= set(measures)  # fmt: skip
    assert all(set(label) == {"n", "precision", "recall", "f1"} for label in measures["per_class"].values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("models", "promote", "champion"), "No model was trained yet: run `triage models train`."),
        (("score", "x.csv", "--out", "o.parquet"), "No model was promoted yet"),
        (("score", "x.csv", "--out", "o.pdf"), "o.pdf is none of the files that can be written: .parquet, .csv"),
        (("tickets", "check", "nowhere.csv"), "nowhere.csv"),
        (("models", "train", "--tickets", "nowhere.csv"), "nowhere.csv"),
        (("tickets", "check", "x.csv", "--preset", "sevicenow"), "sevicenow"),
        (("models", "train", "--tickets", "x.csv", "--config", "no.toml"), "no training configuration at no.toml"),
        (("tickets", "sample", "out.pdf"), ".csv"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_one(run: Run, words: tuple[str, ...], said: str) -> None:
    """Scripts test the code, people read the sentence, nobody reads a traceback."""
    refused = run(*words)

    assert refused.code == 1
    assert refused.out == ""
    assert said in refused.err
    assert len(refused.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("models", "nonsense"),
        ("models", "train"),
        ("tickets", "sample", "x.csv", "--tickets", "0"),
        ("tickets", "sample", "x.csv", "--end", "tomorrow"),
        ("customers", "profile", "--tickets", "x.csv", "--out", "p.parquet", "--as-of", "30/6/2026"),
    ],
)
def test_wrong_usage_is_exit_code_two(run: Run, words: tuple[str, ...]) -> None:
    """As every command line has it."""
    assert run(*words).code == 2


def test_every_noun_is_listed_with_a_line_of_help(run: Run) -> None:
    """The list is how people find out what there is."""
    shown = run("--help")

    assert shown.code == 0
    for noun in ("customers", "db", "demo", "keys", "models", "score", "serve", "tickets"):
        (line,) = [line for line in shown.out.splitlines() if line.lstrip("│ ").startswith(f"{noun} ")]
        assert len(line.split()) > 4


def test_a_noun_whose_packages_are_missing_says_what_to_install() -> None:
    """The base install serves; somebody will try to train with it."""
    program = "import sys; sys.modules['sklearn'] = None; from training.cli import main; main()"

    refused = subprocess.run(
        [sys.executable, "-c", program, "models", "list"], capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert refused.stderr == (
        "`triage models` needs sklearn, which comes with the extra `train`: pip install '.[train]' in a checkout.\n"
    )


def test_progress_and_notes_stay_off_stdout(run: Run, history: Path) -> None:
    """`--json` is read by programs."""
    printed = run("tickets", "check", history, "--json")

    assert printed.json["rows"] == 400
    assert "400 rows read" in printed.err


def test_a_failed_score_leaves_no_file_behind(run: Run, history: Path, tmp_path: Path) -> None:
    """A half-written file would be taken for the answer."""
    run("models", "train", "--tickets", history, "--targets", "assignment_group")
    run("models", "promote", "1")
    (tmp_path / "empty.csv").write_text("id,subject\n")

    refused = run("score", tmp_path / "empty.csv", "--out", tmp_path / "o.parquet")

    assert refused.code == 1
    assert not list(tmp_path.glob("*o.parquet*"))
