"""Zendesk Support: signed webhooks of tickets, and its API v2.

Signs `timestamp + body` with HMAC-SHA256 in base64. Subscribe a webhook to ticket events, or let a trigger send the
same fields as `{"ticket": {...}}`. Writing is one request for everything, with `safe_update`, so a ticket that
somebody changed meanwhile is not overwritten. A category is a custom field of the desk: its number goes into
`own_fields`. The credentials are `UserPassword("<address>/token", "<API token>")`. A webhook tells a group by its
number only; its name comes from reading the ticket back.
"""

import base64
from collections.abc import Mapping
from datetime import datetime

import httpx

from data.connectors.checks import run_checks
from data.connectors.client import Params, ask, required, segment
from data.connectors.connector import Change, Delivery, Finding, Options, RemoteTicket, Secrets
from data.connectors.lookup import Lookup, all_pages
from data.connectors.marks import marks_in
from data.connectors.payload import (
    delivery_id,
    desk_word,
    filed_ticket,
    first,
    id_of,
    items,
    json_object,
    name_of,
    names_to_ids,
    part,
    required_id,
    set_values,
    text,
    texts,
    time_version,
)
from data.connectors.signatures import USUAL_WINDOW, digests, require, require_header, require_recent
from data.connectors.writing import outstanding, peer_value
from triage.errors import InvalidInput
from triage.events import Event, Kind, TicketState
from triage.markup import plain_text
from triage.ticket import NewTicket

__all__ = ["Zendesk"]

_KINDS: Mapping[str, Kind] = {
    "created": "created",
    "soft_deleted": "deleted",
    "permanently_deleted": "deleted",
    "marked_as_spam": "deleted",
    "comment_added": "other",
}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "ticket_type": {"incident": "incident", "request": "question"},
    "priority": {"low": "low", "normal": "normal", "high": "high", "urgent": "urgent"},
}
_CLOSED = ("solved", "closed")


class Zendesk:
    """Zendesk Support."""

    name = "zendesk"

    def __init__(self, options: Options) -> None:
        self._window = options.window or USUAL_WINDOW
        self._own = options.own_fields
        if not all(number.isdecimal() for number in self._own.values()):
            raise InvalidInput("Zendesk's own fields are given by their numbers.")
        self._lookup = Lookup()
        self.fields: Mapping[str, str] = {
            "ticket_type": "type",
            "priority": "priority",
            "assignment_group": "group_id",
            **self._own,
        }

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:
        """See `WebhookReader`."""
        given = require_header(delivery.headers, "x-zendesk-webhook-signature")
        sent_at = require_header(delivery.headers, "x-zendesk-webhook-signature-timestamp")
        require_recent(sent_at, now, self._window)
        message = sent_at.encode("utf-8", "replace") + delivery.body
        require(given, map(base64.b64encode, digests(secrets, message, "sha256")))

    def read(self, delivery: Delivery) -> Event:
        """See `WebhookReader`."""
        payload = json_object(delivery)
        ticket = part(payload, "detail") or part(payload, "ticket") or payload
        reference = required_id(first(ticket, "id", "ticket_id"))
        version = time_version(ticket.get("updated_at"))
        given = delivery.headers.get("x-zendesk-webhook-invocation-id")
        is_whole = "subject" in ticket
        return Event(
            delivery_id=delivery_id(given, reference, version, delivery.body),
            kind=_kind(payload),
            reference=reference,
            number=reference,
            version=version,
            actor=first(ticket, "actor_id", "updater_id"),
            ticket=_filed(ticket) if is_whole else None,
            state=_state(ticket, {}) if is_whole else None,
        )

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """See `Peer`."""
        return self._seen(client, reference)[0]

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """See `Peer`."""
        remote, updated_at = self._seen(client, reference)
        missing = outstanding(self.fields, remote, change)
        if not missing:
            return
        ticket: dict[str, object] = {"safe_update": True, "updated_stamp": updated_at}
        custom: list[object] = []
        for target, label in missing.fields.items():
            if target in self._own:
                custom.append({"id": int(self._own[target]), "value": self._option(client, target, label)})
            elif target == "assignment_group":
                ticket["group_id"] = int(
                    self._lookup.id(f"{client.base_url} groups", label, "group", lambda: _groups(client))
                )
            else:
                ticket[self.fields[target]] = peer_value(target, label, _VALUES[target])
        if custom:
            ticket["custom_fields"] = custom
        if missing.tags:
            ticket["tags"] = [*(remote.state.tags or ()), *missing.tags]
        if missing.note:
            ticket["comment"] = {"body": missing.note, "public": False}
        ask(client, "PUT", f"/api/v2/tickets/{segment(reference)}.json", body={"ticket": ticket})

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """See `Peer`."""
        if target in self._own:
            return tuple(self._options(client, target)) or None
        if target == "assignment_group":
            return tuple(_groups(client))
        return tuple(_VALUES[target]) if target in _VALUES else None

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """See `Peer`."""
        return run_checks(
            self,
            client,
            account=lambda: name_of(part(ask(client, "GET", "/api/v2/users/me.json").data, "user")),
            newest=lambda: _newest(client),
            reference=reference,
            may_write=may_write,
        )

    def _seen(self, client: httpx.Client, reference: str) -> tuple[RemoteTicket, object]:
        """The ticket, and the moment that `safe_update` compares."""
        path = f"/api/v2/tickets/{segment(reference)}"
        data = part(ask(client, "GET", f"{path}.json", params={"include": "groups,users"}).data)
        ticket = part(data, "ticket")
        number = required(text(ticket.get("id")), client)
        newest: Params = {"sort": "-created_at", "page[size]": 50}
        notes = items(part(ask(client, "GET", f"{path}/comments.json", params=newest).data).get("comments"))
        named = {
            "assignment_group": name_of(_side_loaded(data, "groups", ticket.get("group_id"))),
            **{target: self._chosen(client, target, ticket) for target in self._own},
        }
        remote = RemoteTicket(
            reference=reference,
            number=number,
            version=time_version(ticket.get("updated_at")),
            ticket=_filed(ticket, _side_loaded(data, "users", ticket.get("requester_id"))),
            state=_state(ticket, named),
            marks=marks_in(text(note.get("body")) or "" for note in notes if note.get("public") is False),
        )
        return remote, ticket.get("updated_at")

    def _options(self, client: httpx.Client, target: str) -> Mapping[str, str]:
        """The values of a custom field by their names; none for one that takes any text."""
        id_ = segment(self._own[target], r"\d{1,20}")

        def load() -> dict[str, str]:
            field = part(ask(client, "GET", f"/api/v2/ticket_fields/{id_}.json").data, "ticket_field")
            return names_to_ids(items(field.get("custom_field_options")), id_="value")

        return self._lookup.names(f"{client.base_url} field {id_}", load)

    def _option(self, client: httpx.Client, target: str, label: str) -> str:
        options = self._options(client, target)
        return str(peer_value(target, label, options)) if options else label

    def _chosen(self, client: httpx.Client, target: str, ticket: Mapping[str, object]) -> str | None:
        fields = items(ticket.get("custom_fields"))
        value = next((text(each.get("value")) for each in fields if id_of(each) == self._own[target]), None)
        by_value = {each: name for name, each in self._options(client, target).items()} if value else {}
        return by_value.get(value, value) if value else None


