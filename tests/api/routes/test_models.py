"""Models over HTTP: which there are, which answers, and letting another one serve."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from api.model_changes import Asked, Change
from data import audit, keys
from data.database import open_database, reading, writing
from data.tables import predictions
from models.bundle import read_manifest
from models.journal import read_journal, write_entry
from models.policies import set_policy, write_policies
from models.registry import champion_version, serve_version
from models.unseen import read_unseen
from tests.builders import MONDAY, make_history
from tests.conftest import learn_small
from training.experiment import Experiment
from triage.errors import NotFound, PromotionRefused
from triage.settings import Settings
from triage.targets import Target


@dataclass
class FakeGate:
    """Lets everything serve but `bad`, which it objects to, and `none`, which it does not know."""

    bundles: Path
    bundle: Path
    asked: list[Asked] = field(default_factory=list)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_go_on.set()

    def __call__(self, asked: Asked) -> Change:
        """As the command line does."""
        self.asked.append(asked)
        assert self.may_go_on.wait(10)
        before = champion_version(self.bundles)
        if asked.ref == "none":
            raise NotFound("No version or alias named 'none'.")
        if asked.ref == "bad" and asked.reason is None:
            raise PromotionRefused(
                "Model bad was not promoted.",
                champion="2",
                objections=("macro_f1_fell: worse.",),
                rules=("macro_f1_fell",),
            )
        serve_version(self.bundles, asked.ref, self.bundle)
        write_entry(self.bundles, "promoted", asked.ref, before=before, who=asked.who)
        return Change(asked.ref, before, ("macro_f1_fell: worse.",) if asked.ref == "bad" else ())


@pytest.fixture
def gate(settings: Settings, bundle: Path) -> FakeGate:
    """An installation in which 2 took the place of 1, and 3 was refused."""
    for before, version in ((None, "1"), ("1", "2")):
        serve_version(settings.bundles, version, bundle)
        write_entry(settings.bundles, "promoted", version, before=before, who="ann")
    said = ["macro_f1_fell: Answers are worse. priority: macro-F1 0.80 to 0.60."]
    write_entry(settings.bundles, "refused", "3", before="2", objections=["macro_f1_fell"], evidence=said, who="ben")
    write_entry(settings.bundles, "refused", "4", before="2", objections=["coverage_fell"])
    return FakeGate(settings.bundles, bundle)


@pytest.fixture(scope="session")
def other() -> Experiment:
    """A model that is otherwise sure than that of the bundle."""
    return learn_small(make_history(90))


@pytest.fixture
def admin(settings: Settings, gate: FakeGate, tables: Path) -> Iterator[TestClient]:
    """A client that may do everything with models."""
    yield from opened(settings, tables, gate)


def opened(settings: Settings, tables: Path, gate: FakeGate | None) -> Iterator[TestClient]:
    """A client of an application with this gate."""
    shutil.copy(tables, settings.home / "triage.db")
    engine = open_database(settings.database)
    with writing(engine) as connection:
        _, key = keys.create(connection, "ops", ["admin", "read", "score"], MONDAY)
    engine.dispose()
    app = create_app(settings, gate=gate)
    with TestClient(app, raise_server_exceptions=False, headers={"X-API-Key": key}) as client:
        yield client


def soon(client: TestClient, version: str) -> bool:
    """Whether the process answers with this version within five seconds."""
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        if client.get("/readyz").json()["model_version"] == version:
            return True
        time.sleep(0.02)
    return False


def test_every_version_is_told_with_what_it_reached_and_who_let_it_serve(admin: TestClient, bundle: Path) -> None:
    """What an administrator would otherwise look for on the server's disk."""
    manifest = read_manifest(bundle)

    told = admin.get("/v1/models").json()

    newest = told["versions"][0]
    group = newest["targets"]["assignment_group"]
    head = next(head for head in manifest.questions if head.target == "assignment_group")
    assert (told["champion"], told["answering"]) == ("2", "2")
    assert [(one["version"], one["is_champion"]) for one in told["versions"]] == [("2", True), ("1", False)]
    assert newest["trained_at"] == manifest.trained_at.isoformat().replace("+00:00", "Z")
    assert (newest["promoted_by"], newest["fault"]) == ("ann", None)
    assert newest["promoted_at"] is not None
    assert (group["mode"], group["precision"]) == ("suggest", 0.95)
    assert group["thresholds"] == dict(zip(head.labels, head.thresholds, strict=True))
    assert group["metrics"]["accuracy"] == manifest.metrics["assignment_group"]["accuracy"]
    assert set(group["metrics"]) == {
        "n", "accuracy", "macro_f1", "weighted_f1", "top3", "ece", "coverage", "precision_at_coverage",
        "baseline_accuracy",
    }  # fmt: skip


