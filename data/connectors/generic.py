"""Any program that speaks Standard Webhooks and our own ticket JSON: for what has no connector of its own.

In: `{"type": "ticket.created", "timestamp": "…", "data": {ticket}}`, or the ticket alone. A ticket is the JSON of
`POST /v1/score`, with what people decided under its canonical names, and if the program has them `version`, `status`,
`closed`, `assignee`, `tags`, `actor` and `marks`.

Out, below the address that the client was opened for, every request signed as a Standard Webhook (`WebhookSecret`):

- `GET tickets/{id}` answers the ticket. `marks` are those of the changes that it has had.
- `POST tickets/{id}` takes `{"type": "ticket.change", "timestamp": "…", "data": {fields, tags, note, mark, version}}`.
  The `webhook-id` is the mark, so that a change that comes twice is made once. 409 says that the version is another.
- `GET labels/{target}` answers `{"labels": […]}`, or 404 where the program does not tell.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import httpx

from data.connectors import standard_webhooks
from data.connectors.checks import run_checks
from data.connectors.client import ask, required
from data.connectors.connector import Change, Delivery, Finding, Options, RemoteTicket, Secrets
from data.connectors.errors import Gone
from data.connectors.marks import marks_in
from data.connectors.payload import (
    delivery_id,
    desk_word,
    filed_ticket,
    first,
    id_of,
    json_object,
    name_of,
    number_version,
    part,
    required_id,
    set_values,
    text,
    texts,
    time_version,
)
from data.connectors.signatures import USUAL_WINDOW
from data.connectors.writing import outstanding
from triage.events import Event, Kind, TicketState
from triage.markup import plain_text
from triage.ticket import NewTicket

__all__ = ["Generic"]

_KINDS: Mapping[str, Kind] = {"created": "created", "updated": "updated", "deleted": "deleted"}
_FIELDS = ("ticket_type", "assignment_group", "priority", "impact", "urgency", "category")


class Generic:
    """A program that was taught our own format."""

    name = "generic"

    def __init__(self, options: Options) -> None:
        self._window = options.window or USUAL_WINDOW
        self.fields: Mapping[str, str] = {**{target: target for target in _FIELDS}, **options.own_fields}

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:
        """See `WebhookReader`."""
        standard_webhooks.verify(delivery, secrets, now, self._window)

    def read(self, delivery: Delivery) -> Event:
        """See `WebhookReader`."""
        payload = json_object(delivery)
        ticket = part(payload, "data") or part(payload, "ticket") or payload
        number = required_id(id_of(ticket.get("id")))
        version = _version(ticket)
        _, _, what = (first(payload, "type", "event") or "ticket.created").rpartition(".")
        is_whole = "subject" in ticket or "body" in ticket
        return Event(
            delivery_id=delivery_id(delivery.headers.get("webhook-id"), number, version, delivery.body),
            kind=_KINDS.get(what, "other"),
            reference=number,
            number=number,
            version=version,
            actor=id_of(ticket.get("actor")) or id_of(payload.get("actor")),
            ticket=_filed(number, ticket) if is_whole else None,
            state=self._state(ticket) if is_whole else None,
        )

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """See `Peer`."""
        ticket = part(ask(client, "GET", _path("tickets", reference)).data)
        number = required(id_of(ticket.get("id")), client)
        return RemoteTicket(
            reference=reference,
            number=number,
            version=_version(ticket),
            ticket=_filed(number, ticket),
            state=self._state(ticket),
            marks=marks_in(texts(ticket.get("marks")) or ()),
        )

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """See `Peer`."""
        remote = self.fetch(client, reference)
        missing = outstanding(self.fields, remote, change)
        if not missing:
            return
        data: dict[str, object] = {
            "id": reference,
            "fields": {self.fields[target]: label for target, label in missing.fields.items()},
            "tags": list(missing.tags),
            "note": missing.note,
            "mark": change.mark,
            "version": remote.version,
        }
        body = {"type": "ticket.change", "timestamp": datetime.now(UTC).isoformat(timespec="seconds"), "data": data}
        ask(client, "POST", _path("tickets", reference), body=body, headers={"webhook-id": change.mark})

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """See `Peer`."""
        try:
            return texts(part(ask(client, "GET", _path("labels", target)).data).get("labels"))
        except Gone:
            return None

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """See `Peer`. The program needs no list of tickets, so one is read only where it was named."""
        return run_checks(
            self,
            client,
            account=lambda: None if self.labels(client, "assignment_group") is None else "who may list groups",
            newest=lambda: None,
            reference=reference,
            may_write=may_write,
        )

    def _state(self, ticket: Mapping[str, object]) -> TicketState:
        values = {target: ticket.get(name) for target, name in self.fields.items()}
        return TicketState(
            fields=set_values({target: desk_word(self.name, target, value) for target, value in values.items()}),
            status=name_of(ticket.get("status")),
            is_closed=ticket.get("closed") is True or text(ticket.get("closed_at")) is not None,
            assignee=id_of(ticket.get("assignee")),
            tags=texts(ticket.get("tags")),
        )


def _path(*steps: str) -> str:
    """Steps of a path; a reference may hold anything, and a proxy may take what is quoted for a step of its own."""
    if any(each in ("", ".", "..") for step in steps for each in re.split(r"[/\\]", step)):
        raise Gone("There is no such ticket: the reference is of another form.")
    return "/" + "/".join(quote(step, safe="") for step in steps)


def _version(ticket: Mapping[str, object]) -> str | None:
    """A count or a time; any other version cannot be put in order."""
    given = first(ticket, "version", "updated_at")
    return number_version(given) or time_version(given)


def _filed(number: str, ticket: Mapping[str, object]) -> NewTicket:
    return filed_ticket(
        "generic",
        number,
        subject=ticket.get("subject"),
        body=plain_text(text(ticket.get("body")) or ""),
        opened_at=ticket.get("opened_at"),
        customer=(ticket.get("customer_id"),),
        channel=ticket.get("channel"),
        language=ticket.get("language"),
        attributes=part(ticket, "attributes"),
    )
