"""Ticketing systems, as small as a test needs: one ticket, two groups, notes and tags; and every way to misbehave."""

# ruff: noqa: D102, C901, PLR0911, ANN401, ARG002 - `FakePeer` says what methods do; systems answer path by path, any JSON

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx

PAYLOADS = Path(__file__).parent / "payloads"
LATER = "2026-11-21T09:30:00Z"
GROUPS = {"Service Desk": 360001, "Network": 360002}

Failure = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response] | None


def recorded(name: str) -> Any:
    """A payload as somebody recorded it."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


class FakePeer:
    """Answers like its system; `failures` are given first, one a request, where None is the usual answer.

    `broken_after` is how many writes are made and then answered by half.
    """

    name = ""

    def __init__(self) -> None:
        self.ticket: Any = recorded(f"{self.name}_ticket")
        self.notes: list[str] = []
        self.public_notes: list[str] = []
        self.requests: list[httpx.Request] = []
        self.failures: list[Failure] = []
        self.broken_after = 0
        self.n_groups_asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        if failure is not None:
            return failure(request) if callable(failure) else failure
        answer = self.answer(request, request.url.path, json.loads(request.content) if request.content else None)
        if self.broken_after and request.method != "GET":
            self.broken_after -= 1
            if not self.broken_after:
                return httpx.Response(200, content=b'{"ticket": {"id"', headers={"content-type": "application/json"})
        return answer

    @property
    def writes(self) -> list[httpx.Request]:
        """What was asked that changes something."""
        return [each for each in self.requests if each.method != "GET"]

    @property
    def group(self) -> str:
        """The group that the ticket has."""
        raise NotImplementedError

    @property
    def tags(self) -> list[str]:
        """The tags that the ticket has."""
        return self.ticket["tags"]

    def touch(self) -> None:
        """Somebody changes the ticket."""
        self.ticket["updated_at"] = LATER

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        """The system's own answer."""
        raise NotImplementedError

    def note(self, text: str, *, internal: bool) -> None:
        """Keeps a note where it belongs."""
        (self.notes if internal else self.public_notes).append(text)


def found(data: object, **headers: str) -> httpx.Response:
    """An answer."""
    return httpx.Response(200, json=data, headers=headers)


def missing() -> httpx.Response:
    """No such thing."""
    return httpx.Response(404, json={"error": "RecordNotFound"})


class FakeZendesk(FakePeer):
    """Compares `updated_stamp`, and replaces tags."""

    name = "zendesk"

    @property
    def group(self) -> str:
        return {id_: name for name, id_ in GROUPS.items()}[self.ticket["ticket"]["group_id"]]

    @property
    def tags(self) -> list[str]:
        return self.ticket["ticket"]["tags"]

    def touch(self) -> None:
        self.ticket["ticket"]["updated_at"] = LATER

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        ticket = self.ticket["ticket"]
        if path == "/api/v2/groups.json":
            self.n_groups_asked += 1
            return found({"groups": [{"id": id_, "name": name, "deleted": False} for name, id_ in GROUPS.items()]})
        if path == "/api/v2/users/me.json":
            return found({"user": {"id": 1, "name": "Triage"}})
        if path == "/api/v2/tickets.json":
            return found({"tickets": [ticket]})
        if path == "/api/v2/ticket_fields/4711.json":
            return found({"ticket_field": {"custom_field_options": [
                {"name": "Network", "value": "cat_network"}, {"name": "Mail", "value": "cat_mail"}]}})  # fmt: skip
        if path == "/api/v2/tickets/35436/comments.json":
            kept = [{"id": n, "body": text, "public": False} for n, text in enumerate(self.notes)]
            return found({"comments": [*reversed(kept), {"id": 99, "body": ticket["description"], "public": True}]})
        if path != "/api/v2/tickets/35436.json":
            return missing()
        if request.method == "GET":
            groups = [{"id": id_, "name": name} for name, id_ in GROUPS.items()]
            return found(self.ticket | {"groups": groups})
        change = body["ticket"]
        if change.pop("safe_update") and change.pop("updated_stamp") != ticket["updated_at"]:
            return httpx.Response(409, json={"error": "UpdateConflict"})
        if comment := change.pop("comment", None):
            self.note(comment["body"], internal=comment["public"] is False)
        ticket.update(change)
        self.touch()
        return found({"ticket": ticket})


