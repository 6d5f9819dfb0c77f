"""The whole way, in a running application: from an answer or a promotion to a subscriber."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from api.subscriptions import Subscriptions
from data import keys
from data.connectors.connector import Delivery, Secrets
from data.connectors.standard_webhooks import verify
from data.database import writing
from models.journal import write_entry
from tests.api.conftest import FakeModel
from tests.data.receivers import make_receiver
from tests.data.test_subscribers import secret
from tests.triage.test_subscribers import make_subscriber
from triage.errors import UnusableSources
from triage.settings import Settings


class Receiver(BaseHTTPRequestHandler):
    """Takes what is signed for it."""

    taken: list[dict[str, Any]]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Verifies a message."""
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        verify(Delivery(headers, body), Secrets(secret()), datetime.now(UTC))
        self.taken.append(json.loads(body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Receiver]]:
    """A receiver on this machine, which the file of sources allows."""
    handler = type("Own", (Receiver,), {"taken": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    (tmp_path / "triage.toml").write_text(f"""
[subscribers.here]
url = "http://127.0.0.1:{server.server_port}/hooks"
secret = "HERE_SECRET"
types = ["prediction.completed", "model.promoted"]
networks = ["127.0.0.1"]
ports = [{server.server_port}]
allow_plain_http = true
""")
    monkeypatch.setenv("HERE_SECRET", secret())
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_happens_reaches_a_subscriber(
    settings: Settings, model: FakeModel, tables: Path, receiver: type[Receiver]
) -> None:
    """An answer and a promotion, signed, without anybody's help."""
    shutil.copy(tables, settings.home / "triage.db")
    app = build_app(settings, model)
    with writing(app.state.desk.engine) as connection:
        key = keys.create(connection, "helpdesk", ["score"], datetime.now(UTC))[1]
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
        assert client.post("/v1/score", json={"id": "inc1", "subject": "VPN down"}).status_code == 200
        write_entry(settings.bundles, "promoted", "7", before=None)
        until = time.monotonic() + 20
        while len(receiver.taken) < 2 and time.monotonic() < until:
            time.sleep(0.05)

    assert sorted(body["type"] for body in receiver.taken) == ["model.promoted", "prediction.completed"]


@pytest.mark.usefixtures("receiver")
def test_an_application_whose_subscriber_has_no_secret_does_not_start(
    settings: Settings, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the first event would tell, at night."""
    monkeypatch.setenv("HERE_SECRET", "")

    with pytest.raises(UnusableSources, match="HERE_SECRET"):
        build_app(settings, model)


def test_no_thread_looks_for_what_nobody_wants(tmp_path: Path) -> None:
    """Most desks tell nobody, and few tell of promotions."""

    def n_workers(*receivers: object) -> int:
        subscriptions = Subscriptions(lambda: pytest.fail("asked"), list(receivers), tmp_path)  # type: ignore[arg-type]
        subscriptions.close()
        return len(subscriptions.workers())

    assert n_workers() == 0
    assert n_workers(make_receiver(make_subscriber("a", "profile.changed"))) == 2
    assert n_workers(make_receiver(make_subscriber("a", "model.promoted"))) == 3
