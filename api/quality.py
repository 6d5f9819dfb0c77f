"""How good the answers have been lately: what people made of them, as a page and a program are told it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Connection

from api.callers import Caller
from api.desk import Desk
from data import quality as quality_store
from data.callers import names_of
from data.database import reading
from models.bundle import read_manifest
from models.policies import asked_targets, read_policies
from triage.errors import ModelUnusable, NotFound
from triage.quality import Pace, Quality, measure_quality, paces_of, week_of

__all__ = ["WEEKS", "NamedPace", "QualityReport", "quality_report"]

WEEKS = (4, 12, 26)
"""What a page offers; nobody decides on older figures."""

_FIRST = "assignment_group"


@dataclass(frozen=True, slots=True)
class NamedPace:
    """How somebody works whom people know by this name."""

    name: str
    pace: Pace


@dataclass(frozen=True, slots=True)
class QualityReport:
    """How good the answers to one question have been.

    Attributes:
        target: the question; None where nothing was ever asked.
        targets: all that could be chosen.
        weeks: of how many weeks, the present one among them.
        since: the Monday on which they begin.
        until: the moment of the report.
        quality: the figures; None without a target.
        paces: how reviewers work, by name; None for whom that is none of their business.
    """

    target: str | None
    targets: tuple[str, ...]
    weeks: int
    since: datetime
    until: datetime
    quality: Quality | None
    paces: tuple[NamedPace, ...] | None


def quality_report(
    desk: Desk, bundles: Path, caller: Caller, target: str | None, weeks: int, now: datetime
) -> QualityReport:
    """The report.

    Args:
        desk: whose answers they are.
        bundles: the folder that serving reads.
        caller: who asks; only who reviews or administers is told how people review.
        target: the question; None for the group, or else the first there is.
        weeks: how many.
        now: the moment.

    Raises:
        NotFound: nobody asks this question here.
    """
    since = datetime.combine(week_of(now) - timedelta(weeks=weeks - 1), time(), tzinfo=UTC)
    with reading(desk.engine) as connection:
        targets = _targets(desk, connection)
        if target is not None and target not in targets:
            raise NotFound(f"Nobody asks this question here. Asked: {', '.join(targets) or 'none yet'}.")
        chosen = target or (_FIRST if _FIRST in targets else next(iter(targets), None))
        quality = None
        if chosen is not None:
            decided = quality_store.judged_in(connection, chosen, since, now)
            answered = quality_store.answered_in(connection, chosen, since, now)
            quality = measure_quality(
                decided.judged,
                decided.n,
                answered.answers,
                answered.n,
                since=since,
                until=now,
                asked=_asked(desk, bundles, chosen),
            )
        may_see_people = not {"review", "admin"}.isdisjoint(caller.scopes)
        paces = _paces(connection, since, now) if may_see_people else None
    return QualityReport(chosen, targets, weeks, since, now, quality, paces)


def _targets(desk: Desk, connection: Connection) -> tuple[str, ...]:
    """What is asked now, and what was asked last, should no model serve."""
    try:
        known = tuple(desk.models.current().labels)
    except ModelUnusable:
        known = ()
    return known or quality_store.questions(connection)


def _asked(desk: Desk, bundles: Path, target: str) -> float | None:
    """How often automatic answers are to be right by what the desk has set; None where nobody can tell."""
    try:
        version = desk.models.current().version
        asked = asked_targets(read_manifest(bundles / version), read_policies(bundles, version))
    except ModelUnusable:
        return None
    return asked[target].asked_precision if target in asked else None


def _paces(connection: Connection, since: datetime, until: datetime) -> tuple[NamedPace, ...]:
    found = paces_of(quality_store.reviewed_in(connection, since, until))
    names = names_of(connection, [pace.reviewer for pace in found])
    return tuple(sorted((NamedPace(names[pace.reviewer], pace) for pace in found), key=lambda each: each.name))