class FakeJira(FakePeer):
    """Knows what may be edited, adds labels, and keeps notes of the service project."""

    name = "jira"
    COMPONENTS = ({"id": "20001", "name": "Service Desk"}, {"id": "20002", "name": "Network"})

    @property
    def group(self) -> str:
        return self.ticket["fields"]["components"][0]["name"]

    @property
    def tags(self) -> list[str]:
        return self.ticket["fields"]["labels"]

    def touch(self) -> None:
        self.ticket["fields"]["updated"] = LATER

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        if path == "/rest/api/3/myself":
            return found({"accountId": "557", "displayName": "Triage"})
        if path == "/rest/api/3/search/jql":
            return found({"issues": [{"id": "10002"}]})
        if path == "/rest/api/3/priority/search":
            return found({"values": [{"id": "1", "name": "Highest"}, {"id": "2", "name": "High"}]})
        if path == "/rest/api/3/issuetype":
            return found([{"id": "1", "name": "[System] Incident"}, {"id": "2", "name": "[System] Service request"}])
        if path == "/rest/servicedeskapi/request/10002/comment":
            self.note(body["body"], internal=body["public"] is False)
            self.touch()
            return httpx.Response(201, json={"id": "1"})
        if path == "/rest/api/3/issue/10002/comment":
            doc = [{"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [
                {"type": "text", "text": text}]}]} for text in self.notes]  # fmt: skip
            return found({"comments": [{"body": each, "jsdPublic": False} for each in doc]})
        if path == "/rest/api/3/issue/10002/editmeta":
            return found({"fields": {
                "components": {"schema": {"type": "array"}, "allowedValues": list(self.COMPONENTS)},
                "priority": {"schema": {"type": "priority"}, "allowedValues": [{"id": "2", "name": "High"}]},
                "issuetype": {"schema": {"type": "issuetype"}, "allowedValues": [
                    {"id": "10010", "name": "[System] Incident"}, {"id": "10011", "name": "[System] Service request"}]},
            }})  # fmt: skip
        if path != "/rest/api/3/issue/10002":
            return missing()
        if request.method == "GET":
            return found(self.ticket)
        for chosen in body.get("fields", {}).get("components", []):
            self.ticket["fields"]["components"] = [each for each in self.COMPONENTS if each["id"] == chosen["id"]]
        self.tags.extend(each["add"] for each in body.get("update", {}).get("labels", []))
        self.touch()
        return httpx.Response(204)


class FakeServiceNow(FakePeer):
    """Answers with display values, and with success whatever it did."""

    name = "servicenow"
    GROUPS: ClassVar = {
        "Service Desk": "d625dccec0a8016700a222a0f7900d06",
        "Network": "287ebd7da9fe198100f92cc8d1d2154e",
    }
    locked: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.ticket["assignment_group"]["display_value"]

    @property
    def tags(self) -> list[str]:
        return self.ticket.setdefault("u_tags", {"value": "remote", "display_value": "remote"})["value"].split(",")

    def touch(self) -> None:
        self.ticket["sys_mod_count"] = {"display_value": "5", "value": "5"}

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        table = path.removeprefix("/api/now/table/")
        if table == "sys_user_group":
            self.n_groups_asked += 1
            return found({"result": [{"name": name, "sys_id": id_} for name, id_ in self.GROUPS.items()]})
        if table == "sys_user":
            return found({"result": [{"user_name": "triage"}]})
        if table == "sys_choice":
            return found({"result": [{"label": "Network", "value": "network"}, {"label": "Mail", "value": "mail"}]})
        if table == "incident":
            return found({"result": [{"sys_id": self.ticket["sys_id"]["value"]}]})
        if table != "incident/a9e30c7dc61122760116894de7bcc7bd":
            return missing()
        assert self.tags
        for column, value in (body or {}).items():
            if column in self.locked:
                continue
            shown = {id_: name for name, id_ in self.GROUPS.items()}.get(value, value)
            if column == "work_notes":
                self.note(value, internal=True)
                shown = "\n\n".join(f"2026-11-21 10:30 - triage (Work notes)\n{each}" for each in self.notes)
            self.ticket[column] = {"display_value": shown, "value": value}
            self.touch()
        return found({"result": self.ticket})


