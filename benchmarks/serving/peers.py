"""The ways to serve that are compared: what each is prepared with, how it is started, and what it is asked."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import joblib
import mlflow.sklearn

from benchmarks.serving.client import ask
from benchmarks.serving.desk import ATTRIBUTES, ServedDesk
from benchmarks.serving.load import UNLIMITED, Requests
from benchmarks.serving.pipelines import TEXT, learn_frame_pipeline, learn_pipelines, text_of
from benchmarks.serving.processes import Server, free_port, serving

__all__ = ["PEERS", "Peer", "prepare_peers", "triage_service"]


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to serve.

    Attributes:
        name: for tables.
        what: it is, in words.
        command: starts it on a port.
        environment: what it is told, made anew for every start.
        path: of the route that answers.
        bodies: what is posted there.
        ready_path: answers 200 as soon as it may be asked.
        headers: of every request.
    """

    name: str
    what: str
    command: Callable[[int], Sequence[str]]
    environment: Callable[[], Mapping[str, str]]
    path: str
    bodies: Path
    ready_path: str = "/readyz"
    headers: Mapping[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def started(self, log: Path) -> Iterator[Server]:
        """A server of this kind, until the end."""
        port = free_port()
        with serving(
            self.command(port), port=port, ready_path=self.ready_path, log=log, environment=self.environment()
        ) as server:
            yield server

    def requests(self, server: Server) -> Requests:
        """What one of its servers is asked."""
        return Requests(f"{server.address}{self.path}", self.bodies, self.headers)


def prepare_peers(desk: ServedDesk) -> list[Peer]:
    """Everyone in the order of `PEERS`."""
    return [make(desk) for make in PEERS]


def triage_service(desk: ServedDesk) -> Peer:
    """The service itself: SQLite, a key, profiles, and everything stored."""
    return Peer(
        name="triage",
        what="`triage serve`: five targets, key, customer's profile, ticket and answers stored",
        command=lambda port: [sys.executable, "-m", "commands", "serve", "--port", str(port)],
        environment=lambda: {
            "TRIAGE_HOME": str(desk.fresh_home()),
            "TRIAGE_DATABASE_URL": "",
            "TRIAGE_MAX_REQUESTS_PER_MINUTE": UNLIMITED,
        },
        path="/v1/score",
        bodies=desk.bodies("tickets", desk.tickets),
        headers={"X-API-Key": desk.key},
    )


def empty_service(desk: ServedDesk) -> Peer:
    """The ceiling: the same bodies and answers, and nothing in between."""
    answer = desk.folder / "answer.json"
    triage = triage_service(desk)
    with triage.started(desk.folder / "answer.log") as server:
        answer.write_bytes(ask(f"{server.address}{triage.path}", desk.tickets[0], triage.headers))
    return Peer(
        name="empty",
        what="FastAPI alone: the same body is read, and an answer that is ready is written",
        command=_uvicorn("benchmarks.serving.empty_service:app"),
        environment=lambda: {"ANSWER_FILE": str(answer)},
        path="/score",
        bodies=triage.bodies,
    )


def joblib_service(desk: ServedDesk) -> Peer:
    """What a data scientist would write in an afternoon."""
    pipelines = desk.folder / "pipelines.joblib"
    joblib.dump(learn_pipelines(desk.history()), pipelines)
    return Peer(
        name="joblib",
        what="FastAPI and joblib: five scikit-learn pipelines, nothing stored",
        command=_uvicorn("benchmarks.serving.joblib_service:app"),
        environment=lambda: {"PIPELINES_FILE": str(pipelines)},
        path="/score",
        bodies=desk.bodies("tickets", desk.tickets),
    )


def mlflow_triage(desk: ServedDesk) -> Peer:
    """MLflow's server with the model that `triage serve` has."""
    columns = ["subject", "body", "customer_id", "channel", *(f"attributes.{name}" for name in ATTRIBUTES)]
    flat = [{**t, **{f"attributes.{name}": value for name, value in t["attributes"].items()}} for t in desk.tickets]
    return Peer(
        name="mlflow, same model",
        what="`mlflow models serve`: the same model as a pyfunc, nothing stored",
        command=_mlflow("models:/triage@champion"),
        environment=lambda: _MLFLOW_SETTINGS | {"MLFLOW_TRACKING_URI": f"sqlite:///{desk.home / 'mlflow.db'}"},
        path="/invocations",
        bodies=desk.bodies("frames", (_frame(columns, [ticket.get(name) for name in columns]) for ticket in flat)),
        ready_path="/ping",
    )


def mlflow_sklearn(desk: ServedDesk) -> Peer:
    """MLflow's server with the simplest model there is."""
    model = desk.folder / "sklearn-model"
    mlflow.sklearn.save_model(
        learn_frame_pipeline(desk.history(), "assignment_group"), model, pip_requirements=["scikit-learn"]
    )
    return Peer(
        name="mlflow, one pipeline",
        what="`mlflow models serve`: one scikit-learn pipeline for one target, nothing stored",
        command=_mlflow(str(model)),
        environment=lambda: _MLFLOW_SETTINGS,
        path="/invocations",
        bodies=desk.bodies("texts", (_frame([TEXT], [text_of(ticket)]) for ticket in desk.tickets)),
        ready_path="/ping",
    )


PEERS = (empty_service, triage_service, joblib_service, mlflow_triage, mlflow_sklearn)
"""The ceiling comes first: all others are held against it."""

_MLFLOW_SETTINGS = {
    "HF_HUB_OFFLINE": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # uvicorn is started by its name
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
}


def _uvicorn(app: str) -> Callable[[int], Sequence[str]]:
    return lambda port: [
        *(sys.executable, "-m", "uvicorn", app),
        *("--port", str(port), "--workers", "1", "--no-access-log", "--log-level", "warning"),
    ]


def _mlflow(model: str) -> Callable[[int], Sequence[str]]:
    return lambda port: [
        *(sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", model, "--env-manager", "local"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
    ]


def _frame(columns: Sequence[str], row: Sequence[str | None]) -> dict[str, object]:
    return {"dataframe_split": {"columns": columns, "data": [row]}}
