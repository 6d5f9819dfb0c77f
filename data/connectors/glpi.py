"""GLPI 11: its webhooks, and its high-level API (`/api.php/v2`).

Signs `body + timestamp` with HMAC-SHA256 in hexadecimal. It signs when the event happens and sends when its cron runs,
also again and again after failures, so deliveries of the last seven days are taken; another `window` may be set. It
sends no id: signature and time are the same for every attempt and serve as one. A group is a member of the ticket's
team; the new one is added before others go, so that the ticket is never without. GLPI has no tags of its own, so they
are not written, and no optimistic locking: the version is compared just before writing. Notes are private followups.
The API gives tokens by OAuth only: `OAuthPassword(token_url="/api.php/token", …)`, scope `api user`.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

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
    time_version,
)
from data.connectors.signatures import digests, require, require_header, require_recent
from data.connectors.writing import as_html, outstanding, peer_value
from triage.events import Event, Kind, TicketState
from triage.markup import plain_text
from triage.ticket import NewTicket

__all__ = ["Glpi"]

LATE = timedelta(days=7)
"""How long GLPI may have kept a delivery in its queue."""

_API = "/api.php/v2"
_LEVELS = {"Very low": 1, "Low": 2, "Medium": 3, "High": 4, "Very high": 5}
_VALUES: Mapping[str, Mapping[str, int]] = {
    "ticket_type": {"incident": 1, "request": 2},
    "priority": _LEVELS | {"Major": 6},
    "impact": _LEVELS,
    "urgency": _LEVELS,
}
_KINDS: Mapping[str, Kind] = {"new": "created", "update": "updated", "delete": "deleted"}
_CLOSED = ("5", "6")
_ID_IN_ADDRESS = re.compile(r"[?&]id=(\d+)")


class Glpi:
    """GLPI 11."""

    name = "glpi"

    def __init__(self, options: Options) -> None:
        self._window = options.window or LATE
        self._lookup = Lookup()
        self.fields: Mapping[str, str] = {
            "ticket_type": "type",
            "priority": "priority",
            "impact": "impact",
            "urgency": "urgency",
            "category": "category",
            "assignment_group": "team",
        }

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:
        """See `WebhookReader`."""
        given = require_header(delivery.headers, "x-glpi-signature")
        sent_at = require_header(delivery.headers, "x-glpi-timestamp")
        require_recent(sent_at, now, self._window)
        message = delivery.body + sent_at.encode("utf-8", "replace")
        require(given, (each.hex().encode() for each in digests(secrets, message, "sha256")))

    def read(self, delivery: Delivery) -> Event:
        """See `WebhookReader`."""
        payload = json_object(delivery)
        item, parent = part(payload, "item"), part(payload, "parent_item")
        is_ticket = not parent and "items_id" not in item
        ticket = item if is_ticket else parent
        reference = required_id(text(ticket.get("id")) or first(item, "items_id", "tickets_id"))
        version = time_version(ticket.get("date_mod"))
        is_whole = "name" in ticket
        event = (first(payload, "event") or "").lower()
        return Event(
            delivery_id=delivery_id(_attempted(delivery.headers), reference, version, delivery.body),
            kind=_KINDS.get(event, "other") if is_ticket else "other",
            reference=reference,
            number=reference,
            version=version,
            actor=id_of(ticket.get("user_editor")),
            ticket=_filed(reference, ticket) if is_whole else None,
            state=_state(ticket) if is_whole else None,
        )

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """See `Peer`."""
        return self._seen(client, reference)[0]

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """See `Peer`."""
        remote, ticket = self._seen(client, reference)
        missing = outstanding(self.fields, remote, change)
        path = _path(reference)
        body: dict[str, object] = {}
        for target, label in missing.fields.items():
            if target == "category":
                id_ = self._id(client, "/Dropdowns/ITILCategory", label, "category")
                body["category"] = {"id": int(id_)}
            elif target in _VALUES:
                body[self.fields[target]] = peer_value(target, label, _VALUES[target])
        group = missing.fields.get("assignment_group")
        group_id = self._id(client, "/Administration/Group", group, "group") if group else None
        if body:
            ask(client, "PATCH", path, body=body)
        if group_id:
            _hand_over(client, path, ticket, group_id)
        if missing.note:
            note = {"content": as_html(missing.note), "is_private": True}
            ask(client, "POST", f"{path}/Timeline/Followup", body=note)

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """See `Peer`."""
        if target == "assignment_group":
            return tuple(_names(client, "/Administration/Group"))
        if target == "category":
            return tuple(_names(client, "/Dropdowns/ITILCategory"))
        return tuple(_VALUES[target]) if target in _VALUES else None

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """See `Peer`."""
        return run_checks(
            self,
            client,
            account=lambda: first(part(ask(client, "GET", f"{_API}/Administration/User/Me").data), "username", "name"),
            newest=lambda: _newest(client),
            reference=reference,
            may_write=may_write,
        )

    def _id(self, client: httpx.Client, path: str, label: str, what: str) -> str:
        return self._lookup.id(f"{client.base_url} {path}", label, what, lambda: _names(client, path))

    def _seen(self, client: httpx.Client, reference: str) -> tuple[RemoteTicket, Mapping[str, object]]:
        path = _path(reference)
        ticket = part(ask(client, "GET", path).data)
        number = required(text(ticket.get("id")), client)
        followups = items(ask(client, "GET", f"{path}/Timeline/Followup").data)
        notes = [
            part(each, "item") or each for each in followups
        ]  # either the followup or what the timeline wraps it in
        remote = RemoteTicket(
            reference=reference,
            number=number,
            version=time_version(ticket.get("date_mod")),
            ticket=_filed(number, ticket),
            state=_state(ticket),
            marks=marks_in(text(each.get("content")) or "" for each in notes if each.get("is_private") in (True, 1)),
        )
        return remote, ticket


def _path(reference: str) -> str:
    return f"{_API}/Assistance/Ticket/{segment(reference, '[0-9]{1,18}')}"


def _attempted(headers: Mapping[str, str]) -> str | None:
    """An id out of what stays the same from attempt to attempt; hashed, as a signature is nobody else's business."""
    signature, sent_at = headers.get("x-glpi-signature"), headers.get("x-glpi-timestamp")
    if not signature or not sent_at:
        return None
    return hashlib.sha256(f"{sent_at}.{signature}".encode("utf-8", "replace")).hexdigest()