class FakeFreshservice(FakePeer):
    """Replaces tags, and shows conversations page by page."""

    name = "freshservice"

    @property
    def group(self) -> str:
        return {id_: name for name, id_ in GROUPS.items()}[self.ticket["group_id"]]

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        if path == "/api/v2/groups":
            self.n_groups_asked += 1
            return found({"groups": [{"id": id_, "name": name} for name, id_ in GROUPS.items()]})
        if path == "/api/v2/ticket_form_fields":
            return found(
                {"ticket_fields": [{"name": "category", "choices": [{"value": "Network"}, {"value": "Mail"}]}]}
            )
        if path == "/api/v2/tickets":
            return found({"tickets": [self.ticket]})
        if path == "/api/v2/tickets/4242/conversations":
            return found({"conversations": [{"body_text": each, "private": True} for each in self.notes]})
        if path == "/api/v2/tickets/4242/notes":
            self.note(body["body"], internal=body["private"] is True)
            return httpx.Response(201, json={"conversation": {"id": 1}})
        if path != "/api/v2/tickets/4242":
            return missing()
        if request.method == "PUT":
            self.ticket.update(body)
            self.touch()
        return found({"ticket": self.ticket})


class FakeZammad(FakePeer):
    """Takes names, and refuses those that it has not."""

    name = "zammad"

    def __init__(self) -> None:
        super().__init__()
        self._tags = ["remote"]

    @property
    def group(self) -> str:
        return self.ticket["group"]

    @property
    def tags(self) -> list[str]:
        return self._tags

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        if path == "/api/v1/groups":
            return found([{"id": id_, "name": name, "active": True} for name, id_ in GROUPS.items()])
        if path == "/api/v1/ticket_priorities":
            return found([{"id": 2, "name": "2 normal", "active": True}])
        if path == "/api/v1/users/me":
            return found({"id": 4, "email": "triage@example.org"})
        if path == "/api/v1/tickets":
            return found([self.ticket])
        if path == "/api/v1/tags":
            return found({"tags": self._tags})
        if path == "/api/v1/tags/add":
            self._tags.append(body["item"])
            return httpx.Response(201, json=True)
        if path == "/api/v1/ticket_articles/by_ticket/81":
            first = recorded("zammad")["article"]
            return found([first, *({"body": each, "internal": True} for each in self.notes)])
        if path != "/api/v1/tickets/81":
            return missing()
        if request.method == "PUT":
            if body.get("group", "Network") not in GROUPS:
                return httpx.Response(422, json={"error": f"No lookup value found for 'group': \"{body['group']}\""})
            if article := body.pop("article", None):
                self.note(article["body"], internal=article["internal"] is True)
            self.ticket.update(body)
            self.touch()
        return found(self.ticket)


class FakeGlpi(FakePeer):
    """Gives tokens, and refuses a member that is in the team already."""

    name = "glpi"
    IDS: ClassVar = {"Service Desk": 3, "Network": 4}

    @property
    def group(self) -> str:
        names = [each["name"] for each in self.ticket["team"] if each["type"] == "Group"]
        return " and ".join(names)

    @property
    def tags(self) -> list[str]:
        return []

    def touch(self) -> None:
        self.ticket["date_mod"] = LATER

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        path = path.removeprefix("/api.php/v2")
        if path == "/Administration/Group":
            self.n_groups_asked += 1
            return found([{"id": id_, "name": name} for name, id_ in self.IDS.items()])
        if path == "/Dropdowns/ITILCategory":
            return found([{"id": 4, "name": "Network", "completename": "Hardware > Network"}])
        if path == "/Administration/User/Me":
            return found({"id": 9, "username": "triage"})
        if path == "/Assistance/Ticket":
            return found([self.ticket])
        if path == "/Assistance/Ticket/507/Timeline/Followup":
            if request.method == "GET":
                return found(
                    [{"type": "Followup", "item": {"content": each, "is_private": True}} for each in self.notes]
                )
            self.note(body["content"], internal=body["is_private"] is True)
            return httpx.Response(201, json={"id": 1})
        if path == "/Assistance/Ticket/507/TeamMember":
            return self._member(request.method, body)
        if path != "/Assistance/Ticket/507":
            return missing()
        if request.method == "PATCH":
            self.ticket.update(body)
            self.touch()
        return found(self.ticket)

    def _member(self, method: str, body: Any) -> httpx.Response:
        there = [each for each in self.ticket["team"] if (each["type"], each["id"]) == (body["type"], body["id"])]
        if method == "DELETE":
            self.ticket["team"] = [each for each in self.ticket["team"] if each not in there]
            return httpx.Response(200, json=None)
        if there:
            return httpx.Response(400, json={"status": "ERROR_INVALID_PARAMETER"})
        name = {id_: name for name, id_ in self.IDS.items()}[body["id"]]
        self.ticket["team"].append(body | {"name": name})
        self.touch()
        return httpx.Response(201, json=None)