def test_what_was_refused_is_told_in_words(admin: TestClient) -> None:
    """The names of rules are for programs; a line of before there were sentences has no more."""
    older, newer = admin.get("/v1/models").json()["refusals"]

    assert (newer["version"], newer["champion"], newer["who"]) == ("3", "2", "ben")
    assert newer["objections"] == [
        {"rule": "macro_f1_fell", "detail": "macro_f1_fell: Answers are worse. priority: macro-F1 0.80 to 0.60."}
    ]
    assert older["objections"] == [{"rule": "coverage_fell", "detail": "coverage fell"}]


def test_what_the_desk_has_set_is_told_in_place_of_what_was_trained(
    admin: TestClient, settings: Settings, bundle: Path
) -> None:
    """A threshold that nobody uses any more would mislead."""
    head = read_manifest(bundle).heads[0]
    asked = Target(name=head.target, mode="auto", precision=0.5)
    policy = set_policy(head, asked, read_unseen(bundle, read_manifest(bundle))[head.target])
    write_policies(settings.bundles, "2", {head.target: policy})

    newest, oldest = admin.get("/v1/models").json()["versions"]

    assert (newest["targets"][head.target]["mode"], newest["targets"][head.target]["precision"]) == ("auto", 0.5)
    assert list(newest["targets"][head.target]["thresholds"].values()) == list(policy.thresholds)
    assert oldest["targets"][head.target]["mode"] == "suggest"


def test_a_version_that_cannot_be_read_is_told_with_its_fault(admin: TestClient, settings: Settings) -> None:
    """One spoilt copy must not hide the others."""
    (settings.bundles / "1" / "manifest.json").write_text("{}")

    newest, spoilt = admin.get("/v1/models").json()["versions"]

    assert newest["fault"] is None
    assert (spoilt["version"], spoilt["fault"], spoilt["targets"], spoilt["trained_at"]) == (
        "1",
        "BundleMalformed",
        {},
        None,
    )


def test_a_version_that_has_served_is_switched_to_without_the_gate(
    admin: TestClient, settings: Settings, gate: FakeGate
) -> None:
    """It was judged when it was let serve, and the hour in which one goes back is no hour for comparisons."""
    answer = admin.post("/v1/models/1/promote")

    last = read_journal(settings.bundles)[-1]
    assert (answer.status_code, answer.json()["champion"], answer.json()["before"]) == (200, "1", "2")
    assert gate.asked == []
    assert (last.event, last.version, last.before) == ("promoted", "1", "2")
    assert last.who.startswith("ops (key:")
    assert soon(admin, "1")
    assert admin.post("/v1/score", json={"subject": "vpn"}).json()["model"]["version"] == "1"


def test_a_version_that_was_never_let_serve_faces_the_gate_though_it_lies_there(
    admin: TestClient, settings: Settings, gate: FakeGate, bundle: Path
) -> None:
    """Whoever can copy a folder must not thereby decide what answers."""
    shutil.copytree(bundle, settings.bundles / "5")

    answer = admin.post("/v1/models/5/promote")

    assert answer.json()["champion"] == "5"
    assert [(one.ref, one.reason) for one in gate.asked] == [("5", None)]
    assert gate.asked[0].who.startswith("ops (key:")
    assert soon(admin, "5")


def test_a_refusal_says_in_words_what_the_gate_objects_to(admin: TestClient, settings: Settings) -> None:
    """409: nothing is wrong with the request."""
    answer = admin.post("/v1/models/bad/promote")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:triage:problem:promotion-refused"
    assert answer.json()["objections"] == ["macro_f1_fell: worse."]
    assert champion_version(settings.bundles) == "2"


def test_the_gate_is_overruled_with_a_reason(admin: TestClient, gate: FakeGate) -> None:
    """People know things that no figure shows; the journal keeps why."""
    answer = admin.post("/v1/models/bad/promote", json={"force": True, "reason": "labels renamed"})

    assert (answer.status_code, answer.json()["champion"]) == (200, "bad")
    assert answer.json()["objections"] == ["macro_f1_fell: worse."]
    assert gate.asked[0].reason == "labels renamed"


