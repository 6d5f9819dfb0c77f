"""A real server with a small model, and a real browser in front of it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from data import sessions, users
from data.database import open_database, writing
from data.schema import upgrade
from data.users import User
from models.registry import serve_version

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from training.experiment import Experiment

PASSWORD = "four words of one kind"  # noqa: S105  (nobody's)

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A process that serves.

    Attributes:
        address: where, such as `http://127.0.0.1:43210`.
        engine: of its database.
    """

    address: str
    engine: Engine

    def add(self, role: str, email: str | None = None) -> User:
        """Somebody who may sign in with `PASSWORD`; whoever is there already, in that role."""
        address = email or f"{role}@example.org"
        with writing(self.engine) as connection:
            known = users.find_by_email(connection, address)
        if known is not None:
            return known
        password = users.hashed(PASSWORD, address)
        with writing(self.engine) as connection:
            return users.add(connection, address, role, password, datetime.now(UTC))

    def open_session(self, user: User) -> str:
        """What a browser would show for it."""
        with writing(self.engine) as connection:
            return sessions.open_session(connection, user.id, datetime.now(UTC))


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """The browser; tests that want one are skipped where there is none.

    Playwright keeps an event loop in this thread, in which no other test could start one: so it ends with the module.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("TRIAGE_TEST_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium on the path or at TRIAGE_TEST_CHROMIUM")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, experiment: "Experiment") -> Path:
    """An installation in which a small model was promoted."""
    home = tmp_path_factory.mktemp("browser") / "home"
    experiment.write(home.parent / "bundle")
    serve_version(home / "models", "1", home.parent / "bundle")
    return home


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[Server]:
    """The process, as `triage serve` starts it, for all tests together."""
    with serving(home) as server:
        yield server


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """A process for an installation of its own, for tests that want more in the database than others would bear."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")}
    engine = open_database(f"sqlite:///{home / 'triage.db'}")
    upgrade(engine)
    log = home.parent / "serve.log"
    with log.open("w", encoding="utf-8") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "commands", "serve", "--port", "0"],
            cwd=home.parent,
            env=kept | {"TRIAGE_HOME": str(home), "TRIAGE_MAX_SIGN_INS_PER_MINUTE": "1000"},
            stderr=written,
            stdout=subprocess.DEVNULL,
        )
    try:
        yield Server(_address(process, log), engine)
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)
        engine.dispose()


@pytest.fixture
def context(chromium: "Browser", server: Server) -> Iterator["BrowserContext"]:
    """A browser that nobody has used before; what its pages complain about fails the test."""
    context = chromium.new_context(base_url=server.address)
    complaints: list[str] = []
    context.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert [text for text in complaints if "status of 4" not in text] == []  # a refusal is no fault of the page


@pytest.fixture
def page(context: "BrowserContext") -> "Page":
    """A page of a stranger."""
    return context.new_page()


@pytest.fixture
def signed_in_page(context: "BrowserContext", server: Server) -> Callable[[str], "Page"]:
    """A page of somebody who has signed in: `signed_in_page("lead")`."""

    def sign_in(role: str) -> "Page":
        token = server.open_session(server.add(role))
        context.add_cookies([{"name": "triage", "value": token, "url": server.address, "httpOnly": True}])
        return context.new_page()

    return sign_in


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it serves, once it does."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        said = log.read_text(encoding="utf-8")
        if "startup complete" in said:
            return re.findall(r"http://[\d.:]+", said)[0]
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))
