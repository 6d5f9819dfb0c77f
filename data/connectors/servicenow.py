"""ServiceNow: what a business rule or a flow posts, and the Table API.

ServiceNow signs nothing: the delivery carries a secret itself. Post the record's fields as JSON, with `operation`
(`insert`, `update`, `delete`) if the table has it. Rules of the instance run on everything that is written here. The
Table API answers success even where an access rule left a field as it was, so its answer is compared with what was
asked. It has no optimistic locking and no tags: the version is compared just before writing, and tags go into the
text column that `own_fields` names as `tags`, with commas between them. A record's class cannot be changed. The
credentials are `UserPassword`, or `OAuthPassword` with `token_url="/oauth_token.do"`.
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
    number_version,
    part,
    required_id,
    set_values,
    text,
    texts,
)
from data.connectors.signatures import require_shared_secret
from data.connectors.writing import Outstanding, outstanding, require_taken
from triage.events import Event, Kind, TicketState
from triage.markup import plain_text
from triage.ticket import NewTicket

__all__ = ["ServiceNow"]

_KINDS: Mapping[str, Kind] = {
    "insert": "created",
    "created": "created",
    "update": "updated",
    "updated": "updated",
    "delete": "deleted",
    "deleted": "deleted",
}
_CLOSED = ("6", "7", "8", "resolved", "closed", "canceled")
_LEVEL = re.compile(r"(\d) - ")
_LEVELS = ("priority", "impact", "urgency")
_TABLE = "incident"
_SYS_ID = r"[0-9a-f]{32}"
_READ = (
    "sys_id,number,short_description,description,caller_id,opened_at,sys_created_on,contact_type,sys_class_name,"
    "assignment_group,assigned_to,priority,impact,urgency,category,state,active,location,company,sys_mod_count,work_notes"
)


class ServiceNow:
    """ServiceNow, by its Table API."""

    name = "servicenow"

    def __init__(self, options: Options) -> None:
        self._own = options.own_fields
        self._lookup = Lookup()
        self.fields: Mapping[str, str] = {
            "assignment_group": "assignment_group",
            "impact": "impact",
            "urgency": "urgency",
            "priority": "priority",
            "category": "category",
            **{target: column for target, column in self._own.items() if target != "tags"},
        }

    def verify(self, delivery: Delivery, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - no time is sent
        """See `WebhookReader`."""
        require_shared_secret(delivery, secrets)

    def read(self, delivery: Delivery) -> Event:
        """See `WebhookReader`."""
        payload = json_object(delivery)
        record = part(payload, "record") or part(payload, "result") or payload
        sys_id = required_id(id_of(record.get("sys_id")), "sys_id")
        number = required_id(name_of(record.get("number")) or sys_id)
        count = id_of(record.get("sys_mod_count"))
        version = number_version(count)
        table = id_of(record.get("sys_class_name")) or _TABLE
        is_whole = "short_description" in record
        said = (first(payload, "operation", "event") or first(record, "operation", "event") or "").lower()
        return Event(
            delivery_id=delivery_id(None, sys_id, version, delivery.body),
            kind=_KINDS.get(said, "created" if count == "0" else "updated"),
            reference=sys_id if table == _TABLE or not re.fullmatch(r"[a-z0-9_]+", table) else f"{table}/{sys_id}",
            number=number,
            version=version,
            actor=id_of(record.get("sys_updated_by")),
            ticket=self._filed(number, record) if is_whole else None,
            state=self._state(record) if is_whole else None,
        )

    def fetch(self, client: httpx.Client, reference: str) -> RemoteTicket:
        """See `Peer`."""
        params: Params = {"sysparm_display_value": "all", "sysparm_fields": ",".join((_READ, *self._own.values()))}
        record = part(ask(client, "GET", _path(reference), params=params).data, "result")
        number = required(name_of(record.get("number")), client)
        return RemoteTicket(
            reference=reference,
            number=number,
            version=number_version(id_of(record.get("sys_mod_count"))),
            ticket=self._filed(number, record),
            state=self._state(record),
            marks=marks_in((name_of(record.get("work_notes")) or "",)),
        )

    def write(self, client: httpx.Client, reference: str, change: Change) -> None:
        """See `Peer`."""
        remote = self.fetch(client, reference)
        missing = outstanding(self.fields, remote, change)
        body = self._body(client, missing, remote)
        if not body:
            return
        params: Params = {"sysparm_display_value": "all", "sysparm_fields": ",".join(self.fields.values())}
        record = part(ask(client, "PATCH", _path(reference), params=params, body=body).data, "result")
        require_taken(missing.fields, self._state(record).fields, client.base_url.host)

    def labels(self, client: httpx.Client, target: str) -> tuple[str, ...] | None:
        """See `Peer`."""
        if target == "assignment_group":
            return tuple(_groups(client))
        if target in self.fields:
            choices = self._choices(client, self.fields[target])
            return tuple(dict.fromkeys(desk_word(self.name, target, each) or each for each in choices)) or None
        return None

    def check(self, client: httpx.Client, reference: str | None = None, *, may_write: bool = False) -> list[Finding]:
        """See `Peer`."""
        return run_checks(
            self,
            client,
            account=lambda: _account(client),
            newest=lambda: _newest(client),
            reference=reference,
            may_write=may_write,
        )

    def _body(self, client: httpx.Client, missing: Outstanding, remote: RemoteTicket) -> dict[str, object]:
        body: dict[str, object] = {}
        for target, label in missing.fields.items():
            column = self.fields[target]
            if target == "assignment_group":
                asked = f"{client.base_url} groups"
                body[column] = self._lookup.id(asked, label, "group", lambda: _groups(client))
            elif target in _LEVELS and (level := _LEVEL.match(label)):
                body[column] = level[1]
            else:
                choices = {each.casefold(): value for each, value in self._choices(client, column).items()}
                body[column] = choices.get(label.casefold(), label)
        if missing.tags and "tags" in self._own:
            body[self._own["tags"]] = ",".join((*(remote.state.tags or ()), *missing.tags))
        if missing.note:
            body["work_notes"] = missing.note
        return body

    def _choices(self, client: httpx.Client, column: str) -> Mapping[str, str]:
        """The values of a column by their labels in English."""
        query = f"nameINtask,{_TABLE}^element={segment(column)}^inactive=false^language=en^ORDERBYsequence"

        def load() -> dict[str, str]:
            params: Params = {"sysparm_query": query, "sysparm_fields": "label,value", "sysparm_limit": 1000}
            listed = items(part(ask(client, "GET", "/api/now/table/sys_choice", params=params).data).get("result"))
            return names_to_ids(listed, "label", "value")

        return self._lookup.names(f"{client.base_url} {column}", load)

    def _filed(self, number: str, record: Mapping[str, object]) -> NewTicket:
        return filed_ticket(
            self.name,
            number,
            subject=name_of(record.get("short_description")),
            body=plain_text(name_of(record.get("description")) or ""),
            opened_at=id_of(record.get("opened_at")) or id_of(record.get("sys_created_on")),
            customer=(record.get("caller_id"), record.get("requested_for")),
            channel=record.get("contact_type"),
            attributes={"location": record.get("location"), "company": record.get("company")},
        )

    def _state(self, record: Mapping[str, object]) -> TicketState:
        columns = {"ticket_type": "sys_class_name", **self.fields}
        values = {target: record.get(column) for target, column in columns.items()}
        state = name_of(record.get("state"))
        return TicketState(
            fields=set_values(
                {
                    target: desk_word(self.name, target, value)
                    for target, value in values.items()
                    if not re.fullmatch(_SYS_ID, name_of(value) or "")  # a reference whose name was not sent along
                }
            ),
            status=state,
            is_closed=(id_of(record.get("state")) or "").lower() in _CLOSED
            or (state or "").lower() in _CLOSED
            or id_of(record.get("active")) == "false",
            assignee=id_of(record.get("assigned_to")),
            tags=texts(name_of(record.get(self._own["tags"])) or "") if "tags" in self._own else None,
        )


def _path(reference: str) -> str:
    """Where a record is: `sys_id` of an incident, or table and `sys_id`."""
    table, _, sys_id = reference.rpartition("/")
    return f"/api/now/table/{segment(table or _TABLE, '[a-z0-9_]{1,80}')}/{segment(sys_id, _SYS_ID)}"


def _groups(client: httpx.Client) -> dict[str, str]:
    def page(number: int) -> list[Mapping[str, object]]:
        params: Params = {
            "sysparm_query": "active=true^ORDERBYname",
            "sysparm_fields": "sys_id,name",
            "sysparm_limit": 1000,
            "sysparm_offset": number * 1000,
        }
        return items(part(ask(client, "GET", "/api/now/table/sys_user_group", params=params).data).get("result"))

    return names_to_ids(all_pages(page, 1000), id_="sys_id")


def _account(client: httpx.Client) -> str | None:
    params: Params = {
        "sysparm_query": "user_name=javascript:gs.getUserName()",
        "sysparm_fields": "user_name,name",
        "sysparm_limit": 1,
    }
    listed = items(part(ask(client, "GET", "/api/now/table/sys_user", params=params).data).get("result"))
    return first(listed[0], "user_name", "name") if listed else None


def _newest(client: httpx.Client) -> str | None:
    params: Params = {"sysparm_query": "ORDERBYDESCsys_created_on", "sysparm_fields": "sys_id", "sysparm_limit": 1}
    listed = items(part(ask(client, "GET", f"/api/now/table/{_TABLE}", params=params).data).get("result"))
    return text(listed[0].get("sys_id")) if listed else None