def _kind(payload: Mapping[str, object]) -> Kind:
    _, _, what = (first(payload, "type", "event_type") or "").rpartition("ticket.")
    return _KINDS.get(what, "updated")


def _filed(ticket: Mapping[str, object], requester: Mapping[str, object] | None = None) -> NewTicket:
    return filed_ticket(
        "zendesk",
        required_id(first(ticket, "id", "ticket_id")),
        subject=ticket.get("subject"),
        body=plain_text(text(ticket.get("description")) or ""),
        opened_at=ticket.get("created_at"),
        customer=(ticket.get("requester_id"), part(ticket, "requester")),
        channel=(first(part(ticket, "via"), "channel") or "").replace("_", " "),
        language=(requester or part(ticket, "requester")).get("locale"),
        attributes={"organization": ticket.get("organization_id"), "brand": ticket.get("brand_id")},
    )


def _state(ticket: Mapping[str, object], named: Mapping[str, str | None]) -> TicketState:
    status = (text(ticket.get("status")) or "").lower()
    kind = (text(ticket.get("type")) or "").lower()
    fields = {
        "ticket_type": desk_word("zendesk", "ticket_type", kind),
        "priority": (text(ticket.get("priority")) or "").lower(),
    }
    return TicketState(
        fields=set_values({**fields, **named}),
        status=status or None,
        is_closed=status in _CLOSED,
        assignee=text(ticket.get("assignee_id")),
        tags=texts(ticket.get("tags")),
    )


def _side_loaded(data: Mapping[str, object], kind: str, id_: object) -> Mapping[str, object]:
    wanted = text(id_)
    return next((each for each in items(data.get(kind)) if wanted and text(each.get("id")) == wanted), {})


def _groups(client: httpx.Client) -> dict[str, str]:
    def page(number: int) -> list[Mapping[str, object]]:
        params: Params = {"per_page": 100, "page": number + 1}
        return items(part(ask(client, "GET", "/api/v2/groups.json", params=params).data).get("groups"))

    return names_to_ids(each for each in all_pages(page) if each.get("deleted") is not True)


def _newest(client: httpx.Client) -> str | None:
    params: Params = {"per_page": 1, "sort_by": "created_at", "sort_order": "desc"}
    listed = items(part(ask(client, "GET", "/api/v2/tickets.json", params=params).data).get("tickets"))
    return id_of(listed[0]) if listed else None
