"""Nothing personal that a history holds is in anything that a training leaves behind."""

from dataclasses import replace
from pathlib import Path

from models.mlflow_registry import MlflowRegistry
from tests.builders import make_history
from tests.conftest import learn_small
from training.histories.dataset import seen_keys, without_personal_data
from training.registered_model import load_registered
from training.registration import register_version
from training.version_evaluation import evaluate_version
from triage.redaction import read_exceptions
from triage.settings import Settings
from triage.ticket import WorkedTicket

PERSONAL = (
    "ann.lee@firm.example",
    "0171 1234567",
    "10.20.30.40",
    "ghp_" + "a1B2" * 9,
    "DE89 3704 0044 0532 0130 00",
    "Sommer2024x",
)
"""Of an invented person."""

PARTS = ("ann.lee", "firm.example", "1234567", "10.20.30", "a1B2a1B2", "a1b2a1b2", "3704 0044", "ommer2024")
"""Of these, whatever spelling they are kept in."""


def planted(ticket: WorkedTicket) -> WorkedTicket:
    """The ticket with all of it in its texts and facts, so often that a model would learn each."""
    mail, phone, host, token, account, password = PERSONAL
    filed = replace(
        ticket.filed,
        subject=f"{ticket.filed.subject} from {mail}",
        body=f"{ticket.filed.body}\ncall {phone}, host {host}, {token}\nIBAN {account}\nPasswort: {password}\n",
        attributes={**ticket.filed.attributes, "host": host, "service": f"desk of {mail}"},
    )
    return replace(ticket, filed=filed, resolution=f"wrote to {mail}", attributes={"close_notes": f"called {phone}"})


HISTORY = [planted(ticket) for ticket in make_history()]


def files_below(*folders: Path) -> dict[Path, bytes]:
    """Every file, with what is in it."""
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_no_file_of_a_training_holds_what_is_personal(registry: MlflowRegistry, tmp_path: Path) -> None:
    """A bundle is copied to other machines, and a report is sent to people who may not read tickets."""
    settings = Settings(_env_file=None, home=tmp_path / "home")
    experiment = learn_small(HISTORY, clean=True)

    experiment.write(tmp_path / "bundle")
    register_version(registry, experiment, "history.csv (generic)", settings)

    files = files_below(tmp_path)
    names = {path.name for path in files}
    assert {"golden.json", "card.md", "model-1.html", "mlflow.db"} <= names
    assert "emailaddress" in experiment.scorer.view.known
    assert not [(path.name, part) for path, content in files.items() for part in PARTS if part.encode() in content]


def test_a_desk_learns_from_what_it_keeps() -> None:
    """Its own machines' addresses tell which group a ticket is for."""
    experiment = learn_small(HISTORY, redaction=read_exceptions("everything in host"))

    assert any("10.20.30.40" in term or "ipaddress" in term for term in experiment.scorer.view.known)
    assert any(ticket.filed.attributes["host"] == "10.20.30.40" for ticket in experiment.split.train)
    assert not any("ann.lee" in ticket.filed.body for ticket in experiment.split.train)


def test_tickets_that_were_learned_from_are_known_again(registry: MlflowRegistry, tmp_path: Path) -> None:
    """An evaluation must say that it flatters, whether it reads the export or what the database has kept of it."""
    settings = Settings(_env_file=None, home=tmp_path / "home")
    version = register_version(registry, learn_small(HISTORY), "history.csv", settings).version
    registered = load_registered(registry, registry.find(version))

    assert evaluate_version(registered, HISTORY).n_seen == len(HISTORY)
    assert evaluate_version(registered, without_personal_data(HISTORY)).n_seen == len(HISTORY)


def test_labels_stay() -> None:
    """A queue that is called by its address is a queue."""
    history = [replace(ticket, assignment_group=f"{ticket.assignment_group}@desk.example") for ticket in HISTORY]

    redacted = without_personal_data(history)

    assert [ticket.assignment_group for ticket in redacted] == [ticket.assignment_group for ticket in history]
    assert len(set(seen_keys(redacted).tolist())) == len(history)
