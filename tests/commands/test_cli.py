"""The command line, as somebody types it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from data.samples.desk import generate_desk
from data.samples.export import write_desk
from tests.conftest import Run
from training.histories.dataset import closed_tickets

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
    trained = run("models", "train", "--tickets", history, "--fast", "--json").json
    evaluated = run("models", "evaluate", trained["version"], "--tickets", history, "--json")
    promoted = run("models", "promote", "challenger", "--json").json
    scored = run("score", history, "--out", tmp_path / "scores.parquet", "--json").json
    profiled = run("customers", "profile", "--tickets", history, "--out", tmp_path / "p.parquet", "--json").json
    first, second = (run("tickets", "import", history, "--json").json for _ in range(2))

    assert checked["usable"] == 400
    assert {"ticket_type", "assignment_group", "priority"} <= set(trained["targets"])
    assert evaluated.json["rows"] == 400
    assert evaluated.json["seen_in_training"] == len(closed_tickets(DESK.tickets)) < 400  # open tickets teach nothing
    assert "flatter" in evaluated.err
    notes = ["There was no champion, so nothing was compared."]
    assert promoted == {"champion": "1", "refused": [], "objections": [], "notes": notes, "forced": False}
    assert scored["tickets"] == pq.read_table(tmp_path / "scores.parquet").num_rows == 400
    assert profiled["customers"] == pq.read_table(tmp_path / "p.parquet").num_rows
    assert first == {"new": 400, "changed": 0, "unchanged": 0}
    assert second == {"new": 0, "changed": 0, "unchanged": 400}


def test_measures_have_the_names_that_others_rely_on(run: Run, history: Path) -> None:
    """Dashboards read this JSON."""
    trained = run("models", "train", "--tickets", history, "--fast", "--targets", "assignment_group", "--json").json

    measures = trained["targets"]["assignment_group"]
    assert set(trained) == {"version", "targets", "risk", "seconds"}
    assert set(trained["risk"]) == {"sla_missed", "handed_on", "reopened"}
    assert all(
        set(one) == {"n", "base_rate", "auc", "calibration_error", "told", "refusal"}
        and one["told"] == (one["refusal"] is None)
        for one in trained["risk"].values()
    )
    assert {
        "n", "accuracy", "macro_f1", "weighted_f1", "top3", "ece", "coverage", "precision_at_coverage",
        "baseline_accuracy", "per_class",
    } <= set(measures)  # fmt: skip
    assert all({"n", "precision", "recall", "f1"} <= set(label) for label in measures["per_class"].values())


def test_a_sample_says_how_many_really_wrote(run: Run, tmp_path: Path) -> None:
    """Ten tickets are not of a hundred customers, and `tickets check` would say so a minute later."""
    made = run("tickets", "sample", tmp_path / "few.csv", "--tickets", "10", "--customers", "100", "--json").json

    assert made["tickets"] == 10
    assert 1 <= made["customers"] <= 10


def test_a_training_says_where_its_report_is(run: Run, history: Path) -> None:
    """Somebody wants to open it, and another to find it with the run."""
    trained = run("models", "train", "--tickets", history, "--fast", "--targets", "assignment_group", "--json")

    page = Path(os.environ["TRIAGE_HOME"]) / "reports" / "model-1.html"
    assert f"Report: {page}\n" in trained.err
    assert page.read_text().startswith("<!doctype html>")
    assert [file.read_bytes() for file in Path(os.environ["TRIAGE_HOME"]).rglob("report.html")] == [page.read_bytes()]


def test_an_evaluation_shows_how_sure_it_is_and_writes_its_page(run: Run, history: Path, tmp_path: Path) -> None:
    """A figure without its interval is taken for exact; a page about known tickets must say that it flatters."""
    run("models", "train", "--tickets", history, "--fast", "--targets", "assignment_group")

    shown = run("models", "evaluate", "1", "--tickets", history, "--report", tmp_path / "page.html")

    assert "95 % interval" in shown.out
    assert all(f"answerable at {precision}" in shown.out for precision in ("0.90", "0.95", "0.99"))
    page = (tmp_path / "page.html").read_text()
    assert "which flatters it" in page
    assert "Would more tickets help?" not in page


@pytest.mark.parametrize(("page", "said"), [("page.pdf", "ends in .html"), ("nowhere/page.html", "There is no folder")])
def test_a_page_that_cannot_be_written_is_refused_at_once(run: Run, page: str, said: str) -> None:
    """And not after the long work."""
    assert said in run("models", "evaluate", "1", "--tickets", "x.csv", "--report", page).err


def test_asking_for_help_draws_nothing() -> None:
    """The drawing library takes a second to load."""
    program = (
        "import atexit, sys; atexit.register(lambda: print('matplotlib' in sys.modules)); "
        "from commands.cli import main; main()"
    )

    shown = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True)

    assert shown.stdout.splitlines()[-1] == "False"


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
        ("tickets", "sample", "x.csv", "--end", "9999-12-31"),
        ("customers", "profile", "--tickets", "x.csv", "--out", "p.parquet", "--as-of", "0001-01-01"),
        ("customers", "profile", "--tickets", "x.csv", "--out", "p.parquet", "--as-of", "30/6/2026"),
    ],
)
def test_wrong_usage_is_exit_code_two(run: Run, words: tuple[str, ...]) -> None:
    """As every command line has it."""
    assert run(*words).code == 2


def test_what_others_would_be_told_is_switched_off(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow reports its use to its makers and prints links among the results, unless told not to."""
    for name in ("MLFLOW_DISABLE_TELEMETRY", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"):
        monkeypatch.delenv(name, raising=False)

    run("--version")

    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] == "true"


