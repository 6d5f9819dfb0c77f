"""Request Tracker 5: what a scrip posts, and REST 2.

RT signs nothing: the delivery carries a secret itself. A scrip (`docs/connect/rt-scrip.pl`) posts
`{"ticket": {...}, "transaction": {...}}`; ids are enough. The version is the number of the last transaction, which RT
gives as the ETag: it is sent back as `If-Match`, so a ticket that somebody changed meanwhile is not overwritten. RT
answers success also where it left a field as it was, so the ticket is read again. The mark stands in the subject of
the comment, as RT lists subjects without texts. The type, a category and tags are custom fields: their names go into
`own_fields`. The credentials are `Token("…", "token")`.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import httpx

from data.connectors.checks import run_checks
from data.connectors.client import Params, ask, required, segment
from data.connectors.connector import Change, Delivery, Finding, Options, RemoteTicket, Secrets
from data.connectors.errors import Gone, PeerError, Refused
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
    name_of,
    names_to_ids,
    number_version,
    part,
    required_id,
    set_values,
    text,
    texts,
)
from data.connectors.signatures import require_shared_secret
from data.connectors.writing import outstanding, peer_value, require_taken
from triage.events import Event, Kind, TicketState
from triage.markup import plain_text
from triage.ticket import NewTicket

__all__ = ["RequestTracker"]

_PRIORITIES = {"Low": "0", "Medium": "50", "High": "100"}
_DELETED = "deleted"
_CLOSED = ("resolved", "rejected", _DELETED)
_KINDS: Mapping[str, Kind] = {
    "Create": "created",
    "Comment": "other",
    "CommentEmailRecord": "other",
    "EmailRecord": "other",
}


class RequestTracker:
    """Request Tracker 5."""

    name = "rt"

    def __init__(self, options: Options) -> None:
        self._own = {target: name for target, name in options.own_fields.items() if target != "tags"}
        self._tags = options.own_fields.get("tags")
        self.fields: Mapping[str, str] = {"assignment_group": "Queue", "priority": "Priority", **self._own}

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - no time is sent
        """See `WebhookReader`."""
        require_shared_secret(delivery, secrets)

    def read(self, delivery: Delivery) -> Event:
        """See `WebhookReader`."""
        payload = json_object(delivery)
        ticket, transaction = part(payload, "ticket") or payload, part(payload, "transaction")
        reference = required_id(first(ticket, "id", "EffectiveId"))
        version = number_version(first(transaction, "id") or first(payload, "transaction_id"))
        is_whole = "Subject" in ticket
        status = (text(ticket.get("Status")) or "").lower()
        is_creation = text(transaction.get("Type")) == "Create"
        content = (text(transaction.get("Content")) if is_creation else None) or text(ticket.get("Content"))
        return Event(
            delivery_id=delivery_id(None, reference, version, delivery.body),
            kind="deleted" if status == _DELETED else _KINDS.get(text(transaction.get("Type")) or "", "updated"),
            reference=reference,
            number=reference,
            version=version,
            actor=id_of(transaction.get("Creator")),
            ticket=self._filed(ticket, content or "") if is_whole else None,
            state=self._state(ticket) if is_whole else None,
        )

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """See `Peer`."""
        return self._seen(client, reference, with_body=True)[0]

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """See `Peer`."""
        remote, etag = self._seen(client, reference, with_body=False)
        missing = outstanding(self.fields, remote, replace(change, fields=self._in_numbers(change.fields)))
        body: dict[str, object] = {}
        custom: dict[str, object] = {}
        for target, label in missing.fields.items():
            (custom if target in self._own else body)[self.fields[target]] = label
        if missing.tags and self._tags:
            custom[self._tags] = [*(remote.state.tags or ()), *missing.tags]
        if custom:
            body["CustomFields"] = custom
        path = _path(reference)
        if body:
            ask(client, "PUT", path, body=body, headers={"if-match": etag} if etag else {})
            now = self._state(part(ask(client, "GET", path, params=_EXPANDED).data))
            require_taken(missing.fields, now.fields, client.base_url.host)
            if self._tags and not set(missing.tags) <= set(now.tags or ()):
                raise Refused(
                    f"{client.base_url.host} answered success but left as it was: {self._tags}. Does the account lack "
                    "the right ModifyCustomField, or the queue such a field for several values?"
                )
        if missing.note:
            note = {"Subject": change.mark, "Content": missing.note, "ContentType": "text/plain"}
            ask(client, "POST", f"{path}/comment", body=note)

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """See `Peer`."""
        if target == "priority" and target not in self._own:
            return tuple(_PRIORITIES)
        return tuple(names_to_ids(_queues(client), "Name")) if target == "assignment_group" else None

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """See `Peer`. RT links tickets and queues to what the account may do with them."""
        findings = run_checks(
            self,
            client,
            account=lambda: f"an account of RT {text(part(ask(client, 'GET', '/REST/2.0/rt').data).get('Version'))}",
            newest=lambda: _newest(client),
            reference=reference,
            may_write=may_write,
            more=lambda named: self._rights(client, named),
        )
        if may_write and reference is not None and findings[-1].passed:
            findings.append(self._sees_notes(client, reference))
        return findings

    def _rights(self, client: httpx.Client, reference: str) -> list[Finding]:
        ticket = part(ask(client, "GET", _path(reference)).data)
        links = _links(ticket)
        named = {*self._own.values(), *([self._tags] if self._tags else [])}
        unseen = sorted(named - _custom(ticket).keys())
        queues = _queues(client)
        # older releases tell no links of a list
        told = [each for each in queues if "_hyperlinks" in each]
        barred = [text(each.get("Name")) or "" for each in told if "create" not in _links(each)]
        return [
            _right("comment on the ticket", "CommentOnTicket", holds="comment" in links),
            _right("change the ticket", "ModifyTicket", holds="lifecycle" in links),
            _right("see a queue", "SeeQueue", holds=bool(queues)),
            _right(f"move tickets to {', '.join(barred) or 'every queue it sees'}", "CreateTicket", holds=not barred),
            *(
                _right(f"see the custom field {name}, if the queue has it", "SeeCustomField", holds=False)
                for name in unseen
            ),
        ]

    def _sees_notes(self, client: httpx.Client, reference: str) -> Finding:
        """Whether notes are found again: RT lets an account write comments that it may not see."""
        try:
            marks = self._seen(client, reference, with_body=False)[0].marks
        except PeerError as error:
            return Finding(False, f"Cannot see the note: {error}")
        return _right("see comments, so that no note is written twice", "ShowTicketComments", holds=bool(marks))

    def _in_numbers(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The labels, with the priority as RT counts it; desks also have numbers of their own."""
        label = fields.get("priority")
        if label is None or label.isdecimal() or "priority" in self._own:
            return dict(fields)
        return {**fields, "priority": str(peer_value("priority", label, _PRIORITIES))}

    def _seen(self, client: httpx.Client, reference: str, *, with_body: bool) -> tuple[RemoteTicket, str]:
        """The ticket, and its ETag as it came."""
        path = _path(reference)
        answer = ask(client, "GET", path, params=_EXPANDED)
        ticket, etag = part(answer.data), answer.headers.get("etag", "")
        number = required(text(ticket.get("id")), client)
        if (text(ticket.get("Status")) or "").lower() == _DELETED:
            raise Gone(f"{client.base_url.host} has no such ticket any more: it was deleted.")
        newest: Params = {"fields": "Subject", "per_page": 100, "orderby": "id", "order": "DESC"}
        listed = items(part(ask(client, "GET", f"{path}/attachments", params=newest).data).get("items"))
        remote = RemoteTicket(
            reference=reference,
            number=number,
            version=number_version(etag.removeprefix("W/").strip('"')),
            ticket=self._filed(ticket, _first_message(client, number) if with_body else ""),
            state=self._state(ticket),
            marks=marks_in(text(each.get("Subject")) or "" for each in listed),
        )
        return remote, etag

    def _filed(self, ticket: Mapping[str, object], content: str) -> NewTicket:
        custom = _custom(ticket)
        requestors = ticket.get("Requestor") or ticket.get("Requestors")
        people = requestors if isinstance(requestors, list) else [requestors]
        return filed_ticket(
            self.name,
            required_id(first(ticket, "id", "EffectiveId")),
            subject=ticket.get("Subject"),
            body=plain_text(content),
            opened_at=ticket.get("Created"),
            customer=(*map(_user, people), _user(ticket.get("Creator"))),
            channel=custom.get("Channel"),
            attributes={"location": custom.get("Location")},
        )

    def _state(self, ticket: Mapping[str, object]) -> TicketState:
        custom = _custom(ticket)
        status = text(ticket.get("Status"))
        owner = _user(ticket.get("Owner"))
        values = {"assignment_group": name_of(ticket.get("Queue")), "priority": ticket.get("Priority")}
        values |= {target: custom.get(name) for target, name in self._own.items()}
        tags = next((texts(each.get("values")) for each in _customs(ticket) if each.get("name") == self._tags), None)
        return TicketState(
            fields=set_values({target: desk_word(self.name, target, value) for target, value in values.items()}),
            status=status,
            is_closed=(status or "").lower() in _CLOSED,
            assignee=None if owner in (None, "Nobody") else owner,
            tags=tags,
        )