def _filed(number: str, ticket: Mapping[str, object]) -> NewTicket:
    requesters = [each for each in items(ticket.get("team")) if each.get("role") in ("requester", 1)]
    return filed_ticket(
        "glpi",
        number,
        subject=ticket.get("name"),
        body=plain_text(text(ticket.get("content")) or ""),
        opened_at=first(ticket, "date", "date_creation"),
        customer=(*map(name_of, requesters), name_of(ticket.get("user_recipient"))),
        channel=ticket.get("request_type"),
        attributes={"entity": ticket.get("entity"), "location": ticket.get("location")},
    )


def _state(ticket: Mapping[str, object]) -> TicketState:
    assigned = [each for each in items(ticket.get("team")) if each.get("role") in ("assigned", 2)]
    groups = [each for each in assigned if _is_group(each)]
    people = [each for each in assigned if not _is_group(each)]
    status = part(ticket, "status")
    values = {target: ticket.get(target) for target in ("priority", "impact", "urgency", "category")}
    values |= {"ticket_type": ticket.get("type"), "assignment_group": groups[0] if groups else None}
    return TicketState(
        fields=set_values({target: desk_word("glpi", target, value) for target, value in values.items()}),
        status=name_of(status),
        is_closed=id_of(status or ticket.get("status")) in _CLOSED or ticket.get("is_deleted") in (True, 1),
        assignee=name_of(people[0]) if people else None,
    )


def _is_group(member: Mapping[str, object]) -> bool:
    """Whether a team's member is a group; some versions say so only in the member's address."""
    return first(member, "type", "itemtype") == "Group" or "group.form" in (text(member.get("href")) or "")


def _member_id(member: Mapping[str, object]) -> str | None:
    in_address = _ID_IN_ADDRESS.search(text(member.get("href")) or "")
    return text(member.get("id")) or (in_address[1] if in_address else None)


def _hand_over(client: httpx.Client, path: str, ticket: Mapping[str, object], group_id: str) -> None:
    """Makes the group the only one that is assigned."""
    member = {"type": "Group", "id": int(group_id), "role": "assigned"}
    before = [each for each in items(ticket.get("team")) if each.get("role") in ("assigned", 2) and _is_group(each)]
    if group_id not in map(_member_id, before):  # GLPI refuses a member that is there already
        ask(client, "POST", f"{path}/TeamMember", body=member)
    for other in before:
        if (id_ := _member_id(other)) is not None and id_ != group_id:
            ask(client, "DELETE", f"{path}/TeamMember", body={**member, "id": int(id_)})


def _names(client: httpx.Client, path: str) -> dict[str, str]:
    def page(number: int) -> list[Mapping[str, object]]:
        params: Params = {"start": number * 100, "limit": 100}
        return items(ask(client, "GET", f"{_API}{path}", params=params).data)

    listed = all_pages(page)
    return names_to_ids(listed, "completename") or names_to_ids(listed)


def _newest(client: httpx.Client) -> str | None:
    params: Params = {"sort": "id:desc", "limit": 1}
    listed = items(ask(client, "GET", f"{_API}/Assistance/Ticket", params=params).data)
    return id_of(listed[0]) if listed else None
