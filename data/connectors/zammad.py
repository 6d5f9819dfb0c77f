"""Zammad: webhooks of triggers, and its API v1.

Signs the body with HMAC-SHA1, which is what Zammad has. It takes names of groups and priorities as they are, and
refuses those that it has not. Tags are added one by one, the fields and the internal note go in one request after
them. It has no optimistic locking: the version is compared just before writing. The type is the attribute `type`,
which an administrator switches on; other attributes go into `own_fields`. The credentials are `Token("…",
"Token token=")`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx

from data.connectors.checks import run_checks
from data.connectors.client import Params, ask, required, segment
from data.connectors.connector import Change, Delivery, Finding, Options, RemoteTicket, Secrets
from data.connectors.lookup import all_pages
from data.connectors.marks import marks_in
from data.connectors.payload import (
    delivery_id,
    desk_word,
    filed_ticket,
    first,
    id_of,
    items,
    json_object,
    moment,
    name_of,
    names_to_ids,
    part,
    required_id,
    set_values,
    text,
    texts,
    time_version,
)
from data.connectors.signatures import digests, require, require_header
from data.connectors.writing import outstanding, peer_value
from triage.events import Event, Kind, TicketState
from triage.markup import plain_text
from triage.ticket import NewTicket

__all__ = ["Zammad"]

_TYPES = {"incident": "Incident", "request": "Request for Change"}
_CLOSED = ("closed", "merged", "removed")
_AT_ONCE = timedelta(seconds=2)
"""A trigger runs when the first article is there, a moment after the ticket."""


class Zammad:
    """Zammad."""

    name = "zammad"

    def __init__(self, options: Options) -> None:
        self.fields: Mapping[str, str] = {
            "ticket_type": "type",
            "priority": "priority",
            "assignment_group": "group",
            **options.own_fields,
        }
        self._own = options.own_fields

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - no time is sent
        """See `WebhookReader`."""
        given = require_header(delivery.headers, "x-hub-signature")
        require(given, (b"sha1=" + each.hex().encode() for each in digests(secrets, delivery.body, "sha1")))

    def read(self, delivery: Delivery) -> Event:
        """See `WebhookReader`."""
        payload = json_object(delivery)
        ticket = part(payload, "ticket") or payload
        reference = required_id(text(ticket.get("id")))
        version = time_version(ticket.get("updated_at"))
        is_whole = "title" in ticket
        return Event(
            delivery_id=delivery_id(delivery.headers.get("x-zammad-delivery"), reference, version, delivery.body),
            kind=_kind(ticket),
            reference=reference,
            number=required_id(text(ticket.get("number")) or reference),
            version=version,
            actor=_person(ticket.get("updated_by")) or text(ticket.get("updated_by_id")),
            ticket=_filed(ticket, part(payload, "article")) if is_whole else None,
            state=self._state(ticket, None) if is_whole else None,
        )

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """See `Peer`."""
        id_ = segment(reference, r"\d{1,18}")
        ticket = part(ask(client, "GET", f"/api/v1/tickets/{id_}", params={"expand": "true"}).data)
        number = required(text(ticket.get("number")), client)
        articles = items(ask(client, "GET", f"/api/v1/ticket_articles/by_ticket/{id_}").data)
        tagged: Params = {"object": "Ticket", "o_id": id_}
        tags = texts(part(ask(client, "GET", "/api/v1/tags", params=tagged).data).get("tags"))
        return RemoteTicket(
            reference=reference,
            number=number,
            version=time_version(ticket.get("updated_at")),
            ticket=_filed(ticket, articles[0] if articles else {}),
            state=self._state(ticket, tags or ()),
            marks=marks_in(text(each.get("body")) or "" for each in articles if each.get("internal") is True),
        )

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """See `Peer`."""
        missing = outstanding(self.fields, self.fetch(client, reference), change)
        for tag in missing.tags:
            ask(client, "POST", "/api/v1/tags/add", body={"item": tag, "object": "Ticket", "o_id": int(reference)})
        body: dict[str, object] = {
            self.fields[target]: peer_value(target, label, _TYPES) if target == "ticket_type" else label
            for target, label in missing.fields.items()
        }
        if missing.note:
            body["article"] = {"body": missing.note, "content_type": "text/plain", "type": "note", "internal": True}
        if body:
            ask(client, "PUT", f"/api/v1/tickets/{segment(reference)}", body=body)

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """See `Peer`."""
        if target in self._own:
            return None
        if target == "assignment_group":
            return tuple(_active(client, "groups"))
        if target == "priority":
            return tuple(_active(client, "ticket_priorities"))
        return tuple(_TYPES) if target == "ticket_type" else None

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """See `Peer`."""
        return run_checks(
            self,
            client,
            account=lambda: first(part(ask(client, "GET", "/api/v1/users/me").data), "email", "login"),
            newest=lambda: _newest(client),
            reference=reference,
            may_write=may_write,
        )

    def _state(self, ticket: Mapping[str, object], tags: tuple[str, ...] | None) -> TicketState:
        status = name_of(ticket.get("state"))
        owner = _person(ticket.get("owner"))
        return TicketState(
            fields=set_values(
                {target: desk_word(self.name, target, ticket.get(name)) for target, name in self.fields.items()}
            ),
            status=status,
            is_closed=(status or "").lower() in _CLOSED,
            assignee=None if owner in (None, "-") else owner,
            tags=tags,
        )


def _kind(ticket: Mapping[str, object]) -> Kind:
    created, updated = moment(ticket.get("created_at")), moment(ticket.get("updated_at"))
    return "created" if created and updated and updated - created <= _AT_ONCE else "updated"


def _person(value: object) -> str | None:
    return first(value, "email", "login", "id") if isinstance(value, Mapping) else text(value)


def _filed(ticket: Mapping[str, object], article: Mapping[str, object]) -> NewTicket:
    return filed_ticket(
        "zammad",
        required_id(first(ticket, "number", "id")),
        subject=ticket.get("title"),
        body=plain_text(text(article.get("body")) or ""),
        opened_at=ticket.get("created_at"),
        customer=(_person(ticket.get("customer")), ticket.get("customer_id")),
        channel=name_of(ticket.get("create_article_type")) or name_of(article.get("type")),
        attributes={"organization": ticket.get("organization")},
    )


def _active(client: httpx.Client, kind: str) -> dict[str, str]:
    def page(number: int) -> list[Mapping[str, object]]:
        params: Params = {"per_page": 100, "page": number + 1}
        return items(ask(client, "GET", f"/api/v1/{kind}", params=params).data)

    return names_to_ids(each for each in all_pages(page) if each.get("active") is not False)


def _newest(client: httpx.Client) -> str | None:
    listed = items(ask(client, "GET", "/api/v1/tickets", params={"page": 1, "per_page": 1}).data)
    return id_of(listed[0]) if listed else None