@pytest.mark.parametrize(
    "body",
    [
        {"force": True},
        {"force": True, "reason": " "},
        {"reason": "why"},
        {"force": False, "reason": "why"},
        {"x": 1},
        [],
    ],
)
def test_force_and_reason_belong_together(admin: TestClient, gate: FakeGate, body: object) -> None:
    """As they do on the command line."""
    assert admin.post("/v1/models/bad/promote", json=body).status_code == 422
    assert gate.asked == []


@pytest.mark.parametrize("body", [None, {}, {"force": False}, {"force": False, "reason": None}])
def test_an_ordinary_promotion_may_say_nothing_else(admin: TestClient, body: object) -> None:
    """A program may send what it always sends."""
    sent = {} if body is None else {"json": body}

    assert admin.post("/v1/models/5/promote", **sent).status_code == 200  # type: ignore[arg-type] # a body or none


@pytest.mark.parametrize("ref", ["--force", "-x", "a%20b", "..", "a;b", "é"])
def test_what_is_no_version_reaches_no_command_line(admin: TestClient, gate: FakeGate, ref: str) -> None:
    """It is given to a program of its own."""
    assert admin.post(f"/v1/models/{ref}/promote").status_code in (404, 422)
    assert gate.asked == []


def test_a_version_that_there_is_not_is_404(admin: TestClient) -> None:
    """The sentence is the gate's."""
    answer = admin.post("/v1/models/none/promote")

    assert (answer.status_code, answer.json()["detail"]) == (404, "No version or alias named 'none'.")


def test_the_champion_itself_is_no_event(admin: TestClient, settings: Settings, gate: FakeGate) -> None:
    """Whoever asks again has what they want."""
    n_before = len(read_journal(settings.bundles))

    for ref in ("2", "champion"):
        assert admin.post(f"/v1/models/{ref}/promote").json()["champion"] == "2"
    assert len(read_journal(settings.bundles)) == n_before
    assert gate.asked == []


def test_going_back_is_on_record(admin: TestClient, settings: Settings) -> None:
    """And a second time there is nothing to go back to."""
    done, again = admin.post("/v1/models/rollback"), admin.post("/v1/models/rollback")

    last = read_journal(settings.bundles)[-1]
    assert (done.status_code, done.json()["champion"], done.json()["before"]) == (200, "1", "2")
    assert (last.event, last.version) == ("rolled back", "1")
    assert last.who.startswith("ops (key:")
    assert again.status_code == 404


def test_the_audit_log_names_the_key_that_changed_what_serves(admin: TestClient, settings: Settings) -> None:
    """Whoever reads it looks for keys and people, not for users of the server's operating system."""
    admin.post("/v1/models/1/promote")
    admin.post("/v1/models/2/promote")
    admin.post("/v1/models/rollback")

    engine = open_database(settings.database)
    with reading(engine) as connection:
        recorded = audit.entries(connection)[::-1]
    engine.dispose()
    assert [(entry.action, entry.object) for entry in recorded] == [
        ("model.promoted", "model:1"),
        ("model.promoted", "model:2"),
        ("model.rolled_back", "model:1"),
    ]
    assert all(entry.actor.startswith("key:") for entry in recorded)


@pytest.mark.parametrize("path", ["/v1/models/rollback", "/v1/models/1/promote", "/v1/models/bad/promote"])
def test_a_request_that_comes_again_changes_nothing(admin: TestClient, settings: Settings, path: str) -> None:
    """A broken connection must not go back two steps, and a refusal is one line of the journal."""
    first = admin.post(path, headers={"Idempotency-Key": "k1"})
    after = read_journal(settings.bundles)
    again = admin.post(path, headers={"Idempotency-Key": "k1"})

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert read_journal(settings.bundles) == after


def test_a_key_that_was_used_for_something_else_is_refused(admin: TestClient) -> None:
    """As everywhere."""
    admin.post("/v1/models/5/promote", headers={"Idempotency-Key": "k1"})

    other = admin.post("/v1/models/5/promote", json={"force": True, "reason": "x"}, headers={"Idempotency-Key": "k1"})

    assert (other.status_code, other.json()["type"]) == (422, "urn:triage:problem:conflict")


