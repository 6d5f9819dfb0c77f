"""`triage measures digest`, as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine
from typer.testing import Result

from commands.measures import app
from data import measures
from data.database import open_database, reading
from data.digests import is_sent
from data.schema import upgrade
from tests.api.team_desk import NOW, bring_desk
from tests.fake_smtp import mail_server
from triage.digest import week_before
from triage.errors import Conflict, InvalidInput

Invoke = Callable[..., Result]


@pytest.fixture
def engine(home: Path) -> Engine:
    """An installation with a counted desk."""
    home.mkdir()
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    bring_desk(engine)
    measures.refresh(engine, NOW)
    return engine


def sending(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Settings that send to a server on this machine."""
    monkeypatch.setenv("TRIAGE_SMTP_URL", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("TRIAGE_DIGEST_TO", "lead@example.org")
    monkeypatch.setenv("TRIAGE_DIGEST_FROM", "triage@example.org")


@pytest.mark.usefixtures("engine")
def test_a_week_is_printed_by_any_of_its_days(invoke: Invoke) -> None:
    """Whoever wants to see what leads get types one line."""
    result = invoke(app, "digest", "--week", "2026-06-24")

    assert result.stdout.startswith("Service desk, 2026-06-22 to 2026-06-28\n")
    assert "Signs of strain in 2 teams." in result.stdout


@pytest.mark.usefixtures("engine")
def test_json_is_one_document(invoke: Invoke) -> None:
    """Scripts read it."""
    document = json.loads(invoke(app, "digest", "--week", "2026-06-24", "--json").stdout)

    assert (document["week"], document["n_sent"]) == ("2026-06-22", 0)
    assert "Volume" in [section["title"] for section in document["sections"]]


@pytest.mark.usefixtures("engine")
def test_it_is_written_as_a_page_with_links(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To be looked at before anybody gets it."""
    monkeypatch.setenv("TRIAGE_PUBLIC_URL", "https://triage.example.org")

    result = invoke(app, "digest", "--week", "2026-06-24", "--out", str(tmp_path / "week.html"))

    assert result.stdout == ""
    assert 'href="https://triage.example.org/team"' in (tmp_path / "week.html").read_text(encoding="utf-8")


def test_it_is_sent_once_unless_asked_again(invoke: Invoke, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people who try it must not write to the lead twice."""
    with mail_server() as fake:
        sending(monkeypatch, fake.port)
        invoke(app, "digest", "--week", "2026-06-24", "--send")
        with pytest.raises(Conflict, match="--again"):
            invoke(app, "digest", "--week", "2026-06-24", "--send")
        n_once = len(fake.mails)
        invoke(app, "digest", "--week", "2026-06-24", "--send", "--again")

    assert (n_once, len(fake.mails)) == (1, 2)
    with reading(engine) as connection:
        assert is_sent(connection, week_before(NOW.date()))


@pytest.mark.usefixtures("engine")
def test_without_settings_nothing_is_sent(invoke: Invoke) -> None:
    """The sentence says which are missing."""
    with pytest.raises(InvalidInput, match="set TRIAGE_SMTP_URL, TRIAGE_DIGEST_TO and TRIAGE_DIGEST_FROM"):
        invoke(app, "digest", "--send")


@pytest.mark.usefixtures("engine")
def test_what_is_no_day_is_wrong_usage(invoke: Invoke) -> None:
    """Exit code 2, as everywhere."""
    assert invoke(app, "digest", "--week", "yesterday").exit_code == 2


def test_the_verb_belongs_to_measures() -> None:
    """It is typed as `triage measures digest`."""
    assert isinstance(app, typer.Typer)
    assert "digest" in [command.callback.__name__ for command in app.registered_commands if command.callback]
