"""The application is light, starts without anything, and leaves nothing behind."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from threadpoolctl import threadpool_info

from api.app import create_app
from data import keys
from data.database import writing
from data.schema import upgrade
from models.registry import serve_version
from triage.errors import UnusablePlaybook
from triage.settings import Settings

HEAVY = ("alembic", "torch", "sklearn", "pandas", "mlflow", "scipy", "matplotlib", "pyarrow", "transformers")


def test_serving_loads_nothing_that_only_training_needs(tmp_path: Path) -> None:
    """It would take ten seconds to start, two gigabytes, and what a pickle may do."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from api.app import create_app\n"
        "import commands.serve, commands.keys, commands.db\n"
        "from triage.settings import Settings\n"
        f"create_app(Settings(_env_file=None, home=Path({str(tmp_path)!r}), database_url=None))\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})))\n"
    )

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert finished.stdout == "[]\n"


def test_one_ticket_is_not_shared_out_among_threads(settings: Settings) -> None:
    """On a busy machine they wait for each other longer than the work takes."""
    create_app(settings)

    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


def test_the_application_starts_before_anything_was_set_up(settings: Settings) -> None:
    """A supervisor starts everything at once, in any order."""
    with TestClient(create_app(settings)) as client:
        alive, ready = client.get("/healthz"), client.get("/readyz")

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert [check["ok"] for check in ready.json()["checks"].values()] == [False, False]


def test_a_playbook_that_does_not_fit_keeps_it_from_starting(settings: Settings, tmp_path: Path) -> None:
    """Half of a desk's own words would be followed for weeks before anybody noticed."""
    (tmp_path / "own.toml").write_text("[grumpy]", encoding="utf-8")

    with pytest.raises(UnusablePlaybook, match="grumpy"):
        create_app(settings.model_copy(update={"playbook": tmp_path / "own.toml"}))


def test_a_desk_s_own_playbook_is_what_is_suggested(settings: Settings, tmp_path: Path) -> None:
    """In their words, for their people."""
    (tmp_path / "own.toml").write_text('[quiet]\nnext_call = "Say hello."', encoding="utf-8")

    app = create_app(settings.model_copy(update={"playbook": tmp_path / "own.toml"}))

    assert app.state.desk.playbook.suggest({"quiet"}, date(2026, 11, 21)).next_call == "Say hello."


def test_connections_are_closed_when_it_stops(settings: Settings) -> None:
    """PostgreSQL counts them."""
    app = create_app(settings)
    with TestClient(app) as client:
        client.get("/readyz")
        open_before = app.state.desk.engine.pool.checkedin()

    assert (open_before, app.state.desk.engine.pool.checkedin()) == (1, 0)


def test_a_promoted_model_answers(settings: Settings, bundle: Path) -> None:
    """Everything real, from the bundle's files to the answer; and a promotion needs no restart."""
    app = create_app(settings)
    upgrade(app.state.desk.engine)
    with writing(app.state.desk.engine) as connection:
        _, key = keys.create(connection, "helpdesk", ["score"], datetime.now(UTC))

    with TestClient(app, headers={"X-API-Key": key}) as client:
        before = client.post("/v1/score", json={"subject": "vpn tunnel drops"})
        serve_version(settings.bundles, "1", bundle)
        after = client.post("/v1/score?explain=true", json={"subject": "vpn tunnel drops", "body": "wifi is slow"})

    assert before.status_code == 503
    assert after.status_code == 200
    assert after.json()["model"]["version"] == "1"
    assert after.json()["predictions"]["assignment_group"]["value"] == "Network"
    assert after.json()["predictions"]["assignment_group"]["explanation"] != []
