"""The weekly digest: what is in it, and that it is sent once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from api.digests import Digests, Sending, digest_mail, digest_of, sending_of
from data import measures
from data.database import reading, writing
from data.tables import digests, problems, surges
from data.tickets import import_worked
from tests.api.team_desk import NOW, bring_desk, worked
from tests.fake_smtp import FakeMailServer, mail_server
from triage.digest import Digest, Section, compose
from triage.mail import MailServer
from triage.settings import Settings

WEEK = date(2026, 6, 22)


@pytest.fixture
def engine(app: FastAPI) -> Engine:
    """A database with a desk, its work and its days counted, with single persons; at the end of the week."""
    engine: Engine = app.state.desk.engine
    bring_desk(engine, individuals=True)
    measures.refresh(engine, NOW)
    return engine


def to(fake: FakeMailServer, **changes: Any) -> Sending:  # noqa: ANN401  (any field)
    """Sending to that server."""
    server = MailServer("127.0.0.1", fake.port, False)
    sending = Sending(server, "triage@example.org", ("lead@example.org",), "https://triage.example.org/desk/")
    return replace(sending, **changes)


def digest(engine: Engine) -> Digest:
    """The digest of that week."""
    with reading(engine) as connection:
        return digest_of(connection, WEEK, NOW)


def sent_weeks(engine: Engine) -> list[tuple[date, int]]:
    """Which weeks are noted as sent, and to how many."""
    with reading(engine) as connection:
        return [(row.week, row.n_recipients) for row in connection.execute(select(digests))]


def every_look() -> Callable[[], float]:
    """A clock on which a minute has passed whenever it is looked at."""
    seconds = iter(range(0, 10**9, 61))
    return lambda: float(next(seconds))


def test_the_digest_of_a_week_has_what_is_counted(engine: Engine) -> None:
    """A lead who reads nothing else knows what to ask."""
    found = digest(engine)

    titles = [section.title for section in found.sections]
    assert titles == ["Volume", "Measures", "Signs of strain", "What went well"]
    assert "Signs of strain in 2 teams." in found.stands_out


def test_the_digest_names_no_person_and_no_small_team(engine: Engine) -> None:
    """It is sent on to whomever it is sent on to, also where single persons are on."""
    stubborn = worked("stubborn", NOW - timedelta(days=3), reassignments=5, resolved_by="agent3@example.org")
    with writing(engine) as connection:
        import_worked(connection, [stubborn], NOW)
    made = digest_mail(digest(engine), None)

    told = made.text + made.html + made.subject
    assert "agent" not in told.lower()
    assert "Vault" not in told
    assert "wonderful" in told
    assert "Desk ended a ticket that had been handed on 5 times." in told


def test_problems_and_surges_of_the_week_are_in_it_and_dismissed_ones_are_not(engine: Engine) -> None:
    """A false alarm that a person has put away must not come by mail."""
    with writing(engine) as connection:
        connection.execute(
            problems.insert(), [_problem("vpn tunnel drops", "known_error"), _problem("old", "resolved")]
        )
        connection.execute(
            surges.insert(),
            [
                _surge("printer jam", "open", NOW - timedelta(days=3)),
                _surge("nothing", "dismissed", NOW - timedelta(days=3)),
                _surge("long ago", "over", NOW - timedelta(days=30)),
                _surge("this week", "open", NOW),
            ],
        )

    text = digest_mail(digest(engine), None).text

    assert "- vpn tunnel drops: 4 incidents in thirty days" in text
    assert "- printer jam: 9 incidents" in text
    assert not [name for name in ("old:", "nothing", "long ago", "this week:") if f"- {name}" in text]


def test_an_empty_desk_has_an_empty_digest(app: FastAPI) -> None:
    """And no failure."""
    made = digest_mail(digest(app.state.desk.engine), None)

    assert "Nothing is known of this week." in made.text


def test_the_page_is_self_contained_and_escaped() -> None:
    """Mail programs block what is fetched, and names come from anybody's tickets."""
    section = Section("Surges", ("<img src=https://x.example/a.png> & co",), "/surges", ("<script>alert(1)</script>",))
    made = digest_mail(compose(WEEK, [section]), "https://triage.example.org/desk/")

    assert "<img" not in made.html
    assert "<script" not in made.html
    assert "&lt;img src=https://x.example/a.png&gt; &amp; co" in made.html
    assert 'href="https://triage.example.org/desk/surges"' in made.html
    assert made.html.count("https://") == 2  # that one, and the one that is only shown
    assert "prefers-color-scheme: dark" in made.html
    assert "max-width: 600px" in made.html
    assert "https://triage.example.org/desk/surges" in made.text


def test_a_line_break_in_data_begins_no_line_of_the_text() -> None:
    """It would look like a sentence of ours."""
    made = digest_mail(compose(WEEK, [Section("Surges", ("a\n- all is well",), "/surges", ("b\r\nc",))]), None)

    assert "- a - all is well" in made.text
    assert '- "b c"' in made.text
    assert "http" not in made.text


