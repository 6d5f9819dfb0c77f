"""The drill of docs/operations.md: from a copy of database and models a new home answers as the old one did."""

import shutil
import subprocess
import sys
from pathlib import Path

from models.journal import read_journal, write_entry
from models.registry import serve_version
from tests.commands.servers import new_key, serving
from triage.settings import read_settings

TICKET = {"id": "INC1", "subject": "vpn tunnel drops", "customer_id": "u42"}


def triage(*words: str) -> None:
    """A command, typed."""
    subprocess.run([sys.executable, "-m", "commands", *words], check=True, capture_output=True)


def test_a_new_home_answers_as_the_old_one_did(home: Path, bundle: Path, tmp_path: Path) -> None:
    """A backup that nobody has restored is a hope."""
    serve_version(read_settings().bundles, "1", bundle)
    write_entry(read_settings().bundles, "promoted", "1", before=None, who="ann")
    key = new_key(read_settings().database, "score", "read")
    kept = tmp_path / "backup"
    kept.mkdir()
    with serving(tmp_path / "old.log") as old:
        first = old.ask("POST", "/v1/score", key, TICKET, {"Idempotency-Key": "k1"})
        triage("db", "backup", str(kept / "triage.db"))
        shutil.copytree(home / "models", kept / "models")
        old.ask("POST", "/v1/score", key, TICKET | {"id": "after the backup"})

    new_home = tmp_path / "new"
    shutil.copytree(kept, new_home)
    with serving(tmp_path / "new.log", TRIAGE_HOME=str(new_home)) as new:
        ready = new.ask("GET", "/readyz")
        repeated = new.ask("POST", "/v1/score", key, TICKET, {"Idempotency-Key": "k1"})
        again = new.ask("POST", "/v1/score", key, TICKET | {"id": "INC2"})
        customer = new.ask("GET", "/v1/customers/u42", key)
        models = new.ask("GET", "/v1/models", key)

    assert first[0] == 200
    assert (ready[0], ready[1]["status"], ready[1]["model_version"]) == (200, "ready", "1")
    assert repeated == first
    assert again[1]["predictions"] == first[1]["predictions"]
    assert customer[1]["profile"]["contacts_30d"] == 2
    assert models[1]["versions"][0]["promoted_by"] == "ann"
    assert read_journal(new_home / "models")[0].version == "1"
