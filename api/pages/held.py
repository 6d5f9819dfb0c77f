"""What is held about a person, to be printed for them: every field and table, in plain words, and who looked.

What is said of a field or a table is a row in `FIELD_WORDS` or `ROW_WORDS`; a test holds these to what there is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from api.callers import Caller
from api.desk import DeskOfRequest
from api.individuals import may_describe
from api.known_customers import look_at
from api.pages.customer import looks_at
from api.pages.customers import holdings, unusable
from api.pages.rendering import page
from api.routes.customers import CustomerId
from api.security import requires
from data.database import reading
from data.held import held_of
from triage.errors import ModelUnusable

__all__ = ["FIELD_WORDS", "ROW_WORDS", "router"]

router = APIRouter(include_in_schema=False)

FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "id": "number of the ticket",
        "subject": "subject, with personal data taken out",
        "body": "text, with personal data taken out",
        "opened_at": "when you wrote",
        "customer_id": "the name or number by which you are known",
        "channel": "how you wrote (mail, telephone, portal …)",
        "language": "language",
        "ticket_type": "whether something was broken or you asked for something",
        "assignment_group": "which group worked on it",
        "priority": "priority",
        "impact": "impact",
        "urgency": "urgency",
        "category": "category",
        "resolved_at": "when it was resolved",
        "closed_at": "when it was closed",
        "reassignments": "how often it was handed on",
        "reopens": "how often it was reopened",
        "resolved_by": "who resolved it",
        "resolution": "how it was resolved",
        "knowledge_article": "which article helped",
        "satisfaction": "how satisfied you said you were",
        "made_sla": "whether it was done in the promised time",
        "first_contact_resolution": "whether it was solved at once",
        "effort_minutes": "how long people worked on it",
        "problem_id": "the problem that it belongs to",
        "change_id": "the change that it belongs to",
        "writing_precision": "how many signs of a precise report the text has",
        "asks_how": "whether the text asks how something is done",
        "is_automatic": "whether a machine seems to have written it",
        "id_as_filed": "number of the ticket as its system writes it",
        "customer_as_filed": "your name or address as the ticketing system writes it",
    }
)

ROW_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "tickets": ("tickets that you filed", "until they are removed by hand"),
        "plans": ("what was agreed to do for you", "until it is removed by hand"),
        "vips": ("a mark that people should know you by sight", "until it is taken away"),
        "opt_outs": ("your wish that no profile is made", "until you take it back"),
        "profile_views": ("looks at your profile", "one year"),
        "known_segments": ("what was said of you last, to tell of a change", "until it is removed by hand"),
        "joined_spellings": ("earlier spellings of your name or number", "until they are removed by hand"),
        "predictions": ("suggestions that a program made for your tickets", "as long as the ticket"),
        "outcomes": ("values that people or programs gave your tickets", "as long as the ticket"),
        "reviews": ("what people made of suggestions for your tickets", "as long as the ticket"),
        "handovers": ("from which group to which your tickets were handed on", "as long as the ticket"),
        "problem_tickets": ("recurring problems that your tickets are part of", "as long as the ticket"),
        "ticket_links": ("other tickets, problems and incidents that yours belong to", "as long as the ticket"),
        "review_queue": (
            "places of your tickets in the list of what waits, with what held of you then",
            "as long as the ticket",
        ),
        "outbox": ("what was written about your tickets to the ticketing system", "as long as the ticket"),
        "sourced_tickets": ("where your tickets came from, and what they said then", "as long as the ticket"),
        "same_persons": ("notes that two names or numbers are both you", "until they are removed by hand"),
        "deliveries": ("messages of the ticketing system, emptied once worked on", "30 days after they were worked on"),
        "events": ("messages to other programs about you or your tickets", "30 days after they were sent"),
        "idempotency": ("answers about your tickets, kept in case a program asks again", "one day"),
    }
)
"""By table what is in it, and how long it is kept."""


@router.get("/customers/{id:path}/held")
def show_held(
    customer_id: CustomerId,
    request: Request,
    desk: DeskOfRequest,
    caller: Annotated[Caller, Depends(requires("read"))],
) -> HTMLResponse:
    """The page for the person; making it is a look at them, which is kept and on it."""
    if not may_describe(desk):
        return page(request, "customer_hidden.html", status=403)
    now = datetime.now(UTC)
    try:
        known = look_at(desk, customer_id, caller.reference, now)
    except ModelUnusable as error:
        return unusable(request, error)
    with reading(desk.engine) as connection:
        held = held_of(connection, customer_id, desk.customer_key)
    return page(
        request,
        "held.html",
        id=customer_id,
        now=now,
        known=known,
        holds=holdings(known.answer),
        held=held,
        field_words=FIELD_WORDS,
        row_words=ROW_WORDS,
        looks=looks_at(desk, known.ids, caller),
        is_out=known.person is not None and known.person.is_out,
        is_hashed=desk.customer_key is not None,
    )
