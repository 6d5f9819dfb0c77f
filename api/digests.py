"""The weekly digest: gathered from what is counted, made a mail, and sent on Mondays by one of all processes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import Connection, Engine

from api.team import praise_of_week, strain_report
from api.workers import Interval, Worker
from data import quality as quality_store
from data.database import reading, writing
from data.digests import is_sent, note_sent
from data.ended_tickets import midnight
from data.jobs import claim, finish
from data.measures import open_by_day, records_ends, totals, volume_by_day
from data.problems import STILL, problems_of
from data.smtp import Mail, MailUnsent, send_mail
from data.surges import surges_of
from triage.digest import (
    MOST,
    Digest,
    RecurringProblem,
    SeenSurge,
    backlog_section,
    compose,
    measures_section,
    praise_section,
    problems_section,
    quality_section,
    strain_section,
    surges_section,
    volume_section,
    week_before,
)
from triage.forecast_volume import forecast_volume
from triage.mail import MailServer, read_addresses, read_mail_server
from triage.measures import DayCounts, backlog
from triage.quality import Tally
from triage.settings import Settings
from triage.strain import WEEKS

__all__ = ["DigestMail", "Digests", "Sending", "digest_mail", "digest_of", "sending_of"]

JOB = "digest"

_HOUR = 6  # of Monday, UTC: the night's counts are done, and nobody has begun to work
_AGAIN_AFTER = timedelta(hours=1)
_LOOK_EVERY_SECONDS = 60.0
_HISTORY = timedelta(days=3 * 366)
_MOST_SURGES = 1_000
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class DigestMail:
    """A digest as it is read."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Sending:
    """Where digests are sent.

    Attributes:
        server: that takes them.
        sender: the address that they come from.
        recipients: who gets them.
        public_url: what links in them begin with; None where they have none.
    """

    server: MailServer
    sender: str
    recipients: tuple[str, ...]
    public_url: str | None

    def mail(self, digest: Digest) -> Mail:
        """The mail of a digest; of one week it always has the same id."""
        made = digest_mail(digest, self.public_url)
        id_ = f"triage-digest-{digest.week.isoformat()}"
        return Mail(id_, self.sender, self.recipients, made.subject, made.text, made.html)


def sending_of(settings: Settings) -> Sending | None:
    """Where an installation sends its digests; None where it does not."""
    recipients, senders = read_addresses(settings.digest_to), read_addresses(settings.digest_from)
    if settings.smtp_url is None or not recipients or not senders:
        return None
    server = read_mail_server(settings.smtp_url.get_secret_value())
    return Sending(server, senders[0], recipients, settings.public_url)


def digest_of(connection: Connection, week: date, now: datetime) -> Digest:
    """The digest of a week; its backlog is that of now, as nobody kept what it was then.

    Args:
        connection: to ask.
        week: its Monday.
        now: the moment.
    """
    end = week + timedelta(weeks=1)
    mondays = [week - timedelta(weeks=n) for n in range(WEEKS, -1, -1)]
    weeks = [totals(connection, "all", monday, monday + timedelta(days=6)).get("", DayCounts()) for monday in mondays]
    volume = volume_by_day(connection, week - _HISTORY, end - timedelta(days=1))
    before = {day: n for day, n in volume.items() if day < week}
    open_now = backlog(open_by_day(connection), now.date()) if records_ends(connection) else None
    return compose(
        week,
        [
            volume_section(weeks, forecast_volume(before, week), forecast_volume(volume, end)),
            surges_section(_surges(connection, week, end)),
            problems_section(_problems(connection, now)),
            measures_section(weeks),
            backlog_section(open_now),
            quality_section(_agreement(connection, week, end)),
            strain_section(strain_report(connection, week).teams),
            praise_section(praise_of_week(connection, week, may="nobody")),
        ],
    )


def digest_mail(digest: Digest, public_url: str | None) -> DigestMail:
    """A digest as text and as a page, with links where it is known where the pages are."""
    root = None if public_url is None else public_url.rstrip("/")
    text, html = (
        _TEMPLATES.get_template(f"digest.{kind}").render(digest=digest, root=root) for kind in ("txt", "html")
    )
    return DigestMail(digest.title, text, html)


class Digests:
    """What one process sends.

    Args:
        engine: of the database.
        sending: where to; None where nothing is sent.
        clock: seconds that only grow; another one for tests.
    """

    def __init__(self, engine: Engine, sending: Sending | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._sending = sending
        self._interval = Interval(0, _LOOK_EVERY_SECONDS, clock)

    def workers(self) -> tuple[Worker, ...]:
        """The threads; none where nothing is sent."""
        return () if self._sending is None else (Worker("digests", self.work),)

    def work(self, now: datetime) -> int:
        """Sends the digest of the last week if it is due; where that fails, any process tries again after an hour.

        Raises:
            StoreUnusable: the database cannot be used.
        """
        if self._sending is None or not self._interval.is_over():
            return 0
        week = week_before(now.date())
        if now < midnight(week + timedelta(weeks=1)) + timedelta(hours=_HOUR):
            return 0
        with reading(self._engine) as connection:
            if is_sent(connection, week):
                return 0
        return self._send(week, self._sending, now)

    def _send(self, week: date, sending: Sending, now: datetime) -> Literal[0]:
        held = claim(self._engine, JOB, timedelta(0), now, _AGAIN_AFTER)
        if held is None:
            return 0
        with reading(self._engine) as connection:
            if is_sent(connection, week):  # by who held the claim before
                return 0
            mail = sending.mail(digest_of(connection, week, now))
        log = structlog.get_logger(__name__)
        try:
            refused = send_mail(sending.server, mail, now)
        except MailUnsent as error:  # the claim is kept, so that nobody tries again before it has run out
            log.warning("digest_unsent", week=week.isoformat(), detail=str(error))
            return 0
        with writing(self._engine) as connection:
            note_sent(connection, week, len(sending.recipients) - len(refused), now)
            finish(connection, held, {"week": week.isoformat()}, now)
        log.info("digest_sent", week=week.isoformat(), recipients=len(sending.recipients), refused=len(refused))
        return 0


def _problems(connection: Connection, now: datetime) -> list[RecurringProblem]:
    still = problems_of(connection, states=("new", "under_investigation", "known_error"), most=MOST, still_at=now)
    found = [each for each in still if each.last_seen_at > now - STILL]
    return [
        RecurringProblem(each.name, each.measures.growth.n_last, each.measures.growth.n_before, each.workdays_lost)
        for each in found
    ]


def _surges(connection: Connection, week: date, end: date) -> list[SeenSurge]:
    """Those of which an incident came in the week, but for those that a person has dismissed."""
    return [
        SeenSurge(each.name, each.started_at, each.n_observed, each.n_expected, each.state == "over")
        for each in surges_of(connection, limit=_MOST_SURGES)
        if each.state != "dismissed" and each.started_at < midnight(end) and each.last_at >= midnight(week)
    ]


def _agreement(connection: Connection, week: date, end: date) -> Tally:
    """Answers about the group, or what else is asked, that people decided on in the week after having seen them."""
    asked = quality_store.questions(connection)
    if not asked:
        return Tally(0, 0)
    target = quality_store.GROUP if quality_store.GROUP in asked else asked[0]
    decided = quality_store.judged_in(connection, target, midnight(week), midnight(end))
    return Tally.of(each.is_right for each in decided.judged if not each.is_blind)