def test_it_is_sent_once_on_monday_morning(engine: Engine) -> None:
    """Not at midnight, when the days are not counted, and not again every minute."""
    with mail_server() as fake:
        worker = Digests(engine, to(fake), every_look())
        worker.work(NOW - timedelta(minutes=1))
        n_before = len(fake.mails)
        for minutes in (0, 1, 61, 60 * 24 * 3):
            worker.work(NOW + timedelta(minutes=minutes))

    assert n_before == 0
    assert len(fake.mails) == 1
    assert fake.mail["Subject"] == "Service desk, 2026-06-22 to 2026-06-28"
    assert sent_weeks(engine) == [(WEEK, 1)]


def test_the_next_week_is_sent_a_week_later(engine: Engine) -> None:
    """Once is not once for ever."""
    with mail_server() as fake:
        worker = Digests(engine, to(fake), every_look())
        for n in range(2):
            worker.work(NOW + timedelta(weeks=n))

    assert [week for week, _ in sent_weeks(engine)] == [WEEK, WEEK + timedelta(weeks=1)]


def test_many_processes_send_one_mail(engine: Engine) -> None:
    """People have got their digest as often as there were workers."""
    with mail_server() as fake:
        workers = [Digests(engine, to(fake), every_look()) for _ in range(6)]
        threads = [Thread(target=worker.work, args=(NOW,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(fake.mails) == 1


def test_a_failure_is_tried_again_after_a_pause_by_any_process(engine: Engine) -> None:
    """A mail server that is away on Monday morning must not cost the week, nor be asked every minute."""
    with mail_server(FakeMailServer(answers={"MAIL": "451 not now"})) as fake:
        first, second = (Digests(engine, to(fake), every_look()) for _ in range(2))
        first.work(NOW)
        first.work(NOW + timedelta(minutes=30))
        n_asked = fake.commands.count("MAIL")
        fake.answers.clear()
        second.work(NOW + timedelta(minutes=61))

    assert n_asked == 1
    assert len(fake.mails) == 1
    assert sent_weeks(engine) == [(WEEK, 1)]


def test_one_refused_address_is_not_sent_to_again_and_neither_are_the_others(engine: Engine) -> None:
    """A former colleague on the list would else send the digest to all others every hour."""
    with mail_server(FakeMailServer(answers={"RCPT gone@example.org": "550 nobody here"})) as fake:
        worker = Digests(engine, to(fake, recipients=("gone@example.org", "lead@example.org")), every_look())
        worker.work(NOW)
        worker.work(NOW + timedelta(hours=2))

    assert [recipients for recipients, _ in fake.mails] == [["lead@example.org"]]
    assert sent_weeks(engine) == [(WEEK, 1)]


def test_of_one_week_the_mail_always_has_the_same_id(engine: Engine) -> None:
    """A process that is killed between the server's yes and the note of it makes two mails, known as one by it."""
    sending = to(FakeMailServer())

    assert {sending.mail(digest(engine)).id for _ in range(2)} == {"triage-digest-2026-06-22"}


@pytest.mark.parametrize("missing", ["smtp_url", "digest_to", "digest_from"])
def test_without_all_three_settings_nothing_is_sent(tmp_path: Path, missing: str) -> None:
    """Mail is off until somebody switches it on."""
    given = {"smtp_url": "smtp://127.0.0.1", "digest_to": "lead@example.org", "digest_from": "triage@example.org"}
    settings = Settings(_env_file=None, home=tmp_path, **given)
    without = Settings(_env_file=None, home=tmp_path, **{k: v for k, v in given.items() if k != missing})

    assert sending_of(settings) is not None
    assert sending_of(without) is None
    assert sending_of(Settings(_env_file=None, home=tmp_path)) is None


def test_a_process_that_sends_nothing_has_no_thread_for_it(engine: Engine) -> None:
    """Default installations are left alone."""
    assert Digests(engine, None).workers() == ()
    assert Digests(engine, None, every_look()).work(NOW) == 0
    assert len(Digests(engine, to(FakeMailServer())).workers()) == 1


def _problem(name: str, state: str) -> dict[str, Any]:
    at = NOW - timedelta(days=2)
    growth = {"n_last": 4, "n_before": 1, "ratio": 4.0, "low": None, "high": None}
    measures_ = {
        "n_tickets": 5,
        "n_alerts": 0,
        "growth": growth,
        "n_customers": 3,
        "n_unnamed": 0,
        "groups": {"Network": 5},
        "hours_lost": 16.0,
        "n_resolved": 5,
        "reopen_ratio": None,
        "first_seen_at": at.isoformat(),
        "last_seen_at": at.isoformat(),
        "weeks": [0] * 12,
        "as_of": at.isoformat(),
        "examples": [],
    }
    return {
        "name": name,
        "is_named_by_hand": False,
        "state": state,
        "centre": {},
        "content": {"measures": measures_, "causes": []},
        "n_tickets": 5,
        "hours_lost": 16.0,
        "first_seen_at": at,
        "last_seen_at": at,
        "created_at": at,
        "updated_at": at,
    }


def _surge(name: str, state: str, at: datetime) -> dict[str, Any]:
    content = {"words": [], "tickets": [], "hours": [], "place": None, "raised_by": [], "raised_at": at.isoformat()}
    return {
        "dimension": "topic",
        "value": name,
        "state": state,
        "name": name,
        "started_at": at,
        "last_at": at,
        "n_observed": 9,
        "n_expected": 1.5,
        "content": content | {"ended_at": None, "window_seconds": 3600},
    }
