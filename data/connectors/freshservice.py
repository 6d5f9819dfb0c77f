"""Freshservice: what a workflow's webhook posts, and its API v2.

Freshservice signs nothing: the delivery carries a secret itself. A workflow's webhook posts what somebody picked, so
fields are read with and without `ticket_` before their names; a body with only an id is enough. It has no optimistic
locking: the version is compared just before writing, and tags are written together with those that are there. Notes
are written as private ones. The credentials are `UserPassword("<API key>", "X")`.
"""

import re
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
from data.connectors.signatures import require_shared_secret
from data.connectors.writing import as_html, outstanding, peer_value
from triage.events import Event, Kind, TicketState
from triage.markup import plain_text
from triage.ticket import NewTicket

__all__ = ["Freshservice"]

_LEVELS = {"Low": 1, "Medium": 2, "High": 3}
_VALUES: Mapping[str, Mapping[str, str | int]] = {
    "ticket_type": {"incident": "Incident", "request": "Service Request"},
    "priority": _LEVELS | {"Urgent": 4},
    "impact": _LEVELS,
    "urgency": _LEVELS,
}
_STATUSES = {"2": "Open", "3": "Pending", "4": "Resolved", "5": "Closed"}
_CLOSED = ("Resolved", "Closed")
_KINDS: Mapping[str, Kind] = {
    "created": "created",
    "raised": "created",
    "updated": "updated",
    "deleted": "deleted",
}
_NUMBER = re.compile(r"(?:[A-Z]{2,5}-)?(\d{1,18})")


class Freshservice:
    """Freshservice."""

    name = "freshservice"

    def __init__(self, options: Options) -> None:
        self._own = options.own_fields
        self._lookup = Lookup()
        self.fields: Mapping[str, str] = {
            "ticket_type": "type",
            "priority": "priority",
            "impact": "impact",
            "urgency": "urgency",
            "category": "category",
            "assignment_group": "group_id",
            **self._own,
        }

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - no time is sent
        """See `WebhookReader`."""
        require_shared_secret(delivery, secrets)

    def read(self, delivery: Delivery) -> Event:
        """See `WebhookReader`."""
        payload = json_object(delivery)
        ticket = _without_prefix(part(payload, "freshdesk_webhook") or part(payload, "ticket") or payload)
        found = _NUMBER.fullmatch(first(ticket, "id", "display_id", "id_numeric") or "")
        reference = required_id(found[1] if found else None)
        version = time_version(ticket.get("updated_at"))
        is_whole = "subject" in ticket
        return Event(
            delivery_id=delivery_id(None, reference, version, delivery.body),
            kind=_kind(first(payload, "event", "event_type"), ticket),
            reference=reference,
            number=reference,
            version=version,
            actor=first(ticket, "updated_by", "actor", "actor_email", "event_performer_email"),
            ticket=_filed(reference, ticket) if is_whole else None,
            state=self._state(ticket, None) if is_whole else None,
        )

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """See `Peer`."""
        path = f"/api/v2/tickets/{segment(reference)}"
        ticket = part(ask(client, "GET", path, params={"include": "tags,requester"}).data, "ticket")
        number = required(text(ticket.get("id")), client)
        group = text(ticket.get("group_id"))
        named = self._lookup.name(f"{client.base_url} groups", group, lambda: _groups(client)) if group else None
        return RemoteTicket(
            reference=reference,
            number=number,
            version=time_version(ticket.get("updated_at")),
            ticket=_filed(number, ticket),
            state=self._state(ticket, named),
            marks=marks_in(first(each, "body_text", "body") or "" for each in _notes(client, path)),
        )

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """See `Peer`."""
        remote = self.fetch(client, reference)
        missing = outstanding(self.fields, remote, change)
        body: dict[str, object] = {}
        custom: dict[str, str] = {}
        for target, label in missing.fields.items():
            if target in self._own:
                custom[self._own[target]] = label
            elif target == "assignment_group":
                asked = f"{client.base_url} groups"
                body["group_id"] = int(self._lookup.id(asked, label, "group", lambda: _groups(client)))
            else:
                body[self.fields[target]] = peer_value(target, label, _VALUES.get(target, {label: label}))
        if custom:
            body["custom_fields"] = custom
        if missing.tags:
            body["tags"] = [*(remote.state.tags or ()), *missing.tags]
        path = f"/api/v2/tickets/{segment(reference)}"
        if body:
            ask(client, "PUT", path, body=body)
        if missing.note:
            ask(client, "POST", f"{path}/notes", body={"body": as_html(missing.note), "private": True})

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """See `Peer`."""
        if target in self._own or target == "category":
            return _choices(client, self._own.get(target, target))
        if target == "assignment_group":
            return tuple(_groups(client))
        return tuple(_VALUES[target]) if target in _VALUES else None

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """See `Peer`. Freshservice does not say whose key it is."""
        return run_checks(
            self,
            client,
            account=lambda: None if _newest(client) is None else "the owner of the API key",
            newest=lambda: _newest(client),
            reference=reference,
            may_write=may_write,
        )

    def _state(self, ticket: Mapping[str, object], group: str | None) -> TicketState:
        custom = part(ticket, "custom_fields")
        status = name_of(ticket.get("status"))
        status = _STATUSES.get(status or "", status)
        named = group or name_of(ticket.get("group_name")) or name_of(ticket.get("group"))
        values = {target: ticket.get(column) for target, column in self.fields.items() if target not in self._own}
        values |= {target: custom.get(column) for target, column in self._own.items()}
        values["assignment_group"] = named
        return TicketState(
            fields=set_values({target: desk_word(self.name, target, value) for target, value in values.items()}),
            status=status,
            is_closed=status in _CLOSED or ticket.get("deleted") is True,
            assignee=first(ticket, "responder_id", "agent_email", "agent_name"),
            tags=texts(ticket.get("tags")),
        )