class FakeRt(FakePeer):
    """Compares ETags, answers success whatever it did, and gives contents in base64."""

    name = "rt"

    def __init__(self) -> None:
        super().__init__()
        self.last_transaction = 9001
        self.subjects: list[str] = []

    @property
    def group(self) -> str:
        return self.ticket["Queue"]["Name"]

    @property
    def tags(self) -> list[str]:
        return self.ticket["CustomFields"][0]["values"]

    def touch(self) -> None:
        self.last_transaction += 1

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        path = path.removeprefix("/REST/2.0")
        if path == "/queues/all":
            self.n_groups_asked += 1
            links = [{"ref": "self"}, {"ref": "create", "type": "ticket"}]
            names = enumerate(("Service Desk", "Network") if request.url.params["page"] == "1" else (), start=1)
            return found({"items": [{"id": str(id_), "Name": name, "_hyperlinks": links} for id_, name in names]})
        if path == "/rt":
            return found({"Version": "5.0.8"})
        if path == "/tickets":
            return found({"items": [{"id": "1207", "type": "ticket"}]})
        if path == "/ticket/1207/attachments":
            comments = [{"id": str(70 + n), "Subject": each} for n, each in enumerate(self.subjects)]
            return found({"items": [*comments, {"id": "31", "Subject": "VPN down"}]})
        if path == "/ticket/1207/history":
            return found({"items": [{"id": "9001", "type": "transaction"}]})
        if path == "/transaction/9001/attachments":
            first = {"id": "31", "ContentType": "text/plain", "Filename": ""}
            return found({"items": [{"id": "30", "ContentType": "multipart/mixed"}, first]})
        if path == "/attachment/31":
            content = base64.encodebytes(b"Error 809 since this morning. I cannot work from home.").decode()
            return found({"id": 31, "ContentType": "text/plain", "Content": content})
        if path == "/ticket/1207/comment":
            self.note(body["Content"], internal=True)
            self.subjects.append(body["Subject"])
            self.touch()
            return httpx.Response(201, json=["Comments added"])
        if path != "/ticket/1207":
            return missing()
        if request.method == "PUT":
            if request.headers.get("if-match") != f'"{self.last_transaction}"':
                return httpx.Response(412, json={"message": "Precondition Failed"})
            self._update(body)
            return found(["Queue changed"])
        return found(self.ticket, etag=f'"{self.last_transaction}"')

    def _update(self, body: Any) -> None:
        if body.get("Queue") in GROUPS:
            self.ticket["Queue"] = {"id": "2", "type": "queue", "Name": body["Queue"]}
        if "Priority" in body:
            self.ticket["Priority"] = body["Priority"]
        for field in self.ticket["CustomFields"]:
            field["values"] = body.get("CustomFields", {}).get(field["name"], field["values"])
        self.touch()


class FakeGeneric(FakePeer):
    """A program that was taught our format."""

    name = "generic"

    @property
    def group(self) -> str:
        return self.ticket["assignment_group"]

    def touch(self) -> None:
        self.ticket["version"] += 1

    def answer(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        if path == "/labels/assignment_group":
            return found({"labels": list(GROUPS)})
        if path != "/tickets/T-1":
            return missing()
        if request.method == "GET":
            return found(self.ticket)
        change = body["data"]
        if change["version"] is not None and int(change["version"]) != self.ticket["version"]:
            return httpx.Response(409, json={"error": "Conflict"})
        if change["fields"].get("assignment_group", "Network") not in GROUPS:
            return httpx.Response(422, json={"error": "UnknownGroup"})
        self.ticket.update(change["fields"])
        self.ticket["tags"] = [*self.ticket["tags"], *change["tags"]]
        self.note(change["note"] or "", internal=True)
        self.ticket.setdefault("marks", []).append(change["mark"])
        self.touch()
        return httpx.Response(202)


class FakeTokens:
    """Gives a token for a password; `n_given` counts them."""

    def __init__(self, peer: FakePeer) -> None:
        self.peer = peer
        self.n_given = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/api.php/token":
            return self.peer(request)
        form = dict(parse_qsl(request.content.decode()))
        if form["password"] != "right":  # noqa: S105 - a test's
            return httpx.Response(401, json={"error": "invalid_grant"})
        self.n_given += 1
        return found({"token_type": "Bearer", "expires_in": 3600, "access_token": f"token-{self.n_given}"})


_ALL = (FakeZendesk, FakeJira, FakeServiceNow, FakeFreshservice, FakeZammad, FakeGlpi, FakeRt, FakeGeneric)
PEERS: dict[str, Callable[[], FakePeer]] = {each.name: each for each in _ALL}