_EXPANDED: Params = {"fields[Queue]": "Name", "fields[Owner]": "Name"}


def _path(reference: str) -> str:
    return f"/REST/2.0/ticket/{segment(reference, '[0-9]{1,18}')}"


def _user(value: object) -> str | None:
    """A person's address or name; RT's id of a person is the name."""
    return first(value, "EmailAddress", "Name", "id") if isinstance(value, Mapping) else text(value)


def _customs(ticket: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Custom fields as REST 2 lists them, also where a scrip posts them as an object."""
    given = ticket.get("CustomFields")
    if isinstance(given, Mapping):
        return [
            {"name": name, "values": value if isinstance(value, list) else [value]} for name, value in given.items()
        ]
    return items(given)


def _custom(ticket: Mapping[str, object]) -> dict[str, str | None]:
    """The first value of every custom field, by its name."""
    return {
        text(each.get("name")) or "": next(iter(texts(each.get("values")) or ()), None) for each in _customs(ticket)
    }


def _first_message(client: httpx.Client, number: str) -> str:
    """The text that opened the ticket; empty where it has none, whatever was written or merged into it later."""
    if (creation := _creation(client, number)) is None:
        return ""
    path = f"/REST/2.0/transaction/{segment(creation)}/attachments"
    params: Params = {"fields": "ContentType,Filename", "per_page": 20, "orderby": "id", "order": "ASC"}
    listed = items(part(ask(client, "GET", path, params=params).data).get("items"))
    written = [each for each in listed if not text(each.get("Filename"))]
    for kind in ("text/plain", "text/html"):
        for each in written:
            if text(each.get("ContentType")) == kind and (id_ := id_of(each)):
                data = part(ask(client, "GET", f"/REST/2.0/attachment/{segment(id_)}").data)
                if content := _decoded(text(data.get("Content")) or ""):
                    return content
    return ""


def _creation(client: httpx.Client, number: str) -> str | None:
    """The id of the transaction that opened the ticket; a ticket's history also has those merged into it."""
    query = json.dumps([{"field": "Type", "value": "Create"}, {"field": "ObjectId", "value": number}])
    listed = items(part(ask(client, "GET", f"{_path(number)}/history", params={"query": query}).data).get("items"))
    return id_of(listed[0]) if listed else None


def _decoded(content: str) -> str:
    """An attachment's text, which REST 2 gives in base64."""
    try:
        return base64.b64decode("".join(content.split()).encode("ascii"), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return content


def _queues(client: httpx.Client) -> list[Mapping[str, object]]:
    """Those that are not disabled. RT leaves what the account may not see out of a page, so only an empty one ends."""

    def page(number: int) -> list[Mapping[str, object]]:
        params: Params = {"fields": "Name,_hyperlinks", "per_page": 100, "page": number + 1}
        return items(part(ask(client, "GET", "/REST/2.0/queues/all", params=params).data).get("items"))

    return all_pages(page, size=1)


def _links(record: Mapping[str, object]) -> set[str | None]:
    """What RT offers the account to do with a ticket or a queue."""
    return {text(each.get("ref")) for each in items(record.get("_hyperlinks"))}


def _right(what: str, right: str, *, holds: bool) -> Finding:
    if holds:
        return Finding(True, f"May {what}.")
    return Finding(False, f"May not {what}: the account lacks the right {right}.")


def _newest(client: httpx.Client) -> str | None:
    params: Params = {"query": "id > 0", "per_page": 1, "orderby": "id", "order": "DESC"}
    listed = items(part(ask(client, "GET", "/REST/2.0/tickets", params=params).data).get("items"))
    return id_of(listed[0]) if listed else None