def _without_prefix(ticket: Mapping[str, object]) -> Mapping[str, object]:
    """The fields by their names in the API; a workflow calls them `ticket_subject` and so on."""
    return {name.removeprefix("ticket_"): value for name, value in ticket.items()}


def _kind(event: str | None, ticket: Mapping[str, object]) -> Kind:
    if event is not None:
        return next((kind for word, kind in _KINDS.items() if word in event.lower()), "other")
    created, updated = time_version(ticket.get("created_at")), time_version(ticket.get("updated_at"))
    return "created" if created is not None and created == updated else "updated"


def _filed(number: str, ticket: Mapping[str, object]) -> NewTicket:
    requester = part(ticket, "requester")
    return filed_ticket(
        "freshservice",
        number,
        subject=ticket.get("subject"),
        body=plain_text(first(ticket, "description_text", "description") or ""),
        opened_at=ticket.get("created_at"),
        customer=(
            requester.get("email"),
            ticket.get("requester_email"),
            ticket.get("email"),
            ticket.get("requester_id"),
        ),
        channel=ticket.get("source"),
        language=requester.get("language"),
        attributes={"department": ticket.get("department_id"), "workspace": ticket.get("workspace_id")},
    )


def _notes(client: httpx.Client, path: str) -> list[Mapping[str, object]]:
    """The private notes of a ticket."""

    def page(number: int) -> list[Mapping[str, object]]:
        params: Params = {"per_page": 50, "page": number + 1}
        return items(part(ask(client, "GET", f"{path}/conversations", params=params).data).get("conversations"))

    return [each for each in all_pages(page, 50) if each.get("private") is True]


def _groups(client: httpx.Client) -> dict[str, str]:
    def page(number: int) -> list[Mapping[str, object]]:
        params: Params = {"per_page": 100, "page": number + 1}
        return items(part(ask(client, "GET", "/api/v2/groups", params=params).data).get("groups"))

    return names_to_ids(all_pages(page))


def _choices(client: httpx.Client, name: str) -> tuple[str, ...] | None:
    fields = items(part(ask(client, "GET", "/api/v2/ticket_form_fields").data).get("ticket_fields"))
    field = next((each for each in fields if each.get("name") == name), {})
    return texts(field.get("choices")) or None


def _newest(client: httpx.Client) -> str | None:
    listed = items(part(ask(client, "GET", "/api/v2/tickets", params={"per_page": 1}).data).get("tickets"))
    return id_of(listed[0]) if listed else None
