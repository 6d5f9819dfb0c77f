"""An application with a real database and a model of seven lines."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import build_app
from data import keys, sessions, users
from data.database import open_database, writing
from data.schema import upgrade
from data.users import User
from triage.customers.model import CustomerModel
from triage.errors import ModelUnusable
from triage.prediction import LabelConfidence, Prediction, TermWeight
from triage.settings import Settings
from triage.ticket import NewTicket


class FakeModel:
    """Sure of what it sees: tickets that say VPN are the network's; one without text it abstains from."""

    version = "7"
    trained_at = datetime(2026, 11, 20, 2, tzinfo=UTC)
    customers: CustomerModel | None = None
    labels: Mapping[str, tuple[str, ...]] = MappingProxyType({"assignment_group": ("Network", "Desk", "Apps")})

    def __init__(self) -> None:
        self.seen: list[NewTicket] = []
        self.fault: Exception | None = None

    def current(self) -> "FakeModel":
        """Itself, or what is wrong with it."""
        if isinstance(self.fault, ModelUnusable):
            raise self.fault
        return self

    def score(
        self, tickets: Sequence[NewTicket], *, top_n: int = 3, explain: bool = False
    ) -> list[tuple[Prediction, ...]]:
        """One answer a ticket."""
        if self.fault is not None:
            raise self.fault
        self.seen.extend(tickets)
        return [self._answer(ticket, top_n, explain) for ticket in tickets]

    def _answer(self, ticket: NewTicket, top_n: int, explain: bool) -> tuple[Prediction, ...]:
        text = f"{ticket.subject} {ticket.body}".strip()
        sure = 0.97 if "VPN" in text else 0.6
        top = (LabelConfidence("Network", sure), LabelConfidence("Desk", 1 - sure), LabelConfidence("Apps", 0.0))
        prediction = Prediction(
            target="assignment_group",
            value="Network",
            confidence=sure,
            threshold=0.8,
            decision="abstain" if not text else "auto" if sure > 0.8 else "suggest",
            reason="too_short" if not text else "above_threshold" if sure > 0.8 else "below_threshold",
            top=top[:top_n],
            explanation=(TermWeight("vpn", 1.31),) if explain else (),
        )
        return (prediction,)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation in a folder of its own, whatever the environment says."""
    return Settings(_env_file=None, home=tmp_path, database_url=None, max_body_bytes=3_000_000)


@pytest.fixture
def model() -> FakeModel:
    """The model that the application serves."""
    return FakeModel()


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them; a copy is had in a tenth of the time."""
    path = tmp_path_factory.mktemp("tables") / "triage.db"
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def app(settings: Settings, model: FakeModel, tables: Path) -> FastAPI:
    """The application, its database ready."""
    shutil.copy(tables, settings.home / "triage.db")
    return build_app(settings, model)


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """A client without a key."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def new_key(app: FastAPI) -> Callable[..., str]:
    """Makes keys: `new_key("score")`."""

    def make(*scopes: str) -> str:
        with writing(app.state.desk.engine) as connection:
            return keys.create(connection, "helpdesk", scopes, datetime.now(UTC))[1]

    return make


@pytest.fixture
def client(app: FastAPI, new_key: Callable[..., str]) -> Iterator[TestClient]:
    """A client with a key that may score."""
    headers = {"Authorization": f"Bearer {new_key('score')}"}
    with TestClient(app, raise_server_exceptions=False, headers=headers) as client:
        yield client


@pytest.fixture
def reader(app: FastAPI, new_key: Callable[..., str]) -> Iterator[TestClient]:
    """A client with a key that may read and review."""
    headers = {"Authorization": f"Bearer {new_key('read', 'review')}"}
    with TestClient(app, raise_server_exceptions=False, headers=headers) as client:
        yield client


PASSWORD = "four words of one kind"  # noqa: S105  (nobody's)


@pytest.fixture
def new_person(app: FastAPI) -> Callable[..., User]:
    """Adds people: `new_person("lead")`; each may sign in with `PASSWORD` if told so."""

    def add(role: str, email: str | None = None, *, with_password: bool = False) -> User:
        address = email or f"{role}@example.org"
        password = users.hashed(PASSWORD, address) if with_password else None
        with writing(app.state.desk.engine) as connection:
            return users.add(connection, address, role, password, datetime.now(UTC))

    return add


@pytest.fixture
def new_session(app: FastAPI) -> Callable[[User], str]:
    """Opens sessions: the token that a browser would show."""

    def open_session(user: User) -> str:
        with writing(app.state.desk.engine) as connection:
            return sessions.open_session(connection, user.id, datetime.now(UTC))

    return open_session


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    """A browser on our own pages, by https, that follows no redirect by itself."""
    headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}
    with TestClient(
        app, "https://testserver", raise_server_exceptions=False, headers=headers, follow_redirects=False
    ) as client:
        yield client


@pytest.fixture
def signed_in(
    browser: TestClient, new_person: Callable[..., User], new_session: Callable[[User], str]
) -> Callable[[str], TestClient]:
    """A browser in which somebody has signed in: `signed_in("lead")`."""

    def sign_in(role: str) -> TestClient:
        browser.cookies.set("__Host-triage", new_session(new_person(role)), domain="testserver.local")
        return browser

    return sign_in