def test_one_change_is_under_way_at_a_time(admin: TestClient, gate: FakeGate) -> None:
    """Two that compare with the same champion would both win; a rollback in between would go back to the wrong one."""
    gate.may_go_on.clear()
    found: list[int] = []
    first = threading.Thread(target=lambda: found.append(admin.post("/v1/models/5/promote").status_code))
    first.start()
    while not gate.asked:
        time.sleep(0.01)

    second = admin.post("/v1/models/rollback")
    scored = admin.post("/v1/score", json={"subject": "vpn"})
    gate.may_go_on.set()
    first.join()

    assert (second.status_code, second.json()["type"]) == (503, "urn:triage:problem:overloaded")
    assert second.headers["retry-after"] == "1"
    assert scored.status_code == 200
    assert found == [200]


@pytest.mark.usefixtures("gate")
def test_where_nothing_can_judge_it_is_one_sentence(settings: Settings, tables: Path) -> None:
    """A machine that only serves goes back and forth between what has served, and no further."""
    for client in opened(settings, tables, None):
        back, new = client.post("/v1/models/1/promote"), client.post("/v1/models/5/promote")

    assert back.status_code == 200
    assert (new.status_code, new.json()["type"]) == (409, "urn:triage:problem:gate-unavailable")
    assert "triage models promote" in new.json()["detail"]


def test_reading_and_changing_want_their_scopes(stranger: TestClient, new_key: Callable[..., str]) -> None:
    """A helpdesk's key must not change what answers."""

    def status(method: str, path: str, *scopes: str) -> int:
        return stranger.request(method, path, headers={"X-API-Key": new_key(*scopes)}).status_code

    assert status("GET", "/v1/models", "score") == 403
    assert status("GET", "/v1/models", "read") == 200
    assert status("POST", "/v1/models/rollback", "score", "read", "review") == 403
    assert status("POST", "/v1/models/1/promote", "score", "read", "review") == 403


def test_no_answer_mixes_versions_while_they_change(admin: TestClient, settings: Settings, other: Experiment) -> None:
    """Ten changes under load: an answer has the confidences of the version that it names, and so it is stored."""
    other.write(settings.bundles / "6")
    write_entry(settings.bundles, "promoted", "6", before="2")
    write_entry(settings.bundles, "promoted", "2", before="6")
    bodies = [{"id": f"T{i}", "subject": text} for i, text in enumerate(("vpn tunnel drops", "mailbox full", "laptop"))]
    alone = {version: answers_alone(admin, version, bodies) for version in ("2", "6")}
    assert alone["2"] != alone["6"]
    is_over, found, failed = threading.Event(), [], []

    def ask() -> None:
        n = 0
        while not is_over.is_set():
            body = bodies[n := (n + 1) % len(bodies)]
            answer = admin.post("/v1/score", json=body)
            if answer.status_code == 200:
                found.append((body["id"], answer.json()))
            else:
                failed.append(answer.text)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    seen = [change(admin, version) for version in ("6", "2") * 5]
    is_over.set()
    for thread in threads:
        thread.join()

    assert all(seen)
    assert failed == []
    assert {answer["model"]["version"] for _, answer in found} == {"2", "6"}
    for ticket, answer in found:
        assert confidences(answer) == alone[answer["model"]["version"]][ticket]
    rows = stored(settings)
    assert len(rows) == len(found) + 2 * len(bodies)
    assert all(said == alone[version][ticket] for ticket, version, said in rows)


def change(client: TestClient, version: str) -> bool:
    """Whether a version answers within five seconds of its promotion."""
    assert client.post(f"/v1/models/{version}/promote").status_code == 200
    return soon(client, version)


def answers_alone(client: TestClient, version: str, bodies: list[dict[str, str]]) -> dict[str, Any]:
    """What a version says of each ticket while no other serves."""
    assert change(client, version)
    return {body["id"]: confidences(client.post("/v1/score", json=body).json()) for body in bodies}


def confidences(answer: dict[str, Any]) -> dict[str, float]:
    """How sure an answer is of each target."""
    return {target: one["confidence"] for target, one in sorted(answer["predictions"].items())}


def stored(settings: Settings) -> list[tuple[str, str, dict[str, float]]]:
    """Every stored scoring: ticket, version, confidences."""
    engine = open_database(settings.database)
    with reading(engine) as connection:
        rows = connection.execute(select(predictions)).mappings().all()
    engine.dispose()
    return [(row["ticket_id"], row["model_version"], confidences({"predictions": row["answers"]})) for row in rows]
