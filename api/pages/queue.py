"""The queue: the tickets that wait for whoever has signed in, to be decided one after the other by keyboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from api.callers import Caller
from api.desk import Desk, DeskOfRequest
from api.individuals import may_describe
from api.pages.cards import REJECTIONS, Card, age, cards_of, standing_decisions, title_of
from api.pages.rendering import page
from api.queued_tickets import claimed_tickets, queued_ticket
from api.routes.queue import MOST_COUNTED
from api.security import requires
from api.waiting import GROUP
from data.database import reading, storable
from data.review_queue import CLAIMED_FOR, Progress, QueueFilter, count, n_claimed_by_others, progress
from data.surges import open_surges
from triage.customers.words import WORDS
from triage.errors import ModelUnusable, NoModel, StoreUnusable

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

AT_ONCE = 25
"""Tickets of one page: enough for ten minutes, and few enough that others find some."""

AGES: Mapping[str, str] = {"4": "4 hours", "24": "a day", "72": "3 days", "168": "a week"}
"""By hours: how long ago the tickets were filed that are asked for."""

LATELY = timedelta(hours=24)
"""What is told of the desk's progress: a day, wherever its people are."""

Reviewer = Annotated[Caller, Depends(requires("review"))]


class _Beside(BaseModel):
    """The tickets that a page has already."""

    model_config = ConfigDict(extra="forbid")

    beside: list[Annotated[str, Field(min_length=1, max_length=1_000)]] = Field(max_length=1_000)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets are asked for, as the form has it; empty asks for nothing."""

    target: str = ""
    group: str = ""
    segment: str = ""
    source: str = ""
    age: str = ""

    @classmethod
    def of(cls, request: Request) -> "Wanted":
        """What an address asks for; an age that the form does not have is none."""
        asked = {name: storable(request.query_params.get(name, ""))[:200].strip() for name in cls.__slots__}
        return cls(**{**asked, "age": asked["age"] if asked["age"] in AGES else ""})

    @property
    def query(self) -> str:
        """The same as a query string; empty where nothing is asked for."""
        return urlencode({name: value for name in self.__slots__ if (value := getattr(self, name))})

    def filter(self, now: datetime, *, has_individuals: bool) -> QueueFilter:
        """The same for the store; by what holds of customers only where single ones may be described."""
        before = now - timedelta(hours=int(self.age)) if self.age else None
        segment = self.segment if has_individuals else ""
        return QueueFilter(self.target or None, self.group or None, segment or None, self.source or None, before)


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there is nothing to decide.

    Attributes:
        title: in a few words.
        sentence: the reason.
        last_at: when somebody decided last, where that is worth telling.
        hides: whether the filters are what hides tickets.
    """

    title: str
    sentence: str
    last_at: datetime | None = None
    hides: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """What the queue has for one person at a moment."""

    cards: Sequence[Card]
    n_waiting: int
    progress: Progress
    empty: Empty | None
    until: datetime


@router.get("/")
def show_queue(request: Request, desk: DeskOfRequest, caller: Annotated[Caller, Depends(requires())]) -> HTMLResponse:
    """The tickets that are the viewer's turn, claimed for them; for those who do not decide, where to go instead."""
    if caller.kind != "user" or "review" not in caller.scopes:
        return page(request, "no_queue.html", is_person=caller.kind == "user", scopes=caller.scopes)
    wanted = Wanted.of(request)
    labels, fault = _labels(desk)
    try:
        found = _found(desk, request, wanted, caller, fault=fault)
        with reading(desk.engine) as connection:
            surges = open_surges(connection)
    except StoreUnusable:
        return page(request, "queue_unusable.html", status=503)
    return page(
        request,
        "queue.html",
        found=found,
        surges=surges,
        wanted=wanted,
        query=wanted.query,
        options=_options(desk, request, labels),
        labels={target: sorted(values) for target, values in labels.items()},
        rejections=REJECTIONS,
        most_counted=MOST_COUNTED,
        fault=fault if found.cards else None,
    )


@router.post("/queue/more")
def more_tickets(request: Request, beside: _Beside, desk: DeskOfRequest, caller: Reviewer) -> HTMLResponse:
    """Further tickets for a page that has few left, or why there are none."""
    _, fault = _labels(desk)
    wanted, shown = Wanted.of(request), [storable(id_) for id_ in beside.beside]
    found = _found(desk, request, wanted, caller, beside=shown, fault=fault)
    return page(request, "queue_more.html", found=found, query=wanted.query, rejections=REJECTIONS)