def test_names_in_brackets_are_shown_as_they_are(run: Run, tmp_path: Path) -> None:
    """Desks write `[External] Network`; taken for markup it would vanish, or end in a traceback."""
    rows = "".join(f"{i},text {i},{'[/red] Network' if i % 2 else '[Ext] Mail'},[/b]\n" for i in range(40))
    (tmp_path / "desk.csv").write_text("id,subject,assignment_group,customer_id\n" + rows)

    shown = run("tickets", "check", tmp_path / "desk.csv")

    assert shown.code == 0
    assert all(name in shown.out for name in ("[/red]", "[Ext]", "[/b]"))


def test_results_can_be_had_for_a_spreadsheet(run: Run, history: Path, tmp_path: Path) -> None:
    """A lead opens a CSV; nobody opens Parquet with a double click."""
    run("models", "train", "--tickets", history, "--fast", "--targets", "assignment_group")
    run("models", "promote", "1")

    run("score", history, "--out", tmp_path / "scores.csv")
    run("customers", "profile", "--tickets", history, "--out", tmp_path / "customers.csv")

    scores = (tmp_path / "scores.csv").read_text().splitlines()
    assert scores[0].replace('"', "").split(",") == [
        "ticket_id", "subject", "assignment_group", "assignment_group_confidence", "assignment_group_threshold",
        "assignment_group_decision", "assignment_group_reason",
    ]  # fmt: skip
    assert len((tmp_path / "customers.csv").read_text().splitlines()) > 10


