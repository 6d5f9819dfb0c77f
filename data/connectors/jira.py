"""Jira Service Management: webhooks of issues, and the REST API v3 of Jira Cloud.

Signs the body with HMAC-SHA256 where a secret is set; a webhook without one is refused. Which fields an issue can be
given, and with which values, Jira says itself (`editmeta`): the group is the component, or the field that
`own_fields` names. Notes are internal comments of the service project, which Jira refuses elsewhere, so none becomes
public. Jira has no optimistic locking: the version is compared just before writing. The credentials are
`UserPassword("<address>", "<API token>")`.
"""

from collections.abc import Mapping
from datetime import datetime

import httpx

from data.connectors.checks import run_checks
from data.connectors.client import Params, ask, required, segment
from data.connectors.connector import Change, Delivery, Finding, Options, RemoteTicket, Secrets
from data.connectors.errors import Gone, Refused
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
from data.connectors.signatures import digests, require, require_header
from data.connectors.writing import outstanding
from triage.events import Event, Kind, TicketState
from triage.markup import document_text
from triage.ticket import NewTicket

__all__ = ["Jira"]

_KINDS: Mapping[str, Kind] = {
    "jira:issue_created": "created",
    "jira:issue_updated": "updated",
    "jira:issue_deleted": "deleted",
}
_READ = "summary,description,issuetype,priority,status,assignee,reporter,labels,components,created,updated"


class Jira:
    """Jira Service Management."""

    name = "jira"

    def __init__(self, options: Options) -> None:
        self._own = options.own_fields
        written = {target: id_ for target, id_ in self._own.items() if target != "channel"}
        self.fields: Mapping[str, str] = {
            "ticket_type": "issuetype",
            "priority": "priority",
            "assignment_group": "components",
            **written,
        }

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - no time is sent
        """See `WebhookReader`."""
        given = require_header(delivery.headers, "x-hub-signature")
        require(given, (b"sha256=" + each.hex().encode() for each in digests(secrets, delivery.body, "sha256")))

    def read(self, delivery: Delivery) -> Event:
        """See `WebhookReader`."""
        payload = json_object(delivery)
        issue = part(payload, "issue") or payload
        number = required_id(first(issue, "key", "id"), "issue key")
        values = part(issue, "fields")
        version = time_version(values.get("updated"))
        is_whole = "summary" in values
        return Event(
            delivery_id=delivery_id(
                delivery.headers.get("x-atlassian-webhook-identifier"), number, version, delivery.body
            ),
            kind=_KINDS.get(first(payload, "webhookEvent") or "", "other"),
            reference=text(issue.get("id")) or number,
            number=number,
            version=version,
            actor=first(part(payload, "user"), "accountId", "emailAddress", "name"),
            ticket=self._filed(number, values) if is_whole else None,
            state=self._state(values) if is_whole else None,
        )

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """See `Peer`."""
        path = f"/rest/api/3/issue/{segment(reference)}"
        params: Params = {"fields": ",".join((_READ, *self._own.values()))}
        issue = part(ask(client, "GET", path, params=params).data)
        values = part(issue, "fields")
        number = required(text(issue.get("key")), client)
        newest: Params = {"orderBy": "-created", "maxResults": 50}
        comments = items(part(ask(client, "GET", f"{path}/comment", params=newest).data).get("comments"))
        return RemoteTicket(
            reference=reference,
            number=number,
            version=time_version(values.get("updated")),
            ticket=self._filed(number, values),
            state=self._state(values),
            marks=marks_in(_prose(each.get("body")) for each in comments if each.get("jsdPublic") is not True),
        )

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """See `Peer`."""
        missing = outstanding(self.fields, self.fetch(client, reference), change)
        issue = segment(reference)
        body: dict[str, object] = {}
        if missing.fields:
            known = part(ask(client, "GET", f"/rest/api/3/issue/{issue}/editmeta").data, "fields")
            body["fields"] = {
                self.fields[target]: _value(target, self.fields[target], label, known)
                for target, label in missing.fields.items()
            }
        if missing.tags:  # Jira adds to those that are there; a label has no blanks
            body["update"] = {"labels": [{"add": "_".join(tag.split())} for tag in missing.tags]}
        if body:
            ask(client, "PUT", f"/rest/api/3/issue/{issue}", body=body)
        if missing.note:
            note = {"body": missing.note, "public": False}
            try:
                ask(client, "POST", f"/rest/servicedeskapi/request/{issue}/comment", body=note)
            except Gone:
                raise Refused(
                    "The issue is no request of a service project, so a note on it is not internal."
                ) from None

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """See `Peer`. What a field of a project takes is known issue by issue only."""
        if target == "priority" and target not in self._own:
            return tuple(
                names_to_ids(items(part(ask(client, "GET", "/rest/api/3/priority/search").data).get("values")))
            )
        if target == "ticket_type" and target not in self._own:
            listed = [
                desk_word(self.name, target, each) for each in items(ask(client, "GET", "/rest/api/3/issuetype").data)
            ]
            return tuple(dict.fromkeys(each for each in listed if each))
        return None

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """See `Peer`."""
        return run_checks(
            self,
            client,
            account=lambda: name_of(ask(client, "GET", "/rest/api/3/myself").data),
            newest=lambda: _newest(client),
            reference=reference,
            may_write=may_write,
            more=lambda named: self._editable(client, named),
        )

    def _editable(self, client: httpx.Client, reference: str) -> list[Finding]:
        """Whether every field that may be written stands on the screen for editing."""
        known = part(ask(client, "GET", f"/rest/api/3/issue/{segment(reference)}/editmeta").data, "fields")
        left = sorted(target for target, id_ in self.fields.items() if id_ not in known)
        if not left:
            return [Finding(True, "Every field can be edited.")]
        return [
            Finding(False, f"Cannot edit {', '.join(left)}: not on the issue's edit screen, or a right is missing.")
        ]

    def _filed(self, number: str, values: Mapping[str, object]) -> NewTicket:
        reporter = part(values, "reporter")
        return filed_ticket(
            self.name,
            number,
            subject=values.get("summary"),
            body=_prose(values.get("description")),
            opened_at=values.get("created"),
            customer=(first(reporter, "accountId", "name", "displayName", "emailAddress"),),
            channel=values.get(self._own.get("channel", "")),
        )

    def _state(self, values: Mapping[str, object]) -> TicketState:
        status = part(values, "status")
        return TicketState(
            fields=set_values(
                {target: desk_word(self.name, target, _single(values.get(id_))) for target, id_ in self.fields.items()}
            ),
            status=name_of(status),
            is_closed=first(part(status, "statusCategory"), "key") == "done",
            assignee=first(part(values, "assignee"), "accountId", "name", "emailAddress"),
            tags=texts(values.get("labels")),
        )