@router.get("/queue/cards/{id:path}")
def one_card(
    request: Request,
    id: str,  # noqa: A002  (the address's own word)
    desk: DeskOfRequest,
    caller: Reviewer,
    target: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006  (FastAPI copies it)
) -> HTMLResponse:
    """One ticket as it is now, for a page whose decision came too late: what was decided meanwhile, and by whom."""
    now = datetime.now(UTC)
    queued = queued_ticket(desk, storable(id), caller.reference, now)
    with reading(desk.engine) as connection:
        standing = standing_decisions(connection, storable(id), now)
    cards = cards_of(desk, [queued], request.app.state.sources, now, targets=target, standing=standing)
    return page(request, "queue_card.html", card=cards[0], query="", rejections=REJECTIONS)


def _found(
    desk: Desk,
    request: Request,
    wanted: Wanted,
    caller: Caller,
    *,
    fault: Empty | None,
    beside: Sequence[str] = (),
) -> _Found:
    now = datetime.now(UTC)
    asked = wanted.filter(now, has_individuals=may_describe(desk))
    queued = claimed_tickets(desk, asked, caller.reference, now, most=AT_ONCE, beside=beside)
    cards = cards_of(desk, queued, request.app.state.sources, now)
    with reading(desk.engine) as connection:
        n_waiting = count(connection, asked, MOST_COUNTED)
        lately = progress(connection, caller.reference, now - LATELY)
        empty = None
        if not cards:
            n_all = n_waiting if asked == QueueFilter() else count(connection, QueueFilter(), MOST_COUNTED)
            n_others = n_claimed_by_others(connection, asked, caller.reference, now, MOST_COUNTED)
            empty = _empty(n_waiting, n_all, n_others, lately, fault, now)
    return _Found(cards, n_waiting, lately, empty, now + CLAIMED_FOR)


def _empty(n_waiting: int, n_all: int, n_others: int, lately: Progress, fault: Empty | None, now: datetime) -> Empty:
    """The reason for an empty page, the one that helps most first."""
    if n_waiting:
        if n_others >= n_waiting:
            return Empty(
                "Others are at it",
                f"{_tickets(n_others)} and {'is' if n_others == 1 else 'are'} claimed by other people at this moment. "
                "What they do not decide comes back within ten minutes.",
            )
        return Empty(
            "You have skipped the rest",
            f"{_tickets(n_waiting - n_others)} that you have skipped; you see {_them(n_waiting - n_others)} again "
            "twelve hours later, and others see them now."
            + (f" {n_others} more are with other people." if n_others else ""),
        )
    if n_all:
        return Empty(
            "The filters hide everything",
            f"{_tickets(n_all)}, and none of {_them(n_all)} is what you ask for.",
            hides=True,
        )
    if fault is not None:
        return fault
    if lately.last_at is None:
        return Empty("Nothing waits", "Tickets come here when a model is not sure enough of them. None has yet.")
    return Empty(
        "Nothing waits",
        f"All is decided: {lately.n_decided} in the last 24 hours, {lately.n_own} of them by you. "
        f"The last one was {age(lately.last_at, now)} ago:",
        last_at=lately.last_at,
    )


def _tickets(n: int) -> str:
    return "1 ticket waits" if n == 1 else f"{n if n < MOST_COUNTED else f'{n} or more'} tickets wait"


def _them(n: int) -> str:
    return "it" if n == 1 else "them"


def _labels(desk: Desk) -> tuple[Mapping[str, tuple[str, ...]], Empty | None]:
    """By target what the model can answer, and what is wrong where none may answer."""
    try:
        return desk.models.current().labels, None
    except NoModel:
        return {}, Empty(
            "No model answers yet",
            "Nothing is scored before a model was trained and promoted: `triage models train`, then "
            "`triage models promote`.",
        )
    except ModelUnusable:
        return {}, Empty("The model cannot answer", "Nothing is scored until it can; the service's log says why.")


def _options(desk: Desk, request: Request, labels: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, str]]:
    """What can be chosen in the form of filters, by field."""
    return {
        "target": {target: title_of(target) for target in labels},
        "group": {label: label for label in sorted(labels.get(GROUP, ()))},
        "segment": {name: words.title for name, words in WORDS.items()} if may_describe(desk) else {},
        "source": {name: name for name in request.app.state.sources},
        "age": dict(AGES),
    }