@pytest.mark.parametrize("command", [("score",), ("customers", "profile", "--tickets")])
def test_results_never_replace_what_is_read(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    """The export is often the only copy."""
    file = tmp_path / "desk.csv"
    file.write_text("id,subject\n1,VPN\n")

    refused = run(*command, file, "--out", file)

    assert refused.code == 1
    assert "is the file that is read" in refused.err
    assert file.read_text() == "id,subject\n1,VPN\n"


def test_results_into_a_folder_that_there_is_not_are_refused_at_once(run: Run, tmp_path: Path) -> None:
    """And not after the long work."""
    assert "There is no folder" in run("score", "x.csv", "--out", tmp_path / "nowhere" / "s.parquet").err


def test_profiles_as_of_a_day_know_nothing_of_later(run: Run, tmp_path: Path) -> None:
    """They are compared with what came afterwards."""
    (tmp_path / "desk.csv").write_text(
        "id,subject,customer_id,opened_at,ticket_type,resolved_at\n"
        "1,VPN,early,2026-01-10,incident,2026-01-11\n"
        "2,VPN,early,2026-01-20,request,2026-05-01\n"
        "3,VPN,late,2026-06-01,incident,2026-06-02\n"
    )

    run("customers", "profile", "--tickets", tmp_path / "desk.csv", "--as-of", "2026-01-31", "--out", "p.parquet")

    (profile,) = pq.read_table("p.parquet").to_pylist()
    assert (profile["customer_id"], profile["contacts_30d"], profile["incident_share"]) == ("early", 2, 1.0)


def test_a_date_in_the_future_does_not_move_today(run: Run, tmp_path: Path) -> None:
    """One mistyped year, and nobody would have called for decades."""
    (tmp_path / "desk.csv").write_text("id,subject,customer_id,opened_at\n1,VPN,u1,2025-01-10\n2,VPN,u2,2190-01-01\n")

    run("customers", "profile", "--tickets", tmp_path / "desk.csv", "--out", "p.parquet")

    assert [row["customer_id"] for row in pq.read_table("p.parquet").to_pylist()] == ["u1"]


def test_a_model_worse_than_guessing_is_called_so(run: Run, tmp_path: Path) -> None:
    """It would be promoted by whoever reads only that it was learned."""
    chance = np.random.default_rng(0)
    rows = "".join(
        f"{i},word{chance.integers(40)} word{chance.integers(40)},{'Rare' if chance.random() < 0.3 else 'Usual'}\n"
        for i in range(300)
    )
    (tmp_path / "desk.csv").write_text("id,subject,assignment_group\n" + rows)

    trained = run("models", "train", "--tickets", tmp_path / "desk.csv", "--fast")

    assert "always answering 'Usual' would be right in" in trained.err
    assert "Measured on fewer than 100 tickets, too few to tell figures from chance: assignment_group." in trained.err


def test_a_seed_that_numpy_does_not_take_is_wrong_usage(run: Run, history: Path) -> None:
    """Before the history is read."""
    assert run("models", "train", "--tickets", history, "--fast", "--seed", 2**32).code == 2


def test_an_encoder_that_would_not_be_asked_is_refused(run: Run, history: Path) -> None:
    """Who names one wants it asked, and would take the figures for its."""
    refused = run("models", "train", "--tickets", history, "--fast", "--encoder", "minilm")

    assert refused.code == 2
    assert "Invalid value for --encoder" in refused.err


def test_every_noun_is_listed_with_a_line_of_help(run: Run) -> None:
    """The list is how people find out what there is."""
    shown = run("--help")

    assert shown.code == 0
    for noun in ("customers", "db", "demo", "keys", "models", "score", "serve", "tickets"):
        (line,) = [line for line in shown.out.splitlines() if line.lstrip("│ ").startswith(f"{noun} ")]
        assert len(line.split()) > 4


def test_a_noun_whose_packages_are_missing_says_what_to_install(tmp_path: Path) -> None:
    """The base install serves; somebody will try to train with it."""
    tickets = tmp_path / "any.csv"
    tickets.write_text("id,subject\n1,VPN\n", encoding="utf-8")
    program = "import sys; sys.modules['sklearn'] = None; from commands.cli import main; main()"

    refused = subprocess.run(
        [sys.executable, "-c", program, "models", "train", "--tickets", str(tickets)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert refused.stderr == (
        "This command needs sklearn, which comes with the extra `train`: pip install '.[train]' in a checkout.\n"
    )


ONLY_SERVES = """
import importlib.abc, sys

TRAIN_ONLY = "torch sklearn scipy pandas mlflow pyarrow joblib datasketch ibis".split()

class NotInstalled(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in TRAIN_ONLY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
from commands.cli import main
main()
"""


@pytest.mark.parametrize(
    "words",
    [
        "tickets import history.csv",
        "customers opt-out u1",
        "customers views u1",
        "customers effect",
        "customers forget u1 --yes",
        "keys create desk --scopes score",
        "keys list",
        "db upgrade",
        "serve --help",
    ],
)
def test_a_machine_that_only_serves_has_what_needs_no_training(words: str, tmp_path: Path) -> None:
    """Its administrator imports, opts people out and makes keys without a gigabyte of libraries."""
    (tmp_path / "history.csv").write_text("id,subject,customer_id,opened_at\n1,VPN down,u1,2026-01-05T09:00:00Z\n")

    done = subprocess.run(
        [sys.executable, "-c", ONLY_SERVES, *words.split()], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words", ["models train --tickets history.csv", "score history.csv --out o.csv", "models list"]
)
def test_what_needs_training_says_so_there(words: str, tmp_path: Path) -> None:
    """One sentence with the way out, never a traceback."""
    (tmp_path / "history.csv").write_text("id,subject\n1,VPN down\n")

    refused = subprocess.run(
        [sys.executable, "-c", ONLY_SERVES, *words.split()], capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert "comes with the extra `train`" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_progress_and_notes_stay_off_stdout(run: Run, history: Path) -> None:
    """`--json` is read by programs."""
    printed = run("tickets", "check", history, "--json")

    assert printed.json["rows"] == 400
    assert "400 rows read" in printed.err


def test_a_failed_score_leaves_no_file_behind(run: Run, history: Path, tmp_path: Path) -> None:
    """A half-written file would be taken for the answer."""
    run("models", "train", "--tickets", history, "--fast", "--targets", "assignment_group")
    run("models", "promote", "1")
    (tmp_path / "empty.csv").write_text("id,subject\n")

    refused = run("score", tmp_path / "empty.csv", "--out", tmp_path / "o.parquet")

    assert refused.code == 1
    assert not list(tmp_path.glob("*o.parquet*"))


def write_leaking(path: Path, n: int = 600) -> None:
    """An export whose ticket types are told by words that say nothing."""
    chance = np.random.default_rng(0)
    rows = []
    for i in range(n):
        request = chance.random() < 0.4
        said = " ".join(chance.choice(["could", "have"] if request else ["sent", "tuesday"], 2))
        things = " ".join(f"thing{chance.integers(400)}" for _ in range(5))
        rows.append(f"{i},{said} {things},{'Request' if request else 'Incident'},{'AB'[i % 2]}\n")
    path.write_text("id,subject,ticket_type,assignment_group\n" + "".join(rows))


def test_the_audit_is_shown_to_people_and_programs(run: Run, tmp_path: Path) -> None:
    """Before anything is trained, and with what to do."""
    write_leaking(tmp_path / "desk.csv")

    found = run("tickets", "check", tmp_path / "desk.csv", "--json").json["audit"]
    shown = run("tickets", "check", tmp_path / "desk.csv").out

    assert {(f["kind"], f["target"]) for f in found if f["severity"] == "warning"} == {
        ("neutral_words_tell_label", "ticket_type"),
        ("extreme_words", "ticket_type"),
    }
    assert "warning" in shown
    assert "Train with --clean" in " ".join(shown.split())


def test_other_labels_can_be_audited(run: Run, tmp_path: Path) -> None:
    """A desk's own column, by its name."""
    write_leaking(tmp_path / "desk.csv")
    words = ("tickets", "check", tmp_path / "desk.csv", "--targets")

    refused = run(*words, "asignment_group")
    sound = run(*words, "assignment_group")

    assert refused.code == 1
    assert "No target named 'asignment_group'. Known: " in refused.err
    assert "The audit found nothing that would flatter or mislead a model." in sound.out


def test_a_leak_is_said_when_training_and_gone_when_cleaned(run: Run, tmp_path: Path) -> None:
    """Whoever reads only the accuracy would promote it."""
    write_leaking(tmp_path / "desk.csv")
    words = ("models", "train", "--fast", "--tickets", tmp_path / "desk.csv", "--targets", "ticket_type", "--json")

    plain, cleaned = run(*words), run(*words, "--clean")

    assert "Note: Words that say nothing, such as" in plain.err
    assert plain.json["targets"]["ticket_type"]["accuracy"] > 0.95
    assert "Note: 4 words that tell ticket_type without saying anything were taken out of 600 of 600" in cleaned.err
    assert cleaned.json["targets"]["ticket_type"]["accuracy"] < 0.75
    assert run("models", "show", cleaned.json["version"], "--json").json["audit"]["cleaned"]
