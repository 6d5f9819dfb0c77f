"""What a development team should know: which problems cost most, and what each change brought; also as files."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Connection
from starlette.responses import HTMLResponse, Response

from api.desk import DeskOfRequest
from api.pages.problems import STATE_WORDS, causes_of
from api.pages.rendering import page
from api.problems import chance_in_words
from api.security import requires
from data.changes import Change, count, latest
from data.database import reading
from data.found_problems import JOB
from data.jobs import last_done
from data.problems import StoredProblem, problems_of

__all__ = ["MOST_CHANGES", "ReleasedChange", "released", "router"]

router = APIRouter(prefix="/problems", include_in_schema=False, dependencies=[Depends(requires("read"))])

TOP = 20
"""Problems that are shown."""

MOST_CHANGES, MOST_IN_FILE = 100, 500
"""Changes that are shown, and rows of a file."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ReleasedChange:
    """A change with what it brought.

    Attributes:
        change: itself.
        problems: that surprisingly began, or came more often, behind it.
        n_before: incidents of its service in the fourteen days before; None where nobody counted them.
        n_after: in the fourteen days after.
    """

    change: Change
    problems: Sequence[StoredProblem]
    n_before: int | None
    n_after: int | None


@router.get("/development")
def show_development(request: Request, desk: DeskOfRequest) -> HTMLResponse:
    """What costs most, and what each change brought."""
    with reading(desk.engine) as connection:
        found = problems_of(connection, most=TOP)
        changes, n_changes = released(connection, MOST_CHANGES), count(connection)
    return page(
        request,
        "problems_development.html",
        problems=[(problem, causes_of(problem)) for problem in found],
        changes=changes,
        n_changes=n_changes,
        states=STATE_WORDS,
        in_words=chance_in_words,
    )


@router.get("/development.csv")
def export_development(
    desk: DeskOfRequest, what: Annotated[Literal["causes", "changes"], Query()] = "causes"
) -> Response:
    """The same as a file, for a spreadsheet or a backlog."""
    with reading(desk.engine) as connection:
        rows = list(_problem_rows(connection) if what == "causes" else _change_rows(connection))
    text = io.StringIO()
    names = _PROBLEM_COLUMNS if what == "causes" else _CHANGE_COLUMNS
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="problem-{what}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def released(connection: Connection, most: int) -> list[ReleasedChange]:
    """The latest changes with what came behind each."""
    behind: dict[str, list[StoredProblem]] = {}
    for problem in problems_of(connection):
        for told in problem.content.get("causes", ()):
            behind.setdefault(told["change_id"], []).append(problem)
    around = last_done(connection, JOB).content.get("around", {})
    return [
        ReleasedChange(change, behind.get(change.id, ()), *around.get(change.id, (None, None)))
        for change in latest(connection, most)
    ]


_PROBLEM_COLUMNS = (
    *("problem", "name", "state", "owner", "service", "tickets", "hours_lost", "workdays_lost", "last_30_days"),
    *("30_days_before", "customers", "first_seen_at", "last_seen_at", "change", "change_title", "chance"),
)
_CHANGE_COLUMNS = (
    *("change", "kind", "title", "service", "at", "problems", "hours_lost"),
    *("incidents_14_days_before", "incidents_14_days_after"),
)


def _problem_rows(connection: Connection) -> Iterable[Mapping[str, Any]]:
    for one in problems_of(connection, most=MOST_IN_FILE):
        measures = one.measures
        row = {
            "problem": one.id,
            "name": one.name,
            "state": one.state,
            "owner": one.owner,
            "service": one.service,
            "tickets": one.n_tickets,
            "hours_lost": one.hours_lost,
            "workdays_lost": round(one.workdays_lost, 2),
            "last_30_days": measures.growth.n_last,
            "30_days_before": measures.growth.n_before,
            "customers": measures.n_customers,
            "first_seen_at": one.first_seen_at.isoformat(),
            "last_seen_at": one.last_seen_at.isoformat(),
        }
        for cause in causes_of(one)[:1]:
            row |= {"change": cause.change_id, "change_title": cause.title, "chance": cause.chance}
        yield row


def _change_rows(connection: Connection) -> Iterable[Mapping[str, Any]]:
    for one in released(connection, MOST_IN_FILE):
        change = one.change
        yield {
            "change": change.id,
            "kind": change.kind,
            "title": change.title,
            "service": change.service,
            "at": change.at.isoformat(),
            "problems": "; ".join(f"{problem.id} {problem.name}" for problem in one.problems),
            "hours_lost": round(sum(problem.hours_lost for problem in one.problems), 2),
            "incidents_14_days_before": one.n_before,
            "incidents_14_days_after": one.n_after,
        }


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
