"""What was changed at the services of which incidents tell: a pipeline says so when it has released."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.callers import Caller
from api.desk import DeskOfRequest
from api.errors import documented
from api.fields import IN_A_PATH, Moment, Name
from api.problems import ChangeAnswer, ChangesAnswer, ChangeTerms
from api.security import requires
from data import audit
from data.changes import Change, keep, latest
from data.database import reading, writing

__all__ = ["router"]

router = APIRouter(prefix="/v1/changes", tags=["Problems"], responses=documented(400, 401, 403, 413, 422, 429, 503))

ChangeId = Annotated[
    Name, Path(alias="id", description="In the system that it comes from.", json_schema_extra=IN_A_PATH)
]


@router.get("", summary="See what was changed", dependencies=[Depends(requires("read"))])
def list_changes(
    desk: DeskOfRequest,
    service: Annotated[Name | None, Query(description="Only of this service.")] = None,
    before: Annotated[Moment, Query(description="Only those that came into effect before this moment.")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100,
) -> ChangesAnswer:
    """The latest changes, newest first; `before` the last one's `at` goes on."""
    with reading(desk.engine) as connection:
        found = latest(connection, limit, before=before, service=service)
    return ChangesAnswer(changes=[ChangeAnswer.of(each) for each in found])


@router.put("/{id:path}", summary="Tell of a change or a release")
def put_change(
    change_id: ChangeId,
    terms: ChangeTerms,
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("review"))],
) -> ChangeAnswer:
    """Keeps a change, or corrects one that is known; the same again changes nothing."""
    now = datetime.now(UTC)
    told = Change(change_id, terms.kind, terms.title, terms.service, terms.at or now)
    with writing(desk.engine) as connection:
        count = keep(connection, [told])
        if not count.n_unchanged:
            details = {"kind": told.kind, "is_new": bool(count.n_new)}
            audit.append(connection, caller.reference, "change.told", f"change:{told.id}", details, now)
    return ChangeAnswer.of(told)