def _prose(value: object) -> str:
    """A text, or a document of Atlassian's, as plain text."""
    return document_text(value) if isinstance(value, str | list | Mapping) else ""


def _single(value: object) -> object:
    """The first of several: an issue has one group where it has several components."""
    return value[0] if isinstance(value, list) and value else value


def _value(target: str, id_: str, label: str, known: Mapping[str, object]) -> object:
    """What a field is given for a label.

    Raises:
        Refused: it is not on the issue's edit screen, or does not take the label.
    """
    if id_ not in known:
        raise Refused(f"The issue's edit screen has no {target} ({id_}).")
    field = part(known, id_)
    is_list = part(field, "schema").get("type") == "array"
    if "allowedValues" not in field:
        return [label] if is_list else label
    by_word: dict[str, str | None] = {}
    for each in items(field.get("allowedValues")):
        by_word.setdefault((desk_word("jira", target, each) or "").casefold(), id_of(each))
    found = by_word.get(label.casefold())
    if found is None:
        raise Refused(f"The issue takes no {target} '{label}'.")
    return [{"id": found}] if is_list else {"id": found}


def _newest(client: httpx.Client) -> str | None:
    params: Params = {"jql": "created >= -365d ORDER BY created DESC", "maxResults": 1, "fields": "summary"}
    listed = items(part(ask(client, "GET", "/rest/api/3/search/jql", params=params).data).get("issues"))
    return id_of(listed[0]) if listed else None
